"""The lower part of the window: pages behind tabs, each with its own controls beside the tabs."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QWidget

from inspector.ui.manners import KeyManners
from inspector.ui.widgets import Card


class DetailTabs(Card):
    """`pages`: what a tab is called, its page, and the controls that belong to it; None where it has none."""

    page_changed = Signal()

    def __init__(self, pages: Sequence[tuple[str, QWidget, QWidget | None]]) -> None:
        super().__init__()
        self._tabs = QTabBar()
        self._tabs.setObjectName("detailTabs")
        self._tabs.setAccessibleName("Pages of details")
        self._tabs.setDrawBase(False)
        self._pages = QStackedWidget()
        self._names: list[str] = []
        self._controls: list[QWidget | None] = []
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 2, 0)
        head.addWidget(self._tabs)
        head.addStretch(1)
        for name, page, controls in pages:
            self._names.append(name)
            self._controls.append(controls)
            self._tabs.addTab(name)
            self._pages.addWidget(page)
            if controls is not None:
                head.addWidget(controls)
        self._tabs.currentChanged.connect(self._show)
        self._show(0)
        KeyManners(self).teach(self._tabs)
        self.column.setContentsMargins(6, 3, 5, 4)
        self.column.setSpacing(2)
        self.column.addLayout(head)
        self.column.addWidget(self._pages, 1)

    def open_page(self, page: QWidget) -> None:
        """Bring this page to the front."""
        self._tabs.setCurrentIndex(self._pages.indexOf(page))

    def show_count(self, page: QWidget, count: str) -> None:
        """Say beside a tab's name how much there is on its page; "": nothing."""
        number = self._pages.indexOf(page)
        self._tabs.setTabText(number, "  ".join(part for part in (self._names[number], count) if part))

    def _show(self, number: int) -> None:
        self._pages.setCurrentIndex(number)
        for index, controls in enumerate(self._controls):
            if controls is not None:
                controls.setVisible(index == number)
        self.page_changed.emit()
