"""The main window: puts the panels together, fetches records on one timer, and hands each part what changed."""

import time
from collections.abc import Callable
from typing import cast

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QWidget

from inspector import formatting as fmt
from inspector.monitor.names import Source
from inspector.monitor.records import BatchView, RunState, Snapshot
from inspector.monitor.verdict.verdict import verdict
from inspector.session.local import LocalSession
from inspector.session.protocol import Session
from inspector.ui.batch.panel import BatchPanel
from inspector.ui.batch.swap import Swap
from inspector.ui.faults.banner import FaultBanner
from inspector.ui.faults.faults import Fault, Faults
from inspector.ui.faults.log_collector import LogCollector
from inspector.ui.faults.log_panel import LogPanel
from inspector.ui.icons import app_icon
from inspector.ui.key_filters import KeyFilters
from inspector.ui.measurements.figures import Figures
from inspector.ui.measurements.plots import QueueDepthPlot, ThroughputPlot
from inspector.ui.measurements.verdict_bar import VerdictBar
from inspector.ui.measurements.workers_table import WorkersPanel
from inspector.ui.notice import Notice
from inspector.ui.problems.panel import ProblemsPanel
from inspector.ui.scan.panel import ScanPanel
from inspector.ui.settings_panel import SettingsPanel
from inspector.ui.shell import quit_confirmation as leaving
from inspector.ui.shell.about import AboutBox
from inspector.ui.shell.actions import make_actions
from inspector.ui.shell.auto_pause import AutoPause
from inspector.ui.shell.detail_tabs import DetailTabs
from inspector.ui.shell.exports import Exports
from inspector.ui.shell.history import History
from inspector.ui.shell.menus import Menus
from inspector.ui.shell.opening import Opening
from inspector.ui.shell.preferences import Preferences
from inspector.ui.shell.quit_confirmation import QuitConfirmation
from inspector.ui.shell.refresh_schedule import RefreshSchedule, RefreshTask
from inspector.ui.shell.remembered_choices import RememberedChoices
from inspector.ui.shell.remembered_layout import RememberedLayout
from inspector.ui.shell.setting_changes import SettingChanges
from inspector.ui.shell.shortcut_sheet import ShortcutSheet
from inspector.ui.shell.top_bar import TopBar
from inspector.ui.shell.welcome import WelcomePage
from inspector.ui.shell.window_state import WindowState
from inspector.ui.shell.workspace import Middle, Workspace
from inspector.ui.stall_monitor import StallMonitor
from inspector.ui.statistics.panel import StatisticsPanel
from inspector.ui.theme import Theme
from inspector.ui.tuner.panel import TunerPanel
from inspector.ui.viewer.link import ViewerLink
from inspector.ui.viewer.window import ViewerWindow

POLL_MS = 50
SCAN_PAGE, TUNER_PAGE, LOG_PAGE = "Check all files", "Tuner", "Log"
FRAME = QSize(8, 40)  # at least what window managers put around a window
VIEW_INTERVAL_S = 0.5  # a batch stays this long: more often than twice a second nobody can look at one


