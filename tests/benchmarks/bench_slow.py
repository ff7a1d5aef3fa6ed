"""Slow storage, and stragglers: how much of the workers' time is used?

Run as `python -m tests.benchmarks.bench_slow [--json]`.

Every read sleeps 20 ms; or one in a hundred takes 50 times as long as the others, see `slow_reads`. Images are tiny, so
that the processors matter little. Batches come in order. PyTorch has its usual `prefetch_factor=2`, which is 2 batches
a worker; ours has its usual 8 batches, and once as many as PyTorch.
"""

import multiprocessing
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tests.benchmarks.contestants import module_of
from tests.benchmarks.contestants.ours import ours
from tests.benchmarks.measure import Measure, arguments_parser, compared, interleaved, rate, report, shown, table
from tests.benchmarks.photographs import make_tiny_photographs
from tests.benchmarks.slow_reads import STRAGGLERS, SlowImages, Slowness
from tests.benchmarks.workload import Workload

PYTORCH = "PyTorch"
OURS = "inspector, {} batches ahead"


@contextmanager
def pytorch_slow(workload: Workload, seconds: float, slowness: Slowness) -> Iterator[Measure]:
    pytorch = module_of("torch==2.13.0", "pytorch")
    multiprocessing.set_forkserver_preload([pytorch.__name__])  # or each of 32 workers imports torch for itself
    loader = pytorch.make_loader(workload, SlowImages(pytorch.Images(workload), slowness))
    try:
        yield rate((len(batch) for batch in pytorch.for_ever(loader)), seconds)
    finally:
        pytorch.shut_down(loader)


def main() -> None:
    parser = arguments_parser("Measure slow storage and stragglers.")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each measurement (default: %(default)s)")
    parser.add_argument(
        "--workers", type=int, action="append", help="default: 32; for stragglers 2, 8 and 32; may be given again"
    )
    arguments = parser.parse_args()
    seconds = arguments.seconds
    results: dict[str, Any] = {}
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory(prefix="bench_slow_") as folder:
        paths = tuple(make_tiny_photographs(Path(folder), 4096))
        cases = {
            f"every read 20 ms, {workers} workers": (Slowness(0.020), workers) for workers in arguments.workers or [32]
        }
        for workers in arguments.workers or [2, 8, 32]:
            slowness = Slowness(0.020 * workers / 32, STRAGGLERS)  # many in a measurement, at any number of workers
            cases[f"stragglers, {workers} workers"] = slowness, workers
        for key, (slowness, workers) in cases.items():
            workload = Workload(paths, (32, 32), "uint8", batch_size=32, workers=workers)
            openers = {PYTORCH: partial(pytorch_slow, workload, seconds, slowness)}
            for ahead in sorted({8, 2 * workers}):
                openers[OURS.format(ahead)] = partial(
                    ours, workload, seconds, transform=slowness, prefetch_batches=ahead
                )
            found, _ = interleaved(openers, arguments.rounds)
            ideal = workers / slowness.mean_s
            results[key], more = compared(found, PYTORCH if PYTORCH in found else OURS.format(8))
            rows.append([f"{key}: {ideal:,.0f} images/s if nobody ever waits"])
            for (name, each), (_, *figures) in zip(results[key].items(), more, strict=True):
                each["of_ideal"] = {of: value / ideal for of, value in each["images_per_s"].items()}
                rows.append([f"  {name}", shown(each["of_ideal"], ".2f"), *figures])
    report(arguments, results, table(["", "of the ideal", "images/s", f"times {PYTORCH}", "CPU ms an image"], rows))


if __name__ == "__main__":
    main()
