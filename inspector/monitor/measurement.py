"""How fast a loader delivers: one that is drained for some seconds, without a session, and what limits it."""

import time
from dataclasses import dataclass

from inspector.loader.counters import LoaderSnapshot
from inspector.loader.loader import Loader
from inspector.monitor.rates import RateWindow
from inspector.monitor.records import Machine, RunState, Snapshot
from inspector.monitor.system import ProcessUse, SystemProbe
from inspector.monitor.verdict.verdict import verdict
from inspector.settings import SessionConfig, plain_values
from inspector.sources.containers.index import ContainerIndex
from inspector.sources.dataset import DatasetIndex
from inspector.sources.file_index import FileIndex
from inspector.sources.opening import SampleIndex

MAX_WARM_UP_S = 10.0


@dataclass(frozen=True, slots=True)
class BenchResult:
    """What `inspector bench --json` prints. None: not known.

    Attributes:
        images_per_s ... worker_busy: means over the measured time, see `inspector.loader.counters.Rates`.
        skipped: files met with a problem since the start, warm-up included; each counts once, in however many epochs.
        epochs: epoch of the last batch, counted from 1.
        files: files in the data set, good or bad.
        outside: how many of them lie outside the folder, where symbolic links led.
        order_note: how samples are shuffled, where that is not globally; else "".
        left_out: what is not loaded beside the samples, and how to; else "".
        image_size: [height, width] in pixels, None for native sizes.
        fewer_workers: why there were fewer than asked for, or "".
        seconds: length of the measured time. warm_up_s: what went before it, from the start of the loader on.
        memory_bytes: shared memory that batches took at the end.
        requests_per_s ... retries: where samples come over a network, see `ReadCounts`.
        verdict: what limits loading: its "cause" (the value of a `Cause`), "headline" and "evidence".
    """

    images_per_s: float | None
    batches_per_s: float | None
    read_mb_per_s: float | None
    data_wait: float | None
    queue_depth: float | None
    worker_busy: float | None
    num_workers: int
    batch_size: int
    engine: str
    image_size: tuple[int, int] | None
    dtype: str
    decode: str
    prefetch_batches: int
    step_ms: float
    files: int
    outside: int
    epochs: int
    batches: int
    images: int
    skipped: int
    restarts: int
    fewer_workers: str
    seconds: float
    warm_up_s: float
    memory_bytes: int
    verdict: dict[str, str]
    requests_per_s: float | None = None
    retries_per_s: float | None = None
    latency_p50_ms: float | None = None
    latency_p95_ms: float | None = None
    reads_in_flight: int | None = None
    bytes_in_flight: int | None = None
    retries: int | None = None
    throttled: int | None = None
    order_note: str = ""
    left_out: str = ""


def measure(index: SampleIndex | DatasetIndex, config: SessionConfig, *, seconds: float) -> BenchResult:
    """Drain a loader for `seconds`, each batch followed by a pause of `config.step_ms` in place of a training step.

    The warm-up is not measured: it ends with the first batch after each worker has finished an image, and after 10 s
    at the latest. The measured time ends with a batch, so it can be longer than `seconds`. Where the epochs asked for
    are over before that, all of it is measured, warm-up included.

    Raises:
        InspectorError: where the data set cannot be loaded.
    """
    probe = SystemProbe()
    with Loader(index, config) as loader:
        loader.warns = False  # they are part of the result
        begin = loader.snapshot()
        start = begin
        warm = False
        for batch in iter(loader.__next__, None):
            now = loader.snapshot()
            if not warm:
                warm = _is_warm(now) or now.time_s - begin.time_s > MAX_WARM_UP_S
                if warm:
                    start = now
                    probe.sample(_pids(now))  # shares of time are between this look and the one at the end
            elif now.time_s - start.time_s >= seconds:
                break
            del batch  # its memory is free for the next one
            if config.step_ms:
                time.sleep(config.step_ms / 1000)
        else:
            start = begin
        end = loader.snapshot()
        uses, machine = probe.sample(_pids(end))
        seen = _snapshot(index, config, start, end, uses, machine)
        return _measurement(config, begin, start, end, seen)


def _pids(now: LoaderSnapshot) -> list[int]:
    return [worker.pid for worker in now.workers if worker.pid]


def _is_warm(now: LoaderSnapshot) -> bool:
    return all(worker.images > 0 for worker in now.workers)


def _measurement(
    config: SessionConfig,
    begin: LoaderSnapshot,
    start: LoaderSnapshot,
    end: LoaderSnapshot,
    seen: Snapshot,
) -> BenchResult:
    rates = end.since(start)
    found = verdict(seen)
    return BenchResult(
        images_per_s=rates.images_per_s,
        batches_per_s=rates.batches_per_s,
        read_mb_per_s=rates.read_mb_per_s,
        requests_per_s=rates.requests_per_s,
        retries_per_s=rates.retries_per_s,
        latency_p50_ms=end.reads.latency_p50_ms if end.reads is not None else None,
        latency_p95_ms=end.reads.latency_p95_ms if end.reads is not None else None,
        reads_in_flight=end.reads.in_flight if end.reads is not None else None,
        bytes_in_flight=end.reads.nbytes_in_flight if end.reads is not None else None,
        retries=end.reads.retries if end.reads is not None else None,
        throttled=end.reads.throttled if end.reads is not None else None,
        data_wait=rates.data_wait,
        queue_depth=rates.queue_depth,
        worker_busy=rates.worker_busy,
        num_workers=end.num_workers,  # fewer than asked for where the system has no room
        batch_size=config.batch_size,
        engine=config.engine,
        image_size=config.image_size,
        dtype=config.dtype,
        decode=config.decode,
        prefetch_batches=config.prefetch_batches,
        step_ms=config.step_ms,
        files=seen.files,
        outside=seen.outside,
        order_note=seen.order_note,
        left_out=seen.left_out,
        epochs=end.epoch + 1,
        batches=end.batches,
        images=end.images,
        skipped=end.skipped,
        restarts=end.restarts,
        seconds=rates.span_s,
        warm_up_s=start.time_s - begin.time_s,
        memory_bytes=end.memory_bytes,
        fewer_workers=end.fewer_workers,
        verdict={"cause": found.cause.value, "headline": found.headline, "evidence": found.evidence},
    )


def _snapshot(
    index: SampleIndex | DatasetIndex,
    config: SessionConfig,
    start: LoaderSnapshot,
    end: LoaderSnapshot,
    uses: dict[int, ProcessUse],
    machine: Machine,
) -> Snapshot:
    """The measured time as a view would see it at its end, for the verdict."""
    window = RateWindow(end.time_s - start.time_s)
    window.add(start)
    window.add(end)
    return Snapshot(
        time_s=end.time_s,
        state=RunState.RUNNING,
        message="",
        source=index.source,
        files=len(index),
        order_note=index.order_note(config) if isinstance(index, ContainerIndex | DatasetIndex) else "",
        outside=index.outside if isinstance(index, FileIndex) else 0,
        left_out=index.left_out if isinstance(index, SampleIndex) else "",
        classes=0,
        settings=plain_values(config),
        rates=window.rates(),
        batches=end.batches,
        images=end.images,
        skipped=end.skipped,
        restarts=end.restarts,
        epoch=end.epoch,
        queue_depth=end.queue_depth,
        loader_memory_bytes=end.memory_bytes,
        workers=tuple(window.worker_row(worker, uses.get(worker.pid or -1, ProcessUse())) for worker in end.workers),
        machine=machine,
        problems=0,
        batch_serial=0,
        fewer_workers=end.fewer_workers,
    )
