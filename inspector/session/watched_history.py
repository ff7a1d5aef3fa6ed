"""What a watched loader has done lately: rates over a sliding window and the last minute, from its running totals.

Whoever was away for a while loses nothing: the next look's totals hold what came meanwhile.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inspector.loader.counters import Rates
from inspector.monitor.rates import ENOUGH_BATCHES, LONGEST_WINDOW_S, WINDOW_S
from inspector.monitor.records import Series
from inspector.monitor.time_series import HISTORY_S, PERIOD_S
from inspector.watched.records import WatchedLoader, WatchedWorker

WorkerKey = tuple[int, int | None]  # rank, number


@dataclass(frozen=True, slots=True)
class _Moment:
    time_s: float
    batches: int
    images: int
    wait_s: float
    spent_s: float
    depth_sum: float
    depths: int
    waiting: bool
    workers: Mapping[WorkerKey, tuple[int, float]]  # samples, busy seconds


class LoaderHistory:
    """Of one loader; not thread-safe."""

    def __init__(self) -> None:
        self._moments: deque[_Moment] = deque()
        self._shares_step = False  # with other loaders
        self._rows: deque[tuple[float, float, float, float, float]] = deque(maxlen=int(HISTORY_S / PERIOD_S))

    def add(self, loader: WatchedLoader, workers: Sequence[WatchedWorker], now_s: float, time_s: float) -> None:
        """Take in what was read, of all `workers` that are shown, at `now_s` on the run's clock, `time_s` on ours."""
        if not self._moments and not self._rows:
            self._fill(loader, now_s, time_s)
        if (loader.with_others is None) is self._shares_step:  # its waits are other ones from now on
            self._shares_step = loader.with_others is not None
            self._moments.clear()
        totals = loader.totals
        waiting = totals.waiting_since_s > 0 and not totals.handed  # else it is a thread that loads ahead
        so_far_s = max(0.0, now_s - totals.waiting_since_s) if waiting else 0.0  # of a next() that has not returned
        self._moments.append(
            _Moment(
                time_s=time_s,
                batches=totals.batches,
                images=totals.images,
                wait_s=loader.shared.wait_s + so_far_s,
                spent_s=loader.shared.seconds + so_far_s,
                depth_sum=totals.depth_sum,
                depths=totals.depths,
                waiting=waiting,
                workers={worker_key(worker): (worker.samples, _busy_s(worker, now_s)) for worker in workers},
            )
        )
        while len(self._moments) > 2 and time_s - self._moments[1].time_s > LONGEST_WINDOW_S:
            self._moments.popleft()
        rates = self.rates()
        depth = float(totals.depth) if loader.num_workers and rates.batches_per_s is not None else None
        figures = (rates.batches_per_s, rates.images_per_s, depth, loader.most_ahead)
        self._rows.append((time_s, *(float("nan") if each is None else float(each) for each in figures)))  # type: ignore[arg-type]

    def _fill(self, loader: WatchedLoader, now_s: float, time_s: float) -> None:
        """What the loader's last batches say of the minute before anybody looked."""
        events = loader.events
        if len(events) < 2:
            return
        first_s = max(float(events["time_s"][0]) + WINDOW_S, now_s - HISTORY_S)
        moments = np.arange(first_s, now_s - PERIOD_S / 2, PERIOD_S)
        ends = np.searchsorted(events["time_s"], moments, "right")
        begins = np.searchsorted(events["time_s"], moments - WINDOW_S, "right")
        images = np.concatenate([[0.0], np.cumsum(events["images"])])
        most = float("nan") if loader.most_ahead is None else float(loader.most_ahead)
        for at, begin, end in zip(moments, begins, ends, strict=True):
            depth = float(events["depth"][end - 1]) if loader.num_workers and end > begin else float("nan")
            batches = (end - begin) / WINDOW_S if end > begin else float("nan")  # nobody iterates it
            delivered = float(images[end] - images[begin]) / WINDOW_S if end > begin else float("nan")
            self._rows.append((time_s - (now_s - float(at)), float(batches), delivered, depth, most))

    def rates(self) -> Rates:
        """Means over the window; None where nothing shows them: nobody iterates the loader, or it has just begun."""
        before = self._before()
        if before is None:
            return Rates(0.0)
        newest = self._moments[-1]
        span = newest.time_s - before.time_s
        batches, depths = newest.batches - before.batches, newest.depths - before.depths
        spent = newest.spent_s - before.spent_s
        used = newest.batches > 0 and (batches > 0 or newest.waiting)
        busy = [share for key in newest.workers if (share := self._busy(key, before, span)) is not None]
        return Rates(
            span_s=span,
            batches_per_s=batches / span if used else None,
            images_per_s=(newest.images - before.images) / span if used else None,
            queue_depth=(newest.depth_sum - before.depth_sum) / depths if depths else None,
            data_wait=min(1.0, (newest.wait_s - before.wait_s) / spent) if used and spent > 0 else None,
            worker_busy=sum(busy) / len(busy) if busy else None,
        )

    def of_worker(self, key: WorkerKey) -> tuple[float | None, float | None]:
        """(samples a second, share of the time that it was busy) over the window."""
        before = self._before()
        if before is None or key not in before.workers:
            return None, None
        newest = self._moments[-1]
        span = newest.time_s - before.time_s
        samples = newest.workers[key][0] - before.workers[key][0]
        busy = self._busy(key, before, span)
        return (samples / span if samples or busy else None), busy

    def series(self) -> Series:
        """The last minute."""
        columns = np.ascontiguousarray(np.array(self._rows, np.float64).reshape(-1, 5).T)
        return Series(columns[0], columns[1], columns[2], columns[3], columns[4])

    def _busy(self, key: WorkerKey, before: _Moment, span: float) -> float | None:
        if key not in before.workers:
            return None
        return min(1.0, max(0.0, (self._moments[-1].workers[key][1] - before.workers[key][1]) / span))

    def _before(self) -> _Moment | None:
        """Where the window begins: 2 s ago, or as long ago as some batches take on average."""
        if len(self._moments) < 2:
            return None
        first, newest = self._moments[0], self._moments[-1]
        batches = newest.batches - first.batches
        span_s = WINDOW_S
        if batches:
            span_s = max(span_s, ENOUGH_BATCHES * (newest.time_s - first.time_s) / batches)
        return next((each for each in reversed(self._moments) if newest.time_s - each.time_s >= span_s), first)


def overall(loader: WatchedLoader) -> Rates:
    """Means over all of the consumer's time with this loader."""
    totals = loader.totals
    known = totals.seconds > 0
    busy = [worker.busy for worker in loader.workers if worker.busy is not None and worker.worker is not None]
    return Rates(
        span_s=totals.seconds,
        batches_per_s=totals.batches / totals.seconds if known else None,
        images_per_s=totals.images / totals.seconds if known else None,
        queue_depth=totals.queue_depth if loader.num_workers else None,
        data_wait=loader.shared.data_wait,
        worker_busy=sum(busy) / len(busy) if busy else None,
    )


def worker_key(worker: WatchedWorker) -> WorkerKey:
    """Names a worker among all ranks."""
    return worker.rank, worker.worker


def _busy_s(worker: WatchedWorker, now_s: float) -> float:
    so_far_s = max(0.0, now_s - worker.busy_since_s) if worker.busy_since_s > 0 and worker.running else 0.0
    return worker.fetch_s + worker.collate_s + so_far_s
