"""Times each sample where it is loaded: in a worker, or in the consumer where there are no workers.

No code of ours is on the stack while a sample is loaded: the list of indices, whose iterator runs before and after each
sample, looks at the clock. The data set and the collate function stay the user's own objects.
"""

from __future__ import annotations

import heapq
import os
import sys
import threading
from time import monotonic, thread_time
from typing import Any, Iterator

from . import cores, layout, naming
from .rings import Ring

(
    BATCHES, SAMPLES, FETCH, COLLATE, ERRORS, BEGAN, LAST, BUSY_SINCE, WORKER, LOADER, ALIVE, CURRENT, CPU, CORE_WAIT
) = range(len(layout.WORKER_TOTALS))  # fmt: skip


_SHORT_S = 0.0002
_CORE_WAIT_EVERY_S = 0.25


class Fetcher:
    """What one thread has fetched for one loader."""

    def __init__(self, worker: int, loader: int) -> None:
        self.ring = Ring(layout.KIND_WORKER, len(layout.WORKER_TOTALS))
        self.ring.describe({"thread": threading.current_thread().name})
        totals = self.ring.totals
        totals[BEGAN], totals[WORKER], totals[LOADER] = monotonic(), worker, loader
        totals[CURRENT] = -1
        self.slowest: list[tuple[float, int]] = []  # (seconds, place of its note), a heap
        self.errors = 0
        self.takes_long = True  # as far as the batch before shows
        self.waits = cores.core_wait_s()  # for a core, before its first batch; None: not known
        self.waits_at = 0.0  # when to look again

    def look_at_core_wait(self, now: float) -> None:
        """Take in how long this thread has waited for a core."""
        self.waits_at = now + _CORE_WAIT_EVERY_S
        if self.waits is not None:
            self.ring.totals[CORE_WAIT] = (cores.core_wait_s() or self.waits) - self.waits

    def is_slow(self, seconds: float) -> bool:
        """Whether it would be among the slowest so far."""
        return len(self.slowest) < layout.SLOWEST_NOTES or seconds > self.slowest[0][0]

    def note_slow(self, seconds: float, content: dict[str, Any]) -> None:
        """Keep a sample that is, in place of the quickest of them."""
        if len(self.slowest) < layout.SLOWEST_NOTES:
            place = len(self.slowest)
            heapq.heappush(self.slowest, (seconds, place))
        else:
            place = self.slowest[0][1]
            heapq.heapreplace(self.slowest, (seconds, place))
        self.ring.note(place, content)

    def note_error(self, content: dict[str, Any]) -> None:
        """Keep an error, in place of the oldest."""
        place = layout.SLOWEST_NOTES + self.errors % (layout.NOTES - layout.SLOWEST_NOTES)
        self.errors += 1
        self.ring.totals[ERRORS] += 1
        self.ring.note(place, content)


def _sample(dataset: Any, index: Any, now: float) -> dict[str, Any]:
    """How a note names a sample."""
    whole = int(index) if isinstance(index, int) else None
    path = None if whole is None else naming.path_of(dataset, whole)
    return {"index": whole, "path": path, "time_s": now}


class _Local(threading.local):
    def __init__(self) -> None:
        self.fetchers: dict[int, Fetcher] = {}  # by loader


_local = _Local()


def _after_fork() -> None:
    global _local
    _local = _Local()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class BatchFetch:
    """One that is being loaded, and the times of its samples."""

    __slots__ = ("at", "cpu_s", "current", "durations", "ended", "fetcher")

    def __init__(self, fetcher: Fetcher) -> None:
        self.fetcher = fetcher
        self.current: Any = None
        self.durations: list[float] = []
        self.ended = 0.0  # when the last sample was there
        self.at = now = monotonic()
        # Asking for CPU time takes longer than the shortest batches, for which it is the time that passes
        self.cpu_s = thread_time() if fetcher.takes_long else -1.0
        fetcher.ring.totals[BUSY_SINCE] = now

    def over(self, indices: Any) -> Iterator[Any]:
        """The indices, each when the sample before it is there."""
        durations, totals = self.durations, self.fetcher.ring.totals
        now = monotonic()
        for index in indices:
            self.current = index
            totals[CURRENT] = index if type(index) is int else -1  # for whoever looks when this process has died
            yield index
            before, now = now, monotonic()
            durations.append(now - before)
        self.ended = now


