"""The main window: puts the parts together, and connects what the user asks for with the session.

session -> refresh -> panels        actions, panels -> intents -> session
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QShowEvent, QUndoStack
from PySide6.QtWidgets import QMainWindow

from inspector import formatting as fmt
from inspector.monitor.records import RunState, Snapshot
from inspector.named_code import NamedCode
from inspector.session.protocol import Session, Source
from inspector.ui.batch.swap import Swap
from inspector.ui.faults.banner import FaultBanner
from inspector.ui.faults.faults import Fault, Faults
from inspector.ui.faults.log_collector import LogCollector
from inspector.ui.icons import app_icon
from inspector.ui.key_filters import KeyFilters
from inspector.ui.notice import Notice
from inspector.ui.panels import LOG, OUTPUT, SCAN, TUNER, Panels
from inspector.ui.refresh import Refresh
from inspector.ui.scan.panel import ScanPanel
from inspector.ui.shell.about import AboutBox
from inspector.ui.shell.actions import make_actions
from inspector.ui.shell.auto_pause import AutoPause
from inspector.ui.shell.detail_tabs import DetailTabs
from inspector.ui.shell.exports import Exports
from inspector.ui.shell.line_status import LineStatus
from inspector.ui.shell.menus import Menus
from inspector.ui.shell.opening import Opening
from inspector.ui.shell.preferences import Preferences
from inspector.ui.shell.remembered_choices import RememberedChoices
from inspector.ui.shell.remembered_layout import RememberedLayout, usual_size
from inspector.ui.shell.setting_changes import SettingChanges
from inspector.ui.shell.shortcut_sheet import ShortcutSheet
from inspector.ui.shell.top_bar import TopBar
from inspector.ui.shell.trainings import Trainings
from inspector.ui.shell.undo import MOST_STEPS
from inspector.ui.shell.welcome import WelcomePage
from inspector.ui.shell.window_state import WindowState
from inspector.ui.shell.workspace import Middle, Workspace
from inspector.ui.stall_monitor import StallMonitor
from inspector.ui.theme import Theme
from inspector.ui.training.keep_or_stop import quit_confirmation
from inspector.ui.tuner.panel import TunerPanel

VIEW_INTERVAL_S = 0.5  # a batch stays this long: more often than twice a second nobody can look at one


class MainWindow(QMainWindow):
    """Drawn from `session`'s records, and closes it when closed itself; `preferences` bring back how it was.

    The user is asked before it closes where something would be lost; `close()` itself never asks.
    """

    closing = Signal()  # the window is still as it was
    first_batch_painted = Signal()

    def __init__(
        self,
        session: Session,
        theme: Theme,
        preferences: Preferences,
        log: LogCollector,
        faults: Faults | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowIcon(app_icon())
        self.setAnimated(False)  # else every new sentence of the verdict moves the toolbar from where it is to there
        self._session, self._theme, self._log = session, theme, log
        self._faults = faults or Faults(log)
        self._can_open = "open" in session.capabilities
        session.look(interval_s=VIEW_INTERVAL_S)

        self._swap = Swap(self)
        self._actions = make_actions(self, session.capabilities, watched=session.training is not None)
        self._opening = Opening(self, preferences)
        self.trainings = Trainings(self, preferences, lambda stays: self._quit_confirmation.quit(stays))
        steps = self._steps = QUndoStack(self)
        steps.setUndoLimit(MOST_STEPS)
        bar = TopBar(self, self._actions, theme)
        self._menus = Menus(self, self._actions, self._opening.recent)
        self._notice = Notice(theme, "window")
        self._fault_banner = FaultBanner(theme)
        self._line = LineStatus(self, session, theme, self._faults)
        self._panels = Panels(self, session, theme, preferences, self._swap, lambda: self.refresh())
        self._changes = SettingChanges(session, self._panels.settings, steps)
        self._auto_pause = AutoPause(session)
        self._lay_out()
        self._layout = RememberedLayout(
            preferences,
            self,
            shown_by=(
                (self._actions["showSettings"], self._panels.left),
                (self._actions["showMeasurements"], self._space.right),
                (self._actions["showDetails"], self._details),
            ),
        )
        self._refresh = Refresh(
            self,
            session,
            self._panels,
            bar=bar,
            banner=self._fault_banner,
            faults=self._faults,
            log=log,
            line=self._line,
            on_state=self._show_state,
        )
        tuner = self._panels.tuner
        self._exports = Exports(
            self, session, self._report_failed_export, sweep=lambda: tuner.latest if tuner is not None else None
        )
        self._exports.add_before(self._actions["quit"])
        self._connect_actions()
        self._connect_parts()
        self._menus.add_tools()
        self._state = WindowState(
            preferences,
            actions=self._actions,
            menus=self._menus,
            theme=theme,
            layout=self._layout,
            details=self._details,
            changes=self._changes,
            steps=steps,
            recent=self._opening.recent,
            notice=self._notice,
            choices=RememberedChoices(self),
        )
        self._quit_confirmation = quit_confirmation(self, session, self._panels, self._auto_pause)
        self.setAcceptDrops(self._can_open)
        if self._can_open:
            self._opening.take_drops(theme, session.snapshot().extensions)
        KeyFilters(self).teach_all(self)
        self._refresh.start()
        self._stalls = StallMonitor(self)
        # Starting up is no stall of use; queued, for it ends with what others do on this signal.
        self.first_batch_painted.connect(self._stalls.start, Qt.ConnectionType.QueuedConnection)

    # --- putting together -------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        panels = self._panels
        self._details = DetailTabs(panels.pages())
        self._menus.add_pages(self._details.names)
        self._space = Workspace(
            verdict=panels.verdict,
            left=panels.left,
            batch=panels.batch,
            measures=(panels.figures, panels.throughput, panels.queue_depth, panels.workers),
            details=self._details,
        )
        self._welcome = WelcomePage(self._theme, self._opening.recent)
        self._middle = Middle((self._line.notice, self._fault_banner, self._notice), self._welcome, self._space)
        self._show_page_for(self._session.snapshot())
        self.setCentralWidget(self._middle)
        self.setMinimumSize(760, 520)
        self.resize(usual_size(self))
        self._space.take_usual_sizes()

    def _connect_actions(self) -> None:
        opening, session = self._opening, self._session
        for name, act in {
            "openFolder": opening.choose_folder,
            "openFiles": lambda: opening.choose_files(session.snapshot().extensions),
            "openLocation": lambda: opening.choose_location(session),
            "openCode": opening.choose_code,
            "openSample": opening.open_sample,
            "watchTraining": self.trainings.choose,
            "lookAgain": session.reindex,
            "quit": lambda: self._quit_confirmation.quit(),
            "run": self._run_or_pause,
            "previousBatch": lambda: self._ask(session.previous_batch),
            "nextBatch": lambda: self._ask(session.next_batch),
            "openImage": self._panels.batch.list.open_chosen,
            "goToSettings": self._go_to_settings,
            "checkAll": self._show_scan,
            "shortcuts": lambda: ShortcutSheet(self).open(),
            "about": lambda: AboutBox(self, self._stalls).open(),
        }.items():
            self._actions[name].triggered.connect(lambda _checked=False, act=act: act())
        self._actions["fullScreen"].toggled.connect(lambda on: self.showFullScreen() if on else self.showNormal())
        self._actions["swap"].toggled.connect(self._swap.check)
        self._actions["watchCode"].setChecked(bool(session.snapshot().settings.get("watch_code")))
        self._actions["watchCode"].toggled.connect(lambda on: session.change(watch_code=on))
        layer = self._panels.layer
        self._actions["labels"].setChecked(layer.shown)
        self._actions["labels"].toggled.connect(layer.show)
        layer.shown_changed.connect(self._actions["labels"].setChecked)
        self._swap.changed.connect(lambda: self._actions["swap"].setChecked(self._swap.checked))
        self._menus.recent_chosen.connect(self.open_source)
        self._menus.page_chosen.connect(self._show_page)

    def _connect_parts(self) -> None:
        opening, session, panels = self._opening, self._session, self._panels
        opening.follow(self._welcome, self._actions)
        self._welcome.recent_chosen.connect(self.open_source)
        opening.chosen.connect(self.open_source)
        opening.script_chosen.connect(self.trainings.choose)
        opening.refused.connect(lambda why: self._notice.report("Not opened.", why, level="warn"))
        self.trainings.follow(self._welcome, panels.training, self._notice)
        panels.batch.open_requested.connect(opening.choose_folder)
        panels.batch.location_requested.connect(self._actions["openLocation"].trigger)
        panels.batch.run_again_requested.connect(lambda: self._ask(session.reindex))
        panels.batch.skip_requested.connect(lambda: self._ask(lambda: session.change(on_error="skip")))
        panels.batch.cancel_requested.connect(lambda: self._ask(session.cancel_indexing))
        panels.batch.thumbnail_px_changed.connect(lambda pixels: session.look(thumbnail_px=pixels))
        # Queued: what was painted is on the screen when its event has been dealt with.
        panels.batch.list.first_painted.connect(self.first_batch_painted, Qt.ConnectionType.QueuedConnection)
        panels.problems.model.count_changed.connect(self._show_problem_count)
        for panel in (panels.scan, panels.tuner):
            if panel is not None:
                panel.running_changed.connect(lambda runs, panel=panel: self._give_cores(panel, runs))
        if panels.tuner is not None:
            panels.tuner.setting_chosen.connect(self._changes.change_all)
            self.addAction(panels.tuner.sweep_action)
            panels.tuner.sweep_action.triggered.connect(lambda: self._show_page_named(TUNER))
        panels.problems.actions_.keep_wanted.connect(self._write_list)
        self._details.page_changed.connect(self.refresh)
        self._fault_banner.log_asked.connect(lambda: self._show_page_named(LOG))
        panels.on_failed_export(self._report_failed_export)
        self._theme.changed.connect(self.refresh)

    # --- records in -------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Bring every part up to date now."""
        self._refresh.now()

    def _show_state(self, snapshot: Snapshot) -> None:
        folder = fmt.place(snapshot.source)
        self._show_page_for(snapshot)
        self._welcome.say(snapshot.message)
        if snapshot.state is RunState.FINISHED and not snapshot.batches:
            self._details.open_name(OUTPUT)  # why is most likely there
        if snapshot.state in (RunState.RUNNING, RunState.PAUSED) and self._can_open:
            self._opening.note_opened(snapshot.location, snapshot.settings)
        self._line.show_snapshot(snapshot)
        if snapshot.state is not RunState.CLOSED:
            line = ": ".join(part for part in (folder, snapshot.state.value, snapshot.message) if part)
            self._log.add(line, "error" if snapshot.state is RunState.FAILED else "info", "session")

    def _show_page_for(self, snapshot: Snapshot) -> None:
        """The welcome invites to open something; a session that cannot has its panels from the beginning."""
        self._middle.show_page(is_open=snapshot.state is not RunState.CLOSED or not self._can_open)

    def _show_problem_count(self, shown: int, total: int) -> None:
        count = f"{total:,}" if shown == total else f"{shown:,} of {total:,}"
        self._details.show_count(self._panels.problems, count if total else "")

    # --- intent out -------------------------------------------------------------------------------------------

    def _ask(self, intent: Callable[[], int]) -> None:
        intent()
        self.refresh()

    def _run_or_pause(self) -> None:
        runs = self._session.snapshot().state is RunState.RUNNING
        self._ask(self._session.pause if runs else self._session.run)

    def _go_to_settings(self) -> None:
        self._layout.show_panel(self._panels.left)
        self._panels.left.setFocus()

    def _show_page(self, number: int) -> None:
        self._middle.show_panels()  # the log has something to show also before a folder is open
        self._layout.show_panel(self._details)
        self._details.open_number(number)

    def _show_page_named(self, name: str) -> None:
        self._show_page(self._details.names.index(name))

    def _show_scan(self) -> None:
        if self._panels.scan is not None:
            self._show_page_named(SCAN)
            self._panels.scan.take_focus()

    def _write_list(self) -> None:
        self._show_scan()
        if self._panels.scan is not None:
            self._panels.scan.ask_for_list()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._swap.follow_key(event, pressed=True):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self._swap.follow_key(event, pressed=False):
            super().keyReleaseEvent(event)

    def _report_failed_export(self, sentence: str) -> None:
        self._faults.show(Fault(f"The export failed: {sentence}.", "Choose another folder or name.", level="warn"))

    def _give_cores(self, who: ScanPanel | TunerPanel, runs: bool) -> None:
        """A check of all files and a sweep have the cores for themselves: batches pause, and the other one waits."""
        self._auto_pause.ask(who, runs)
        self.refresh()
        for other in (self._panels.scan, self._panels.tuner):
            if other is not None and other is not who:
                other.hold_back(runs)
        if runs and who is self._panels.tuner:
            self._space.give_room_to_sweep()

    def open_source(self, source: Source) -> None:
        """Open a folder, an image, a list, containers, a URL or code, in place of the former."""
        self._notice.hide()
        if isinstance(source, str):  # out of the list of those opened before
            source = NamedCode.find(source) or source
        settings = self._opening.settings_for(source, is_code=self._session.snapshot().is_code)
        self._session.open(source, **settings)
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
        if self._quit_confirmation.puts_off(event):
            return
        self._refresh.stop()
        self._stalls.stop()
        self.closing.emit()
        self._state.remember()
        self._steps.blockSignals(True)  # its destructor emits some, when the actions that follow it are gone
        self._opening.stop()
        self.trainings.stop()
        self.hide()
        self._panels.close()
        self._exports.stop()
        self._session.close()
        super().closeEvent(event)
