"""The trials of a sweep as a table: a row for each setting that was measured, the recommended one marked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from inspector import formatting as fmt
from inspector.session.records import Trial, TrialSetting
from inspector.tuner.setting_names import engine_name, varied_fields
from inspector.ui.plain_text import plain_text
from inspector.ui.tables import alignment, prepare_table
from inspector.ui.widgets import scaled_font

Index = QModelIndex | QPersistentModelIndex
MARK = "▶"


@dataclass(frozen=True, slots=True)
class TrialColumn:
    heading: str
    tip: str
    text: Callable[[Trial], str]
    widest: str
    varied: str = ""  # shown only where this differs among the trials
    number: bool = True


def _cpu(trial: Trial) -> str:
    return fmt.UNKNOWN if trial.cpu_percent is None else f"{trial.cpu_percent:.0f} %"


COLUMNS = (
    TrialColumn("workers", "num_workers", lambda trial: str(trial.setting.num_workers), f"{MARK} 256"),
    TrialColumn(
        "engine",
        "What a worker is",
        lambda trial: engine_name(trial.setting.engine),
        "processes",
        number=False,
    ),
    TrialColumn("batch", "batch_size", lambda trial: f"{trial.setting.batch_size:,}", "1,024", "batch_size"),
    TrialColumn(
        "prefetch", "prefetch_batches", lambda trial: str(trial.setting.prefetch_batches), "64", "prefetch_batches"
    ),
    TrialColumn(
        "decode", "How files are decoded", lambda trial: trial.setting.decode, "scaled", "decode", number=False
    ),
    TrialColumn("images/s", "Median of the measurements", lambda trial: fmt.rate(trial.images_per_s), "10,000"),
    TrialColumn(
        "95 % interval",
        "The rate lies in it with a probability of 95 %",
        lambda trial: f"{fmt.rate(trial.low)} – {fmt.rate(trial.high)}",
        "1,000 – 10,000",
    ),
    TrialColumn("CPU", "CPU of this program and its workers; 100 % is one core", _cpu, "1,600 %"),
    TrialColumn("memory", "Of this program and its workers", lambda trial: fmt.byte_size(trial.memory_bytes), "1.1 GB"),
    TrialColumn("waits", "Share of the time that training waits", lambda trial: fmt.percent(trial.data_wait), "100 %"),
)
_WAITS = len(COLUMNS) - 1


class TrialsModel(QAbstractTableModel):
    """In the order of the numbers of workers."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.trials: tuple[Trial, ...] = ()
        self._chosen: TrialSetting | None = None
        self._bold = QFont()

    def show_trials(self, trials: Sequence[Trial], chosen: TrialSetting | None, font: QFont) -> None:
        self._bold = QFont(font)
        self._bold.setBold(True)
        trials = tuple(sorted(trials, key=lambda trial: (trial.setting.num_workers, trial.setting.engine)))
        if (trials, chosen) == (self.trials, self._chosen):
            return
        same_rows = [trial.setting for trial in trials] == [trial.setting for trial in self.trials]
        if not same_rows:
            self.beginResetModel()
        self.trials, self._chosen = trials, chosen
        if not same_rows:
            self.endResetModel()
        elif trials:
            self.dataChanged.emit(self.index(0, 0), self.index(len(trials) - 1, len(COLUMNS) - 1))

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.trials)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        trial, column = self.trials[index.row()], COLUMNS[index.column()]
        chosen = trial.setting == self._chosen
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return f"{MARK} {column.text(trial)}" if chosen and index.column() == 0 else column.text(trial)
            case Qt.ItemDataRole.TextAlignmentRole:
                return alignment(number=column.number)
            case Qt.ItemDataRole.FontRole:
                return self._bold if chosen else None
            case Qt.ItemDataRole.ToolTipRole:
                counted = f"{fmt.plural(trial.windows, 'measurement')} count"
                return plain_text(f"Recommended; {counted}" if chosen else counted)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return COLUMNS[section].heading
            case Qt.ItemDataRole.ToolTipRole:
                return plain_text(COLUMNS[section].tip)
            case Qt.ItemDataRole.TextAlignmentRole:
                return alignment(number=COLUMNS[section].number)
        return None


class TrialsTable(QTableView):
    """Shows only the columns that differ or are known."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("tunerTable")
        self.setAccessibleName("Settings that were measured")
        self.setToolTip(plain_text(f"A row for each setting that was measured; {MARK} marks the one to train with"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setFont(scaled_font(self.font(), 0.95))
        self._model = TrialsModel(self)
        self._chosen: TrialSetting | None = None
        self.setModel(self._model)
        prepare_table(self)
        self.horizontalHeader().setMinimumSectionSize(24)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        bold = QFont(self.font())
        bold.setBold(True)
        self._fit(bold)

    def _fit(self, bold: QFont) -> None:
        metrics = QFontMetrics(bold)
        for number, column in enumerate(COLUMNS):
            width = max(metrics.horizontalAdvance(column.widest), metrics.horizontalAdvance(column.heading)) + 14
            self.setColumnWidth(number, width)

    def show_all(self) -> None:
        """Be as large as all rows and columns need; nothing scrolls."""
        header, rows = self.horizontalHeader(), self._model.rowCount()
        self.setFixedSize(
            header.length() + 2, header.sizeHint().height() + rows * self.verticalHeader().defaultSectionSize() + 2
        )
        for bars in (self.setHorizontalScrollBarPolicy, self.setVerticalScrollBarPolicy):
            bars(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_trials(self, trials: Sequence[Trial], chosen: TrialSetting | None) -> None:
        """A row for each; `chosen` is marked, and brought into view when it is another than before."""
        self._model.show_trials(trials, chosen, self.font())
        if chosen != self._chosen:
            self._chosen = chosen
            row = next((row for row, trial in enumerate(self._model.trials) if trial.setting == chosen), 0)
            self.scrollTo(self._model.index(row, 0))
        varied = varied_fields(trials)
        for number, column in enumerate(COLUMNS):
            is_shown = not column.varied or column.varied in varied
            if number == _WAITS:
                is_shown = any(trial.data_wait is not None for trial in trials)
            self.setColumnHidden(number, not is_shown)
