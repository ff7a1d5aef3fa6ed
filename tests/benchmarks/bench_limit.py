"""How near does the loader come to the bare decode limit, and what does the window cost?

Run as `python -m tests.benchmarks.bench_limit [--workers 2] [--image-size 224x224] [--window] [--json]`.

The loader and the limit (see `contestants.bare_limit`) work on the same files. With --window two commands are compared
in the same way: the app with its window, and `inspector bench`; both are measured from outside, by the bytes that their
workers read. Files are in the page cache, as they are from a training's second epoch on.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil

from inspector.formatting import parse_image_size
from tests.benchmarks.contestants.bare_limit import bare_limit
from tests.benchmarks.contestants.ours import ours
from tests.benchmarks.measure import Measure, Throughput, arguments_parser, compared, cpu_s, interleaved, report, table
from tests.benchmarks.photographs import make_photographs, mean_kb
from tests.benchmarks.workload import Workload

START_S = 6.0  # until workers are at work, and a window has started the child that proves colours
LIMIT, LOADER = "bare decode limit", "inspector"
WINDOW, BENCH = "inspector, with its window", "inspector bench"


@contextmanager
def of_command(workload: Workload, seconds: float, *command: str) -> Iterator[Measure]:
    """What the workers of an `inspector` command read, seen from outside; started each time. Linux only."""
    size = "native" if workload.image_size is None else "{}x{}".format(*workload.image_size)
    options = ["--workers", str(workload.workers), "--batch-size", str(workload.batch_size)]
    options += ["--image-size", size, "--dtype", workload.dtype]
    environment = dict(os.environ)
    if "DISPLAY" not in environment:
        environment["QT_QPA_PLATFORM"] = "offscreen"
    full = [sys.executable, "-m", "inspector", *command, *options]
    mean_bytes = 1e3 * mean_kb(list(workload.paths))

    def measure() -> Throughput:
        process = subprocess.Popen(full, env=environment, stdout=subprocess.DEVNULL)
        try:
            time.sleep(START_S)
            start, cpu, begun = bytes_read(process.pid), cpu_s(process.pid), time.monotonic()
            time.sleep(seconds)
            images = (bytes_read(process.pid) - start) / mean_bytes
            ended, cpu = time.monotonic(), cpu_s(process.pid) - cpu
        finally:
            process.terminate()
            process.wait()
        if not start:
            raise SystemExit(f"{' '.join(full)} did not load anything")
        return Throughput(images / (ended - begun), 1e3 * cpu / images)

    yield measure


def bytes_read(pid: int) -> int:
    """What the descendants of a process have read from files so far."""
    return sum(child.io_counters().read_chars for child in psutil.Process(pid).children(recursive=True))


def main() -> None:
    parser = arguments_parser("Compare the loader with the bare decode limit.")
    parser.add_argument("--workers", type=int, default=2, help="default: %(default)s")
    parser.add_argument("--batch-size", type=int, default=32, help="default: %(default)s")
    parser.add_argument(
        "--image-size", type=parse_image_size, default=(224, 224), metavar="HxW|native", help="default: 224x224"
    )
    parser.add_argument("--dtype", choices=("uint8", "float32"), default="uint8", help="default: %(default)s")
    parser.add_argument("--files", type=int, default=400, help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement (default: %(default)s)")
    parser.add_argument("--window", action="store_true", help="also compare the app with its window to inspector bench")
    arguments = parser.parse_args()
    seconds = arguments.seconds
    results, texts = {}, []
    with tempfile.TemporaryDirectory(prefix="bench_limit_") as name:
        folder = Path(name)
        paths = make_photographs(folder, arguments.files)
        kb = mean_kb(paths)
        workload = Workload(
            tuple(paths), arguments.image_size, arguments.dtype, arguments.batch_size, arguments.workers
        )
        found, _ = interleaved(
            {LIMIT: partial(bare_limit, workload, seconds), LOADER: partial(ours, workload, seconds)}, arguments.rounds
        )
        results["limit"], rows = compared(found, LIMIT)
        texts.append(table([workload.name, "images/s", "of the limit", "CPU ms an image"], rows))
        if arguments.window:
            forever = str(arguments.rounds * (START_S + seconds) + 60)
            window = partial(of_command, workload, seconds, "--quit-after", forever, str(folder))
            bench = partial(of_command, workload, seconds, "bench", "--seconds", forever, str(folder))
            found, _ = interleaved({BENCH: bench, WINDOW: window}, arguments.rounds)
            results["window"], rows = compared(found, BENCH)
            texts.append(table(["", "images/s", "of bench", "CPU ms an image"], rows))
    head = f"{arguments.files} JPEGs of {kb:.0f} KB, {arguments.workers} workers, batches of {arguments.batch_size}"
    report(arguments, {"mean_kb": kb, **results}, "\n\n".join([head, *texts]))


if __name__ == "__main__":
    main()
