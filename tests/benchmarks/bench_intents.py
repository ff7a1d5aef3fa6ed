"""How soon does a changed setting take effect on a running loader?

Run as `python -m tests.benchmarks.bench_intents [--changes 200] [--engines] [--json]`.

Settings are changed at random while batches stream, and while the consumer is blocked in `next()` because a file takes
seconds to read. A change is in effect when a snapshot of the loader shows it. In turn with it a bare thread is woken
through a pipe and seen to have woken: what this machine needs for that, under the same load, is in every figure.
"""

import argparse
import json
import os
import random
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector import Loader, LoaderClosedError
from tests.benchmarks.photographs import make_photographs

_LOOK_S = 0.0002
_TIMEOUT_S = 10.0
_SLOW_FILE_S = 600.0
CHOICES = {"num_workers": (1, 2, 3, 4), "batch_size": (4, 8, 16, 32, 64), "prefetch_batches": (2, 4, 8, 16)}


def read_never(path: str) -> npt.NDArray[np.uint8]:
    """A `read_image` that keeps the consumer waiting."""
    time.sleep(_SLOW_FILE_S)
    raise AssertionError("unreachable")


class BareThread:
    """Counts how often it was woken."""

    def __init__(self) -> None:
        self.woken = 0
        self._read, self._write = os.pipe()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def wake(self) -> None:
        os.write(self._write, b"x")

    def close(self) -> None:
        os.close(self._write)
        self._thread.join()
        os.close(self._read)

    def _run(self) -> None:
        while os.read(self._read, 1):
            self.woken += 1


def wake_ms(bare: BareThread) -> float:
    """Milliseconds from waking it until it is seen to have woken."""
    number = bare.woken
    began = time.perf_counter()
    bare.wake()
    while bare.woken == number:
        time.sleep(_LOOK_S)
    return 1e3 * (time.perf_counter() - began)


def times_ms(loader: Loader, bare: BareThread, changes: int, rng: random.Random) -> tuple[list[float], list[float]]:
    """Milliseconds from each change until a snapshot shows it, and what a bare thread took in between."""
    times, bare_times = [], []
    for _ in range(changes):
        name = rng.choice(list(CHOICES))
        value = rng.choice([each for each in CHOICES[name] if each != getattr(loader, name)])
        time.sleep(rng.uniform(0.0, 0.03))
        began = time.perf_counter()
        loader.change(**{name: value})
        while getattr(loader.snapshot(), name) != value:
            time.sleep(_LOOK_S)
            if time.perf_counter() - began > _TIMEOUT_S:
                raise SystemExit(f"{name} = {value} did not take effect within {_TIMEOUT_S:g} s")
        times.append(1e3 * (time.perf_counter() - began))
        bare_times.append(wake_ms(bare))
    return times, bare_times


def drain(loader: Loader) -> None:
    try:
        for _ in iter(loader.__next__, None):
            pass
    except LoaderClosedError:
        pass


def measure(paths: list[str], changes: int, **settings: Any) -> dict[str, dict[str, float]]:
    """Median, 99th percentile and longest time in milliseconds, of changes and of the bare thread."""
    bare = BareThread()
    with Loader(paths, num_workers=2, batch_size=16, image_size=(224, 224), **settings) as loader:
        consumer = threading.Thread(target=drain, args=(loader,))
        consumer.start()
        time.sleep(1.0)  # until the workers are at work
        times, bare_times = times_ms(loader, bare, changes, random.Random(0))
        loader.cancel()
        consumer.join()
    bare.close()
    return {"a change": summary(times), "a bare thread": summary(bare_times)}


def summary(times: list[float]) -> dict[str, float]:
    p50, p99 = np.percentile(times, (50, 99))
    return {"p50_ms": float(p50), "p99_ms": float(p99), "longest_ms": max(times)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how soon a changed setting takes effect.")
    parser.add_argument("--changes", type=int, default=200, help="in each situation (default: %(default)s)")
    parser.add_argument("--engines", action="store_true", help="also change the engine, between processes and threads")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    if arguments.engines:
        CHOICES["engine"] = ("processes", "threads")  # type: ignore[assignment]
    with tempfile.TemporaryDirectory(prefix="bench_intents_") as name:
        paths = make_photographs(Path(name), 200)
        found = {
            "batches stream": measure(paths, arguments.changes),
            "next() is blocked": measure(paths, arguments.changes, read_image=read_never),
        }
    if arguments.json:
        print(json.dumps(found))
        return
    print(f"{'':36}{'p50 ms':>10}{'p99 ms':>10}{'longest':>10}")
    for situation, rows in found.items():
        for row, times in rows.items():
            print(f"{situation + ', ' + row:36}" + "".join(f"{value:10.2f}" for value in times.values()))


if __name__ == "__main__":
    main()
