"""Where the time goes: a row a worker, what it does, how fast, how busy, on which file; and the slowest files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QStackedWidget, QTabBar

from inspector import formatting as fmt
from inspector.monitor.reads_text import READS_TIP, reads_text
from inspector.monitor.records import RunState, Snapshot, WorkerRow
from inspector.session.records import SlowSample
from inspector.ui.key_filters import KeyFilters
from inspector.ui.measurements.slowest_table import SlowestTable
from inspector.ui.measurements.stage_strip import (
    SHARES_ROLE,
    USUAL_STAGES,
    StageDelegate,
    list_of,
    stage_heading,
    stage_shares,
    stages_in_words,
)
from inspector.ui.plain_text import plain_text
from inspector.ui.tables import HEADING_SCALE, WordyTable, alignment, fit_columns, heading, prepare_table
from inspector.ui.theme import Theme
from inspector.ui.widgets import Card, LiveText, scaled_font, section_font

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class WorkerColumn:
    heading: str
    tip: str
    text: Callable[[WorkerRow], str]
    widest: str = ""  # sets the column's width
    number: bool = True


def _stages(row: WorkerRow) -> str:
    shown = [fmt.milliseconds(stage.p50_ms) for stage in row.totals.stages if stage.name != _LEFT_OUT]
    return "·".join(shown) or fmt.UNKNOWN


def _pid(row: WorkerRow) -> str:
    return fmt.UNKNOWN if row.totals.pid is None else str(row.totals.pid)


def _busy(row: WorkerRow) -> str:
    return fmt.percent(row.busy)


def _last_file(row: WorkerRow) -> str:
    return fmt.file_name(row.totals.last_location) or fmt.UNKNOWN


def _last(row: WorkerRow) -> str:
    return row.totals.last_location.removeprefix("sample ") or fmt.UNKNOWN


def _number(row: WorkerRow) -> str:
    number = "main" if row.totals.worker_id < 0 else str(row.totals.worker_id)
    return number if row.totals.rank is None else f"r{row.totals.rank}·{number}"


def _starts(row: WorkerRow) -> str:
    return fmt.whole(row.totals.restarts + 1) if row.totals.worker_id >= 0 else fmt.UNKNOWN


_LEFT_OUT = "transform"  # for want of room: the strip and its tool tip have it


def _stages_heading(names: Sequence[str]) -> str:
    return stage_heading(name for name in names if name != _LEFT_OUT)


def _stages_tip(names: Sequence[str]) -> str:
    shown = list_of([f"to {name}" for name in names if name != _LEFT_OUT])
    return (
        f"Milliseconds per image {shown}: the median of each. The strip below divides the worker's time, from the "
        f"left: {', '.join(names)}; empty: idle"
    )


STAGES_HEADING = _stages_heading(USUAL_STAGES)
MEMORY_TIP = (
    "Memory of the process; what it shares with others is divided among them, where the system can measure that"
)
NO_WORKERS = "No workers: this program loads by itself, between two batches"
NO_WORKERS_WATCHED = "No workers: the training loads by itself, between two batches"
NO_WORKERS_YET = "Here is a line for each worker, once they load"
COLUMNS = (
    WorkerColumn("pid", "Process id; – for a thread", _pid, "4194304"),
    WorkerColumn("state", "What it does right now", lambda row: row.totals.state.value, "stopping", number=False),
    WorkerColumn("img/s", "Images per second", lambda row: fmt.rate(row.images_per_s), "1,000"),
    WorkerColumn("busy", "Share of its time not spent waiting for work", _busy, "100 %"),
    WorkerColumn(STAGES_HEADING, _stages_tip(USUAL_STAGES), _stages, "0.04·0.64·0.04"),
    WorkerColumn("memory", MEMORY_TIP, lambda row: fmt.byte_size(row.memory_bytes), "1.1 GB"),
    WorkerColumn("restarts", "How often it was replaced", lambda row: fmt.whole(row.totals.restarts), "12"),
    WorkerColumn("last file", "The file it finished or works on", _last_file, number=False),
)

WATCHED_STAGES = ("fetch", "collate")
WATCHED_COLUMNS = (
    WorkerColumn("worker", "Its number, behind that of its rank where there are several", _number, "r12·64"),
    *COLUMNS[:2],
    WorkerColumn("smp/s", "Samples per second", lambda row: fmt.rate(row.images_per_s), "1,000"),
    COLUMNS[3],
    WorkerColumn(_stages_heading(WATCHED_STAGES), _stages_tip(WATCHED_STAGES), _stages, "0.04·0.64·0.04"),
    COLUMNS[5],
    WorkerColumn("starts", "How often it was started: for each epoch, or once", _starts, "1,000"),
    WorkerColumn("last", "The index of the first sample of the batch that it finished last", _last, number=False),
)


def _place_of_stages(columns: Sequence[WorkerColumn]) -> int:
    return [column.text for column in columns].index(_stages)


STAGES_COLUMN = _place_of_stages(COLUMNS)


class WorkersModel(QAbstractTableModel):
    """Rows of the latest snapshot; a row changes only where one of its texts does."""

    def __init__(self, parent: QObject | None = None, columns: Sequence[WorkerColumn] = COLUMNS) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, ...]] = []
        self._paths: list[str] = []
        self._workers: tuple[WorkerRow, ...] = ()
        self._columns = list(columns)
        self.stages_column = _place_of_stages(columns)
        self._heading_font = scaled_font(QGuiApplication.font(), HEADING_SCALE)

    def show(self, workers: tuple[WorkerRow, ...]) -> None:
        rows = [tuple(column.text(worker) for column in self._columns) for worker in workers]
        self._workers = workers
        self._name_stages()
        self._paths = [fmt.readable(worker.totals.last_location) for worker in workers]
        if len(rows) != len(self._rows):
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
            return
        changed = [number for number, (old, new) in enumerate(zip(self._rows, rows, strict=True)) if old != new]
        self._rows = rows
        if changed:
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], len(self._columns) - 1))

    def _name_stages(self) -> None:
        """The heading of the stages names those that the workers have."""
        names = next(
            (tuple(stage.name for stage in each.totals.stages) for each in self._workers if each.totals.stages), ()
        )
        if names and (text := _stages_heading(names)) != self._columns[self.stages_column].heading:
            at = self.stages_column
            self._columns[at] = replace(self._columns[at], heading=text, tip=_stages_tip(names))
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, at, at)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.DisplayRole:
            return self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return alignment(number=self._columns[index.column()].number)
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == len(self._columns) - 1:
            return plain_text(self._paths[index.row()])
        if index.column() == self.stages_column and role == SHARES_ROLE:
            return stage_shares(self._workers[index.row()])
        if index.column() == self.stages_column and role == Qt.ItemDataRole.ToolTipRole:
            return plain_text(stages_in_words(self._workers[index.row()]))
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        column = self._columns[section]
        return heading(column.heading, column.tip, self._heading_font, orientation, role, number=column.number)


class WorkersPanel(Card):
    """Where the time goes: a row a worker, or a row for each of the slowest files; and what this window costs.

    Args:
        slowest: asked for the slowest samples while they are looked at.
        watched: whether they are those of somebody else's loader.
    """

    def __init__(self, theme: Theme, slowest: Callable[[], Sequence[SlowSample]], *, watched: bool = False) -> None:
        super().__init__()
        columns = WATCHED_COLUMNS if watched else COLUMNS
        self._no_workers = NO_WORKERS_WATCHED if watched else NO_WORKERS
        self._slowest_samples = slowest
        self.column.setContentsMargins(5, 6, 5, 3)
        self.column.setSpacing(2)
        self._tabs = QTabBar()
        self._tabs.setObjectName("workersTabs")
        self._tabs.setAccessibleName("Workers or slowest files")
        self._tabs.setToolTip("Where the time goes: by worker, or the files that took longest in the last minute")
        self._tabs.setProperty("compact", True)
        self._tabs.setDrawBase(False)
        self._tabs.setFont(section_font(self._tabs.font()))
        self._tabs.addTab("WORKERS")
        self._tabs.addTab("SLOWEST SAMPLES" if watched else "SLOWEST FILES")
        KeyFilters(self).teach(self._tabs)
        self._cost = LiveText(self.font())
        self._cost.setFont(scaled_font(self.font(), 0.9))
        self._cost.setObjectName("windowCost")
        self._cost.setAccessibleName("What this window costs")
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 6, 0)
        head.setSpacing(10)
        head.addWidget(self._tabs)
        head.addWidget(self._cost, 1)
        self.table = WordyTable()
        self.table.setObjectName("workersTable")
        self.table.setAccessibleName("Workers")
        self.table.setToolTip("What each worker does now, how fast it is, and where its time goes")
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setFont(scaled_font(self.table.font(), 0.92))
        self._model = WorkersModel(self, columns)
        self.table.setModel(self._model)
        prepare_table(self.table)
        fit_columns(self.table, columns)
        self.table.setItemDelegateForColumn(self._model.stages_column, StageDelegate(theme, self.table))
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(len(columns) - 1, QHeaderView.ResizeMode.Stretch)  # the rest is for the file
        self._slowest = SlowestTable(theme, watched=watched)
        self._slowest.said.connect(lambda words: self._cost.show_text("", words))
        self._pages = QStackedWidget()
        self._pages.addWidget(self.table)
        self._pages.addWidget(self._slowest)
        self._tabs.currentChanged.connect(self._turn_to)
        self._reads = LiveText(scaled_font(self.font(), 0.92))
        self._reads.setObjectName("readsLabel")
        self._reads.setAccessibleName("Reading over the network")
        self._reads.hide()
        self.column.addLayout(head)
        reads = QHBoxLayout()
        reads.setContentsMargins(4, 0, 6, 0)
        reads.addWidget(self._reads)
        self.column.addLayout(reads)
        self.column.addWidget(self._pages, 1)

    def sizeHint(self) -> QSize:
        return QSize(420, 130)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._model.show(snapshot.workers)
        in_process = snapshot.state is RunState.RUNNING and snapshot.num_workers == 0
        self.table.say(self._no_workers if in_process else NO_WORKERS_YET)
        self._show_slowest()
        reads = reads_text(snapshot)
        self._reads.setVisible(bool(reads))
        first, _, rest = reads.partition(" · ")
        self._reads.show_text(first, rest, tip=f"{reads}\n{READS_TIP}")
        self._cost.show_text("", cost_in_words(snapshot.machine.own_share), tip=COST_TIP)

    def _turn_to(self, page: int) -> None:
        self._pages.setCurrentIndex(page)
        self._show_slowest()

    def _show_slowest(self) -> None:
        if self._pages.currentWidget() is self._slowest:
            self._slowest.show_samples(self._slowest_samples())


COST_TIP = (
    "Measured over the last 10 s: CPU time of this program that does not go into loading (drawing, thumbnails, "
    "statistics, measuring), as a share of the cores that can be used. Where all are in use, loading is slower by "
    "about that much; where some are free, by less. Waiting for Python's lock is not counted."
)


def cost_in_words(share: float | None) -> str:
    """Such as "window costs 2 %"; "" where it is not known."""
    return "" if share is None else f"window costs {fmt.percent(share)}"
