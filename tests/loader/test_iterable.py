"""What can only be iterated over: the same batches each time, for a number of workers; resumed; after deaths."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector import Loader
from inspector.errors import NoImagesError, SettingsError, SourceError, UserCodeError

COUNT = 23


class Numbers:
    """Pictures with their numbers, and what two generators draw for them: one from the start, one for each."""

    def __init__(self, count: int = COUNT, bad: int = -1) -> None:
        self.count, self.bad, self.epoch = count, bad, 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __iter__(self) -> Iterator[tuple[Any, int, float]]:
        offset = np.random.randint(1000)
        for number in range(self.count):
            if number == self.bad:
                raise ValueError("no such thing")
            yield np.full((4, 4, 3), number, np.uint8), number + 100 * self.epoch, offset + np.random.rand()


def batches(loader: Loader, count: int = -1) -> list[Any]:
    found: list[Any] = []
    while len(found) != count and (batch := next(loader, None)) is not None:
        assert batch.fields is not None
        found.append((batch.epoch, batch.last_in_epoch, batch.indices.tolist(), [*map(str, batch.fields)]))
    return found


def settings(workers: int, **others: Any) -> dict[str, Any]:
    return {"batch_size": 4, "epochs": 2, "seed": 3, "num_workers": workers, "prefetch_batches": 2} | others


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 1, 2])
def test_every_item_comes_once_an_epoch_in_one_order(workers: int) -> None:
    with Loader(Numbers(), **settings(workers)) as loader:
        found = batches(loader)
    for epoch in range(2):
        own = [batch for batch in found if batch[0] == epoch]
        assert sorted(number for batch in own for number in batch[2]) == list(range(COUNT))
        assert [batch[1] for batch in own] == [False] * 5 + [True]
    with Loader(Numbers(), **settings(workers, engine="processes")) as loader:
        state: dict[str, Any] = {}
        first = batches(loader, 8)
        state = loader.state_dict()
    with Loader(Numbers(), **settings(workers)) as loader:
        loader.load_state_dict(state)
        assert first + batches(loader) == found


def test_a_death_and_other_workers_change_nothing_within_an_epoch() -> None:
    with Loader(Numbers(), **settings(2)) as loader:
        expected = batches(loader, 6)
    with Loader(Numbers(), **settings(2)) as loader:
        found = batches(loader, 2)
        for worker in loader.snapshot().workers:
            if worker.pid is not None:
                os.kill(worker.pid, signal.SIGKILL)
        found += batches(loader, 1)
        loader.num_workers = 1
        loader.batch_size = 3
        loader.batch_size = 4
        assert found + batches(loader, 3) == expected


def test_drop_last_and_a_batch_that_ends_the_epoch() -> None:
    with Loader(Numbers(8), **settings(0, drop_last=True)) as loader:
        assert [batch[:2] for batch in batches(loader)] == [(0, False), (0, True), (1, False), (1, True)]
    with Loader(Numbers(10), **settings(1, drop_last=True, epochs=1)) as loader:
        assert [batch[1] for batch in batches(loader)] == [False, True]


def test_what_raises_stops_it_or_is_left_out() -> None:
    with Loader(Numbers(bad=5), **settings(0)) as loader, pytest.raises(UserCodeError, match=r"item\[5\].*no such"):
        batches(loader)
    with Loader(Numbers(bad=5), **settings(0, on_error="skip", epochs=1)) as loader:
        loader.warns = False
        assert [batch[2] for batch in batches(loader)] == [[0, 1, 2, 3], [4]]  # a generator ends where it raises
        assert [problem.path for problem in loader.problems] == ["item[5]"]


def test_what_cannot_be_iterated_over_again_is_refused() -> None:
    with pytest.raises(SourceError, match="a generator can be gone through only once"):
        Loader(iter(Numbers()))
    with pytest.raises(SettingsError, match="sampler needs samples that have numbers"):
        Loader(Numbers(), sampler=lambda epoch, rng: [0])
    with pytest.raises(SettingsError, match="world_size"):
        Loader(Numbers(), rank=0, world_size=2)
    with Loader(Numbers(0), **settings(0)) as loader:
        with pytest.raises(NoImagesError, match="no items"):
            next(loader)
        with pytest.raises(TypeError, match="only be iterated over"):
            len(loader)
        with pytest.raises(SettingsError, match="saved with 23 samples"):
            loader.load_state_dict({**loader.state_dict(), "samples": 23})


@pytest.mark.slow
def test_pytorchs_own_divides_itself(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from tests.loader.torch_iterable import Ours

    with Loader(Ours(COUNT), **settings(2, epochs=1)) as loader:
        found = batches(loader)
        assert sorted(number for batch in found for number in batch[2]) == list(range(COUNT))
        assert loader.index.source == "a data set of the type Ours"
    with Loader(Ours(COUNT), **settings(0, epochs=1)) as loader:
        assert [number for batch in batches(loader) for number in batch[2]] == list(range(COUNT))
