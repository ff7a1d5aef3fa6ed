"""What the user made to be shared by processes is shared with workers."""

import multiprocessing
import time
from typing import Any

import numpy as np
import pytest

from inspector import Loader, SettingsError

SPAWN = multiprocessing.get_context("spawn")


class Counts:
    """Counts its samples in what all processes share."""

    def __init__(self, counter: Any, cache: Any, queue: Any) -> None:
        self.counter = counter
        self.cache = cache
        self.queue = queue

    def __len__(self) -> int:
        return 12

    def __getitem__(self, index: int) -> Any:
        with self.counter.get_lock():
            self.counter.value += 1
        self.cache[index] = index + 1
        self.queue.put(index)
        return np.full((2, 3), index, np.uint8), index


@pytest.fixture(scope="module", autouse=True)
def counter() -> Any:
    """`multiprocessing` keeps the memory of such for the next ones: what any test here makes lies in it."""
    return SPAWN.Value("i", 0)


@pytest.fixture(scope="module")
def cache() -> Any:
    return SPAWN.RawArray("i", 12)


@pytest.mark.slow
def test_memory_locks_queues_and_managers_are_shared(counter: Any, cache: Any) -> None:
    counter.value = 0
    with SPAWN.Manager() as manager:
        queue = manager.Queue()
        dataset = Counts(counter, cache, queue)
        with Loader(dataset, batch_size=4, num_workers=2, epochs=1) as loader:
            assert sorted(index for batch in loader for index in batch.indices) == [*range(12)]
        assert counter.value == 12
        assert [*cache] == [*range(1, 13)]
        assert sorted(queue.get() for _ in range(12)) == [*range(12)]


class Together:
    """A sample is there when all of them are being loaded."""

    def __init__(self, counter: Any, count: int) -> None:
        self.counter = counter
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Any:
        with self.counter.get_lock():
            self.counter.value += 1
        until_s = time.monotonic() + 60
        while self.counter.value < self.count and time.monotonic() < until_s:
            time.sleep(0.01)
        return np.zeros((2, 3), np.uint8), self.counter.value


@pytest.mark.slow
def test_no_sample_waits_behind_another_while_workers_start(counter: Any) -> None:
    counter.value = 0
    with Loader(Together(counter, 3), batch_size=3, num_workers=3, epochs=1, sample_timeout_s=100) as loader:
        assert next(loader).labels == [3, 3, 3]


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="nothing is made for forks")
def test_what_only_forks_can_share_says_how_to_make_it() -> None:
    dataset = Counts(multiprocessing.get_context("fork").Value("i", 0), {}, None)
    words = r'dataset.counter.*fork context.*make it with multiprocessing.get_context\("spawn"\)'
    with pytest.raises(SettingsError, match=words):
        Loader(dataset)


class Cached:
    """Keeps what it has loaded in a tensor."""

    def __init__(self, cache: Any) -> None:
        self.cache = cache

    def __len__(self) -> int:
        return len(self.cache)

    def __getitem__(self, index: int) -> Any:
        self.cache[index] += index
        return self.cache[index]


@pytest.mark.torch
def test_a_tensor_in_shared_memory_is_shared() -> None:
    import torch

    from inspector.torch import DataLoader

    cache = torch.zeros(8, 3).share_memory_()
    loader: Any = DataLoader(Cached(cache), batch_size=4, num_workers=2)
    workers = set()
    for epoch in (1, 2):
        assert torch.cat([*loader])[:, 0].tolist() == [epoch * index for index in range(8)]
        workers.add(id(loader._engines[0][0]))
    loader.close()
    assert cache[:, 0].tolist() == [2.0 * index for index in range(8)]
    assert len(workers) == 1  # they stay: what is sent is the same
