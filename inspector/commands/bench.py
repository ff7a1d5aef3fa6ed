"""`inspector bench`: how fast a loader delivers, without a window and without a session: a `Loader` that is drained."""

import argparse
import json
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from inspector import formatting as fmt
from inspector.commands import values
from inspector.commands.command import add_json
from inspector.commands.loading import add_loader_options, settings_of
from inspector.commands.source import SourceCommand, source_of
from inspector.settings import SessionConfig

if TYPE_CHECKING:
    from inspector.loader.counters import LoaderSnapshot

MAX_WARM_UP_S = 10.0


class BenchCommand(SourceCommand):
    """Prints the figures of one measurement, as a table or as one JSON object."""

    prog = "inspector bench"
    summary = "Measure how fast the loader delivers, without a window."

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--seconds", type=values.positive, default=10.0, metavar="S", help="measure so long (default 10)"
        )
        add_json(parser)
        add_loader_options(parser)

    def run(self, options: argparse.Namespace) -> int:
        config = settings_of(options)
        source = source_of(options.path, config.extensions)
        measured = measure(source, config, seconds=options.seconds)
        print(json.dumps(asdict(measured)) if options.json else _table(measured))
        return 0


@dataclass(frozen=True, slots=True)
class Measurement:
    """What `inspector bench --json` prints. None: not known.

    Attributes:
        images_per_s ... worker_busy: means over the measured time, see `inspector.loader.counters.Rates`.
        skipped: files met with a problem since the start, warm-up included; each counts once, in however many epochs.
        epochs: epoch of the last batch, counted from 1.
        files: files in the data set, good or bad.
        image_size: [height, width] in pixels, None for native sizes.
        fewer_workers: why there were fewer than asked for, or "".
        seconds: length of the measured time. warm_up_s: what went before it, from the start of the loader on.
        memory_bytes: shared memory that batches took at the end.
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
    epochs: int
    batches: int
    images: int
    skipped: int
    restarts: int
    fewer_workers: str
    seconds: float
    warm_up_s: float
    memory_bytes: int


def measure(source: str, config: SessionConfig, *, seconds: float) -> Measurement:
    """Drain a loader for `seconds`, each batch followed by a pause of `config.step_ms` in place of a training step.

    The warm-up is not measured: it ends with the first batch after each worker has finished an image, and after 10 s
    at the latest. The measured time ends with a batch, so it can be longer than `seconds`. Where the epochs asked for
    are over before that, all of it is measured, warm-up included.

    Raises:
        InspectorError: where the data set cannot be loaded.
    """
    from inspector.loader.loader import Loader

    with Loader(source, config) as loader:
        begin = loader.snapshot()
        start = begin
        warm = False
        for batch in loader:
            now = loader.snapshot()
            if not warm:
                warm = _is_warm(now) or now.time_s - begin.time_s > MAX_WARM_UP_S
                start = now if warm else start
            elif now.time_s - start.time_s >= seconds:
                break
            del batch  # its memory is free for the next one
            if config.step_ms:
                time.sleep(config.step_ms / 1000)
        else:
            start = begin
        end = loader.snapshot()
        return _measurement(config, begin, start, end, len(loader.index))


def _is_warm(now: "LoaderSnapshot") -> bool:
    return all(worker.images > 0 for worker in now.workers)


def _measurement(
    config: SessionConfig,
    begin: "LoaderSnapshot",
    start: "LoaderSnapshot",
    end: "LoaderSnapshot",
    files: int,
) -> Measurement:
    rates = end.since(start)
    return Measurement(
        images_per_s=rates.images_per_s,
        batches_per_s=rates.batches_per_s,
        read_mb_per_s=rates.read_mb_per_s,
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
        files=files,
        epochs=end.epoch + 1,
        batches=end.batches,
        images=end.images,
        skipped=end.skipped,
        restarts=end.restarts,
        seconds=rates.span_s,
        warm_up_s=start.time_s - begin.time_s,
        memory_bytes=end.memory_bytes,
        fewer_workers=end.fewer_workers,
    )


def _table(measured: Measurement) -> str:
    size = fmt.image_size_in_words(measured.image_size)
    workers = f"{fmt.plural(measured.num_workers, 'worker')} ({measured.engine})"
    if measured.engine == "serial":
        workers = "no workers (serial)"
    rows = [
        ("delivered", fmt.with_unit(fmt.rate(measured.images_per_s), "images/s")),
        ("", fmt.with_unit(fmt.rate(measured.batches_per_s), "batches/s")),
        ("read", fmt.with_unit(fmt.rate(measured.read_mb_per_s), "MB/s")),
        ("data wait", fmt.percent(measured.data_wait)),
        ("queue depth", f"{fmt.rate(measured.queue_depth)} of {measured.prefetch_batches}"),
        ("workers busy", fmt.percent(measured.worker_busy)),
        (
            "skipped",
            f"{measured.skipped:,} in {fmt.plural(measured.epochs, 'epoch')} of {fmt.plural(measured.files, 'file')}",
        ),
        ("memory", fmt.byte_size(measured.memory_bytes)),
        ("settings", f"{workers}, batch size {measured.batch_size:,}, {size}, {measured.dtype}"),
        ("measured", f"{measured.seconds:.1f} s after {measured.warm_up_s:.1f} s of warm-up"),
    ]
    if measured.fewer_workers:
        rows.append(("fewer workers", f"than asked for: {measured.fewer_workers}"))
    return "\n".join(f"{name:<14}{shown}" for name, shown in rows)
