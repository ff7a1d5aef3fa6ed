"""What a scan has found as rows of a table: filtered and sorted with NumPy, since there may be very many."""

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QGuiApplication

from inspector import formatting as fmt
from inspector.dataset.checks import CHECKS
from inspector.dataset.problems import ProblemKind
from inspector.scan.results import NAMES, Results, Row
from inspector.ui.theme import Theme
from inspector.ui.widgets import scaled_font

Index = QModelIndex | QPersistentModelIndex
HEADINGS = ("Kind", "File", "Reason", "Size")
KIND, FILE, REASON, SIZE = range(4)


def title(name: str) -> str:
    """A problem's kind as it is, a check by its title."""
    return CHECKS[name].title if name in CHECKS else name


class ScanModel(QAbstractTableModel):
    """The rows of a scan's results that are wanted, in the order asked for; `follow` takes in what is new.

    A row is kept as its number in the results, and its words are made when they are looked at.
    """

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._heading_font = scaled_font(QGuiApplication.font(), 0.86)
        self._results: Results | None = None
        self._seen = 0  # rows of the results that were taken in, wanted or not
        self._rows: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self._wanted = np.ones(len(NAMES), np.bool_)
        self._text = ""
        self._column, self._descending = FILE, False

    # --- what is shown -------------------------------------------------------------------------------------

    def show_results(self, results: Results | None) -> None:
        """Begin anew with the results of another scan."""
        self.beginResetModel()
        self._results, self._seen = results, 0
        self._rows = np.empty(0, np.int64)
        self.endResetModel()
        self.follow()

    def follow(self) -> None:
        """Take in what was found since the last time."""
        if self._results is None or len(self._results) == self._seen:
            return
        rows = self._find()
        known = len(self._rows)
        if len(rows) > known and (self._column, self._descending) == (FILE, False):  # found in the order of the files
            self.beginInsertRows(QModelIndex(), known, len(rows) - 1)
            self._rows = rows
            self.endInsertRows()
        elif len(rows) > known:
            self._rearrange(rows)

    def show_only(self, names: frozenset[str]) -> None:
        """Show only rows of these kinds and checks."""
        self._wanted = np.array([str(name) in names for name in NAMES])
        self._filter_anew()

    def set_filter(self, text: str) -> None:
        """Show only rows whose file or reason contains `text`, whatever its case."""
        self._text = text.strip()
        self._filter_anew()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if column == REASON:  # an order of sentences helps nobody
            return
        self._column, self._descending = column, order == Qt.SortOrder.DescendingOrder
        if self._results is not None:
            self._rearrange(self._find())
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(HEADINGS) - 1)

    def _filter_anew(self) -> None:
        if self._results is not None:
            self.beginResetModel()
            self._rows = self._find()
            self.endResetModel()

    def _find(self) -> npt.NDArray[np.int64]:
        assert self._results is not None
        names, sizes = self._results.columns()
        self._seen = len(names)
        wanted = self._wanted[names]
        if self._text:
            found = self._results.containing(self._text)
            has_text = np.zeros(len(names), np.bool_)
            has_text[found[found < len(names)]] = True
            wanted &= has_text
        rows = np.flatnonzero(wanted)
        if self._column != FILE:  # the order in which they were found
            keys = names[rows] if self._column == KIND else sizes[rows]
            rows = rows[np.argsort(keys, kind="stable")]
        return rows[::-1] if self._descending else rows

    def _rearrange(self, rows: npt.NDArray[np.int64]) -> None:
        """Another order, or more rows: what is selected stays selected."""
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        numbers = {index.row(): int(self._rows[index.row()]) for index in before}
        places = {number: int(np.flatnonzero(rows == number)[0]) for number in set(numbers.values())}
        self._rows = rows
        after = [self.index(places[numbers[index.row()]], index.column()) for index in before]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def row(self, row: int) -> Row:
        """What is shown in that row."""
        assert self._results is not None
        return self._results.row(int(self._rows[row]))

    # --- for Qt --------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(HEADINGS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.ForegroundRole):
            return None
        row, column = self.row(index.row()), index.column()
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colour(row) if column == KIND else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return {FILE: fmt.readable(row.path), REASON: fmt.readable(row.reason)}.get(column)
        match column:
            case 0:  # KIND
                return title(row.name)
            case 1:  # FILE
                assert self._results is not None
                return fmt.readable(self._results.relative(int(self._rows[index.row()])))
            case 2:  # REASON
                return fmt.readable(row.reason)
            case _:
                return fmt.byte_size(row.file_bytes)

    def _colour(self, row: Row) -> QColor:
        colours = self._theme.colours
        if not row.is_problem:
            return QColor(colours.accent)
        return QColor(colours.warn if row.name == ProblemKind.DAMAGED else colours.bad)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADINGS[section] + ("" if section != self._column else " ↓" if self._descending else " ↑")
        if role == Qt.ItemDataRole.FontRole:
            return self._heading_font
        return _alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column == SIZE else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
