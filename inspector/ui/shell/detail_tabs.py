"""The lower part of the window: pages behind tabs, each with its own controls beside the tabs."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QStackedWidget, QTabBar, QWidget

from inspector.ui.key_filters import KeyFilters
from inspector.ui.widgets import Card

HEAD_PX = 40  # margins and gaps beside tabs and controls


class DetailTabs(Card):
    """`pages`: what a tab is called, its page, and the controls that belong to it; None where it has none."""

    page_changed = Signal()

    def __init__(self, pages: Sequence[tuple[str, QWidget, QWidget | None]]) -> None:
        super().__init__()
        self._tabs = QTabBar()
        self._tabs.setObjectName("detailTabs")
        self._tabs.setAccessibleName("Pages of details")
        self._tabs.setToolTip("What was skipped, checked, measured, counted and logged; the arrow keys change the page")
        self._tabs.setDrawBase(False)
        self._tabs.setExpanding(False)
        self._pages = QStackedWidget()
        self._names: list[str] = []
        self._controls: list[QWidget | None] = []
        head = self._head = QHBoxLayout()
        head.setContentsMargins(0, 0, 2, 0)
        head.addWidget(self._tabs)
        head.addStretch(1)
        for name, page, controls in pages:
            self._names.append(name)
            self._controls.append(controls)
            self._tabs.addTab(name)
            self._pages.addWidget(page)
            if controls is not None:
                head.addWidget(controls, 0, Qt.AlignmentFlag.AlignLeft)
        self._tabs.currentChanged.connect(self._show)
        self._show(0)
        KeyFilters(self).teach(self._tabs)
        self.column.setContentsMargins(6, 3, 5, 4)
        self.column.setSpacing(2)
        self.column.addLayout(head)
        self.column.addWidget(self._pages, 1)

    @property
    def names(self) -> list[str]:
        """What the tabs are called, without counts."""
        return list(self._names)

    @property
    def current(self) -> str:
        """The name of the page in front."""
        return self._names[self._tabs.currentIndex()]

    def open_name(self, name: str) -> None:
        """Bring the page that is called so to the front, where there is one."""
        if name in self._names:
            self._tabs.setCurrentIndex(self._names.index(name))

    def open_number(self, number: int) -> None:
        """Bring the page with this number to the front."""
        self._tabs.setCurrentIndex(number)

    def show_count(self, page: QWidget, count: str) -> None:
        """Say beside a tab's name how much there is on its page; "": nothing."""
        number = self._pages.indexOf(page)
        self._tabs.setTabText(number, "  ".join(part for part in (self._names[number], count) if part))

    def _show(self, number: int) -> None:
        self._pages.setCurrentIndex(number)
        for index, controls in enumerate(self._controls):
            if controls is not None:
                controls.setVisible(index == number)
        self._share_line()
        self.page_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_line()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._share_line()
        return super().event(event)

    def _share_line(self) -> None:
        """The controls go below the tabs where both have not the room beside each other."""
        controls = self._controls[self._pages.currentIndex()]
        needed = self._tabs.sizeHint().width() + (controls.sizeHint().width() if controls is not None else 0)
        directions = QBoxLayout.Direction
        beside = controls is None or needed + HEAD_PX <= self.width()
        self._head.setDirection(directions.LeftToRight if beside else directions.TopToBottom)
