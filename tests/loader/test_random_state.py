"""What the user's code draws from the global generators depends on (seed, epoch, sample) and on nothing else."""

import os
import random
import signal
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from inspector import Loader
from inspector.loader.workers.random_state import KeptRandomState, own_generators, sample_seed
from tests.loader import drawing_helper
from tests.loader.folders import make_folder

SEEDED = ("processes", "serial")  # threads share the generators of their process


class Draws:
    """The label of a sample is what an augmentation would have drawn."""

    def __init__(self, length: int = 60) -> None:
        self.length = length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Any:
        return np.zeros((2, 2, 3), np.uint8), (random.random(), float(np.random.random()))


MODULE_GENERATOR = np.random.default_rng(0)


class HoldsGenerators(Draws):
    """Draws from generators of its own."""

    of_class = np.random.Generator(np.random.MT19937(1))

    def __init__(self) -> None:
        super().__init__()
        self.new = np.random.default_rng()
        self.nested = {"legacy": [np.random.RandomState(3)]}
        self.draw = random.Random(5).random
        self.bits = np.random.PCG64(3)

    def __getitem__(self, index: int) -> Any:
        drawn = (
            self.bits.random_raw(),
            self.new.random(),
            self.nested["legacy"][0].rand(),
            self.draw(),
            self.of_class.random(),
            MODULE_GENERATOR.random(),
        )
        return np.zeros((2, 2, 3), np.uint8), drawn


class MakesGenerators(Draws):
    """Has none before it is asked for a sample or an epoch begins, and calls functions that have some."""

    own: np.random.Generator | None = None
    of_epoch = random.Random()

    def set_epoch(self, epoch: int) -> None:
        self.of_epoch = random.Random(epoch)

    def __getitem__(self, index: int) -> Any:
        if self.own is None:
            self.own = np.random.default_rng(0)
        drawn = (float(self.own.random()), self.of_epoch.random(), *drawing_helper.draw())
        return np.zeros((2, 2, 3), np.uint8), drawn


class DiesOnce(Draws):
    """Its worker is killed at a sample, which is then loaded again."""

    def __init__(self, marker: Path) -> None:
        super().__init__()
        self.marker = marker

    def __getitem__(self, index: int) -> Any:
        item = super().__getitem__(index)
        if index == 30 and not self.marker.exists():
            self.marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return item