class MainWindow(QMainWindow):
    """Drawn from `session`'s records, and closes it when closed itself; `preferences` bring back how it was.

    The user is asked before it closes where something would be lost; `close()` itself never asks.
    """

    closing = Signal()  # the window is still as it was
    first_batch_painted = Signal()

    def __init__(
        self,
        session: LocalSession,
        theme: Theme,
        preferences: Preferences,
        log: LogCollector,
        faults: Faults | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowIcon(app_icon())
        self.setAnimated(False)  # else every new sentence of the verdict moves the toolbar from where it is to there
        self._session = session
        self._theme = theme
        self._log = log
        self._faults = faults or Faults(log)
        self._fault_banner = FaultBanner(theme)
        self._state_key: tuple[object, ...] = ()
        self._batch_serial = -1
        self._view: BatchView | None = None
        self._proof_serial = -1
        self._swap = Swap(self)
        self._changes_logged_s = time.monotonic()
        self._restarts_logged = 0
        session.view_interval_s = VIEW_INTERVAL_S
        viewed = cast(Session, session)

        self._actions = make_actions(self)
        self._opening = Opening(self, preferences)
        history = History(self)
        self._bar = TopBar(self, self._actions, theme)
        self._menus = Menus(self, self._actions, self._opening.recent)
        self._notice = Notice(theme, "window")
        self._verdict = VerdictBar(theme)
        self._settings = SettingsPanel()
        self._changes = SettingChanges(session, self._settings, history)
        self._batch = BatchPanel(theme, self._swap)
        self._viewer = ViewerWindow(self, viewed, theme, self._swap, preferences)
        self._link = ViewerLink(viewed, self._batch.list, self._viewer)
        self._figures = Figures(theme)
        self._throughput = ThroughputPlot(theme)
        self._queue = QueueDepthPlot(theme)
        self._workers = WorkersPanel(theme, session.slowest_files)
        self._problems = ProblemsPanel(theme, viewed)
        self._statistics = StatisticsPanel(theme)
        self._log_panel = LogPanel(theme)
        self._scan = ScanPanel(theme)
        self._tuner = TunerPanel(theme)
        self._quiet = AutoPause(session)
        self._lay_out()
        self._layout = RememberedLayout(
            preferences,
            self,
            shown_by=(
                (self._actions["showSettings"], self._settings),
                (self._actions["showMeasurements"], self._space.right),
                (self._actions["showDetails"], self._details),
            ),
        )
        self._paces = RefreshSchedule(
            [
                RefreshTask(0.25, self._show_new_proofs),
                RefreshTask(0.5, self._bar.show_place),
                RefreshTask(0.5, self._figures.show_snapshot),
                RefreshTask(0.5, self._show_plots),
                RefreshTask(0.5, self._workers.show_snapshot),
                RefreshTask(0.5, lambda snapshot: self._problems.show_snapshot(snapshot, session.problems)),
                RefreshTask(0.5, self._show_log),
                RefreshTask(1.0, self._show_statistics),
                RefreshTask(1.0, lambda snapshot: self._verdict.show_verdict(verdict(snapshot))),
            ]
        )
        self._exports = Exports(self, session, self._say_export_failed, sweep=lambda: self._tuner.latest)
        self._exports.add_before(self._actions["quit"])
        self._connect()
        self._menus.add_tools()
        self._habits = WindowState(
            preferences,
            actions=self._actions,
            menus=self._menus,
            theme=theme,
            layout=self._layout,
            details=self._details,
            changes=self._changes,
            history=history,
            recent=self._opening.recent,
            notice=self._notice,
            choices=RememberedChoices(self),
        )
        self._leaving = QuitConfirmation(
            self,
            {
                leaving.SWEEP: lambda: self._quiet.is_asked_by(self._tuner),
                leaving.SCAN: lambda: self._quiet.is_asked_by(self._scan),
                leaving.MOVE: lambda: self._problems.busy,
            },
        )
        self._opening.take_drops(theme, session.snapshot().settings.extensions)
        KeyFilters(self).teach_all(self)

        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._poll)
        self._timer.start()
        self._heartbeat = StallMonitor(self)
        # Starting up is no stall of use; queued, for it ends with what others do on this signal.
        self.first_batch_painted.connect(self._heartbeat.start, Qt.ConnectionType.QueuedConnection)

    # --- putting together -------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._details = DetailTabs(
            (
                ("Skipped files", self._problems, self._problems.bar),
                (SCAN_PAGE, self._scan, self._scan.bar),
                (TUNER_PAGE, self._tuner, self._tuner.bar),
                ("Statistics", self._statistics, self._statistics.bar),
                (LOG_PAGE, self._log_panel, self._log_panel.bar),
            )
        )
        self._menus.add_pages(self._details.names)
        self._space = Workspace(
            verdict=self._verdict,
            settings=self._settings,
            batch=self._batch,
            measures=(self._figures, self._throughput, self._queue, self._workers),
            details=self._details,
        )
        self._welcome = WelcomePage(self._theme, self._opening.recent)
        self._middle = Middle((self._fault_banner, self._notice), self._welcome, self._space)
        self._middle.show_page(is_open=self._session.snapshot().state is not RunState.CLOSED)
        self.setCentralWidget(self._middle)
        self.setMinimumSize(760, 520)
        self.resize(_usual_size(self))
        self._space.take_usual_sizes()

    def _connect(self) -> None:
        opening, session = self._opening, self._session
        for name, act in {
            "openFolder": opening.choose_folder,
            "openFiles": lambda: opening.choose_files(session.snapshot().settings.extensions),
            "openSample": opening.open_sample,
            "lookAgain": session.open_again,
            "quit": lambda: self._leaving.quit(),
            "run": self._run_or_pause,
            "previousBatch": lambda: self._ask(session.previous_batch),
            "nextBatch": lambda: self._ask(session.next_batch),
            "openImage": self._batch.list.open_chosen,
            "goToSettings": self._go_to_settings,
            "checkAll": self._show_scan,
            "shortcuts": lambda: ShortcutSheet(self).open(),
            "about": lambda: AboutBox(self, self._heartbeat).open(),
        }.items():
            self._actions[name].triggered.connect(lambda _checked=False, act=act: act())
        self._actions["fullScreen"].toggled.connect(lambda on: self.showFullScreen() if on else self.showNormal())
        self._actions["swap"].toggled.connect(self._swap.check)
        self._swap.changed.connect(lambda: self._actions["swap"].setChecked(self._swap.checked))
        self._menus.recent_chosen.connect(self.open_source)
        self._menus.page_chosen.connect(self._show_page)
        self._welcome.open_wanted.connect(opening.choose_folder)
        self._welcome.files_wanted.connect(self._actions["openFiles"].trigger)
        self._welcome.sample_wanted.connect(opening.open_sample)
        self._welcome.recent_chosen.connect(self.open_source)
        opening.chosen.connect(self.open_source)
        opening.refused.connect(lambda why: self._notice.tell("Not opened.", why, level="warn"))
        self._batch.open_requested.connect(opening.choose_folder)
        self._batch.cancel_requested.connect(lambda: self._ask(session.cancel_indexing))
        self._batch.thumbnail_px_changed.connect(self._set_thumbnail_px)
        # Queued: what was painted is on the screen when its event has been dealt with.
        self._batch.list.first_painted.connect(self.first_batch_painted, Qt.ConnectionType.QueuedConnection)
        self._problems.model.count_changed.connect(self._show_problem_count)
        self._scan.running_changed.connect(lambda runs: self._give_cores(self._scan, self._tuner, runs))
        self._tuner.running_changed.connect(lambda runs: self._give_cores(self._tuner, self._scan, runs))
        self._tuner.setting_chosen.connect(self._changes.change_all)
        self.addAction(self._tuner.sweep_action)
        self._tuner.sweep_action.triggered.connect(self._show_tuner)
        self._details.page_changed.connect(self.refresh)
        self._fault_banner.log_asked.connect(self._show_log_page)
        for part in (self._log_panel.save_failed, self._scan.export_failed, self._tuner.export_failed):
            part.connect(self._say_export_failed)
        self._theme.changed.connect(self.refresh)

    # --- records in -------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Bring every part up to date now."""
        self._paces.hurry()
        self._poll()

    def _poll(self) -> None:
        handle = self.windowHandle()
        if handle is None or not handle.isExposed():  # hidden or minimised: nothing to paint
            return
        self._fault_banner.add(self._faults.take())  # first: what comes after it may be what raises
        snapshot = self._session.snapshot()
        if snapshot.batch_serial != self._batch_serial:
            self._batch_serial = snapshot.batch_serial
            view = self._view = self._session.batch_view()
            self._batch.show_batch(view, snapshot)
            self._link.show_batch(view)
            self._show_proofs(snapshot)
        self._show_state(snapshot)
        self._batch.show_heading(snapshot)
        self._settings.show_settings(snapshot.settings, snapshot.step_ms)
        self._scan.show_source(snapshot.source, snapshot.settings)
        self._tuner.show_source(self._session.index, snapshot.source, snapshot.settings, snapshot.step_ms)
        self._paces.keep(snapshot, time.monotonic())

    def _show_new_proofs(self, snapshot: Snapshot) -> None:
        """They come one after the other, and each would have tiles and the line above painted again."""
        if snapshot.proof_serial != self._proof_serial:
            self._show_proofs(snapshot)

    def _show_proofs(self, snapshot: Snapshot) -> None:
        self._proof_serial = snapshot.proof_serial
        if self._view is not None:
            self._batch.show_proofs(self._session.proofs(self._view.key))

    def _show_state(self, snapshot: Snapshot) -> None:
        counted = snapshot.files if snapshot.state is RunState.INDEXING else 0
        key = (snapshot.state, snapshot.message, snapshot.source, self._view is not None, counted)
        if key == self._state_key:
            return
        if key[:3] != self._state_key[:3]:
            self._say_state(snapshot)
            self._paces.hurry()
        self._state_key = key
        has_batch = self._view is not None
        self._bar.show_state(snapshot, has_batch)
        self._batch.show_state(snapshot, has_batch)

    def _say_state(self, snapshot: Snapshot) -> None:
        folder = fmt.place(snapshot.source)
        self._middle.show_page(is_open=snapshot.state is not RunState.CLOSED)
        self._welcome.say(snapshot.message)
        if snapshot.state in (RunState.RUNNING, RunState.PAUSED):
            self._opening.note_opened(self._session.index, snapshot.source)
        self.setWindowTitle(f"{folder} – inspector" if folder else "inspector")
        if snapshot.state is not RunState.CLOSED:
            words = ": ".join(part for part in (folder, snapshot.state.value, snapshot.message) if part)
            self._log.add(words, "error" if snapshot.state is RunState.FAILED else "info", "session")

    def _show_plots(self, snapshot: Snapshot) -> None:
        if self._throughput.isVisible():
            series = self._session.series()
            self._throughput.show_series(series)
            self._queue.show_series(series, snapshot.settings.prefetch_batches)

    def _show_problem_count(self, shown: int, total: int) -> None:
        count = f"{total:,}" if shown == total else f"{shown:,} of {total:,}"
        self._details.show_count(self._problems, count if total else "")

    def _show_log(self, snapshot: Snapshot) -> None:
        for change in snapshot.changes:
            if change.time_s > self._changes_logged_s:
                self._changes_logged_s = change.time_s
                self._log.add(f"changed: {change.text}")
        if snapshot.restarts > self._restarts_logged:
            self._log.add(f"{fmt.plural(snapshot.restarts, 'worker')} replaced so far")
        self._restarts_logged = snapshot.restarts
        self._log_panel.add_lines(self._log.take())

    def _show_statistics(self, snapshot: Snapshot) -> None:
        if self._statistics.isVisible():
            self._statistics.show_census(self._session.statistics(), self._session.tally(), snapshot)

    # --- intent out -------------------------------------------------------------------------------------------

    def _ask(self, request: Callable[[], None]) -> None:
        request()
        self.refresh()

    def _run_or_pause(self) -> None:
        runs = self._session.snapshot().state is RunState.RUNNING
        self._ask(self._session.pause if runs else self._session.run)

    def _go_to_settings(self) -> None:
        self._layout.show_panel(self._settings)
        self._settings.setFocus()

    def _show_page(self, number: int) -> None:
        self._middle.show_panels()  # the log has something to tell also before a folder is open
        self._layout.show_panel(self._details)
        self._details.open_number(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._swap.follow_key(event, pressed=True):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self._swap.follow_key(event, pressed=False):
            super().keyReleaseEvent(event)

    def _say_export_failed(self, sentence: str) -> None:
        self._faults.tell(Fault(f"The export failed: {sentence}.", "Choose another folder or name.", level="warn"))

    def _show_log_page(self) -> None:
        self._show_page(self._details.names.index(LOG_PAGE))

    def _show_scan(self) -> None:
        self._show_page(self._details.names.index(SCAN_PAGE))
        self._scan.take_focus()

    def _show_tuner(self) -> None:
        self._show_page(self._details.names.index(TUNER_PAGE))

    def _give_cores(self, who: ScanPanel | TunerPanel, other: ScanPanel | TunerPanel, runs: bool) -> None:
        """A check of all files and a sweep have the cores for themselves: batches pause, and the other one waits."""
        self._ask(lambda: self._quiet.ask(who, runs))
        other.hold_back(runs)
        if runs and who is self._tuner:
            self._space.give_room_to_sweep()

    def _set_thumbnail_px(self, pixels: int) -> None:
        self._session.thumbnail_px = pixels

    def open_source(self, source: Source) -> None:
        """Open a folder, an image, a text file with a path a line, or a list of images; in place of what is open."""
        self._notice.hide()
        self._session.open(source)
        self.refresh()

    # --- coming and going -------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self, self.refresh)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange and not self.isMinimized():
            QTimer.singleShot(0, self, self.refresh)
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self._swap.hold(False)  # its release would go to another window

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._leaving.puts_off(event):
            return
        self._timer.stop()
        self._heartbeat.stop()
        self.closing.emit()
        self._habits.remember()
        self._opening.stop()
        self._viewer.close()
        self.hide()
        self._scan.close_scan()
        self._tuner.close_sweep()
        self._problems.stop()
        self._log_panel.stop()
        self._exports.stop()
        self._session.close()
        super().closeEvent(event)


def _usual_size(window: QWidget) -> QSize:
    """What a new user gets: with its frame no larger than the screen, where there is one."""
    usual = QSize(1440, 900)
    if QGuiApplication.platformName() == "offscreen":
        return usual
    return usual.boundedTo(window.screen().availableSize() - FRAME)
