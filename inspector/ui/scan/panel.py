"""Check all files: a scan of the open folder, beside the batches; what it finds is shown while it runs."""

from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDoubleSpinBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from inspector import formatting as fmt
from inspector.config import LoaderConfig
from inspector.errors import SettingsError
from inspector.scan import persistence as saved
from inspector.scan.checks import CheckSettings
from inspector.scan.scan import Scan, ScanProgress, ScanSettings, ScanState
from inspector.session.job import Job
from inspector.ui.background_job import BackgroundJob
from inspector.ui.key_filters import KeyFilters
from inspector.ui.problems.table import ReasonDelegate
from inspector.ui.scan.model import FILE, KIND, REASON, SIZE, ScanModel
from inspector.ui.scan.summary import ScanSummary
from inspector.ui.shell.actions import Entry, make_action
from inspector.ui.sorted_table import drop_large_selection
from inspector.ui.tables import WordyTable, prepare_table
from inspector.ui.theme import Theme, enlarged
from inspector.ui.widgets import LiveText, ask_where_to_export, label, scrolling

LOOK_MS = 150
BAR_STEPS = 1000
IDLE = (
    "Every file is read and decoded once, by as many workers as are set at the left. You will see which files cannot "
    "be loaded, and why; and what loads but spoils training, as far as it is ticked here. No file is changed. "
    "The live batches pause meanwhile, so that the check has the cores for itself."
)


