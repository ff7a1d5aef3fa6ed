"""The main window: puts the panels together, fetches records on one timer, and hands each part what changed."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from inspector import formatting as fmt
from inspector.errors import SettingsError
from inspector.monitor.session import Session
from inspector.monitor.snapshot import RunState, Snapshot
from inspector.tuner.verdict import verdict
from inspector.ui.batch_panel import BatchPanel
from inspector.ui.figures import Figures
from inspector.ui.icons import app_icon
from inspector.ui.log_collector import LogCollector
from inspector.ui.log_panel import LogPanel
from inspector.ui.manners import KeyManners
from inspector.ui.plots import QueueDepthPlot, ThroughputPlot
from inspector.ui.problems_table import ProblemsPanel
from inspector.ui.settings_panel import SettingsPanel
from inspector.ui.theme import Theme
from inspector.ui.top_bar import TopBar
from inspector.ui.verdict_bar import VerdictBar
from inspector.ui.widgets import Card
from inspector.ui.workers_table import WorkersPanel

POLL_MS = 50
VIEW_INTERVAL_S = 0.4  # a batch stays this long: more often than 2.5 times a second nobody can look at one
SPACING = 8


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
        self._has_batch = False
        self._changes_logged_s = time.monotonic()
        self._restarts_logged = 0
        session.view_interval_s = VIEW_INTERVAL_S

        self._bar = TopBar(self, theme)
        self._verdict = VerdictBar(theme)
        self._settings = SettingsPanel()
        self._batch = BatchPanel(theme)
        self._figures = Figures(theme)
        self._throughput = ThroughputPlot(theme)
        self._queue = QueueDepthPlot(theme)
        self._workers = WorkersPanel()
        self._problems = ProblemsPanel(theme)
        self._log_panel = LogPanel()
        self._lay_out()
        self._add_view_menu()
        self._connect()
        self._restore()

        self._paces = [
            Pace(0.25, self._bar.show_place),
            Pace(0.25, self._figures.show_snapshot),
            Pace(0.25, self._show_plots),
            Pace(0.5, self._workers.show_snapshot),
            Pace(0.5, self._show_problems),
            Pace(0.5, self._show_log),
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
        self._lay_out_bottom()
        self._rows = QSplitter(Qt.Orientation.Vertical)
        self._rows.addWidget(self._columns)
        self._rows.addWidget(self._bottom)
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

    def _lay_out_bottom(self) -> None:
        self._tabs = QTabBar()
        self._tabs.setObjectName("detailTabs")
        self._tabs.setDrawBase(False)
        self._pages = QStackedWidget()
        for name, page in (("Skipped files", self._problems), ("Log", self._log_panel)):
            self._tabs.addTab(name)
            self._pages.addWidget(page)
        self._tabs.currentChanged.connect(self._pages.setCurrentIndex)
        self._tabs.currentChanged.connect(lambda index: self._problems.filter.setVisible(index == 0))
        self._problems.filter.setFixedWidth(self.fontMetrics().averageCharWidth() * 34)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 2, 0)
        head.addWidget(self._tabs)
        head.addStretch(1)
        head.addWidget(self._problems.filter)
        self._bottom = Card()
        self._bottom.column.setContentsMargins(6, 3, 5, 4)
        self._bottom.column.setSpacing(2)
        self._bottom.column.addLayout(head)
        self._bottom.column.addWidget(self._pages, 1)
        KeyManners(self).teach(self._tabs)

    def _add_view_menu(self) -> None:
        menu = self._bar.view_menu
        self._panels = {"Settings": self._settings, "Measurements": self._right, "Skipped files and log": self._bottom}
        for name, panel in self._panels.items():
            action = QAction(name, self, checkable=True, checked=True)
            action.setObjectName(f"show{name.split()[0]}Action")
            action.toggled.connect(panel.setVisible)
            menu.addAction(action)
        menu.addSeparator()
        menu.addMenu("Appearance").addActions(self._bar.appearance.actions())

    def _connect(self) -> None:
        self._bar.open_folder.triggered.connect(self._choose_folder)
        self._bar.run.triggered.connect(self._run_or_pause)
        self._bar.previous.triggered.connect(lambda: self._ask(self._session.previous_batch))
        self._bar.next.triggered.connect(lambda: self._ask(self._session.next_batch))
        self._bar.quit.triggered.connect(self.close)
        self._bar.appearance.triggered.connect(self._choose_appearance)
        self._settings.changed.connect(self._change)
        self._batch.open_requested.connect(self._choose_folder)
        self._batch.cancel_requested.connect(lambda: self._ask(self._session.cancel_indexing))
        self._batch.thumbnail_px_changed.connect(self._set_thumbnail_px)
        # Queued: what was painted is on the screen when its event has been dealt with.
        self._batch.list.first_painted.connect(self.first_batch_painted, Qt.ConnectionType.QueuedConnection)
        self._problems.model.count_changed.connect(self._show_problem_count)
        self._theme.changed.connect(self.refresh)

    def _restore(self) -> None:
        self.setMinimumSize(760, 520)
        self.resize(1440, 900)
        self._columns.setSizes([226, 680, 500])
        self._measures.setSizes([240, 160, 130])
        self._rows.setSizes([600, 172])
        store = self._remembered
        if geometry := store.value("geometry"):
            self.restoreGeometry(geometry)
        for name, splitter in self._splitters():
            if state := store.value(name):
                splitter.restoreState(state)
        for action in self._bar.view_menu.actions():
            if action.isCheckable():
                action.setChecked(bool(store.value(action.objectName(), True, type=bool)))

    def _splitters(self) -> tuple[tuple[str, QSplitter], ...]:
        return ("columns", self._columns), ("measures", self._measures), ("rows", self._rows)

    def _remember(self) -> None:
        store = self._remembered
        store.setValue("geometry", self.saveGeometry())
        for name, splitter in self._splitters():
            store.setValue(name, splitter.saveState())
        for action in self._bar.view_menu.actions():
            if action.isCheckable():
                store.setValue(action.objectName(), action.isChecked())

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
            view = self._session.batch_view()
            self._has_batch = view is not None
            self._batch.show_batch(view, snapshot)
        self._show_state(snapshot)
        self._settings.show_settings(snapshot.settings, snapshot.step_ms)
        for pace in self._paces:
            if now >= pace.due_s:
                pace.due_s = now + pace.interval_s
                pace.update(snapshot)

    def _show_state(self, snapshot: Snapshot) -> None:
        counted = snapshot.files if snapshot.state is RunState.INDEXING else 0
        key = (snapshot.state, snapshot.message, snapshot.source, self._has_batch, counted)
        if key == self._state_key:
            return
        if key[:3] != self._state_key[:3]:
            self._say_state(snapshot)
            for pace in self._paces:
                pace.due_s = 0.0
        self._state_key = key
        self._bar.show_state(snapshot, self._has_batch)
        self._batch.show_state(snapshot, self._has_batch)

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
            model.append(self._session.problems(model.total))

    def _show_problem_count(self, shown: int, total: int) -> None:
        count = f"  {total:,}" if shown == total else f"  {shown:,} of {total:,}"
        self._tabs.setTabText(0, "Skipped files" + (count if total else ""))

    def _show_log(self, snapshot: Snapshot) -> None:
        for change in snapshot.changes:
            if change.time_s > self._changes_logged_s:
                self._changes_logged_s = change.time_s
                self._log.add(f"changed: {change.text}")
        if snapshot.restarts > self._restarts_logged:
            self._log.add(f"{fmt.plural(snapshot.restarts, 'worker')} replaced so far")
        self._restarts_logged = snapshot.restarts
        self._log_panel.add_lines(self._log.take())

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

    def closeEvent(self, event: QCloseEvent) -> None:
        self._timer.stop()
        self.closing.emit()
        self._remember()
        self.hide()
        self._session.close()
        super().closeEvent(event)
