"""How long until the first large batch, and how long is the gap between two epochs?

Run as `python -m tests.benchmarks.bench_first_batch [--workers 2] [--json]`.

Warm: workers are up and rest, and nothing is loaded ahead. PyTorch begins a new epoch with persistent workers, which is
when that happens to it. Ours never comes there by itself, as the next epoch's samples are loaded before this one ends;
so it may have one batch waiting (`prefetch_batches=1`), that batch is taken, and the next one is timed.

Cold: a fresh interpreter that has imported the library makes a loader and takes a batch, see `cold_start`.

Epoch boundary: the consumer takes batches as fast as they come; the time between the last batch of an epoch and the
first of the next, as a multiple of the median time between two batches of one epoch.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tests.benchmarks.contestants import module_of
from tests.benchmarks.contestants.ours import make_loader
from tests.benchmarks.measure import (
    arguments_parser,
    interleaved,
    ratios,
    report,
    shown,
    spread,
    table,
    wait_until_quiet,
)
from tests.benchmarks.photographs import make_photographs
from tests.benchmarks.workload import Workload

OURS, PYTORCH = "inspector", "PyTorch"
FORK, FORKSERVER = "PyTorch, fork", "PyTorch, forkserver"
SIZE = (224, 224)
EPOCHS = 6
Seconds = Callable[[], float]


@contextmanager
def ours_warm(workload: Workload) -> Iterator[Seconds]:
    with make_loader(workload, prefetch_batches=1) as loader:
        next(loader)

        def measure() -> float:
            while loader.snapshot().queue_depth < 1:
                time.sleep(0.01)
            wait_until_quiet()
            start = time.perf_counter()
            next(loader)  # was waiting; this lets the workers begin
            next(loader)
            return time.perf_counter() - start

        yield measure


@contextmanager
def pytorch_warm(workload: Workload) -> Iterator[Seconds]:
    pytorch = module_of("torch==2.13.0", "pytorch")
    loader = pytorch.make_loader(workload, pytorch.Images(workload))

    def measure() -> float:
        start = time.perf_counter()
        batches = iter(loader)
        next(batches)
        seconds = time.perf_counter() - start
        for _ in batches:  # a new epoch can only begin at rest when this one is over
            pass
        return seconds

    try:
        measure()  # until all have started
        yield measure
    finally:
        pytorch.shut_down(loader)


@contextmanager
def cold(workload: Workload, who: str) -> Iterator[Seconds]:
    if who != "inspector":
        module_of("torch==2.13.0", "pytorch")
    command = [sys.executable, "-m", "tests.benchmarks.cold_start", who, json.dumps(asdict(workload))]
    yield lambda: float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


class Gaps(NamedTuple):
    """Seconds between batches: the median within epochs, and each between two epochs."""

    usual_s: float
    between_epochs_s: list[float]


def gaps_of(numbered: Iterator[int]) -> Gaps:
    """From an iterator over batches that tells each one's epoch."""
    within: list[float] = []
    between: list[float] = []
    epoch, before = next(numbered), time.perf_counter()
    first = epoch
    for current in numbered:
        now = time.perf_counter()
        (within if current == epoch else between).append(now - before)
        epoch, before = current, now
        if len(between) > EPOCHS:
            break
    assert epoch > first
    return Gaps(statistics.median(within), between[1:])  # the first epoch began with the start


@contextmanager
def ours_epochs(workload: Workload) -> Iterator[Callable[[], Gaps]]:
    with make_loader(workload) as loader:
        yield lambda: gaps_of(batch.epoch for batch in iter(loader.__next__, None))


@contextmanager
def pytorch_epochs(workload: Workload) -> Iterator[Callable[[], Gaps]]:
    pytorch = module_of("torch==2.13.0", "pytorch")
    loader = pytorch.make_loader(workload, pytorch.Images(workload))
    try:
        yield lambda: gaps_of(epoch for epoch in range(EPOCHS + 2) for _ in loader)
    finally:
        pytorch.shut_down(loader)


def main() -> None:
    parser = arguments_parser("Time the first large batch and the epoch boundary.")
    parser.add_argument("--workers", type=int, default=2, help="default: %(default)s")
    parser.add_argument("--batch-size", type=int, default=256, help="of the first batch (default: %(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench_first_batch_") as folder:
        paths = make_photographs(Path(folder), 2 * arguments.batch_size)
        large = Workload(tuple(paths), SIZE, "uint8", arguments.batch_size, arguments.workers)
        usual = Workload(tuple(paths[:384]), SIZE, "uint8", 32, arguments.workers)
        warm_openers = {PYTORCH: partial(pytorch_warm, large), OURS: partial(ours_warm, large)}
        warm, absent = interleaved(warm_openers, arguments.rounds)
        cold_openers = {
            FORK: partial(cold, large, "fork"),
            FORKSERVER: partial(cold, large, "forkserver"),
            OURS: partial(cold, large, "inspector"),
        }
        fresh, _ = interleaved(cold_openers, arguments.rounds)
        epoch_openers: dict[str, Any] = {PYTORCH: partial(pytorch_epochs, usual), OURS: partial(ours_epochs, usual)}
        gaps, _ = interleaved(epoch_openers, arguments.rounds)
    results: dict[str, Any] = {"warm": {}, "cold": {}, "epochs": {}}
    texts = []
    for title, found, base in (("warm", warm, PYTORCH), ("cold", fresh, FORK)):
        rows = []
        for name, seconds in found.items():
            results[title][name] = {"seconds": spread(seconds)}
            rows.append([name, shown(spread(seconds), ".3f")])
            if base in found:
                results[title][name]["ratio"] = ratios(seconds, found[base])
                rows[-1].append(shown(results[title][name]["ratio"], ".2f"))
        rows += [[name, reason] for name, reason in absent.items() if title == "warm"]
        texts.append(table([f"first batch of {arguments.batch_size}, {title}", "s", f"of {base}"], rows))
    rows = []
    for name, rounds in gaps.items():
        each = {
            "usual_ms": spread([1e3 * found.usual_s for found in rounds]),
            "median_gap": spread([statistics.median(found.between_epochs_s) / found.usual_s for found in rounds]),
            "longest_gap": spread([max(found.between_epochs_s) / found.usual_s for found in rounds]),
        }
        results["epochs"][name] = each
        rows.append([name, *(shown(each[key], ".1f") for key in ("usual_ms", "median_gap", "longest_gap"))])
    head = ["batches of 32", "usual gap, ms", "between epochs, of it", f"longest of {EPOCHS}, of it"]
    texts.append(table(head, rows))
    report(arguments, results, "\n\n".join(texts))


if __name__ == "__main__":
    main()
