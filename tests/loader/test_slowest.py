"""The slowest files: a few of many, and the ones that really are."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from inspector import Loader
from inspector.loader.slowest import KEPT_SAMPLES, SPAN_S, SlowestSamples
from inspector.loader.workers.messages import SampleResult
from inspector.settings import Engine
from inspector.sources.file_index import FileIndex

STAGES = ("read", "decode", "transform", "write")
SLOW_S = 0.4  # longer than other programs keep a quick file waiting
INDEX = FileIndex.scan([f"{number}.jpg" for number in range(1000)])


def took(ms: float) -> SampleResult:
    return SampleResult(0, stages_ns=tuple(round(part * 1e6 * ms) for part in (0.2, 0.5, 0.2, 0.1)))


def test_the_slowest_of_many_come_first_with_their_parts() -> None:
    slowest, now_s = SlowestSamples(STAGES), time.monotonic()
    times_ms = np.random.default_rng(0).permutation(1000) + 1.0
    for number, ms in enumerate(times_ms):
        slowest.add(number, took(ms), now_s)
    ranking = slowest.ranking(INDEX)
    assert [file.total_ms for file in ranking] == pytest.approx(sorted(times_ms, reverse=True)[:KEPT_SAMPLES])
    longest = int(times_ms.argmax())
    assert (ranking[0].index, ranking[0].location) == (longest, INDEX.path(longest))
    assert dict(ranking[0].stages) == pytest.approx({"read": 200, "decode": 500, "transform": 200, "write": 100})


def test_a_file_that_comes_again_and_again_takes_one_place_and_its_longest_counts() -> None:
    slowest, now_s = SlowestSamples(STAGES), time.monotonic()
    for ms in (30.0, 50.0, 40.0):
        for number in range(3):
            slowest.add(number, took(ms + number), now_s)
    assert [file.total_ms for file in slowest.ranking(INDEX)] == pytest.approx([52, 51, 50])


def test_what_is_long_ago_is_forgotten() -> None:
    slowest, now_s = SlowestSamples(STAGES), time.monotonic()
    slowest.add(0, took(900), now_s - 1.5 * SPAN_S)
    slowest.add(1, took(5), now_s - 0.5 * SPAN_S)
    slowest.add(2, took(3), now_s)
    assert [file.total_ms for file in slowest.ranking(INDEX)] == pytest.approx([5, 3])


@dataclass(frozen=True)
class SlowOnes:
    """Reads a file; those whose name begins so take longer."""

    begin: str

    def __call__(self, path: str) -> npt.NDArray[np.uint8]:
        time.sleep(SLOW_S if Path(path).name.startswith(self.begin) else 0.001)
        return np.zeros((8, 8, 3), np.uint8)


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "engine"), [(2, "processes"), (2, "threads"), (0, "processes")])
def test_a_loader_names_the_files_that_take_long(workers: int, engine: Engine) -> None:
    files = [f"{'slow' if number in (3, 17) else 'quick'}-{number}.jpg" for number in range(40)]
    read = SlowOnes("slow")
    with Loader(files, batch_size=8, num_workers=workers, engine=engine, epochs=1, read_image=read) as loader:
        assert sum(len(batch) for batch in loader) == 40
        ranking = loader.slowest()
    assert {Path(file.location).name for file in ranking[:2]} == {"slow-3.jpg", "slow-17.jpg"}
    assert dict(ranking[1].stages)["read"] >= 1000 * SLOW_S > ranking[2].total_ms
    assert len(ranking) == KEPT_SAMPLES
