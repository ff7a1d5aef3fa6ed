"""Settings that change while a loader runs: asked for at once, from any thread, and soon in effect."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from inspector import Loader, LoaderClosedError, MemoryLimitError, SettingsError
from inspector.loader.planning.planner import Planner
from inspector.settings import LoaderConfig
from tests.loader.folders import make_folder
from tests.loader.streams import stream


def wait_until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.005)


def test_several_settings_at_once_and_what_was_asked_for_last_wins(photos: Path) -> None:
    with Loader(photos, num_workers=1, batch_size=4, image_size=(32, 32)) as loader:
        for size in range(5, 12):
            loader.change(batch_size=size, num_workers=2, engine="threads", prefetch_batches=3)
        assert (loader.batch_size, loader.num_workers, loader.engine, loader.prefetch_batches) == (11, 2, "threads", 3)
        assert loader.config.batch_size == 11
        assert len(next(loader)) == 11
        now = loader.snapshot()
        assert (now.batch_size, now.num_workers, now.engine, now.prefetch_batches) == (11, 2, "threads", 3)


def test_a_change_takes_effect_though_nobody_calls_next(photos: Path) -> None:
    with Loader(photos, num_workers=1, batch_size=4, image_size=(32, 32)) as loader:
        loader.change(num_workers=3, batch_size=8)
        wait_until(lambda: loader.snapshot().batch_size == 8)
        wait_until(lambda: len(loader.snapshot().workers) == 3)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"batch_size": 0}, "batch_size"),
        ({"seed": 5}, "seed cannot change"),
        ({"batch_size": 8, "dtype": "float32"}, "dtype cannot change"),
        ({"batchsize": 8}, "batchsize"),
    ],
)
def test_what_cannot_work_is_refused_and_changes_nothing(settings: dict[str, int], named: str, photos: Path) -> None:
    with Loader(photos, num_workers=1, batch_size=4, image_size=(32, 32)) as loader:
        with pytest.raises(SettingsError, match=named):
            loader.change(**settings)
        assert loader.batch_size == 4
        assert len(next(loader)) == 4


def test_an_engine_that_the_transform_cannot_be_sent_to_is_refused(photos: Path) -> None:
    lock = threading.Lock()

    def locked(rgb: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
        with lock:
            return rgb

    with Loader(photos, engine="threads", num_workers=1, transform=locked, batch_size=4) as loader:
        with pytest.raises(SettingsError, match="transform"):
            loader.change(engine="processes")
        assert loader.engine == "threads"
        assert len(next(loader)) == 4


def test_a_smaller_batch_reaches_a_consumer_that_waits_for_a_larger_one(tmp_path: Path) -> None:
    gate = threading.Event()

    def read(path: str) -> npt.NDArray[np.uint8]:
        if int(Path(path).stem) >= 4:
            gate.wait(60)
        time.sleep(0.02)  # with quicker ones, those behind the gate would be in one message with them
        return np.zeros((8, 8, 3), np.uint8)

    files = [f"{number}.jpg" for number in range(2000)]
    sizes: list[int] = []
    with Loader(files, read_image=read, engine="threads", num_workers=2, batch_size=16, shuffle=False) as loader:
        consumer = threading.Thread(target=lambda: sizes.append(len(next(loader))))
        consumer.start()
        time.sleep(0.1)
        loader.change(batch_size=4)
        consumer.join(30)
        assert sizes == [4]  # while the gate is shut
        gate.set()


def test_changing_a_closed_loader_is_harmless(photos: Path) -> None:
    with Loader(photos, num_workers=1, batch_size=4, image_size=(32, 32)) as loader:
        next(loader)
        loader.cancel()
        loader.change(batch_size=8, num_workers=2)
    loader.change(batch_size=16)
    with pytest.raises(LoaderClosedError):
        next(loader)


def test_a_change_that_fails_is_the_consumers_error_and_ends_no_thread(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(planner: Planner, batch_size: int) -> None:
        raise MemoryLimitError("no memory for that")

    with Loader(photos, num_workers=1, batch_size=4, image_size=(32, 32)) as loader:
        next(loader)
        with monkeypatch.context() as patch:
            patch.setattr(Planner, "set_batch_size", fail)
            loader.change(batch_size=8)
            wait_until(lambda: not loader._feed.state._requests)
        with pytest.raises(MemoryLimitError, match="no memory for that"):
            list(loader)
        loader.change(batch_size=9)
        assert len(next(loader)) == 9


def test_a_config_is_accepted_as_it_is(photos: Path) -> None:
    config = LoaderConfig(num_workers=1, batch_size=4, image_size=(32, 32), prefetch_batches=5)
    with Loader(photos, config) as loader:
        assert loader.config == config
    with Loader(photos, config, batch_size=6) as loader:
        assert loader.config == config.with_changes(batch_size=6)
        assert len(next(loader)) == 6


def test_problems_come_once_with_the_path_of_the_index_and_can_be_asked_for_from_an_entry_on(tmp_path: Path) -> None:
    index = make_folder(tmp_path, [number % 5 != 2 for number in range(20)])
    with Loader(index, num_workers=2, batch_size=4, image_size=(9, 7), epochs=3, shuffle=False) as loader:
        batches = list(stream(loader))
        problems = loader.problems
        assert loader.problems_since(1) == problems[1:]
        assert loader.snapshot().skipped == 4
    assert [(problem.index, problem.epoch, problem.path) for problem in problems] == [
        (number, 0, index.path(number)) for number in (2, 7, 12, 17)
    ]
    first = {problem.index: problem for batch in reversed(batches) for problem in batch.skipped}
    assert [first[problem.index] for problem in problems] == problems
