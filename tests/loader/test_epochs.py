"""One `for` is one epoch, the next `for` is the next epoch; `next` gives the endless stream."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector import Loader, NoImagesError, SettingsError
from tests.loader.folders import make_folder
from tests.loader.streams import stream

ENGINES = ("processes", "threads", "serial")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("prefetch_batches", [1, 5])
@pytest.mark.parametrize("image_size", [(4, 4), None])
def test_each_for_is_the_next_epoch(
    engine: str, prefetch_batches: int, image_size: tuple[int, int] | None, tmp_path: Path
) -> None:
    index = make_folder(tmp_path, [number % 6 != 5 for number in range(24)])
    settings: dict[str, Any] = {"image_size": image_size, "batch_size": 6, "prefetch_batches": prefetch_batches}
    with Loader(index, engine=engine, **settings, epochs=3) as reference:
        expected = [batch.indices.tolist() for batch in stream(reference)]
    with Loader(index, engine=engine, **settings) as loader:
        assert len(loader) == 4
        for epoch in range(3):
            batches = list(loader)
            assert [batch.epoch for batch in batches] == [epoch] * 4
            assert [batch.last_in_epoch for batch in batches] == [False] * 3 + [True]
            assert [batch.indices.tolist() for batch in batches] == expected[4 * epoch :][:4]


@pytest.mark.parametrize("num_workers", [0, 2])
@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("bad_at_the_end", [0, 1, 4, 9])
def test_the_last_batch_is_known_whatever_follows_it(
    num_workers: int, drop_last: bool, bad_at_the_end: int, tmp_path: Path
) -> None:
    index = make_folder(tmp_path, [True] * 15 + [False] * bad_at_the_end)
    settings: dict[str, Any] = {"batch_size": 5, "drop_last": drop_last, "prefetch_batches": 1, "shuffle": False}
    with Loader(index, num_workers=num_workers, **settings) as loader:
        for _ in range(2):
            assert [batch.last_in_epoch for batch in loader] == [False, False, True]
    assert len(loader.problems) == bad_at_the_end


def test_problems_at_the_very_end_are_listed_without_another_next(tmp_path: Path) -> None:
    index = make_folder(tmp_path, [True] * 4 + [False] * 2)
    with Loader(index, batch_size=4, shuffle=False, epochs=1) as loader:
        for batch in loader:
            assert batch.last_in_epoch
        assert [problem.index for problem in loader.problems] == [4, 5]


def test_a_for_that_is_left_early_leaves_the_rest_of_its_epoch_out(photos: Path) -> None:
    with Loader(photos, batch_size=20, image_size=(8, 8)) as loader:
        first = next(iter(loader))
        old = iter(loader)
        assert (first.epoch, next(old).epoch) == (0, 1)
        assert [batch.epoch for batch in loader] == [2] * len(loader)
        for batch in loader:
            assert batch.epoch == 3
            break
        assert next(loader).epoch == 3  # the stream continues where it is
        assert {batch.epoch for batch in loader} == {4}


def test_a_loop_that_another_one_overtakes_does_not_end_without_a_word(photos: Path) -> None:
    with Loader(photos, batch_size=4, num_workers=0, image_size=(8, 8)) as loader:
        outer = iter(loader)
        assert next(outer).epoch == 0
        assert {batch.epoch for batch in loader} == {1}
        for _ in range(2):
            with pytest.raises(SettingsError, match="another loop over this loader"):
                next(outer)
        assert {batch.epoch for batch in loader} == {2}


def test_more_loops_than_epochs_are_an_error(photos: Path) -> None:
    with Loader(photos, batch_size=50, image_size=(8, 8), epochs=2) as loader:
        assert [len(list(loader)) for _ in range(2)] == [3, 3]
        for _ in range(2):
            with pytest.raises(SettingsError, match="all 2 epochs"):
                list(loader)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_state_within_an_epoch_gives_the_rest_of_it(engine: str, photos: Path) -> None:
    settings: dict[str, Any] = {"batch_size": 30, "image_size": (8, 8), "seed": 1}
    with Loader(photos, **settings) as loader:
        next(loader)
        state = loader.state_dict()
        rest = [[batch.indices.tolist() for batch in loader] for _ in range(2)]
    with Loader(photos, engine=engine, **settings) as loader:
        for _ in range(2):
            loader.load_state_dict(state)
            assert [[batch.indices.tolist() for batch in loader] for _ in range(2)] == rest
    assert [len(batches) for batches in rest] == [3, 4]


def test_a_state_from_the_end_of_an_epoch_gives_the_next(tmp_path: Path) -> None:
    index = make_folder(tmp_path, [True] * 10 + [False] * 2)
    with Loader(index, batch_size=5, shuffle=False) as loader:
        assert len(list(loader)) == 2
        state = loader.state_dict()
    with Loader(index, batch_size=5, shuffle=False) as loader:
        loader.load_state_dict(state)
        assert [batch.epoch for batch in loader] == [1, 1]


def test_memory_for_a_single_batch_is_enough(tmp_path: Path) -> None:
    index = make_folder(tmp_path, [True] * 12)
    settings: dict[str, Any] = {"batch_size": 4, "image_size": (64, 64), "memory_limit_bytes": 4 * 64 * 64 * 3 + 4096}
    for num_workers in (0, 2):
        with Loader(index, num_workers=num_workers, **settings) as loader:
            for _ in range(2):
                count = 0
                for batch in loader:
                    count += len(batch)
                    del batch
                assert count == 12


def test_another_batch_size_within_an_epoch(photos: Path) -> None:
    with Loader(photos, batch_size=40, image_size=(8, 8)) as loader:
        for _ in range(2):
            sizes = []
            for batch in loader:
                sizes.append(len(batch))
                loader.batch_size = 10 if len(sizes) == 1 else 40
            assert sum(sizes) == 120


def test_a_loader_is_true_and_has_a_length(photos: Path) -> None:
    with Loader(photos, batch_size=200, drop_last=True) as loader:
        assert (len(loader), bool(loader)) == (0, True)
        with pytest.raises(NoImagesError):
            list(loader)
        loader.batch_size = 50
        assert len(loader) == 2
    with Loader(photos, batch_size=50) as loader:
        assert len(loader) == 3


class Curriculum:
    """Its samples depend on the epoch."""

    def __init__(self) -> None:
        self.epoch = -1

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return 12

    def __getitem__(self, index: int) -> Any:
        return np.zeros((2, 2, 3), np.uint8), self.epoch


@pytest.mark.parametrize("engine", ["processes", "serial"])
def test_a_data_set_is_given_the_epoch(engine: str) -> None:
    with Loader(Curriculum(), batch_size=4, engine=engine, num_workers=3) as loader:
        for epoch in range(3):
            assert [batch.labels for batch in loader] == [[epoch] * 4] * 3
