"""The main window: puts the panels together, fetches records on one timer, and hands each part what changed."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QMainWindow,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from inspector import formatting as fmt
from inspector.errors import SettingsError
from inspector.monitor.session import Session
from inspector.monitor.snapshot import BatchView, DeliveredImage, RunState, Snapshot
from inspector.tuner.verdict import verdict
from inspector.ui.batch_panel import BatchPanel
from inspector.ui.batch_swap import Swap
from inspector.ui.detail_tabs import DetailTabs
from inspector.ui.figures import Figures
from inspector.ui.icons import app_icon
from inspector.ui.log_collector import LogCollector
from inspector.ui.log_panel import LogPanel
from inspector.ui.plots import QueueDepthPlot, ThroughputPlot
from inspector.ui.problems_panel import ProblemsPanel
from inspector.ui.prover import Prover
from inspector.ui.quiet import Quiet
from inspector.ui.remembered_layout import RememberedLayout
from inspector.ui.scan_panel import ScanPanel
from inspector.ui.settings_panel import SettingsPanel
from inspector.ui.statistics_panel import StatisticsPanel
from inspector.ui.theme import Theme
from inspector.ui.top_bar import TopBar
from inspector.ui.tuner_panel import TunerPanel
from inspector.ui.verdict_bar import VerdictBar
from inspector.ui.viewer.window import ViewerWindow
from inspector.ui.workers_table import WorkersPanel

POLL_MS = 50
VIEW_INTERVAL_S = 0.4  # a batch stays this long: more often than 2.5 times a second nobody can look at one
SPACING = 8
SWEEP_PX = 300
MOST_PROBLEMS_AT_ONCE = 10_000  # added to the table at a time, which takes some 30 ms


@dataclass(slots=True)
class Pace:
    """How often one part of the window is brought up to date, at most."""

    interval_s: float
    update: Callable[[Snapshot], None]
    due_s: float = 0.0


class MainWindow(QMainWindow):
    """Drawn from `session`'s records, and closes it when closed itself; `settings` remembers the layout."""

    closing = Signal()  # the window is still as it was
    first_batch_painted = Signal()

    def __init__(self, session: Session, theme: Theme, settings: QSettings, log: LogCollector) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowIcon(app_icon())
        self.setAcceptDrops(True)
        self._session = session
        self._theme = theme
        self._remembered = settings
        self._log = log
        self._state_key: tuple[object, ...] = ()
        self._batch_serial = -1
        self._view: BatchView | None = None
        self._images: tuple[DeliveredImage, ...] = ()  # of `_view`, whole
        self._viewed = (0, -1)  # run and number of the batch that the viewer was opened on
        self._proof_serial = -1
        self._prover = Prover()
        self._swap = Swap(self)
        self._changes_logged_s = time.monotonic()
        self._restarts_logged = 0
        session.view_interval_s = VIEW_INTERVAL_S

        self._bar = TopBar(self, theme)
        self._verdict = VerdictBar(theme)
        self._settings = SettingsPanel()
        self._batch = BatchPanel(theme, self._swap)
        self._viewer = ViewerWindow(self, theme, self._swap, settings)
        self._figures = Figures(theme)
        self._throughput = ThroughputPlot(theme)
        self._queue = QueueDepthPlot(theme)
        self._workers = WorkersPanel(theme)
        self._problems = ProblemsPanel(theme)
        self._statistics = StatisticsPanel(theme)
        self._log_panel = LogPanel()
        self._scan = ScanPanel(theme)
        self._tuner = TunerPanel(theme)
        self._quiet = Quiet(session)
        self._lay_out()
        self._layout = RememberedLayout(
            settings,
            self,
            splitters={"columns": self._columns, "measures": self._measures, "rows": self._rows},
            panels={"Settings": self._settings, "Measurements": self._right, "Details": self._details},
        )
        self._bar.add_panels(self._layout.panel_actions)
        self._connect()
        self._take_usual_size()
        self._layout.restore()

        self._paces = [
            Pace(0.25, self._bar.show_place),
            Pace(0.25, self._figures.show_snapshot),
            Pace(0.25, self._show_plots),
            Pace(0.5, self._workers.show_snapshot),
            Pace(0.5, self._show_problems),
            Pace(0.5, self._show_log),
            Pace(1.0, self._show_statistics),
            Pace(1.0, lambda snapshot: self._verdict.show_verdict(verdict(snapshot))),
        ]
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._poll)
        self._timer.start()

    # --- putting together -------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._measures = QSplitter(Qt.Orientation.Vertical)
        for part in (self._throughput, self._queue, self._workers):
            self._measures.addWidget(part)
        self._right = QWidget()
        right = QVBoxLayout(self._right)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(SPACING)
        right.addWidget(self._figures)
        right.addWidget(self._measures, 1)
        self._columns = QSplitter(Qt.Orientation.Horizontal)
        for column in (self._settings, self._batch, self._right):
            self._columns.addWidget(column)
        self._details = DetailTabs(
            (
                ("Skipped files", self._problems, self._problems.bar),
                ("Check all files", self._scan, self._scan.bar),
                ("Tuner", self._tuner, self._tuner.bar),
                ("Statistics", self._statistics, self._statistics.bar),
                ("Log", self._log_panel, None),
            )
        )
        self._rows = QSplitter(Qt.Orientation.Vertical)
        self._rows.addWidget(self._columns)
        self._rows.addWidget(self._details)
        for splitter in (self._measures, self._columns, self._rows):
            splitter.setHandleWidth(SPACING)
            splitter.setChildrenCollapsible(False)
        for splitter, shares in ((self._columns, (0, 3, 2)), (self._rows, (4, 1)), (self._measures, (3, 2, 2))):
            for index, share in enumerate(shares):
                splitter.setStretchFactor(index, share)
        self._right.setMinimumWidth(340)
        page = QWidget()
        body = QVBoxLayout(page)
        body.setContentsMargins(SPACING + 2, 4, SPACING + 2, SPACING + 2)
        body.setSpacing(SPACING)
        body.addWidget(self._verdict)
        body.addWidget(self._rows, 1)
        self.setCentralWidget(page)

    def _connect(self) -> None:
        self._bar.open_folder.triggered.connect(self._choose_folder)
        self._bar.check_all.triggered.connect(self._show_scan)
        self._bar.run.triggered.connect(self._run_or_pause)
        self._bar.previous.triggered.connect(lambda: self._ask(self._session.previous_batch))
        self._bar.next.triggered.connect(lambda: self._ask(self._session.next_batch))
        self._bar.quit.triggered.connect(self.close)
        self._bar.appearance.triggered.connect(self._choose_appearance)
        self._settings.changed.connect(self._change)
        self._batch.open_requested.connect(self._choose_folder)
        self._batch.cancel_requested.connect(lambda: self._ask(self._session.cancel_indexing))
        self._bar.open_image.triggered.connect(self._batch.list.open_chosen)
        self._batch.list.image_opened.connect(self._open_image)
        self._viewer.moved.connect(self._choose_tile)
        self._batch.thumbnail_px_changed.connect(self._set_thumbnail_px)
        # Queued: what was painted is on the screen when its event has been dealt with.
        self._batch.list.first_painted.connect(self.first_batch_painted, Qt.ConnectionType.QueuedConnection)
        self._problems.model.count_changed.connect(self._show_problem_count)
        self._scan.running_changed.connect(lambda runs: self._give_cores(self._scan, self._tuner, runs))
        self._tuner.running_changed.connect(lambda runs: self._give_cores(self._tuner, self._scan, runs))
        self._tuner.setting_chosen.connect(self._change_all)
        self._details.page_changed.connect(self.refresh)
        self._theme.changed.connect(self.refresh)

    def _take_usual_size(self) -> None:
        self.setMinimumSize(760, 520)
        self.resize(1440, 900)
        self._columns.setSizes([226, 680, 500])
        self._measures.setSizes([240, 160, 130])
        self._rows.setSizes([560, 212])

    # --- records in -------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Bring every part up to date now."""
        for pace in self._paces:
            pace.due_s = 0.0
        self._poll()

    def _poll(self) -> None:
        handle = self.windowHandle()
        if handle is None or not handle.isExposed():  # hidden or minimised: nothing to paint
            return
        snapshot = self._session.snapshot()
        now = time.monotonic()
        if snapshot.batch_serial != self._batch_serial:
            self._batch_serial = snapshot.batch_serial
            view = self._view = self._session.batch_view()
            self._batch.show_batch(view, snapshot)
            self._images = self._session.delivered_images(view) if view is not None else ()
            self._prover.look_at(view, self._images)
            self._show_proofs()
        elif self._prover.serial != self._proof_serial:
            self._show_proofs()
        self._show_state(snapshot)
        self._settings.show_settings(snapshot.settings, snapshot.step_ms)
        self._scan.show_source(snapshot.source, snapshot.settings)
        self._tuner.show_source(self._session.index, snapshot.source, snapshot.settings, snapshot.step_ms)
        for pace in self._paces:
            if now >= pace.due_s:
                pace.due_s = now + pace.interval_s
                pace.update(snapshot)

    def _show_proofs(self) -> None:
        self._proof_serial = self._prover.serial
        if self._view is not None:
            self._batch.show_proofs(self._prover.proofs(self._view))

    def _show_state(self, snapshot: Snapshot) -> None:
        counted = snapshot.files if snapshot.state is RunState.INDEXING else 0
        key = (snapshot.state, snapshot.message, snapshot.source, self._view is not None, counted)
        if key == self._state_key:
            return
        if key[:3] != self._state_key[:3]:
            self._say_state(snapshot)
            for pace in self._paces:
                pace.due_s = 0.0
        self._state_key = key
        has_batch = self._view is not None
        self._prover.set_streaming(snapshot.state is RunState.RUNNING)
        self._bar.show_state(snapshot, has_batch)
        self._batch.show_state(snapshot, has_batch)

    def _say_state(self, snapshot: Snapshot) -> None:
        folder = fmt.place(snapshot.source)
        self.setWindowTitle(f"{folder} – inspector" if folder else "inspector")
        if snapshot.state is not RunState.CLOSED:
            self._log.add(": ".join(part for part in (folder, snapshot.state.value, snapshot.message) if part))

    def _show_plots(self, snapshot: Snapshot) -> None:
        if self._right.isVisible():
            series = self._session.series()
            self._throughput.show_series(series)
            self._queue.show_series(series, snapshot.settings.prefetch_batches)

    def _show_problems(self, snapshot: Snapshot) -> None:
        model = self._problems.model
        if snapshot.problems < model.total or snapshot.source != model.folder:
            model.clear(snapshot.source)
        if snapshot.problems > model.total:
            model.append(self._session.problems(model.total)[:MOST_PROBLEMS_AT_ONCE])

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

    def _change(self, name: str, value: object) -> None:
        try:
            self._session.change(**{name: value})
        except SettingsError as error:
            self._settings.show_error(str(error))
        else:
            self._settings.show_error("")

    def _change_all(self, settings: dict[str, object]) -> None:
        for name, value in settings.items():
            self._change(name, value)
        self.refresh()

    def _open_image(self, position: int) -> None:
        if self._view is not None and self._images:
            self._viewed = (self._view.run, self._view.number)
            self._viewer.open_images(self._images, position)

    def _choose_tile(self, position: int) -> None:
        """The tile of the image in the viewer, while both show the same batch."""
        if self._view is not None and (self._view.run, self._view.number) == self._viewed:
            self._batch.list.choose(position)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._swap.follow_key(event, pressed=True):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self._swap.follow_key(event, pressed=False):
            super().keyReleaseEvent(event)

    def _show_scan(self) -> None:
        self._layout.show_panel(self._details)
        self._details.open_page(self._scan)
        self._scan.setFocus()

    def _give_cores(self, who: ScanPanel | TunerPanel, other: ScanPanel | TunerPanel, runs: bool) -> None:
        """A check of all files and a sweep have the cores for themselves: batches pause, and the other one waits."""
        self._ask(lambda: self._quiet.ask(who, runs))
        other.hold_back(runs)
        upper, lower = self._rows.sizes()
        if runs and who is self._tuner and lower < SWEEP_PX:  # a curve wants to be seen, and no batch comes meanwhile
            self._rows.setSizes([upper + lower - SWEEP_PX, SWEEP_PX])

    def _set_thumbnail_px(self, pixels: int) -> None:
        self._session.thumbnail_px = pixels

    def _choose_appearance(self, action: QAction) -> None:
        self._theme.choose(action.data())
        self._remembered.setValue("appearance", self._theme.choice)

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, "Open a folder of images")  # a new one: Qt's keeps the folder selected last time
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self.open_source)
        dialog.open()

    def open_source(self, source: str) -> None:
        """Open a folder, or a text file with a path a line, in place of the one that is open."""
        self._session.open(source)
        self.refresh()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        local = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if local:
            self.open_source(str(Path(local[0])))

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
        self._timer.stop()
        self.closing.emit()
        self._scan.close_scan()
        self._tuner.close_sweep()
        self._layout.remember()
        self._viewer.close()
        self.hide()
        self._prover.close()
        self._images = ()
        self._problems.stop()
        self._session.close()
        super().closeEvent(event)
