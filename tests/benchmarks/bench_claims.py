"""The exercise's two claims: an 80-fold speed-up from one process in the background, and threads slower than processes.

Run as `python -m tests.benchmarks.bench_claims [--json]`.

The exercise times a batch of its generator, then `process.start()`, and divides. But `start()` returns when the process
has been asked for, and nothing has been read by then. What counts is how often a batch comes out of the queue.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tests.benchmarks.contestants.bare_limit import bare_limit
from tests.benchmarks.contestants.exercise import end_workers, exercise_batches, make_workers
from tests.benchmarks.contestants.ours import ours
from tests.benchmarks.measure import arguments_parser, compared, interleaved, report, shown, spread, table
from tests.benchmarks.photographs import make_photographs
from tests.benchmarks.workload import QUEUED_BATCHES, Workload

BATCHES = 10


class Times(NamedTuple):
    """Milliseconds.

    Attributes:
        batch: that the generator takes for a batch, in the program itself.
        start: that `process.start()` takes.
        first: from there to the first batch out of the queue.
        next: between two batches out of the queue from then on.
    """

    batch: float
    start: float
    first: float
    next: float

    @property
    def claimed(self) -> float:
        return self.batch / self.start

    @property
    def true(self) -> float:
        return self.batch / self.next


@contextmanager
def claim(workload: Workload, method: str) -> Iterator[Callable[[], Times]]:
    """The generator in the program itself, then in a process behind a queue."""

    def measure() -> Times:
        batches = exercise_batches(workload, seed=0)
        next(batches)
        begin = time.perf_counter()
        for _ in range(BATCHES):
            next(batches)
        batch_s = (time.perf_counter() - begin) / BATCHES
        queue, workers = make_workers(workload, 1, method=method)
        begin = time.perf_counter()
        workers[0].start()
        start_s = time.perf_counter() - begin
        try:
            queue.get()
            first = time.perf_counter()
            for _ in range(QUEUED_BATCHES):
                queue.get()
            rest = time.perf_counter()
            for _ in range(BATCHES):
                queue.get()
            next_s = (time.perf_counter() - rest) / BATCHES
        finally:
            end_workers(queue, workers)
        return Times(*(1e3 * seconds for seconds in (batch_s, start_s, first - begin, next_s)))

    yield measure


def main() -> None:
    parser = arguments_parser("Measure the exercise's two claims.")
    parser.add_argument("--files", type=int, default=200, help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement (default: %(default)s)")
    arguments = parser.parse_args()
    texts = []
    results: dict[str, Any] = {"claim": {}, "threads": {}}
    with tempfile.TemporaryDirectory(prefix="bench_claims_") as folder:
        paths = tuple(make_photographs(Path(folder), arguments.files))
        native = Workload(paths, None, "float32", batch_size=32, workers=1)
        claims = {method: partial(claim, native, method) for method in ("fork", "spawn")}
        rows = []
        for method, measured in interleaved(claims, arguments.rounds)[0].items():
            columns = (*Times._fields, "claimed", "true")
            each = {of: spread([getattr(times, of) for times in measured]) for of in columns}
            results["claim"][method] = each
            rows.append([method, *(shown(each[of], ".1f") for of in Times._fields)])
            rows[-1] += [shown(each["claimed"]), shown(each["true"], ".2f")]
        head = [
            "ms",
            "generator's batch",
            "start()",
            "first batch",
            "each next batch",
            "claimed speed-up",
            "true speed-up",
        ]
        texts.append(table(head, rows))
        for workers in (1, 2):
            for engines in (("decode only", bare_limit), ("inspector", ours)):
                what, contestant = engines
                for size in (None, (224, 224)):
                    workload = Workload(paths, size, "uint8", batch_size=32, workers=workers)
                    openers = {
                        engine: partial(contestant, workload, arguments.seconds, engine=engine)
                        for engine in ("processes", "threads")
                    }
                    key = f"{what}, {workload.name}, {workers} worker{'s' if workers > 1 else ''}"
                    results["threads"][key], rows = compared(interleaved(openers, arguments.rounds)[0], "processes")
                    texts.append(table([key, "images/s", "of processes", "CPU ms an image"], rows))
    report(arguments, results, "\n\n".join(texts))


if __name__ == "__main__":
    main()