class ScanPanel(QWidget):
    """Owns the scan. The window tells it what is open, and is told when a scan begins and ends.

    `bar` belongs above it, beside the tabs.
    """

    running_changed = Signal(bool)
    export_failed = Signal(str)  # a sentence

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._source = ""
        self._settings = LoaderConfig()
        self._scan: Scan | None = None
        self._ending: list[Scan] = []  # of folders that are no longer open
        self._runs = False
        self._waits = False  # for something else that needs the cores
        self._table_has_results = False
        self._said = ""  # what became of an export
        self._background = BackgroundJob(self)
        self.model = ScanModel(theme, self)
        self.summary = ScanSummary(theme)
        self._manners = KeyFilters(self)
        self._build()
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._show(ScanProgress(ScanState.READY))

    # --- putting together ----------------------------------------------------------------------------------

    def _build(self) -> None:
        self._start = self._button("scanStartButton", "Start", "Check every file of the open folder", self.start)
        self._start.setProperty("primary", True)
        self._cancel = self._button("scanCancelButton", "Cancel", "Stop; what was found stays", self.cancel)
        self._go_on = self._button("scanGoOnButton", "Go on", "Check the files that are left", self.go_on)
        self._go_on.setProperty("primary", True)
        self._anew = self._button("scanNewButton", "New check…", "Put this result away and begin anew", self.clear)
        self._bar = QProgressBar()
        self._bar.setObjectName("scanProgressBar")
        self._bar.setAccessibleName("Share of the files checked")
        self._bar.setToolTip("How many of the folder's files have been read and decoded")
        self._bar.setFixedWidth(180)
        self._bar.setTextVisible(False)
        self._bar.setMaximumHeight(8)
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        self._words = LiveText(bold)
        self._words.setObjectName("scanProgressLabel")
        self.filter = QLineEdit()
        self.filter.setObjectName("scanFilter")
        self.filter.setAccessibleName("Filter what was found")
        self.filter.setToolTip("Show only rows whose file or reason contains this text")
        self.filter.setPlaceholderText("Filter by file or reason")
        self.filter.setClearButtonEnabled(True)
        self.filter.setFixedWidth(self.fontMetrics().averageCharWidth() * 28)
        self.filter.textChanged.connect(self.model.set_filter)
        head = QHBoxLayout()
        head.setSpacing(6)
        for widget in (self._start, self._go_on, self._cancel, self._anew, self._bar):
            head.addWidget(widget)
        head.addWidget(self._words, 1)
        self.bar = QWidget()
        bar = QHBoxLayout(self.bar)
        bar.setContentsMargins(0, 0, 0, 0)
        bar.setSpacing(6)
        bar.addWidget(self.filter)
        bar.addWidget(self._build_export())
        self._pages = QStackedWidget()
        self._pages.addWidget(scrolling(self._build_idle()))
        self._pages.addWidget(self._build_table())
        body = QHBoxLayout()
        body.setSpacing(8)
        self.summary.setFixedWidth(self.summary.sizeHint().width())
        self.summary.chosen_changed.connect(lambda: self.model.show_only(self.summary.chosen()))
        body.addWidget(self.summary)
        body.addWidget(self._pages, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 2, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addLayout(body, 1)

    def _button(self, object_name: str, words: str, tip: str, act: Callable[[], None]) -> QPushButton:
        button = QPushButton(words)
        button.setObjectName(object_name)
        button.setAccessibleName(f"{words.rstrip('…')}: check all files")
        button.setToolTip(tip)
        button.setProperty("bar", True)
        button.clicked.connect(act)
        self._manners.teach(button)
        return button

    def _build_export(self) -> QToolButton:
        menu = QMenu("Check all files", self)
        menu.setToolTipsVisible(True)
        for entry, kind in (
            (Entry("scanCsv", "Export as CSV…", ("Ctrl+E",), "Write what was found as a table"), "CSV"),
            (
                Entry("scanJson", "Export as JSON…", ("Ctrl+Shift+E",), "Write all of it; can be gone on with"),
                "JSON",
            ),
        ):
            action = make_action(menu, entry)
            action.triggered.connect(lambda _checked=False, kind=kind: self._choose_file(kind))
        self._export = QToolButton()
        self._export.setObjectName("scanExportButton")
        self._export.setAccessibleName("Export what was found")
        self._export.setToolTip("Write everything that was found into a file; a JSON can be gone on with later")
        self._export.setText("Export ▾")
        self._export.setMenu(menu)
        self._export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._export.setProperty("bar", True)
        self._manners.teach(self._export)
        return self._export

    def _build_idle(self) -> QWidget:
        words = label(IDLE, "dim")
        words.setObjectName("scanIdleLabel")
        words.setWordWrap(True)
        words.setMaximumWidth(enlarged(900))
        standard = CheckSettings.without()
        self._min_side = QSpinBox()
        self._min_side.setRange(1, 100_000)
        self._min_side.setValue(standard.min_side)
        self._min_side.setSuffix(" pixels")
        self._max_aspect = QDoubleSpinBox()
        self._max_aspect.setRange(1, 1000)
        self._max_aspect.setDecimals(1)
        self._max_aspect.setValue(standard.max_aspect)
        limits = QHBoxLayout()
        limits.setSpacing(6)
        for words_before, field, object_name, tip in (
            ("Very small: a side under", self._min_side, "scanMinSideSpin", "Smallest side that is not remarkable"),
            ("Extreme shape: one side over", self._max_aspect, "scanMaxAspectSpin", "Largest usual ratio of the sides"),
        ):
            field.setObjectName(object_name)
            field.setAccessibleName(words_before)
            field.setToolTip(tip)
            self._manners.teach(field)
            limits.addWidget(label(words_before))
            limits.addWidget(field)
            limits.addSpacing(14 if field is self._min_side else 0)
        limits.addWidget(label("times the other"))
        limits.addStretch(1)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(6, 4, 6, 4)
        column.setSpacing(10)
        column.addWidget(words)
        column.addLayout(limits)
        column.addStretch(1)
        return page

    def _build_table(self) -> QWidget:
        self.table = WordyTable()
        self.table.setObjectName("scanTable")
        self.table.setAccessibleName("What was found")
        self.table.setToolTip("Files that training cannot load, or that load but spoil it; the menu key copies paths")
        self.table.setModel(self.model)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        prepare_table(self.table)
        self.model.about_to_rearrange.connect(lambda: drop_large_selection(self.table))
        self.table.setItemDelegateForColumn(REASON, ReasonDelegate(self.table))
        header = self.table.horizontalHeader()
        header.setSortIndicator(FILE, Qt.SortOrder.AscendingOrder)
        self.table.setSortingEnabled(True)
        header.setSectionResizeMode(REASON, QHeaderView.ResizeMode.Stretch)
        for column, example in (
            (KIND, "More than 8 bits "),
            (FILE, "n02105855/n02105855_29330001.jpg"),
            (SIZE, "1.1 MB.."),
        ):
            self.table.setColumnWidth(column, self.table.fontMetrics().horizontalAdvance(example) + 14)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        copy = make_action(self.table, Entry("scanCopy", "Copy paths", ("Ctrl+C",), "Copy the paths, a line each"))
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(lambda _checked=False: self._copy_paths())
        self._theme.changed.connect(self.table.viewport().update)
        return self.table

    def sizeHint(self) -> QSize:
        return QSize(800, 130)

    # --- what the user asks for ----------------------------------------------------------------------------

    def show_source(self, source: str, settings: LoaderConfig) -> None:
        """What is open now. A scan of another folder ends; its result goes."""
        self._settings = settings
        if source != self._source:
            self._source = source
            self.clear()

    def take_focus(self) -> None:
        """To the button that begins. A focus proxy would send Tab round in this panel for ever."""
        self._start.setFocus()

    def hold_back(self, waits: bool) -> None:
        """Something else needs the cores: no check can begin meanwhile."""
        self._waits = waits
        self._look()

    def start(self) -> None:
        """Scan the open folder."""
        checks = CheckSettings(self.summary.checks(), self._min_side.value(), self._max_aspect.value())
        settings = self._settings
        self._scan = Scan(
            self._source, ScanSettings(checks, settings.num_workers, settings.extensions, settings.max_pixels)
        )
        self.go_on()

    def go_on(self) -> None:
        """Begin, or go on after a cancel."""
        if self._scan is not None:
            self._scan.start()
            self._said = ""
            self._timer.start()
            self._look()

    def cancel(self) -> None:
        """Stop soon; what was found stays."""
        if self._scan is not None:
            self._scan.cancel()
            self._cancel.setEnabled(False)

    def clear(self) -> None:
        """Back to the page that says what would be done."""
        if self._scan is not None:
            self._scan.cancel()
            self._ending.append(self._scan)
        self._scan, self._table_has_results, self._said = None, False, ""
        self.model.show_results(None)
        self.filter.clear()
        self._timer.start()
        self._look()

    def close_scan(self) -> None:
        """End everything and wait for that; the window closes."""
        self._timer.stop()
        self._background.stop()
        scans = [*self._ending, *([self._scan] if self._scan is not None else [])]
        for scan in scans:
            scan.cancel()
        for scan in scans:
            scan.close()

    def _copy_paths(self) -> None:
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        QGuiApplication.clipboard().setText("\n".join(fmt.readable(self.model.row(row).path) for row in rows))

    def _choose_file(self, kind: str) -> None:
        ask_where_to_export(self, kind, "checked", self.export)

    def export(self, file: str) -> None:
        """Write all that was found to `file`: as CSV where its name ends so, else as JSON."""
        scan = self._scan
        if scan is None or scan.results is None or self._background.busy:
            return
        pieces = saved.as_csv if file.lower().endswith(".csv") else saved.as_json

        def write(job: Job[str]) -> str:
            saved.write(Path(file), _till_cancelled(pieces(scan), job))
            return f"written to {fmt.file_name(file)}"

        self._background.start(write, self._say, self.export_failed.emit)

    def _say(self, words: str) -> None:
        self._said = words
        self._look()

    # --- the scan's news -----------------------------------------------------------------------------------

    def _look(self) -> None:
        scan = self._scan
        progress = scan.progress() if scan is not None else ScanProgress(ScanState.READY)
        if scan is not None and scan.results is not None:
            if not self._table_has_results:
                self._table_has_results = True
                self.model.show_results(scan.results)
            self.model.follow()
        self._show(progress)
        self._ending = [ended for ended in self._ending if not ended.wait(0)]
        if not progress.runs and not self._ending:
            self._timer.stop()
        if progress.runs != self._runs:
            self._runs = progress.runs
            self.running_changed.emit(progress.runs)

    def _show(self, progress: ScanProgress) -> None:
        state, scan = progress.state, self._scan
        self._start.setVisible(state is ScanState.READY)
        self._start.setEnabled(bool(self._source) and not self._waits)
        self._go_on.setEnabled(not self._waits)
        self._cancel.setVisible(progress.runs)
        self._cancel.setEnabled(progress.runs)
        self._go_on.setVisible(state is ScanState.CANCELLED)
        ended = state in (ScanState.CANCELLED, ScanState.COMPLETE, ScanState.FAILED)
        self._anew.setVisible(ended)
        self._export.setEnabled(ended and progress.rows + progress.done > 0)
        self.filter.setEnabled(progress.rows > 0)
        self._bar.setVisible(state not in (ScanState.READY, ScanState.FAILED))
        self._bar.setRange(0, 0 if state is ScanState.FINDING else BAR_STEPS)
        self._bar.setValue(BAR_STEPS * progress.done // max(1, progress.files))
        self._words.show_text(*self._in_words(progress))
        self._pages.setCurrentIndex(0 if state in (ScanState.READY, ScanState.FAILED) else 1)
        self.summary.lock(progress.runs)
        counts = scan.results.counts() if scan is not None and scan.results is not None else {}
        self.summary.show_counts(counts, scan.settings.checks.names if scan is not None else None)
        self.table.empty_words = _why_empty(progress)
        if progress.rows == 0:
            self.table.viewport().update()

    def _in_words(self, progress: ScanProgress) -> tuple[str, str, str]:
        """Strong words, dim words, colour of the strong ones."""
        colours = self._theme.colours
        match progress.state:
            case ScanState.READY:
                return ("", fmt.place(self._source) if self._source else "Open a folder first", "")
            case ScanState.FAILED:
                return "The check failed", progress.message, colours.bad
            case ScanState.FINDING:
                return "Finding files", fmt.plural(progress.files, "file"), ""
        parts = []
        if progress.state is ScanState.CHECKING and progress.files_per_s is not None:
            rate = fmt.with_unit(fmt.rate(progress.files_per_s), "files/s")
            parts += [rate, f"{fmt.duration(progress.left_s)} left"]
        bad = progress.done - progress.good
        parts.append(fmt.plural(bad, "problem") if bad else "no problem so far")
        if progress.state is ScanState.COMPLETE:
            whole = f"{fmt.plural(progress.files, 'file')} checked"
            parts = [f"in {fmt.duration(progress.seconds)}", *([parts[-1]] if bad else [])]
            strong = whole if bad else f"{whole}, all good"
        else:
            cancelled = "Cancelled at " if progress.state is ScanState.CANCELLED else ""
            strong = f"{cancelled}{progress.done:,} of {fmt.plural(progress.files, 'file')}"
        if self._said:
            parts.append(self._said)
        return strong, " · ".join(parts), ""


def _till_cancelled(pieces: Iterator[str], job: Job[str]) -> Iterator[str]:
    for piece in pieces:
        if job.cancelled():  # the window closes
            raise SettingsError("The export was cancelled.")
        yield piece


def _why_empty(progress: ScanProgress) -> str:
    if progress.rows:
        return "Nothing that was found matches the choice and the filter"
    if progress.state is ScanState.COMPLETE:
        return "Nothing to tell: every file is good, and no check found anything"
    return "Nothing found so far"
