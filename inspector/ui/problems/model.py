"""The rows of the table of skipped files: sorted, filtered, and marked with what the user did about them."""

from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

from PySide6.QtCore import QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QColor

from inspector import formatting as fmt
from inspector.session.records import Problem, ProblemKind
from inspector.ui.sorted_table import Index, SortedTableModel
from inspector.ui.theme import Theme

KIND, FILE, REASON, SIZE, EPOCH, BATCH = range(6)
MOST_INSERTED_RUNS = 64  # rows that go to more places than this at a time are sorted in together
NOT_CLOSED = 1 << 62  # a batch number that is still open sorts last
Key = str | int

_KEYS: tuple[Callable[[Problem], Key], ...] = (
    lambda problem: problem.kind.value,
    lambda problem: problem.path,
    lambda problem: problem.reason,
    lambda problem: -1 if problem.file_bytes is None else problem.file_bytes,
    lambda problem: problem.epoch,
    lambda problem: NOT_CLOSED if problem.batch is None else problem.batch,
)
_TEXTS: tuple[Callable[[Problem, str], str], ...] = (
    lambda problem, folder: problem.kind.value,
    lambda problem, folder: fmt.relative(problem.path, folder),
    lambda problem, folder: fmt.readable(problem.reason),
    lambda problem, folder: fmt.byte_size(problem.file_bytes),
    lambda problem, folder: fmt.whole(problem.epoch),
    lambda problem, folder: fmt.whole(problem.batch),
)


class Mark(StrEnum):
    """What became of a file after it was skipped."""

    LOADS = "now loads"
    FAILS = "still fails"
    MOVED = "moved aside"


