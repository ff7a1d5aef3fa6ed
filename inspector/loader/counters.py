"""What the loader has done so far, as running totals; rates come from two of them.

A `LoaderSnapshot` is immutable and only ever counts up, so the mean rate over any span of time is the
difference of two snapshots divided by the time between them: exactly time-weighted, with no event log.
"""

from dataclasses import dataclass
from enum import StrEnum

from inspector.settings import Engine
from inspector.sources.remote.counts import ReadCounts


class WorkerState(StrEnum):
    """What a worker is doing at the moment of the snapshot."""

    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"
    STOPPING = "stopping"
    ENDED = "ended"  # of somebody else's loader


@dataclass(frozen=True, slots=True)
class StageTimes:
    """Milliseconds that one stage took per sample, over the worker's last `count` samples.

    Attributes:
        name: "read", "decode", "transform" or "write" for our own loader.
    """

    name: str
    count: int
    mean_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class SlowSample:
    """A sample that took long, and what it took the time for.

    Attributes:
        location: the file, or another name of the sample.
        index: its position in the index.
        worker: number of the worker that loaded it; None: the consumer itself did.
        stages: (name, milliseconds) of each stage, in order.
    """

    location: str
    index: int
    worker: int | None
    stages: tuple[tuple[str, float], ...]

    @property
    def total_ms(self) -> float:
        """Of all stages together."""
        return sum(ms for _, ms in self.stages)


@dataclass(frozen=True, slots=True)
class WorkerSnapshot:
    """One worker's totals since it (or the first of its line, when it was replaced) started.

    Attributes:
        worker_id: its number, from 0; a replacement keeps the number.
        pid: its process id; None for a thread, or while it starts.
        restarts: how often it had to be replaced.
        images: images that it finished.
        busy_s: seconds spent on images, not waiting for work.
        alive_s: seconds since it could work, over all its lives.
        stages: times of each stage, in order; () before the first image.
        last_location: the file it finished last; "" before the first.
        line: differs from that of an earlier worker of the same number, which was let go.
        rank: of the process that it loads for; None where there is only one.
        reads: what it has read over a network; None: nothing.
    """

    worker_id: int
    pid: int | None
    state: WorkerState
    restarts: int
    images: int
    busy_s: float
    alive_s: float
    stages: tuple[StageTimes, ...]
    last_location: str
    line: int = 0
    rank: int | None = None
    reads: ReadCounts | None = None


@dataclass(frozen=True, slots=True)
class Rates:
    """Means over the span between two snapshots. None: not known, shown as a dash.

    Attributes:
        span_s: length of the span in seconds.
        batches_per_s, images_per_s: delivered to the consumer.
        read_mb_per_s: bytes read from files, in 10**6 bytes a second.
        queue_depth: complete batches waiting for the consumer, time-weighted mean.
        data_wait: share of the consumer's time spent waiting in `next()`, 0 to 1.
        worker_busy: share of the workers' time not spent waiting for work, 0 to 1.
        requests_per_s: reads over a network. retries_per_s: of them, those that failed and were made again.
    """

    span_s: float
    batches_per_s: float | None = None
    images_per_s: float | None = None
    read_mb_per_s: float | None = None
    queue_depth: float | None = None
    data_wait: float | None = None
    worker_busy: float | None = None
    requests_per_s: float | None = None
    retries_per_s: float | None = None


@dataclass(frozen=True, slots=True)
class LoaderSnapshot:
    """The loader's totals at one moment.

    Attributes:
        time_s: `time.monotonic()` when it was taken, seconds.
        batches, images: delivered to the consumer so far.
        bytes_read: bytes read from files so far.
        wait_s: seconds the consumer has waited in `next()` so far.
        consumer_s: seconds since the consumer's first `next()`; 0 before it.
        queue_depth_s: integral of the queue's depth over time, batch-seconds.
        queue_depth: complete batches waiting right now.
        prefetch_batches: the depth's ceiling.
        batch_size, num_workers: the settings asked for last; fewer workers where the system has no room for them.
        fewer_workers: why that is so, or "".
        engine: what workers are, or are about to be.
        reads: what the live workers have read over a network; None: nothing.
        epoch: epoch of the last delivered batch; 0 before it.
        skipped: files left out so far, each counted once.
        restarts: workers replaced so far.
        memory_bytes: bytes of shared memory that batches take now.
        workers: one entry a live worker.
    """

    time_s: float
    batches: int
    images: int
    bytes_read: int
    wait_s: float
    consumer_s: float
    queue_depth_s: float
    queue_depth: int
    prefetch_batches: int
    batch_size: int
    num_workers: int
    epoch: int
    skipped: int
    restarts: int
    memory_bytes: int
    workers: tuple[WorkerSnapshot, ...]
    fewer_workers: str = ""
    engine: Engine = "processes"
    reads: ReadCounts | None = None

    def since(self, before: "LoaderSnapshot") -> Rates:
        """Mean rates between `before` and this snapshot of the same loader."""
        span = self.time_s - before.time_s
        if span <= 0:
            return Rates(0.0)
        consumer = self.consumer_s - before.consumer_s
        earlier = {worker.line: worker for worker in before.workers}
        busy = alive = 0.0
        for worker in self.workers:
            old = earlier.get(worker.line)
            busy += worker.busy_s - (old.busy_s if old else 0.0)
            alive += worker.alive_s - (old.alive_s if old else 0.0)
        requests = retries = None
        if self.reads is not None and before.reads is not None:
            requests = max(0, self.reads.requests - before.reads.requests) / span
            retries = max(0, self.reads.retries - before.reads.retries) / span
        return Rates(
            span_s=span,
            batches_per_s=(self.batches - before.batches) / span,
            images_per_s=(self.images - before.images) / span,
            read_mb_per_s=(self.bytes_read - before.bytes_read) / span / 1e6,
            queue_depth=(self.queue_depth_s - before.queue_depth_s) / span,
            data_wait=min(1.0, (self.wait_s - before.wait_s) / consumer) if consumer > 0 else None,
            worker_busy=min(1.0, busy / alive) if alive > 0 else None,
            requests_per_s=requests,
            retries_per_s=retries,
        )
