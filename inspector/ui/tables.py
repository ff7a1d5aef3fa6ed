"""What the window's dense tables have in common."""

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics, QGuiApplication, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from inspector.ui.plain_text import plain_text
from inspector.ui.widgets import scaled_font

HEADING_SCALE = 0.86


class Headed(Protocol):
    """A column: its heading, and the widest text it is to have room for."""

    @property
    def heading(self) -> str: ...
    @property
    def widest(self) -> str: ...


class WordyTable(QTableView):
    """Says in words that there is nothing to show, or what will be."""

    empty_words = ""

    def say(self, words: str) -> None:
        """What stands there from now on while it is empty."""
        if words != self.empty_words:
            self.empty_words = words
            self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        model = self.model()
        if model is not None and model.rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            how = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect().adjusted(8, 0, -8, 0), how, self.empty_words)
            painter.end()


def prepare_table(table: QTableView) -> None:
    """Whole rows, no grid, dense rows of one height, texts cut in the middle."""
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setTabKeyNavigation(False)
    vertical = table.verticalHeader()
    vertical.hide()
    vertical.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    vertical.setDefaultSectionSize(table.fontMetrics().height() + 7)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


def fit_columns(table: QTableView, columns: Sequence[Headed]) -> None:
    """Room for the widest text of each but the last, which gets what is left."""
    table.horizontalHeader().setMinimumSectionSize(24)
    cells = table.fontMetrics()
    titles = QFontMetrics(scaled_font(QGuiApplication.font(), HEADING_SCALE))
    for number, column in enumerate(columns[:-1]):
        width = max(cells.horizontalAdvance(column.widest), titles.horizontalAdvance(column.heading)) + 9
        table.setColumnWidth(number, width)


def alignment(*, number: bool) -> Qt.AlignmentFlag:
    """Numbers are aligned at the right, words at the left."""
    side = Qt.AlignmentFlag.AlignRight if number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def heading(text: str, tip: str, font: QFont, orientation: Qt.Orientation, role: int, *, number: bool) -> object:
    """What a model says of a column's heading."""
    if orientation != Qt.Orientation.Horizontal:
        return None
    match role:
        case Qt.ItemDataRole.DisplayRole:
            return text
        case Qt.ItemDataRole.ToolTipRole:
            return plain_text(tip)
        case Qt.ItemDataRole.TextAlignmentRole:
            return alignment(number=number)
        case Qt.ItemDataRole.FontRole:
            return font
    return None
