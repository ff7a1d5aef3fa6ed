"""Tuner: a sweep of the open folder. It shows the curve while it grows, what to set and why, and sets it."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QSplitter,
    QStackedWidget,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from inspector import formatting as fmt
from inspector.config import LoaderConfig
from inspector.sources.file_index import FileIndex
from inspector.tuner.report import Report
from inspector.tuner.report_archive import ReportArchive
from inspector.tuner.trials import Trial, TrialSetting
from inspector.tuner.tuner import Tuner
from inspector.ui.background_job import BackgroundJob
from inspector.ui.key_filters import KeyFilters
from inspector.ui.shell.actions import Entry, keys_in_words, make_action, tell
from inspector.ui.theme import Theme
from inspector.ui.tuner import recommendation_text as tuner_words
from inspector.ui.tuner.bar import TunerBar, bar_button
from inspector.ui.tuner.options import TunerOptions
from inspector.ui.tuner.plot import TunerPlot
from inspector.ui.tuner.report_image import picture_of
from inspector.ui.tuner.table import TrialsTable
from inspector.ui.widgets import LiveText, scaled_font

LOOK_MS = 150
BAR_STEPS = 1000


class TunerPanel(QWidget):
    """Owns the sweep. The window tells it what is open, and is told when a sweep begins and ends.

    `bar` belongs above it, beside the tabs.
    """

    running_changed = Signal(bool)
    setting_chosen = Signal(dict)  # names and values of settings to change
    export_failed = Signal(str)  # a sentence

    def __init__(self, theme: Theme, archive: ReportArchive | None = None) -> None:
        super().__init__()
        self._theme = theme
        self._archive = archive or ReportArchive()
        self._index: FileIndex | None = None
        self._source = ""
        self._config = LoaderConfig()
        self._step_ms = 0.0
        self._waits = False  # for something else that needs the cores
        self._tuner: Tuner | None = None
        self._ending: list[Tuner] = []  # of folders that are no longer open
        self._runs = False
        self._earlier: list[Report] = []
        self._earlier_of = ""  # the folder that they are, or will be, of
        self._said = ""  # what became of an export or a click
        self._html = ""
        self._writing = BackgroundJob(self)
        self._reading = BackgroundJob(self)
        self._manners = KeyFilters(self)
        sweep = Entry("sweep", "Start the sweep", ("Ctrl+T",), "How many workers?")
        self.sweep_action = make_action(self, sweep)  # the window's, too, so that it works on any page
        self.sweep_action.triggered.connect(lambda _checked=False: self.start_or_stop())
        self._build()
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)
        theme.changed.connect(self._look)
        self._look()

    # --- putting together ----------------------------------------------------------------------------------

    def _build(self) -> None:
        keys = keys_in_words(self.sweep_action)
        self._start = bar_button(
            self._manners, "tunerStartButton", "Start", f"Measure the open folder ({keys})", self.start
        )
        self._start.setProperty("primary", True)
        self._cancel = bar_button(
            self._manners, "tunerCancelButton", "Cancel", f"Stop; what is known by then is shown ({keys})", self.cancel
        )
        self._anew = bar_button(
            self._manners, "tunerNewButton", "New sweep…", "Put this result away and begin anew", self.clear
        )
        self._progress = QProgressBar()
        self._progress.setObjectName("tunerProgressBar")
        self._progress.setAccessibleName("Share of the sweep done")
        self._progress.setToolTip("How much of the sweep is done: settings measured, and the time that is left")
        self._progress.setRange(0, BAR_STEPS)
        self._progress.setFixedWidth(180)
        self._progress.setTextVisible(False)
        self._progress.setMaximumHeight(8)
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        self._words = LiveText(bold)
        self._words.setObjectName("tunerProgressLabel")
        head = QHBoxLayout()
        head.setContentsMargins(4, 0, 0, 0)
        head.setSpacing(6)
        for widget in (self._start, self._cancel, self._anew, self._progress):
            head.addWidget(widget)
        head.addWidget(self._words, 1)
        self.bar = TunerBar(self._manners)
        self.bar.comparison_changed.connect(self._look)
        self.bar.apply_asked.connect(self.apply)
        self.bar.copy_asked.connect(self.copy_code)
        self.bar.file_chosen.connect(self.export)
        self._options = TunerOptions(self._manners)
        self._options.changed.connect(self._look)
        self._plot = TunerPlot(self._theme)
        self._plot.setMinimumWidth(200)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._options)
        self._pages.addWidget(self._build_results())
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._pages, 1)
        beside = _splitter((self._plot, right), (390, 980))  # the curve has the whole height
        page = QHBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(beside)

    def _build_results(self) -> QWidget:
        self._table = TrialsTable()
        self._text = QTextEdit()
        self._text.setObjectName("tunerRecommendation")
        self._text.setAccessibleName("Recommendation")
        self._text.setToolTip("Which setting to train with, and what that rests on")
        self._text.setReadOnly(True)
        self._text.setTabChangesFocus(True)
        self._text.setUndoRedoEnabled(False)
        self._text.setFrameShape(QFrame.Shape.NoFrame)
        self._text.setFont(scaled_font(self._text.font(), 0.95))
        for part in (self._table, self._text):
            part.setMinimumWidth(200)
        return _splitter((self._table, self._text), (540, 440))

    def sizeHint(self) -> QSize:
        return QSize(800, 130)

    # --- what the window tells -----------------------------------------------------------------------------

    def show_source(self, index: FileIndex | None, source: str, config: LoaderConfig, step_ms: float) -> None:
        """What is open now; `index`: its files, None while they are looked for. A sweep of another folder ends."""
        same = index is self._index and source == self._source and config == self._config and step_ms == self._step_ms
        if same:
            return
        self._index, self._config, self._step_ms = index, config, step_ms
        self._options.show_settings(config, step_ms)
        if source != self._source:
            self._source = source
            self._options.choose_engine(config.engine)
            self.clear()
        self._look()

    def hold_back(self, waits: bool) -> None:
        """Something else needs the cores: no sweep can begin meanwhile."""
        self._waits = waits
        self._look()

    # --- what the user asks for ----------------------------------------------------------------------------

    def start(self) -> None:
        """Sweep the open folder."""
        if self._index is None or self._options.problem or self._waits or self._ending:
            return
        self._tuner = self.make_tuner(self._index)
        self._said = ""
        self._cancel.setEnabled(True)
        self._runs = True
        self.running_changed.emit(True)  # the live batches rest before anything is measured
        self._tuner.start()
        self._timer.start()
        self._look()

    def make_tuner(self, index: FileIndex) -> Tuner:
        """The sweep that the options ask for."""
        return Tuner(
            index,
            self._config,
            variations=self._options.variations(),
            step_ms=self._step_ms,
            budget_s=self._options.budget_s,
            cold=self._options.cold,
            archive=self._archive,
        )

    def start_or_stop(self) -> None:
        """Begin a sweep, a new one where there is a result; or stop the one that runs, and show what is known."""
        if self._tuner is not None and not self._tuner.finished:
            self.cancel()
            return
        if self._tuner is not None:
            self.clear()
        self.start()

    def cancel(self) -> None:
        """Stop soon; what is known by then is shown."""
        if self._tuner is not None:
            self._tuner.cancel()
            self._cancel.setEnabled(False)

    def clear(self) -> None:
        """Back to the options."""
        if self._tuner is not None:
            self._tuner.cancel()
            self._ending.append(self._tuner)
        self._tuner, self._said = None, ""
        self._earlier_of = ""
        self._earlier = []
        self.bar.show_earlier([])
        self._timer.start()
        self._look()

    def close_sweep(self) -> None:
        """End everything and wait for that; the window closes."""
        self._timer.stop()
        tuners = [*self._ending, *([self._tuner] if self._tuner is not None else [])]
        for tuner in tuners:
            tuner.cancel()
        for tuner in tuners:
            tuner.close()
        self._reading.stop()
        self._writing.stop()

    def apply(self) -> None:
        """Have the live session set to what is recommended."""
        report = self._report()
        if report is not None and report.recommended is not None:
            self.setting_chosen.emit(tuner_words.changes(report.recommended, self._config))
            self._say("applied to the live session")

    def copy_code(self, which: int) -> None:
        """To the clipboard: 0: for our Loader, 1: for PyTorch's DataLoader."""
        report = self._report()
        if report is not None and report.recommended is not None:
            QGuiApplication.clipboard().setText(report.code()[which])
            self._say("code copied to the clipboard")

    def export(self, file: str) -> None:
        """Write the sweep to `file`, as its name ends: as CSV, as a picture (PNG) of what was found, else as JSON."""
        report = self._report()
        if report is None or self._writing.busy:
            return
        picture = None
        if file.lower().endswith(".png"):
            earlier, colours = self.bar.compared(), self._theme.colours
            words = tuner_words.recommendation(report, earlier, self._config, colours)
            picture = picture_of(report, earlier, words, self._theme)

        def write(_progress: object) -> str:
            if picture is not None:
                if not picture.save(file, "PNG"):  # type: ignore[call-overload]
                    raise ValueError(f"{fmt.readable(file)}: the picture could not be written; choose another folder")
            else:
                Path(file).write_text(report.as_csv() if file.lower().endswith(".csv") else report.as_json(), "utf-8")
            return f"written to {fmt.file_name(file)}"

        self._writing.start(write, self._say, self.export_failed.emit)

    def _say(self, words: str) -> None:
        self._said = words
        self._look()

    # --- earlier sweeps ------------------------------------------------------------------------------------

    def _read_earlier(self) -> None:
        """The folder's earlier sweeps, from files; in a thread."""
        if self._earlier_of == self._source or not self._source or self._reading.busy or self._index is None:
            return
        source, archive, where = self._source, self._archive, self._index.source
        self._earlier_of = source

        def show(found: list[Report]) -> None:
            if source == self._source and self._earlier_of == source:
                self._earlier = [report for report in found if report.recommended is not None]
                self.bar.show_earlier(self._earlier)
                self._look()

        self._reading.start(lambda _progress: archive.earlier(where), show, self._say)

    # --- the sweep's news ----------------------------------------------------------------------------------

    @property
    def latest(self) -> Report | None:
        """The sweep of the open folder that is shown, or the last one that was kept; None: there was none."""
        return self._report() or next(iter(self._earlier), None)

    def _report(self) -> Report | None:
        return self._tuner.report if self._tuner is not None and self._tuner.finished else None

    def _look(self) -> None:
        tuner = self._tuner
        runs = tuner is not None and not tuner.finished
        if tuner is None:
            self._read_earlier()
        self._ending = [ended for ended in self._ending if not ended.finished]
        self._show(runs)
        if not runs and not self._ending and (tuner is not None or self._earlier_of == self._source):
            self._timer.stop()
        if runs != self._runs and not self._ending:
            self._runs = runs
            self.running_changed.emit(runs)

    def _show(self, runs: bool) -> None:
        tuner, report = self._tuner, self._report()
        idle = tuner is None or (tuner.error is not None and not runs)
        self._start.setVisible(tuner is None)
        self._start.setEnabled(bool(self._index) and not self._options.problem and not self._waits and not self._ending)
        self._cancel.setVisible(runs)
        self._anew.setVisible(tuner is not None and not runs)
        self._progress.setVisible(runs)
        self._plot.setVisible(not idle)
        self.sweep_action.setText("Stop the sweep" if runs else "Start the sweep")
        tell(self.sweep_action, f"{self.sweep_action.text()}: how many workers?")
        self.sweep_action.setEnabled(self._cancel.isEnabled() if runs else tuner is not None or self._start.isEnabled())
        self._pages.setCurrentIndex(0 if idle else 1)
        setting = report.recommended if report is not None else None
        self.bar.show_report(
            report, changes_something=setting is not None and bool(tuner_words.changes(setting, self._config))
        )
        self._words.show_text(*self._in_words(runs))
        if tuner is None or idle:
            return
        if report is not None:
            self._show_results(report.trials, report.recommended)
            self._write(tuner_words.recommendation(report, self.bar.compared(), self._config, self._theme.colours))
        else:
            progress = tuner.progress
            self._progress.setValue(round(BAR_STEPS * progress.share_done))
            chosen = progress.recommendation.setting if progress.recommendation is not None else None
            self._show_results(progress.trials, chosen)
            self._write(tuner_words.found_so_far(progress.recommendation, self._theme.colours))

    def _show_results(self, trials: tuple[Trial, ...], chosen: TrialSetting | None) -> None:
        earlier = self.bar.compared()
        self._plot.show_trials(trials, chosen, earlier.trials if earlier is not None else ())
        self._table.show_trials(trials, chosen)

    def _write(self, html: str) -> None:
        if html != self._html:
            self._html = html
            self._text.setHtml(html)

    def _in_words(self, runs: bool) -> tuple[str, str, str]:
        """Strong words, dim words, colour of the strong ones."""
        tuner, colours = self._tuner, self._theme.colours
        if tuner is None:
            if self._options.problem:
                return "", self._options.problem, ""
            if self._index is None:
                return "", "Looking for files" if self._source else "Open a folder first", ""
            if self._waits:
                return "", "The check of all files needs the cores now: sweep after it", ""
            last = f" · last swept {tuner_words.earlier_in_words(self._earlier[0])}" if self._earlier else ""
            return "", fmt.place(self._source) + last, ""
        if runs:
            progress = tuner.progress
            return progress.doing.capitalize(), f"at most {fmt.duration(progress.left_s)} left", ""
        report = tuner.report
        if report is None:
            return "The sweep failed", str(tuner.error or ""), colours.bad
        took = f"{fmt.plural(len(report.trials), 'setting')} in {fmt.duration(report.seconds)}"
        said = " · ".join(part for part in (took, self._said) if part)
        return "Complete" if report.complete else "Cancelled", said, ""


def _splitter(parts: tuple[QWidget, ...], sizes: tuple[int, ...]) -> QSplitter:
    """Side by side; what there is to share goes by `sizes`."""
    splitter = QSplitter(Qt.Orientation.Horizontal)
    splitter.setHandleWidth(8)
    splitter.setChildrenCollapsible(False)
    for part, size in zip(parts, sizes, strict=True):
        splitter.addWidget(part)
        splitter.setStretchFactor(splitter.count() - 1, size)
    splitter.setSizes(list(sizes))
    return splitter
