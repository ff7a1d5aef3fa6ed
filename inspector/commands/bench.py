"""`inspector bench`: how fast a loader delivers, without a window and without a session: a `Loader` that is drained."""

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from inspector import formatting as fmt
from inspector.commands import values
from inspector.commands.command import add_json
from inspector.commands.loading import add_loader_options, settings_of
from inspector.commands.source import SourceCommand, index_of_options
from inspector.redirect import prints_apart

if TYPE_CHECKING:
    from inspector.monitor.measurement import BenchResult


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
        from inspector.monitor.measurement import measure

        with prints_apart(options.json) as output:
            measured = measure(index_of_options(options, config), config, seconds=options.seconds)
            print(json.dumps(asdict(measured)) if options.json else _table(measured), file=output)
        return 0


def _table(measured: "BenchResult") -> str:
    size = fmt.image_size_in_words(measured.image_size)
    workers = f"{fmt.plural(measured.num_workers, 'worker')} ({measured.engine})"
    if measured.engine == "serial":
        workers = "no workers (serial)"
    of_files = f" of {fmt.plural(measured.files, 'file')}" if measured.files else ""  # an iterable's are not known
    rows = [
        ("delivered", fmt.with_unit(fmt.rate(measured.images_per_s), "images/s")),
        ("", fmt.with_unit(fmt.rate(measured.batches_per_s), "batches/s")),
        ("read", fmt.with_unit(fmt.rate(measured.read_mb_per_s), "MB/s")),
        ("data wait", fmt.percent(measured.data_wait)),
        ("queue depth", f"{fmt.rate(measured.queue_depth)} of {measured.prefetch_batches}"),
        ("workers busy", fmt.percent(measured.worker_busy)),
        ("skipped", f"{measured.skipped:,} in {fmt.plural(measured.epochs, 'epoch')}{of_files}"),
        ("memory", fmt.byte_size(measured.memory_bytes)),
        ("settings", f"{workers}, batch size {measured.batch_size:,}, {size}, {measured.dtype}"),
        ("measured", f"{measured.seconds:.1f} s after {measured.warm_up_s:.1f} s of warm-up"),
    ]
    if measured.requests_per_s is not None:
        rows.insert(3, ("requests", _requests(measured)))
    if measured.outside:
        rows.append(("outside", fmt.outside(measured.outside, measured.files)))
    if measured.left_out:
        rows.append(("left out", measured.left_out))
    if measured.order_note:
        rows.append(("order", measured.order_note))
    if measured.fewer_workers:
        rows.append(("fewer workers", f"than asked for: {measured.fewer_workers}"))
    return "\n".join(f"{name:<14}{shown}" for name, shown in rows)


def _requests(measured: "BenchResult") -> str:
    latency = f"{fmt.milliseconds(measured.latency_p50_ms)} ms each, {fmt.milliseconds(measured.latency_p95_ms)} at p95"
    retries = fmt.with_unit(fmt.rate(measured.retries_per_s), "retries/s")
    rate = fmt.with_unit(fmt.rate(measured.requests_per_s), "requests/s")
    in_flight = f"{measured.reads_in_flight} in flight ({fmt.byte_size(measured.bytes_in_flight)})"
    throttled = f", {measured.throttled:,} throttled" if measured.throttled else ""
    return f"{rate}, {latency}, {in_flight}, {retries}{throttled}"
