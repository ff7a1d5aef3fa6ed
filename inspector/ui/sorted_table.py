"""What the tables of files have in common: rows that a click on a heading sorts, and a selection that stays on them."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar

from PySide6.QtCore import QAbstractTableModel, QItemSelection, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QTableView

from inspector.session.records import ProblemKind
from inspector.ui.plain_text import plain_text
from inspector.ui.tables import HEADING_SCALE, alignment
from inspector.ui.theme import Theme
from inspector.ui.widgets import scaled_font

Index = QModelIndex | QPersistentModelIndex
MOST_KEPT_ROWS = 300  # of a selection; Qt takes seconds to follow 10,000 rows to their new places


class SortedTableModel(QAbstractTableModel):
    """A subclass keeps the rows and sorts them. Each has a number that stays with it wherever it is shown.

    Attributes:
        HEADINGS: of the columns. NUMERIC: those that are set to the right.
    """

    HEADINGS: ClassVar[tuple[str, ...]]
    NUMERIC: ClassVar[tuple[int, ...]]
    about_to_rearrange = Signal()

    def __init__(self, theme: Theme, column: int, descending: bool, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._heading_font = scaled_font(QGuiApplication.font(), HEADING_SCALE)
        self._column, self._descending = column, descending

    @abstractmethod
    def number(self, row: int) -> int:
        """Of what is shown in that row."""

    @abstractmethod
    def _places(self, numbers: Sequence[int]) -> list[int | None]:
        """The rows in which these are shown; None: in none."""

    @abstractmethod
    def _text(self, row: int, column: int) -> str: ...

    @abstractmethod
    def _tip(self, row: int, column: int) -> str | None: ...

    @abstractmethod
    def _colour(self, row: int, column: int) -> QColor | None: ...

    def _rearrange(self, change: Callable[[], None]) -> None:
        """Let `change` show other rows, or in another order; what is selected stays selected."""
        self.about_to_rearrange.emit()
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        numbers = [self.number(index.row()) for index in held]
        change()
        if held:
            moved = [
                QModelIndex() if row is None else self.index(row, index.column())
                for index, row in zip(held, self._places(numbers), strict=True)
            ]
            self.changePersistentIndexList(held, moved)
        self.layoutChanged.emit()

    def _kind_colour(self, kind: str) -> QColor:
        colours = self._theme.colours
        return QColor(colours.warn if kind == ProblemKind.DAMAGED else colours.bad)

    # --- for Qt --------------------------------------------------------------------------------------------

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.HEADINGS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(index.row(), index.column())
            case Qt.ItemDataRole.TextAlignmentRole:
                return self._alignment(index.column())
            case Qt.ItemDataRole.ForegroundRole:
                return self._colour(index.row(), index.column())
            case Qt.ItemDataRole.ToolTipRole:
                return plain_text(self._tip(index.row(), index.column()) or "")
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            arrow = "" if section != self._column else " ↓" if self._descending else " ↑"
            return self.HEADINGS[section] + arrow
        if role == Qt.ItemDataRole.FontRole:
            return self._heading_font
        return self._alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        return alignment(number=column in self.NUMERIC)


def selected_ranges(table: QTableView) -> list[range]:
    """The rows that are selected."""
    selection: QItemSelection = table.selectionModel().selection()
    parts = [selection.at(number) for number in range(selection.count())]
    return [range(part.top(), part.bottom() + 1) for part in parts]


def drop_large_selection(table: QTableView) -> None:
    """For `about_to_rearrange`."""
    if sum(map(len, selected_ranges(table))) > MOST_KEPT_ROWS:
        table.clearSelection()
