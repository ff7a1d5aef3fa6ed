"""Images behind a network: how near does the loader come to what the latency and the cores allow?

Run as `python -m tests.benchmarks.bench_remote [--latency-ms 20] [--in-flight 16] [--workers 2] [--json]`.

The store is a process on the same machine, so its CPU time is part of the bill, and is said apart. The ideal is the
lower of two limits: of the latency, where each read takes just that long and another follows at once; and of the cores,
as the CPU time of reading with the bare library, of the store and of bare decoding leaves no more. "bare reads" are as
many threads in as many processes, which read with the same library and throw away.
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from inspector import Loader
from tests.benchmarks.contestants.bare_limit import bare_limit
from tests.benchmarks.measure import WARM_UP_S, arguments_parser, cpu_s, interleaved, report, shown, spread, table
from tests.benchmarks.photographs import make_photographs, make_tiny_photographs, mean_kb
from tests.benchmarks.workload import Workload

BARE, OURS = "bare reads", "inspector"


class Served(NamedTuple):
    """Attributes:
    images_per_s: that came. cpu_ms, store_ms: of those who read, and of the store, for one image.
    """

    images_per_s: float
    cpu_ms: float
    store_ms: float


class Store(NamedTuple):
    """A `slow_store` that runs. Attributes: urls: of all its images."""

    pid: int
    urls: tuple[str, ...]


@contextmanager
def slow_store(folder: Path, delay_s: float) -> Iterator[Store]:
    command = [sys.executable, "-m", "tests.benchmarks.slow_store", str(folder), str(delay_s)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        yield Store(process.pid, tuple(f"{url}/{path.name}" for path in sorted(folder.iterdir())))
        process.stdin.close()


def measured(images: Callable[[float], int], store: Store, seconds: float) -> Callable[[], Served]:
    """`images`: those that came within so many seconds."""

    def measure() -> Served:
        images(WARM_UP_S)
        everybody, theirs, began = cpu_s(), cpu_s(store.pid), time.perf_counter()
        count = images(seconds)
        took = time.perf_counter() - began
        store_s = cpu_s(store.pid) - theirs
        return Served(count / took, 1e3 * (cpu_s() - everybody - store_s) / count, 1e3 * store_s / count)

    return measure


def read_for_ever(pipe: Connection, urls: tuple[str, ...], in_flight: int) -> None:
    """A process of `bare_reads`: for every time that it is sent, how many came until then."""
    import obstore
    from obstore.store import HTTPStore

    server, _, _ = urls[0].rpartition("/")
    store = HTTPStore(server, client_options={"allow_http": True})
    counts = [0] * in_flight

    def read(thread: int) -> None:
        for place in range(thread, 1 << 40, in_flight):
            obstore.get(store, urls[place % len(urls)].rpartition("/")[2]).bytes()
            counts[thread] += 1

    for thread in range(in_flight):
        threading.Thread(target=read, args=(thread,), daemon=True).start()
    while until := pipe.recv():
        before = sum(counts)
        time.sleep(max(0.0, until - time.monotonic()))
        pipe.send(sum(counts) - before)
    os._exit(0)


@contextmanager
def bare_reads(store: Store, workers: int, in_flight: int, seconds: float) -> Iterator[Callable[[], Served]]:
    processes, pipes = [], []
    for _ in range(workers):
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.get_context("spawn").Process(
            target=read_for_ever, args=(theirs, store.urls, in_flight)
        )
        process.start()
        processes.append(process)
        pipes.append(ours)

    def images(seconds: float) -> int:
        until = time.monotonic() + seconds
        for pipe in pipes:
            pipe.send(until)
        return sum(pipe.recv() for pipe in pipes)

    yield measured(images, store, seconds)
    for pipe, process in zip(pipes, processes, strict=True):
        pipe.send(0.0)
        process.join()


@contextmanager
def ours(store: Store, workers: int, in_flight: int, seconds: float) -> Iterator[Callable[[], Served]]:
    """The loader, with images at their native sizes."""
    with Loader(store.urls, num_workers=workers, batch_size=32, reads_in_flight=in_flight) as loader:

        def images(seconds: float) -> int:
            until, count = time.monotonic() + seconds, 0
            while time.monotonic() < until:
                count += len(next(loader))
            return count

        yield measured(images, store, seconds)


def decoding_ms(paths: list[str], seconds: float) -> float:
    """CPU time of an image that is read from a file and decoded, and nothing else."""
    with bare_limit(Workload(tuple(paths), None, "uint8", 32, 1), seconds) as measure:
        return measure().cpu_ms


def main() -> None:
    parser = arguments_parser("Compare reading over a network with what the latency and the cores allow.")
    parser.add_argument("--latency-ms", type=float, default=20.0, help="default: %(default)s")
    parser.add_argument("--in-flight", type=int, default=16, help="of each worker (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="default: %(default)s")
    parser.add_argument("--files", type=int, default=400, help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement (default: %(default)s)")
    arguments = parser.parse_args()
    by_latency = arguments.workers * arguments.in_flight / arguments.latency_ms * 1e3
    results: dict[str, Any] = {}
    rows: list[list[str]] = []
    for name, make in {"photographs": make_photographs, "tiny images": make_tiny_photographs}.items():
        with tempfile.TemporaryDirectory(prefix="bench_remote_") as folder:
            paths = make(Path(folder), arguments.files)
            with slow_store(Path(folder), arguments.latency_ms / 1e3) as store:
                how = store, arguments.workers, arguments.in_flight, arguments.seconds
                openers: dict[str, Callable[[], AbstractContextManager[Callable[[], Served]]]] = {
                    OURS: partial(ours, *how)
                }
                found, _ = interleaved(openers, arguments.rounds)
                openers = {BARE: partial(bare_reads, *how)}
                found |= interleaved(openers, arguments.rounds)[0]
            decode_ms = decoding_ms(paths, arguments.seconds)
            kb = mean_kb(paths)
        bare = spread([each.cpu_ms + each.store_ms for each in found[BARE]])["median"]
        by_cores = 1e3 * (os.cpu_count() or 1) / (bare + decode_ms)
        ideal = min(by_latency, by_cores)
        rows.append([f"{name} of {kb:.0f} KB: at most {by_latency:,.0f} by latency, {by_cores:,.0f} by the cores"])
        results[name] = {"kb": kb, "by_latency": by_latency, "by_cores": by_cores, "decode_ms": decode_ms}
        for who, values in found.items():
            each = {field: spread([getattr(value, field) for value in values]) for field in Served._fields}
            each["of_ideal"] = {of: value / ideal for of, value in each["images_per_s"].items()}
            results[name][who] = each
            shares = (each["of_ideal"], ".2f"), (each["cpu_ms"], ".2f"), (each["store_ms"], ".2f")
            rows.append([f"  {who}", shown(each["images_per_s"]), *(shown(*share) for share in shares)])
    report(arguments, results, table(["", "images/s", "of the ideal", "CPU ms an image", "of the store"], rows))


if __name__ == "__main__":
    main()
