"""What a scan has found as rows of a table: filtered and sorted with NumPy, since there may be very many."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QModelIndex, QObject, Qt
from PySide6.QtGui import QColor

from inspector import formatting as fmt
from inspector.session.protocol import Findings
from inspector.session.records import CHECKS, ROW_NAMES, ScanRow
from inspector.ui.problems.model import Mark
from inspector.ui.sorted_table import Index, SortedTableModel
from inspector.ui.theme import Theme

KIND, FILE, REASON, SCORE, SIZE = range(5)
Numbers = npt.NDArray[np.int64]
_NONE: Numbers = np.empty(0, np.int64)


def title(name: str) -> str:
    """A problem's kind as it is, a check by its title."""
    return CHECKS[name].title if name in CHECKS else name


class ScanModel(SortedTableModel):
    """The findings of a scan that are wanted, in the order asked for; `follow` takes in what is new.

    A row is kept as its number among the findings, and its text is made when it is looked at. Rows are kept in
    ascending order; descending order only reads them from the other end.
    """

    HEADINGS = ("Kind", "File", "Reason", "Score", "Size")
    NUMERIC = (SCORE, SIZE)

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(theme, FILE, False, parent)
        self._findings: Findings | None = None
        self._seen = 0  # findings that were taken in, wanted or not
        self._rows = _NONE
        self._keys: npt.NDArray[Any] = _NONE  # the wanted ones, and what they are sorted by
        self._wanted = np.ones(len(ROW_NAMES), np.bool_)
        self._filter = ""
        self.folder = ""  # that is open
        self._moved: set[str] = set()
        self._scores: tuple[Findings, npt.NDArray[np.float64]] | None = None  # as far as they were looked at

    # --- what is shown -------------------------------------------------------------------------------------

    def show_findings(self, findings: Findings | None) -> None:
        """Begin again with what another scan finds."""
        self._findings = findings
        self._apply_filter()

    def follow(self) -> None:
        """Take in what was found since the last time."""
        rows, keys = self._found(self._seen)
        if not len(rows):
            return
        if self._column == FILE:  # the order in which they were found
            top = 0 if self._descending else len(self._rows)
            self.beginInsertRows(QModelIndex(), top, top + len(rows) - 1)
            self._rows, self._keys = np.append(self._rows, rows), np.append(self._keys, keys)
            self.endInsertRows()
            return
        places = np.searchsorted(self._keys, keys, side="right")
        self._rearrange(lambda: self._set(np.insert(self._rows, places, rows), np.insert(self._keys, places, keys)))

    def show_only(self, names: frozenset[str]) -> None:
        """Show only rows of these kinds and checks."""
        self._wanted = np.array([str(name) in names for name in ROW_NAMES])
        self._apply_filter()

    def set_filter(self, text: str) -> None:
        """Show only rows whose file or reason contains `text`, whatever its case."""
        self._filter = text.strip()
        self._apply_filter()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if column == REASON:  # an order of sentences helps nobody
            return

        def change() -> None:
            self._descending = order == Qt.SortOrder.DescendingOrder
            if column != self._column:
                self._column = column
                self._set(*self._found(0))

        self._rearrange(change)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.HEADINGS) - 1)

    def _apply_filter(self) -> None:
        self.beginResetModel()
        self._set(*self._found(0))
        self.endResetModel()

    def _set(self, rows: Numbers, keys: npt.NDArray[Any]) -> None:
        self._rows, self._keys = rows, keys

    def _found(self, first: int) -> tuple[Numbers, npt.NDArray[Any]]:
        """The wanted rows from `first` on, sorted, and what they are sorted by."""
        if self._findings is None:
            self._seen = 0
            return _NONE, _NONE
        names, sizes = self._findings.columns(first)
        self._seen = first + len(names)
        wanted = self._wanted[names]
        if self._filter:
            found = self._findings.containing(self._filter, first) - first
            has_text = np.zeros(len(names), np.bool_)
            has_text[found[found < len(names)]] = True
            wanted &= has_text
        rows = np.flatnonzero(wanted)
        keys = self._sorted_by(names, sizes, first)[rows]
        order = np.argsort(keys, kind="stable")
        return rows[order] + first, keys[order]

    def _sorted_by(self, names: npt.NDArray[np.uint8], sizes: Numbers, first: int) -> npt.NDArray[Any]:
        match self._column:
            case 0:  # KIND
                return names.astype(np.int64)
            case 3:  # SCORE; what has none is the last
                assert self._findings is not None
                return np.nan_to_num(self._findings.scores(first)[: len(names)], nan=np.inf)
            case 4:  # SIZE
                return sizes
        return np.arange(first, first + len(names))

    # --- files that were moved aside -------------------------------------------------------------------------

    def mark(self, paths: Sequence[str], mark: Mark | None) -> None:
        """Show these files as moved aside, or as in place again."""
        if mark is Mark.MOVED:
            self._moved.update(paths)
        else:
            self._moved.difference_update(paths)
        if len(self._rows):
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(self.HEADINGS) - 1))

    def marked(self, mark: Mark) -> list[str]:
        """The files that were moved aside."""
        return list(self._moved) if mark is Mark.MOVED else []

    def number(self, row: int) -> int:
        return int(self._rows[-1 - row if self._descending else row])

    def _places(self, numbers: Sequence[int]) -> list[int | None]:
        last = len(self._rows) - 1
        place = np.empty(self._seen, np.int64)
        place[self._rows] = last - np.arange(last + 1) if self._descending else np.arange(last + 1)
        return place[np.array(numbers)].tolist()  # type: ignore[no-any-return]  # what was shown still is

    def row(self, row: int) -> ScanRow:
        """What is shown in that row."""
        assert self._findings is not None
        return self._findings.row(self.number(row))

    # --- for Qt --------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def _text(self, row: int, column: int) -> str:
        match column:
            case 0:  # KIND
                found = self.row(row)
                return f"{title(found.name)} (moved)" if found.path in self._moved else title(found.name)
            case 1:  # FILE
                assert self._findings is not None
                return fmt.readable(self._findings.relative(self.number(row)))
            case 2:  # REASON
                return fmt.readable(self.row(row).reason)
            case 3:  # SCORE
                assert self._findings is not None
                score = self._score(self.number(row))
                return "" if np.isnan(score) else f"{score:.3g}"
            case _:
                return fmt.byte_size(self.row(row).file_bytes)

    def _tip(self, row: int, column: int) -> str | None:
        found = self.row(row)
        return {FILE: fmt.readable(found.path), REASON: fmt.readable(found.reason)}.get(column)

    def _score(self, number: int) -> float:
        assert self._findings is not None
        if self._scores is None or self._scores[0] is not self._findings or number >= len(self._scores[1]):
            self._scores = self._findings, self._findings.scores()
        return float(self._scores[1][number])

    def _colour(self, row: int, column: int) -> QColor | None:
        if not self._moved and column != KIND:
            return None
        found = self.row(row)
        if found.path in self._moved:
            return QColor(self._theme.colours.dim)
        if column != KIND:
            return None
        return self._kind_colour(found.name) if found.is_problem else QColor(self._theme.colours.accent)
