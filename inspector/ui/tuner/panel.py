"""Tuner: a sweep of what is open. It shows the curve while it grows, what to set and why, and sets it."""

from collections.abc import Mapping

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from inspector.session.protocol import TuneControl
from inspector.session.records import Report, RunState, Snapshot, SweepState
from inspector.settings import SettingValue
from inspector.ui.background_job import BackgroundJob
from inspector.ui.key_filters import KeyFilters
from inspector.ui.shell.actions import MenuEntry, make_action
from inspector.ui.theme import Theme
from inspector.ui.tuner.bar import TunerBar
from inspector.ui.tuner.controls import TunerControls
from inspector.ui.tuner.earlier import EarlierSweeps
from inspector.ui.tuner.export import report_writer
from inspector.ui.tuner.options import TunerOptions
from inspector.ui.tuner.plot import TunerPlot
from inspector.ui.tuner.recommendation_text import changes, final_html, interim_html, sweep_title
from inspector.ui.tuner.report_image import report_image
from inspector.ui.tuner.results import SideBySide, SweepResults
from inspector.ui.tuner.status import Status, idle_status, sweep_status

POLL_MS = 150


class TunerPanel(QWidget):
    """Drives a session's sweeps and shows what they find. `bar` belongs above it, beside the tabs."""

    running_changed = Signal(bool)
    setting_chosen = Signal(dict)  # names and values of settings to change
    export_failed = Signal(str)  # a sentence

    def __init__(self, theme: Theme, tune: TuneControl) -> None:
        super().__init__()
        self._theme = theme
        self._tune = tune
        self._state = SweepState()
        self._source = ""
        self._settings: Mapping[str, SettingValue] = {}
        self._samples_known = False
        self._must_wait = False  # for something else that needs the cores
        self._runs = self._cancelling = False
        self._earlier = EarlierSweeps(tune)
        self._note = ""  # what became of an export or a click
        self._writing = BackgroundJob(self)
        key_filters = KeyFilters(self)
        sweep = MenuEntry("sweep", "Start the sweep", ("Ctrl+T",), "How many workers?")
        self.sweep_action = make_action(self, sweep)  # the window's, too, so that it works on any page
        self.sweep_action.triggered.connect(lambda _checked=False: self.start_or_stop())
        self._controls = TunerControls(key_filters, self.sweep_action)
        self._controls.start_clicked.connect(self.start)
        self._controls.cancel_clicked.connect(self.cancel)
        self._controls.new_clicked.connect(self.clear)
        self.bar = TunerBar(key_filters)
        self.bar.comparison_changed.connect(self._poll)
        self.bar.apply_asked.connect(self.apply)
        self.bar.copy_asked.connect(self.copy_code)
        self.bar.file_chosen.connect(self.export)
        self.options = TunerOptions(key_filters)
        self.options.changed.connect(self._poll)
        self._plot = TunerPlot(theme)
        self._results = SweepResults()
        self._lay_out()
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._poll)
        theme.changed.connect(self._poll)
        self._poll()

    def _lay_out(self) -> None:
        self._plot.setMinimumWidth(200)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.options)
        self._pages.addWidget(self._results)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._controls)
        column.addWidget(self._pages, 1)
        page = QHBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        beside = SideBySide()
        beside.add_parts((self._plot, right), (390, 980))  # the curve has the whole height
        page.addWidget(beside)

    def sizeHint(self) -> QSize:
        return QSize(800, 130)

    # --- what the window reports ---------------------------------------------------------------------------

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """What is open and set now. The session has ended a sweep of another source."""
        known = snapshot.files > 0 and snapshot.state not in (RunState.CLOSED, RunState.INDEXING)
        if (snapshot.source, known, snapshot.settings) == (self._source, self._samples_known, self._settings):
            return
        self._settings, self._samples_known = snapshot.settings, known
        self.options.show_settings(snapshot, self._tune.unavailable)
        if snapshot.source != self._source:
            self._source = snapshot.source
            self.options.choose_engine(snapshot.engine)
            self._forget()
        self._poll()

    def hold_back(self, must_wait: bool) -> None:
        """Something else needs the cores: no sweep can begin meanwhile."""
        self._must_wait = must_wait
        self._poll()

    def stop(self) -> None:
        """Show nothing new, and end what is being written; the window closes."""
        self._timer.stop()
        self._writing.stop()

    # --- what the user asks for ----------------------------------------------------------------------------

    def start(self) -> None:
        """Sweep what is open."""
        if not self._can_start():
            return
        self._note, self._cancelling = "", False
        self._runs = True
        self.running_changed.emit(True)  # the live batches rest before anything is measured
        self._tune.start(self.options.variations(), budget_s=self.options.budget_s, cold=self.options.cold)
        self._timer.start()
        self._poll()

    def start_or_stop(self) -> None:
        """Begin a sweep, a new one where there is a result; or stop the one that runs, and show what is known."""
        state = self._tune.state()
        if state.progress is not None:
            self.cancel()
            return
        if state.report is not None or state.error:
            self.clear()
        self.start()

    def cancel(self) -> None:
        """Stop soon; what is known by then is shown."""
        self._tune.cancel()
        self._cancelling = True
        self._poll()

    def clear(self) -> None:
        """Back to the options."""
        self._tune.clear()
        self._forget()
        self._poll()

    def apply(self) -> None:
        """Have the live session set to what is recommended."""
        report = self.report
        if report is not None and report.recommended is not None:
            self.setting_chosen.emit(changes(report.recommended, self._settings))
            self._show_note("applied to the live session")

    def copy_code(self, which: int) -> None:
        """To the clipboard: 0: for our Loader, 1: for PyTorch's DataLoader."""
        report = self.report
        if report is not None and report.recommended is not None:
            QGuiApplication.clipboard().setText(report.code()[which])
            self._show_note("code copied to the clipboard")

    def export(self, file: str) -> None:
        """Write the sweep to `file`, as its name ends: as CSV, as an image (PNG) of what was found, else as JSON."""
        report = self.report
        if report is not None and not self._writing.busy:
            writer = report_writer(report, file, lambda: self._draw(report))
            self._writing.start(writer, self._show_note, self.export_failed.emit)

    def _draw(self, report: Report) -> QImage:
        return report_image(report, self.bar.compared(), self._final_html(report), self._theme)

    # --- what the sweep reports ----------------------------------------------------------------------------

    @property
    def report(self) -> Report | None:
        """The sweep that is shown; None before its end."""
        return self._state.report

    @property
    def latest(self) -> Report | None:
        """The sweep of what is open that is shown, or the last one that was kept; None: there was none."""
        return self.report or next(iter(self._earlier.reports), None)

    def _forget(self) -> None:
        self._note = ""
        self._earlier.forget()
        self.bar.show_earlier([])
        self._timer.start()

    def _show_note(self, note: str) -> None:
        self._note = note
        self._poll()

    def _poll(self) -> None:
        state = self._state = self._tune.state()
        if state.progress is None and state.report is None and self._samples_known:
            self._earlier.ask()
        if self._earlier.arrived():
            self.bar.show_earlier(self._earlier.reports)
        self._show(state)
        if state.runs or self._earlier.pending:
            self._timer.start()
        else:
            self._timer.stop()
        if state.runs != self._runs:
            self._runs = state.runs
            self.running_changed.emit(state.runs)

    def _can_start(self) -> bool:
        return self._samples_known and not self.options.problem and not self._must_wait and not self._state.runs

    def _show(self, state: SweepState) -> None:
        progress, report = state.progress, state.report
        is_idle = progress is None and report is None
        self._controls.show_state(state, can_start=self._can_start(), cancelling=self._cancelling)
        self._controls.show_status(*self._status(state))
        self._plot.setVisible(not is_idle)
        self._pages.setCurrentIndex(0 if is_idle else 1)
        changed = changes(report.recommended, self._settings) if report is not None and report.recommended else {}
        self.bar.show_report(report, changes_something=bool(changed))
        if report is not None:
            trials, chosen, html = report.trials, report.recommended, self._final_html(report)
        elif progress is not None:
            found = progress.recommendation
            trials, chosen = progress.trials, found.setting if found is not None else None
            html = interim_html(found, self._theme.colours)
        else:
            return
        earlier = self.bar.compared()
        self._plot.show_trials(trials, chosen, earlier.trials if earlier is not None else ())
        self._results.show_results(trials, chosen, html)

    def _final_html(self, report: Report) -> str:
        return final_html(report, self.bar.compared(), self._settings, self._theme.colours)

    def _status(self, state: SweepState) -> Status:
        return sweep_status(state, self._note, self._theme.colours) or idle_status(
            self._source,
            problem=self.options.problem,
            samples_known=self._samples_known,
            must_wait=self._must_wait,
            last=sweep_title(self._earlier.reports[0]) if self._earlier.reports else "",
        )
