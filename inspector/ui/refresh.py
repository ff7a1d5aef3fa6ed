"""Records in: one timer asks the session for its snapshot, and hands each part of the window what has changed."""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QMainWindow

from inspector import formatting as fmt
from inspector.monitor.records import BatchView, RunState, Snapshot
from inspector.monitor.verdict.verdict import verdict
from inspector.session.protocol import Session
from inspector.session.records import BatchLabels
from inspector.ui.faults.banner import FaultBanner
from inspector.ui.faults.faults import Faults
from inspector.ui.faults.log_collector import LogCollector
from inspector.ui.future_watcher import FutureWatcher
from inspector.ui.panels import Panels
from inspector.ui.shell.line_status import LineStatus
from inspector.ui.shell.refresh_schedule import RefreshSchedule, RefreshTask
from inspector.ui.shell.top_bar import TopBar

POLL_MS = 50
CALM_POLL_MS = 100  # while batches stream, which is when each look takes from the loader


class Refresh(QObject):
    """Keeps the window up to date, calmly.

    Args:
        on_state: called when the session's state, message or source has changed.
    """

    def __init__(
        self,
        window: QMainWindow,
        session: Session,
        panels: Panels,
        *,
        bar: TopBar,
        banner: FaultBanner,
        faults: Faults,
        log: LogCollector,
        line: LineStatus,
        on_state: Callable[[Snapshot], None],
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._panels = window, session, panels
        self._bar, self._banner, self._faults, self._log = bar, banner, faults, log
        self._on_state = on_state
        self._state_key: tuple[object, ...] = ()
        self._batch_serial = self._proof_serial = -1
        self._view: BatchView | None = None
        self._labels_serial = -1
        self._labels = FutureWatcher(self)
        self._changes_logged_s = 0.0
        self._restarts_logged = 0
        self._schedule = RefreshSchedule(
            [
                RefreshTask(0.25, self._show_new_proofs),
                RefreshTask(0.5, bar.show_place),
                RefreshTask(0.5, line.show_snapshot),
                RefreshTask(0.5, panels.figures.show_snapshot),
                RefreshTask(0.5, self._show_plots),
                RefreshTask(0.5, panels.workers.show_snapshot),
                RefreshTask(0.5, lambda snapshot: panels.problems.show_snapshot(snapshot, session.problems)),
                RefreshTask(0.5, self._show_log),
                RefreshTask(1.0, self._show_statistics),
                RefreshTask(0.5, self._show_labels),
                RefreshTask(1.0, self._show_verdict),
            ]
        )
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self.poll)

    def start(self) -> None:
        """From now on, until `stop`."""
        self._timer.start()

    def stop(self) -> None:
        """No more."""
        self._timer.stop()
        self._labels.forget()

    def now(self) -> None:
        """Bring every part up to date now."""
        self._schedule.hurry()
        self.poll()

    def poll(self) -> None:
        """Bring those parts up to date that are due."""
        handle = self._window.windowHandle()
        if handle is None or not handle.isExposed():  # hidden or minimised: nothing to paint
            return
        self._banner.add(self._faults.take())  # first: what comes after it may be what raises
        snapshot = self._session.snapshot()
        if snapshot.batch_serial != self._batch_serial:
            self._batch_serial = snapshot.batch_serial
            self._show_batch(snapshot)
        elif snapshot.labels_serial != self._labels_serial:
            self._ask_for_labels(snapshot)
        self._show_state(snapshot)
        self._panels.batch.show_heading(snapshot)
        self._panels.settings.show_source(snapshot)
        self._panels.settings.show_settings(snapshot.settings, snapshot.revision)
        if self._panels.scan is not None:
            self._panels.scan.show_snapshot(snapshot)
        if self._panels.tuner is not None:
            self._panels.tuner.show_snapshot(snapshot)
        self._schedule.keep(snapshot, time.monotonic())

    def _show_batch(self, snapshot: Snapshot) -> None:
        self._view = self._session.batch_view()
        self._panels.batch.show_batch(self._view, snapshot)
        self._panels.viewer_link.show_batch(self._view)
        self._ask_for_labels(snapshot)
        self._show_proofs(snapshot)

    def _ask_for_labels(self, snapshot: Snapshot) -> None:
        """Those of the batch that is shown; they come when they have been put on its pictures."""
        self._labels_serial = snapshot.labels_serial
        annotations, view, layer = self._session.annotations, self._view, self._panels.layer
        if annotations is None:
            return
        self._panels.batch.labels_bar.show_state(annotations.state())
        self._labels.forget()
        if view is None or layer.key != view.key:
            layer.take(None, BatchLabels())
        if view is not None:
            self._labels.watch(annotations.of_batch(view.key), lambda found: self._take_labels(view, found))

    def _take_labels(self, view: BatchView, found: BatchLabels | None) -> None:
        if found is not None:  # else there is another batch by now, whose labels will come
            self._panels.layer.take(view.key, found, tuple(each.index for each in view.thumbnails))

    def _show_labels(self, _snapshot: Snapshot) -> None:
        if self._panels.labels is not None and self._session.annotations is not None:
            self._panels.labels.show_state(self._session.annotations.state())

    def _show_new_proofs(self, snapshot: Snapshot) -> None:
        """They come one after the other, and each would have tiles and the line above painted again."""
        if snapshot.proof_serial != self._proof_serial:
            self._show_proofs(snapshot)

    def _show_proofs(self, snapshot: Snapshot) -> None:
        self._proof_serial = snapshot.proof_serial
        if self._view is not None:
            self._panels.batch.show_proofs(self._session.proofs(self._view.key))

    def _show_state(self, snapshot: Snapshot) -> None:
        counted = snapshot.files if snapshot.state is RunState.INDEXING else 0
        has_batch = self._view is not None
        key = (snapshot.state, snapshot.message, snapshot.source, has_batch, counted)
        if key == self._state_key:
            return
        if key[:3] != self._state_key[:3]:
            self._timer.setInterval(CALM_POLL_MS if snapshot.state is RunState.RUNNING else POLL_MS)
            self._on_state(snapshot)
            self._schedule.hurry()
        self._state_key = key
        self._bar.show_state(snapshot, has_batch)
        self._panels.batch.show_state(snapshot, has_batch)

    def _show_plots(self, snapshot: Snapshot) -> None:
        if self._panels.throughput.isVisible():
            series = self._session.series()
            self._panels.throughput.show_series(series)
            self._panels.queue_depth.show_series(series, snapshot.prefetch_batches)

    def _show_log(self, snapshot: Snapshot) -> None:
        for change in snapshot.changes:
            if change.time_s > self._changes_logged_s:
                self._changes_logged_s = change.time_s
                self._log.add(f"changed: {change.text}")
        if snapshot.restarts > self._restarts_logged:
            self._log.add(f"{fmt.plural(snapshot.restarts, 'worker')} replaced so far")
        self._restarts_logged = snapshot.restarts
        self._panels.log.add_lines(self._log.take())

    def _show_verdict(self, snapshot: Snapshot) -> None:
        if self._session.training is None:
            self._panels.verdict.show_verdict(verdict(snapshot))
            return
        state = self._session.training.state()
        self._panels.verdict.show_verdict(state.verdict)
        if self._panels.training is not None and self._panels.loaders is not None:
            self._panels.training.show_state(state)
            self._panels.loaders.show_state(state)

    def _show_statistics(self, snapshot: Snapshot) -> None:
        statistics = self._panels.statistics
        if statistics is not None and statistics.isVisible():
            statistics.show_statistics(self._session.statistics(), self._session.sample_counts(), snapshot)
