"""A row for each DataLoader of the training and each rank: a click shows its batches and workers."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QHeaderView

from inspector import formatting as fmt
from inspector.session.training import LoaderRow, TrainingControl, TrainingState
from inspector.ui.plain_text import plain_text
from inspector.ui.tables import HEADING_SCALE, WordyTable, alignment, fit_columns, heading, prepare_table
from inspector.ui.widgets import scaled_font

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class LoaderColumn:
    heading: str
    tip: str
    text: Callable[[LoaderRow], str]
    widest: str = ""
    number: bool = True


def _per(seconds: float, count: int) -> str:
    return fmt.milliseconds(1000 * seconds / count if count else None)


def _ready(loader: LoaderRow) -> str:
    if loader.queue_depth is None:
        return fmt.UNKNOWN
    return f"{loader.queue_depth:.1f} of {fmt.whole(loader.most_ahead)}"


def _other_thread(loader: LoaderRow) -> str:
    return "another" if loader.other_thread >= 0.5 else "main"


COLUMNS = (
    LoaderColumn(
        "DataLoader", "The variable that holds it", lambda loader: fmt.readable(loader.name), "m" * 16, number=False
    ),
    LoaderColumn("rank", "Rank of its process", lambda loader: fmt.whole(loader.rank), "1,024"),
    LoaderColumn("workers", "num_workers", lambda loader: fmt.whole(loader.num_workers), "256"),
    LoaderColumn("batches", "Batches given so far", lambda loader: fmt.whole(loader.batches), "1,234,567"),
    LoaderColumn("epochs", "Epochs that have ended", lambda loader: fmt.whole(loader.epochs), "1,000"),
    LoaderColumn(
        "wait",
        "Share of its consumer's time spent waiting in next()",
        lambda loader: fmt.percent(loader.data_wait),
        "100 %",
    ),
    LoaderColumn(
        "wait ms", "Milliseconds waited for a batch, mean", lambda loader: _per(loader.wait_s, loader.batches), "12,345"
    ),
    LoaderColumn(
        "step ms",
        "Milliseconds between a batch and the call for the next, mean: host time, in which a GPU's work is only queued",
        lambda loader: _per(loader.step_s, loader.batches),
        "12,345",
    ),
    LoaderColumn(
        "start-up",
        "Seconds in which iterators were made, all together",
        lambda loader: f"{loader.start_up_s:.2f} s",
        "1,234.5 s",
    ),
    LoaderColumn(
        "ready", "Complete batches that a next() found, mean, of those loaded ahead at most", _ready, "12.3 of 128"
    ),
    LoaderColumn(
        "held back",
        "Complete batches that waited for an earlier one, mean",
        lambda loader: fmt.UNKNOWN if loader.held_back is None else f"{loader.held_back:.1f}",
        "12.3",
    ),
    LoaderColumn(
        "pin ms", "Milliseconds to pin a batch, mean", lambda loader: fmt.milliseconds(loader.pin_ms), "1,234"
    ),
    LoaderColumn(
        "thread",
        "The thread that calls next(): another one than the main thread loads ahead, and hides the wait",
        _other_thread,
        "another",
        number=False,
    ),
    LoaderColumn("errors", "Exceptions that next() raised", lambda loader: fmt.whole(loader.errors), "1,000"),
    LoaderColumn(
        "iterated at", "The line of your code that iterates it", lambda loader: fmt.readable(loader.site), number=False
    ),
)


class LoadersModel(QAbstractTableModel):
    """Rows in the order in which the loaders were first used."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, ...]] = []
        self._keys: list[str] = []
        self._heading_font: QFont = scaled_font(QGuiApplication.font(), HEADING_SCALE)

    def show(self, loaders: tuple[LoaderRow, ...]) -> None:
        rows = [tuple(column.text(loader) for column in COLUMNS) for loader in loaders]
        same = len(rows) == len(self._rows)
        if not same:
            self.beginResetModel()
        changed = rows != self._rows
        self._rows, self._keys = rows, [loader.key for loader in loaders]
        if not same:
            self.endResetModel()
        elif changed:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(COLUMNS) - 1))

    def key(self, row: int) -> str:
        return self._keys[row]

    def row(self, key: str) -> int:
        """-1: there is none."""
        return self._keys.index(key) if key in self._keys else -1

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._rows[index.row()][index.column()]
            case Qt.ItemDataRole.TextAlignmentRole:
                return alignment(number=COLUMNS[index.column()].number)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_text(self._rows[index.row()][index.column()])
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        column = COLUMNS[section]
        return heading(column.heading, column.tip, self._heading_font, orientation, role, number=column.number)


class LoadersTable(WordyTable):
    """The row that is chosen is the loader that is shown; `chosen` is called after the user has chosen another one."""

    bar = None

    def __init__(self, training: TrainingControl, chosen: Callable[[], None]) -> None:
        super().__init__()
        self._training, self._chosen = training, chosen
        self.setObjectName("loadersTable")
        self.setAccessibleName("DataLoaders of the training")
        self.setToolTip("A row for each DataLoader and rank; choose one to see its batches, figures and workers")
        self.empty_words = "Here is a line for each DataLoader that the training iterates, and each rank"
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setFont(scaled_font(self.font(), 0.92))
        self._model = LoadersModel(self)
        self.setModel(self._model)
        prepare_table(self)
        fit_columns(self, COLUMNS)
        self.horizontalHeader().setSectionResizeMode(len(COLUMNS) - 1, QHeaderView.ResizeMode.Stretch)
        self.selectionModel().currentRowChanged.connect(self._choose)
        self._showing = False

    def sizeHint(self) -> QSize:
        return QSize(800, 160)

    def show_state(self, state: TrainingState) -> None:
        self._showing = True
        try:
            self._model.show(state.loaders)
            row = self._model.row(state.shown)
            if row != self.currentIndex().row():
                self.setCurrentIndex(self._model.index(row, 0))
        finally:
            self._showing = False

    def _choose(self, current: QModelIndex) -> None:
        if not self._showing and current.isValid():
            self._training.choose(self._model.key(current.row()))
            self._chosen()