def drawing_transform(rgb: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """An image of one pixel, with what each generator gives first."""
    drawn = [rng.integers(256), np.random.randint(256), random.randrange(256)]
    return np.array(drawn, np.uint8).reshape(1, 1, 3)


def labels(dataset: Any, **settings: Any) -> dict[tuple[int, int], Any]:
    """(epoch, index) -> what was drawn."""
    with Loader(dataset, batch_size=7, image_size=(2, 2), epochs=2, **settings) as loader:
        batches = list(iter(loader.__next__, None))
    return {
        (batch.epoch, int(index)): label
        for batch in batches
        for index, label in zip(batch.indices, batch.labels or (), strict=True)
    }


@pytest.fixture(scope="module")
def expected() -> dict[tuple[int, int], Any]:
    return labels(Draws(), engine="serial")


def test_no_two_samples_draw_the_same(expected: dict[tuple[int, int], Any]) -> None:
    assert len(expected) == 120
    for generator in range(2):
        assert len({drawn[generator] for drawn in expected.values()}) == 120


@pytest.mark.slow
@pytest.mark.parametrize("num_workers", [1, 2, 5])
def test_any_number_of_workers_draws_the_same(num_workers: int, expected: dict[tuple[int, int], Any]) -> None:
    assert labels(Draws(), num_workers=num_workers) == expected


@pytest.mark.slow
def test_generators_of_the_users_own_draw_by_sample() -> None:
    expected = labels(HoldsGenerators(), engine="serial")
    for generator in range(6):
        assert len({drawn[generator] for drawn in expected.values()}) == 120
    assert labels(HoldsGenerators(), num_workers=3) == expected


@pytest.mark.slow
def test_generators_that_are_made_in_a_worker_draw_by_sample() -> None:
    expected = labels(MakesGenerators(), num_workers=1)
    for generator in range(4):
        assert len({drawn[generator] for drawn in expected.values()}) == 120
    for settings in ({"num_workers": 4}, {"engine": "serial"}):
        drawing_helper._lazy.clear()
        assert labels(MakesGenerators(), **settings) == expected


def test_generators_of_the_users_own_stay_as_they_were_in_the_program() -> None:
    before = MODULE_GENERATOR.bit_generator.state
    dataset = HoldsGenerators()
    held = dataset.new.bit_generator.state
    labels(dataset, engine="serial")
    assert MODULE_GENERATOR.bit_generator.state == before
    assert dataset.new.bit_generator.state == held


def test_a_large_list_is_no_place_of_generators_and_the_systems_generator_has_no_state() -> None:
    generator = random.Random(1)
    held = own_generators([generator, generator, random.SystemRandom()], random.random, np.random.rand)
    assert [each.generator for each in held] == [generator]
    assert own_generators([0] * 5_000 + [generator]) == []


def test_what_else_a_module_holds_makes_no_difference_to_a_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    before = own_generators(HoldsGenerators)
    assert {each.generator for each in before} >= {MODULE_GENERATOR, drawing_helper.jitter.options["rng"]}
    monkeypatch.setitem(globals(), "another", random.Random(1))
    places = {each.place: each.generator for each in own_generators(HoldsGenerators)}
    assert len(places) == len(before) + 1
    assert all(places[each.place] is each.generator for each in before)


def test_the_seed_makes_a_difference(expected: dict[tuple[int, int], Any]) -> None:
    other = labels(Draws(), num_workers=2, seed=1)
    assert not {drawn[0] for drawn in other.values()} & {drawn[0] for drawn in expected.values()}


def test_a_sample_that_is_loaded_again_draws_the_same(expected: dict[tuple[int, int], Any], tmp_path: Path) -> None:
    assert labels(DiesOnce(tmp_path / "died"), num_workers=2) == expected


@pytest.mark.slow
def test_a_change_of_the_engine_makes_no_difference(expected: dict[tuple[int, int], Any]) -> None:
    drawn: dict[tuple[int, int], Any] = {}
    with Loader(Draws(), batch_size=7, image_size=(2, 2), epochs=2, prefetch_batches=1) as loader:
        for number in range(18):
            loader.engine = SEEDED[number % 2]  # type: ignore[assignment]
            batch = next(loader)
            assert batch.labels is not None
            drawn |= {(batch.epoch, int(i)): label for i, label in zip(batch.indices, batch.labels, strict=True)}
    assert drawn == expected


@pytest.mark.parametrize("engine", ["processes", "threads", "serial"])
def test_a_transform_draws_by_sample(engine: str, tmp_path: Path) -> None:
    """Threads: from `rng` alone."""
    index = make_folder(tmp_path, [True] * 30)
    settings: dict[str, Any] = {"transform": drawing_transform, "batch_size": 10, "epochs": 1, "shuffle": False}
    with Loader(index, num_workers=0, **settings) as reference, Loader(index, engine=engine, **settings) as loader:
        for expected, batch in zip(reference, loader, strict=True):
            for one, other in zip(expected.images, batch.images, strict=True):
                compared = slice(1) if engine == "threads" else slice(3)
                np.testing.assert_array_equal(one[..., compared], other[..., compared])


def test_the_programs_own_state_stays_as_it_was() -> None:
    random.seed(5)
    np.random.seed(5)
    expected = random.random(), np.random.random()
    random.seed(5)
    np.random.seed(5)
    with Loader(Draws(), batch_size=8, engine="serial", epochs=1) as loader:
        for _ in loader:
            pass
    assert (random.random(), np.random.random()) == expected


def test_keeping_nothing_restores_nothing() -> None:
    state = random.getstate()
    with KeptRandomState():
        random.random()
    assert random.getstate() != state


def test_neighbours_have_different_seeds() -> None:
    seeds = {sample_seed(seed, epoch, index) for seed in range(5) for epoch in range(5) for index in range(400)}
    assert len(seeds) == 10_000
    assert all(0 <= seed < 2**63 for seed in seeds)


@pytest.mark.torch
def test_torch_is_seeded_where_it_is_imported() -> None:
    import torch

    class TorchDraws(Draws):
        def __getitem__(self, index: int) -> Any:
            return np.zeros((2, 2, 3), np.uint8), float(torch.rand(1))

    drawn = [labels(TorchDraws(), engine="serial", seed=seed) for seed in (0, 0, 1)]
    assert len(set(drawn[0].values())) == 120
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]