class _List(list):  # type: ignore[type-arg]
    """Indices that look at the clock while they are gone through."""

    batch: BatchFetch

    def __iter__(self) -> Iterator[Any]:
        return self.batch.over(list.__iter__(self))


def begin(fetcher: Any, indices: Any, loader: int = -1, worker: int | None = None) -> tuple[BatchFetch, Any]:
    """Before a batch is loaded: (the batch, its indices as the fetcher is to get them).

    `loader`: number of its ring, where that is in this process. `worker`: None: torch knows.
    """
    found = _local.fetchers.get(loader)
    if found is None:
        found = _local.fetchers[loader] = Fetcher(_worker() if worker is None else worker, loader)
    if fetcher.auto_collation and type(indices) is list and _loads_one_by_one(fetcher.dataset):
        given = _List(indices)
        given.batch = batch = BatchFetch(found)
        return batch, given
    return BatchFetch(found), indices


def _loads_one_by_one(dataset: Any) -> bool:
    """Whether it loads each sample when it comes to its index. A Subset does, of a data set that does."""
    together = getattr(dataset, "__getitems__", None)
    if not together:
        return True
    own = getattr(sys.modules.get("torch.utils.data.dataset"), "Subset", None)
    is_subsets = own is not None and getattr(together, "__func__", None) is getattr(own, "__getitems__", together)
    return is_subsets and not getattr(dataset.dataset, "__getitems__", None)


def _worker() -> int:
    from torch.utils.data import get_worker_info

    info = get_worker_info()
    return -1 if info is None else int(info.id)


def end(fetcher: Any, indices: Any, batch: BatchFetch) -> None:
    """The batch is loaded."""
    now = monotonic()
    found, started, cpu, durations = batch.fetcher, batch.at, batch.cpu_s, batch.durations
    ring = found.ring
    totals = ring.totals
    fetched = batch.ended or now
    slowest, position = 0.0, -1
    if durations:
        slowest = max(durations)
        position = durations.index(slowest)
        samples = len(durations)
    else:
        samples = len(indices) if fetcher.auto_collation and hasattr(indices, "__len__") else 1
        slowest = (now - started) / max(samples, 1)  # of all together
        position = 0 if samples == 1 else -1
    totals[BATCHES] += 1
    totals[SAMPLES] += samples
    totals[FETCH] += fetched - started
    totals[COLLATE] += now - fetched
    totals[CURRENT] = -1
    totals[CPU] += now - started if cpu < 0 else thread_time() - cpu
    found.takes_long = now - started > _SHORT_S
    totals[LAST], totals[BUSY_SINCE], totals[ALIVE] = now, 0.0, now - totals[BEGAN]
    if now >= found.waits_at:
        found.look_at_core_wait(now)
    index = _index(indices, position)
    whole = index if isinstance(index, int) else -1
    ring.event(
        now, fetched - started, now - fetched, samples, whole, slowest, _whole(_index(indices, 0)), totals[BATCHES]
    )
    if position >= 0 and found.is_slow(slowest):
        found.note_slow(
            slowest, {**_sample(fetcher.dataset, index, now), "ms": round(slowest * 1000, 3), "batch_s": now - started}
        )


def fail(fetcher: Any, indices: Any, batch: BatchFetch, error: BaseException) -> None:
    """The batch could not be loaded, or there are no more."""
    now = monotonic()
    found, started = batch.fetcher, batch.at
    totals = found.ring.totals
    totals[LAST], totals[BUSY_SINCE] = now, 0.0
    totals[CURRENT] = -1
    ended = isinstance(error, StopIteration) and hasattr(fetcher, "dataset_iter")  # all that there is
    if isinstance(error, Exception) and not ended:  # Ctrl+C is none of the data set's
        totals[FETCH] += now - started
        current = batch.current
        if current is None:
            current = indices if isinstance(indices, int) else None
        text = str(error)[:200]
        if isinstance(error, StopIteration):  # to torch it is the end of the epoch: nobody sees it
            text = f"the epoch ends here: {text}" if text else "the epoch ends here"
        found.note_error({**_sample(fetcher.dataset, current, now), "type": type(error).__name__, "message": text})


def _index(indices: Any, position: int) -> Any:
    if position < 0:
        return None
    if isinstance(indices, (list, tuple)):
        return indices[position] if position < len(indices) else None
    return indices


def _whole(index: Any) -> int:
    return index if isinstance(index, int) else -1
