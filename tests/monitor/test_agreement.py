"""The displayed numbers against the truth: an independent count, and what a load of known behaviour implies.

Loads sleep and compute nothing, so that they are steady on a busy machine, too; what is compared comes from one run.
"""

import os
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Self

import numpy as np
import numpy.typing as npt
import pytest

from inspector.loader.counters import Rates
from inspector.session.local import LocalSession
from inspector.settings import Engine, SessionConfig

pytestmark = pytest.mark.slow

TIME = struct.Struct("<d")
LOOKS, LOOK_EVERY_S = 16, 0.15


@dataclass(frozen=True)
class CountedSleep:
    """A `read_image` that sleeps, and writes down when it was done: appending 8 bytes is atomic."""

    sleep_s: float
    times: str

    def __call__(self, path: str) -> npt.NDArray[np.uint8]:
        time.sleep(self.sleep_s)
        fd = os.open(self.times, os.O_WRONLY | os.O_APPEND)
        os.write(fd, TIME.pack(time.monotonic()))
        os.close(fd)
        return np.zeros((4, 4, 3), np.uint8)


@contextmanager
def running(config: SessionConfig) -> Iterator[LocalSession]:
    session = LocalSession(config)
    try:
        session.open([f"{number}.jpg" for number in range(500)])  # never opened: read_image needs no file
        yield session
    finally:
        session.close()


def looked_at(session: LocalSession) -> list[tuple[float, Rates]]:
    """When, by `time.monotonic`, and what was displayed, once the window holds nothing of the start."""

    def steady() -> bool:
        return session.snapshot().rates.span_s >= 1.9

    end = time.monotonic() + 30
    while not steady() and time.monotonic() < end:
        time.sleep(0.05)
    assert steady()
    # The session has a clock of its own, which began with it.
    origin_s = min(time.monotonic() - session.snapshot().time_s for _ in range(20))
    seen = []
    for _ in range(LOOKS):
        time.sleep(LOOK_EVERY_S)
        snapshot = session.snapshot()
        seen.append((origin_s + snapshot.time_s, snapshot.rates))
    return seen


class Sleeps:
    """How long a sleep really lasts on this machine meanwhile, mean; on a busy one, longer than asked for."""

    def __init__(self, sleep_s: float) -> None:
        self._sleep_s = sleep_s
        self._lasted: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._over.is_set():
            began = time.monotonic()
            time.sleep(self._sleep_s)
            self._lasted.append(time.monotonic() - began)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def lasted_s(self) -> float:
        return mean(self._lasted)


def average(seen: list[tuple[float, Rates]], figure: Callable[[Rates], float | None]) -> float:
    values = [figure(rates) for _, rates in seen]
    return mean(value for value in values if value is not None)


@pytest.mark.parametrize("engine", ["processes", "threads"])
def test_rates_agree_with_an_independent_count(engine: Engine, tmp_path: Path) -> None:
    """A worker sleeps 8 ms for an image; what the workers wrote down is counted over the same seconds."""
    times = tmp_path / "times"
    times.touch()
    config = SessionConfig(
        num_workers=3, engine=engine, batch_size=4, prefetch_batches=4, read_image=CountedSleep(0.008, str(times))
    )
    with running(config) as session:
        seen = looked_at(session)
    done = np.sort(np.frombuffer(times.read_bytes(), np.float64))
    counted = mean(
        np.count_nonzero((done > at_s - rates.span_s) & (done <= at_s)) / rates.span_s for at_s, rates in seen
    )
    assert average(seen, lambda rates: rates.images_per_s) == pytest.approx(counted, rel=0.04)
    assert average(seen, lambda rates: rates.batches_per_s) == pytest.approx(counted / config.batch_size, rel=0.04)


def test_data_wait_and_queue_depth_of_a_loader_that_is_too_slow(tmp_path: Path) -> None:
    """The time that is not spent in steps is spent waiting, and hardly a batch is ever left over."""
    times = tmp_path / "times"
    times.touch()
    step_s = 0.1
    config = SessionConfig(num_workers=2, batch_size=4, prefetch_batches=4, read_image=CountedSleep(0.1, str(times)))
    with running(config.with_changes(step_ms=1000 * step_s)) as session, Sleeps(step_s) as steps:
        seen = looked_at(session)
    done = np.sort(np.frombuffer(times.read_bytes(), np.float64))
    begin_s, end_s = seen[0][0] - seen[0][1].span_s, seen[-1][0]
    batches_per_s = np.count_nonzero((done > begin_s) & (done <= end_s)) / config.batch_size / (end_s - begin_s)
    implied = 1 - steps.lasted_s() * batches_per_s
    assert 0.3 < implied < 0.9  # 0.5, and more on a busy machine
    assert average(seen, lambda rates: rates.data_wait) == pytest.approx(implied, abs=0.03)
    # Workers that a busy machine has brought out of step finish two batches at once; one waits for a step.
    assert average(seen, lambda rates: rates.queue_depth) <= 0.5 + 0.03 * config.prefetch_batches


def test_data_wait_and_queue_depth_of_a_loader_that_keeps_up(tmp_path: Path) -> None:
    """Every step takes one batch of a full queue, which is filled up long before the next."""
    times = tmp_path / "times"
    times.touch()
    config = SessionConfig(num_workers=4, batch_size=2, prefetch_batches=8, read_image=CountedSleep(0.002, str(times)))
    with running(config.with_changes(step_ms=150.0)) as session:
        seen = looked_at(session)
    assert average(seen, lambda rates: rates.data_wait) <= 0.03
    assert average(seen, lambda rates: rates.queue_depth) >= 0.97 * config.prefetch_batches
