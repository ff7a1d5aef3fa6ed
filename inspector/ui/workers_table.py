"""A row a worker: what it does, how fast, how busy, and on which file."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from inspector import formatting as fmt
from inspector.loader.counters import StageTimes
from inspector.monitor.snapshot import Snapshot, WorkerRow
from inspector.ui.stage_strip import SHARES_ROLE, StageDelegate, stage_shares, stages_in_words
from inspector.ui.theme import Theme
from inspector.ui.widgets import Card, label, scaled_font

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Column:
    heading: str
    tip: str
    text: Callable[[WorkerRow], str]
    widest: str = ""  # sets the column's width
    number: bool = True


def _stage(times: StageTimes | None) -> str:
    return fmt.milliseconds(None if times is None else times.p50_ms)


def _stages(row: WorkerRow) -> str:
    totals = row.totals
    if totals.read is None:
        return fmt.UNKNOWN
    return "·".join(_stage(times) for times in (totals.read, totals.decode, totals.write))


def _pid(row: WorkerRow) -> str:
    return fmt.UNKNOWN if row.totals.pid is None else str(row.totals.pid)


def _busy(row: WorkerRow) -> str:
    return fmt.percent(row.busy)


def _last_file(row: WorkerRow) -> str:
    return fmt.file_name(row.totals.last_path) or fmt.UNKNOWN


STAGES_TIP = (
    "Milliseconds per image to read, to decode and to write: the median of each. The strip below divides the worker's "
    "time, from the left: read, decode, transform, write; empty: idle"
)
STAGES_HEADING = "read·dec·write"
MEMORY_TIP = "Memory of the process; what it shares with others is divided among them, where the system can tell"
COLUMNS = (
    Column("pid", "Process id; – for a thread", _pid, "4194304"),
    Column("state", "What it does right now", lambda row: row.totals.state.value, "stopping", number=False),
    Column("img/s", "Images per second", lambda row: fmt.rate(row.images_per_s), "1,000"),
    Column("busy", "Share of its time not spent waiting for work", _busy, "100 %"),
    Column(STAGES_HEADING, STAGES_TIP, _stages, "0.04·0.64·0.04"),
    Column("memory", MEMORY_TIP, lambda row: fmt.byte_size(row.memory_bytes), "1.1 GB"),
    Column("restarts", "How often it had to be replaced", lambda row: fmt.whole(row.totals.restarts), "12"),
    Column("last file", "The file it finished or works on", _last_file, number=False),
)


STAGES_COLUMN = [column.heading for column in COLUMNS].index(STAGES_HEADING)


class WorkersModel(QAbstractTableModel):
    """Rows of the latest snapshot; a row changes only where one of its texts does."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, ...]] = []
        self._paths: list[str] = []
        self._workers: tuple[WorkerRow, ...] = ()
        self._heading_font = scaled_font(QGuiApplication.font(), 0.86)

    def show(self, workers: tuple[WorkerRow, ...]) -> None:
        rows = [tuple(column.text(worker) for column in COLUMNS) for worker in workers]
        self._workers = workers
        self._paths = [fmt.readable(worker.totals.last_path) for worker in workers]
        if len(rows) != len(self._rows):
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
            return
        changed = [number for number, (old, new) in enumerate(zip(self._rows, rows, strict=True)) if old != new]
        self._rows = rows
        if changed:
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], len(COLUMNS) - 1))

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.DisplayRole:
            return self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(COLUMNS[index.column()])
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == len(COLUMNS) - 1:
            return self._paths[index.row()]
        if index.column() == STAGES_COLUMN and role == SHARES_ROLE:
            return stage_shares(self._workers[index.row()])
        if index.column() == STAGES_COLUMN and role == Qt.ItemDataRole.ToolTipRole:
            return stages_in_words(self._workers[index.row()])
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = COLUMNS[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.heading
            case Qt.ItemDataRole.ToolTipRole:
                return column.tip
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
            case Qt.ItemDataRole.FontRole:
                return self._heading_font
        return None


def _alignment(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def prepare_table(table: QTableView) -> None:
    """What the tables have in common: whole rows, no grid, dense rows of one height, texts cut in the middle."""
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


class WorkersPanel(Card):
    """The table under its heading."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.column.setContentsMargins(5, 8, 5, 3)
        self.column.setSpacing(2)
        heading = label("WORKERS", "section")
        heading.setContentsMargins(6, 0, 0, 0)
        self.column.addWidget(heading)
        self.table = QTableView()
        self.table.setObjectName("workersTable")
        self.table.setAccessibleName("Workers")
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setFont(scaled_font(self.table.font(), 0.92))
        self._model = WorkersModel(self)
        self.table.setModel(self._model)
        prepare_table(self.table)
        self.table.setItemDelegateForColumn(STAGES_COLUMN, StageDelegate(theme, self.table))
        header = self.table.horizontalHeader()
        header.setMinimumSectionSize(24)
        cells = self.table.fontMetrics()
        titles = QFontMetrics(scaled_font(QGuiApplication.font(), 0.86))
        for number, column in enumerate(COLUMNS[:-1]):
            width = max(cells.horizontalAdvance(column.widest), titles.horizontalAdvance(column.heading)) + 9
            self.table.setColumnWidth(number, width)
        header.setSectionResizeMode(len(COLUMNS) - 1, QHeaderView.ResizeMode.Stretch)  # the rest is for the file
        self.column.addWidget(self.table, 1)

    def sizeHint(self) -> QSize:
        return QSize(420, 130)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._model.show(snapshot.workers)
