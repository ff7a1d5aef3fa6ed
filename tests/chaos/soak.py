"""For half an hour the settings change at random: the batches stay right, and memory and descriptors stay flat.

Run as `python tests/chaos/soak.py [--seconds N] [--json]`. Between the changes it goes back to one setting, where what
is measured can be compared: descriptors and threads must be the same each time, memory in the last quarter must be
that of the first. OpenCV's own threads are off, as they are in worker processes: with them on, each thread that has
resized and ended leaves 0.7 kB behind inside OpenCV, whoever started it.
"""

import itertools
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from argparse import Namespace
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from inspector import Batch, Loader
from tests.chaos.harness import Outcome, digest_of, expected_digests, make_photos, run, still_alive, worker_pids

REST: dict[str, Any] = {"engine": "processes", "num_workers": 2, "batch_size": 16, "prefetch_batches": 4}
SIZE = (32, 32)
ROUND_S = 4.0  # of changes between two measurements
CHANGES_A_BATCH = 0.1
WARM_UP = 0.1  # share of the time that is not measured
MORE_THAN = 1.1  # memory is not flat where the last quarter takes so many times that of the first,
MORE_BYTES = 4_000_000  # and so much more


@dataclass(frozen=True)
class Measurement:
    """What one look at the processes showed; memory in bytes: of the program, and of a worker on average."""

    descriptors: int
    threads: int
    program_memory: float
    worker_memory: float


def own_memory(pid: int) -> int:
    """Bytes that a process takes without files: code in libraries counts for fewer processes as others come and go."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return 1024 * sum(int(fields[name].split()[0]) for name in ("RssAnon", "RssShmem"))


class Soak:
    """One loader, the sequence that is expected of it, and some of its batches that are held for a while."""

    def __init__(self, loader: Loader, expected: Iterator[bytes], seed: int) -> None:
        self.changes: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._loader = loader
        self._expected = expected
        self._rng = random.Random(seed)
        self._held: deque[tuple[Batch, bytes]] = deque()

    def set(self, name: str, value: object) -> None:
        """Change a setting, if it is another one."""
        if getattr(self._loader.config, name) != value:
            setattr(self._loader, name, value)
            self.changes[name] += 1

    def change_one(self) -> None:
        """Change any setting to any value."""
        rng = self._rng
        values = {
            "engine": rng.choice(["processes", "threads", "serial"]),
            "num_workers": rng.randrange(5),
            "batch_size": rng.randint(1, 48),
            "prefetch_batches": rng.randint(1, 12),
        }
        name = rng.choice(list(values))
        self.set(name, values[name])

    def take_one(self, *, hold: int) -> None:
        """Take a batch and compare it; keep the last `hold` ones, which must not change meanwhile."""
        still_alive()
        batch = next(self._loader)
        found = digest_of(batch)
        if found != next(self._expected):
            self.wrong.append(f"batch {batch.number} is not that of the plain generator")
        self._held.append((batch, found))
        while len(self._held) > hold:
            held, before = self._held.popleft()
            if digest_of(held) != before:
                self.wrong.append(f"batch {held.number} changed while it was held")

    def rest(self) -> Measurement:
        """Go back to the one setting and look at the processes, once they are as many as asked for."""
        for name, value in REST.items():
            self.set(name, value)
        while True:
            for _ in range(20):
                self.take_one(hold=0)
            pids = worker_pids(self._loader)
            children = psutil.Process().children()
            if len(pids) == REST["num_workers"] and len(children) == 1 and len(children[0].children()) == len(pids):
                break
        workers = statistics.mean(own_memory(pid) for pid in pids)
        return Measurement(psutil.Process().num_fds(), threading.active_count(), own_memory(os.getpid()), workers)

    def stir(self, until: float) -> None:
        """Take batches and change settings at random."""
        while time.monotonic() < until and not self.wrong:
            if self._rng.random() < CHANGES_A_BATCH:
                self.change_one()
            self.take_one(hold=self._rng.randrange(4))


def judge(measured: list[Measurement], outcome: Outcome) -> None:
    """Compare the last quarter with the first, and put both into the outcome."""
    quarter = max(1, len(measured) // 4)
    first, last = measured[:quarter], measured[-quarter:]
    for name in ("descriptors", "threads"):
        found = {getattr(measurement, name) for measurement in measured}
        outcome.counts[name] = " to ".join(str(number) for number in sorted({min(found), max(found)}))
        if len(found) > 1 and min(getattr(m, name) for m in last) > max(getattr(m, name) for m in first):
            outcome.violations.append(f"{name} grew: {[getattr(m, name) for m in measured]}")
    for name, words in (("program_memory", "memory of the program"), ("worker_memory", "memory of a worker")):
        before, after = (statistics.median(getattr(m, name) for m in part) for part in (first, last))
        outcome.counts[words] = f"{before / 1e6:.1f} MB first quarter, {after / 1e6:.1f} MB last"
        if after > MORE_THAN * before and after - before > MORE_BYTES:
            outcome.violations.append(f"{words} grew: {outcome.counts[words]}")


def cases(options: Namespace) -> Iterator[Outcome]:
    cv2.setNumThreads(0)
    outcome = Outcome("Soak", f"{', '.join(REST)} changed at random, batches held for a while")
    with tempfile.TemporaryDirectory() as folder:
        index = make_photos(Path(folder) / "photos", 301, 48, bad_every=40)
        with Loader(index, image_size=SIZE, seed=options.seed, memory_limit_bytes=32_000_000, **REST) as loader:
            expected = expected_digests(index, SIZE, lambda _: loader.batch_size, options.seed)
            soak = Soak(loader, expected, options.seed)
            measured: list[Measurement] = []
            started = time.monotonic()
            for number in itertools.count(1):
                soak.stir(started + ROUND_S * number)
                measurement = soak.rest()
                if time.monotonic() > started + WARM_UP * options.seconds:
                    measured.append(measurement)
                if time.monotonic() > started + options.seconds or soak.wrong:
                    break
            snapshot = loader.snapshot()
        outcome.violations += soak.wrong
    outcome.counts = {
        "seconds": round(time.monotonic() - started),
        "batches, all as expected": snapshot.batches,
        "changes": ", ".join(f"{count} {name}" for name, count in soak.changes.most_common()),
        "measurements": len(measured),
        "worker deaths": snapshot.restarts,
    }
    judge(measured, outcome)
    yield outcome


if __name__ == "__main__":
    sys.exit(run(__doc__ or "", 1800, cases))
