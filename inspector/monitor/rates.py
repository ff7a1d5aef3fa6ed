"""Rates over a sliding window, from the loader's running totals."""

from collections import deque
from dataclasses import replace

from inspector.loader.counters import LoaderSnapshot, Rates, WorkerSnapshot
from inspector.monitor.records import WorkerRow
from inspector.monitor.system import ProcessUse

WINDOW_S = 2.0
LONGEST_WINDOW_S = 12.0
ENOUGH_BATCHES = 4  # a slow loader's batches are lumps: look back further then


class RateWindow:
    """The last snapshots of one loader; not thread-safe."""

    def __init__(self, window_s: float = WINDOW_S) -> None:
        self._window_s = window_s
        self._snapshots: deque[LoaderSnapshot] = deque()

    def clear(self) -> None:
        """Forget everything, as after a pause."""
        self._snapshots.clear()

    def add(self, snapshot: LoaderSnapshot) -> None:
        """Take in the newest snapshot."""
        if snapshot.batches == 0:  # starting up says nothing about the rate
            self._snapshots.clear()
        self._snapshots.append(snapshot)
        while len(self._snapshots) > 2 and snapshot.time_s - self._snapshots[1].time_s > LONGEST_WINDOW_S:
            self._snapshots.popleft()

    def rates(self) -> Rates:
        """Means over the window; all None before there are two snapshots."""
        oldest = self._oldest()
        if oldest is None:
            return Rates(0.0)
        newest = self._snapshots[-1]
        rates = newest.since(oldest)
        if newest.batches == 0:  # before the first batch nothing is known of the consumer
            rates = replace(rates, batches_per_s=None, images_per_s=None, data_wait=None)
        return rates

    def worker_row(self, worker: WorkerSnapshot, use: ProcessUse) -> WorkerRow:
        """One worker's row: its totals, and its rates over the window."""
        oldest = self._oldest()
        before = next((each for each in oldest.workers if each.line == worker.line), None) if oldest else None
        images_per_s = busy = None
        if oldest is not None:
            span = self._snapshots[-1].time_s - oldest.time_s
            alive_s = worker.alive_s - (before.alive_s if before else 0.0)
            if span > 0 and alive_s > 0:
                images_per_s = (worker.images - (before.images if before else 0)) / span
                busy = min(1.0, (worker.busy_s - (before.busy_s if before else 0.0)) / alive_s)
        return WorkerRow(worker, images_per_s, busy, use.cpu, use.memory_bytes, use.run_queue_wait)

    def _oldest(self) -> LoaderSnapshot | None:
        """Where the window begins: `window_s` ago, or as long ago as some batches take on average."""
        if len(self._snapshots) < 2:
            return None
        first, newest = self._snapshots[0], self._snapshots[-1]
        batches = newest.batches - first.batches
        span_s = self._window_s
        if batches:
            span_s = max(span_s, ENOUGH_BATCHES * (newest.time_s - first.time_s) / batches)
        return next((each for each in reversed(self._snapshots) if newest.time_s - each.time_s >= span_s), first)
