"""How the panels lie: settings or training, batch and measurements side by side, the pages of details below."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from inspector.ui.widgets import scrolling

SPACING = 8
SWEEP_PX = 300


class Workspace(QWidget):
    """`verdict` stands above all; `measures` at the right, the first of them at its own height. Else in splitters."""

    def __init__(
        self,
        verdict: QWidget,
        left: QWidget,
        batch: QWidget,
        measures: Sequence[QWidget],
        details: QWidget,
    ) -> None:
        super().__init__()
        figures, *measured = measures
        self._measures = _splitter("measuresSplitter", Qt.Orientation.Vertical, measured, shares=(3, 2, 2))
        measures_page = QWidget()
        self.right = scrolling(measures_page)
        self.right.setMinimumWidth(364)
        right = QVBoxLayout(measures_page)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(SPACING)
        right.addWidget(figures)
        right.addWidget(self._measures, 1)
        columns = (left, batch, self.right)
        self._columns = _splitter("columnsSplitter", Qt.Orientation.Horizontal, columns, shares=(0, 3, 2))
        self._rows = _splitter("rowsSplitter", Qt.Orientation.Vertical, (self._columns, details), shares=(4, 1))
        body = QVBoxLayout(self)
        body.setContentsMargins(SPACING + 2, 4, SPACING + 2, SPACING + 2)
        body.setSpacing(SPACING)
        body.addWidget(verdict)
        body.addWidget(self._rows, 1)

    def take_usual_sizes(self) -> None:
        """As in a window of the default size."""
        self._columns.setSizes([226, 680, 500])
        self._measures.setSizes([240, 160, 130])
        self._rows.setSizes([560, 212])

    def give_room_to_sweep(self) -> None:
        """A curve wants to be seen, and no batch comes meanwhile."""
        upper, lower = self._rows.sizes()
        if lower < SWEEP_PX:
            self._rows.setSizes([upper + lower - SWEEP_PX, SWEEP_PX])


class Middle(QWidget):
    """All below the toolbar: what there is to report, and the panels or, while nothing is open, the welcome."""

    def __init__(self, tellers: Sequence[QWidget], welcome: QWidget, space: Workspace) -> None:
        super().__init__()
        self._is_open = False
        self._pages = QStackedWidget()
        self._pages.addWidget(welcome)
        self._pages.addWidget(space)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        notices = QVBoxLayout()  # takes no room while none of them is shown
        notices.setContentsMargins(SPACING + 2, 4, SPACING + 2, 0)
        notices.setSpacing(4)
        for teller in tellers:
            notices.addWidget(teller)
        column.addLayout(notices)
        column.addWidget(self._pages, 1)

    def show_page(self, *, is_open: bool) -> None:
        """The panels once something is open, the welcome once it no longer is."""
        if is_open != self._is_open:
            self._is_open = is_open
            self._pages.setCurrentIndex(int(is_open))

    def show_panels(self) -> None:
        """Also while nothing is open."""
        self._pages.setCurrentIndex(1)


def _splitter(name: str, way: Qt.Orientation, parts: Sequence[QWidget], shares: Sequence[int]) -> QSplitter:
    splitter = QSplitter(way)
    splitter.setObjectName(name)
    for index, (part, share) in enumerate(zip(parts, shares, strict=True)):
        splitter.addWidget(part)
        splitter.setStretchFactor(index, share)
    splitter.setHandleWidth(SPACING)
    splitter.setChildrenCollapsible(False)
    return splitter