class ProblemsModel(SortedTableModel):
    """All problems of the open folder, of which those that pass the filters are shown, in the chosen order.

    A row is the number under which its problem arrived. Rows are kept in ascending order; descending order only reads
    them from the other end. A Qt sort proxy would ask Python for every comparison: here the keys of 100,000 rows are
    lists that Python sorts by itself.
    """

    HEADINGS = ("Kind", "File", "Reason", "Size", "Epoch", "Batch")
    NUMERIC = (SIZE, EPOCH, BATCH)
    count_changed = Signal(int, int)  # shown, all
    kinds_changed = Signal()

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(theme, BATCH, True, parent)
        self._text_wanted = ""
        self._kind_wanted: ProblemKind | None = None
        self._forget("")

    def _forget(self, folder: str) -> None:
        self.folder = folder
        self.kinds: Counter[ProblemKind] = Counter()
        self._all: list[Problem] = []
        self._searched: list[str] = []
        self._keys: tuple[list[Key], ...] = tuple([] for _ in self.HEADINGS)
        self._rows: list[int] = []
        self._marks: dict[str, Mark] = {}
        self._hidden: set[int] = set()  # the loader misses what was moved aside: no news to the user

    @property
    def total(self) -> int:
        """Problems received, whether the filters show them or not."""
        return len(self._all)

    def clear(self, folder: str) -> None:
        """Start again, for another folder or the same; of the same, what became of its files is still known."""
        marks = self._marks if folder == self.folder else {}
        self.beginResetModel()
        self._forget(folder)
        self._marks = marks
        self.endResetModel()
        self._report_counts()

    def append(self, problems: Sequence[Problem]) -> None:
        """Add the latest problems, in the order in which they came."""
        first = len(self._all)
        self._all.extend(problems)
        self._searched.extend(
            f"{problem.kind.value}\n{problem.path}\n{problem.reason}".casefold() for problem in problems
        )
        for keys, key in zip(self._keys, _KEYS, strict=True):
            keys.extend(map(key, problems))
        numbers = range(first, len(self._all))
        for number, problem in zip(numbers, problems, strict=True):
            if problem.kind is ProblemKind.VANISHED and self._marks.get(problem.path) is Mark.MOVED:
                self._hidden.add(number)
            else:
                self.kinds[problem.kind] += 1
        self._add_rows(self._matching(numbers))
        self._report_counts()

    def _add_rows(self, fresh: list[int]) -> None:
        """`fresh`: in order of arrival."""
        key = self._order()
        fresh.sort(key=key)
        places = [bisect(self._rows, key(number), key=key) for number in fresh]
        runs: list[tuple[int, list[int]]] = []
        for place, number in zip(places, fresh, strict=True):
            if runs and runs[-1][0] == place:
                runs[-1][1].append(number)
            else:
                runs.append((place, [number]))
        if len(runs) > MOST_INSERTED_RUNS:
            self._show(sorted(self._rows + fresh, key=key), self._descending)
            return
        for place, run in reversed(runs):  # from the end on, so that the places before stay right
            top = len(self._rows) - place if self._descending else place
            self.beginInsertRows(QModelIndex(), top, top + len(run) - 1)
            self._rows[place:place] = run
            self.endInsertRows()

    def _order(self) -> Callable[[int], tuple[Key, int]]:
        keys = self._keys[self._column]
        return lambda number: (keys[number], number)

    def _show(self, rows: list[int], descending: bool) -> None:
        """Show other rows, or in another order."""

        def change() -> None:
            self._rows, self._descending = rows, descending

        self._rearrange(change)

    def _places(self, numbers: Sequence[int]) -> list[int | None]:
        last = len(self._rows) - 1
        place = {number: last - row if self._descending else row for row, number in enumerate(self._rows)}
        return [place.get(number) for number in numbers]

    def set_filter(self, text: str) -> None:
        """Show only problems whose kind, file or reason contains `text`, whatever its case."""
        self._text_wanted = text.strip().casefold()
        self._filter()

    def set_kind(self, kind: ProblemKind | None) -> None:
        """Show only problems of that kind; None: of all."""
        self._kind_wanted = kind
        self._filter()

    def _filter(self) -> None:
        self._show(self._sorted(self._matching(range(len(self._all)))), self._descending)
        self._report_counts()

    def _matching(self, numbers: Iterable[int]) -> list[int]:
        if self._hidden:
            numbers = [number for number in numbers if number not in self._hidden]
        if self._kind_wanted is not None:
            wanted, kinds = self._kind_wanted.value, self._keys[KIND]
            numbers = [number for number in numbers if kinds[number] == wanted]
        if self._text_wanted:
            text, searched = self._text_wanted, self._searched
            numbers = [number for number in numbers if text in searched[number]]
        return list(numbers)

    def _sorted(self, numbers: list[int]) -> list[int]:
        numbers.sort()  # in order of arrival, which those that are alike keep
        numbers.sort(key=self._keys[self._column].__getitem__)
        return numbers

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        rows = self._rows
        if column != self._column:
            self._column = column
            rows = self._sorted(list(rows))
        self._show(rows, order == Qt.SortOrder.DescendingOrder)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.HEADINGS) - 1)

    def mark(self, paths: Iterable[str], mark: Mark | None) -> None:
        """Show in the rows of these files what became of them; None: nothing."""
        for path in paths:
            if mark is None:
                self._marks.pop(path, None)
            else:
                self._marks[path] = mark
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(self.HEADINGS) - 1))

    def marked(self, mark: Mark) -> list[str]:
        """The files with that mark."""
        return [path for path, what in self._marks.items() if what is mark]

    def number(self, row: int) -> int:
        """When the problem in that row arrived, counted from 0."""
        return self._rows[-1 - row if self._descending else row]

    def problem(self, row: int) -> Problem:
        """The problem shown in that row."""
        return self._all[self.number(row)]

    def _report_counts(self) -> None:
        self.count_changed.emit(len(self._rows), len(self._all) - len(self._hidden))
        self.kinds_changed.emit()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def _text(self, row: int, column: int) -> str:
        problem = self.problem(row)
        mark = self._marks.get(problem.path)
        text = _TEXTS[column](problem, self.folder)
        return f"{mark.value} · {text}" if mark is not None and column == REASON else text

    def _tip(self, row: int, column: int) -> str | None:
        problem = self.problem(row)
        return {FILE: fmt.readable(problem.path), REASON: problem.detail or problem.reason}.get(column)

    def _colour(self, row: int, column: int) -> QColor | None:
        problem, colours = self.problem(row), self._theme.colours
        mark = self._marks.get(problem.path)
        if mark is Mark.MOVED:
            return QColor(colours.dim)
        if mark is Mark.LOADS and column in (KIND, REASON):
            return QColor(colours.good)
        return self._kind_colour(problem.kind) if column == KIND else None
