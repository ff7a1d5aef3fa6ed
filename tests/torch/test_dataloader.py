"""The drop-in for `torch.utils.data.DataLoader`, beside the original."""

import multiprocessing
import os
import signal
import sys
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
import psutil
import pytest

from tests.torch.compare import both, check_same
from tests.torch.late import inspector_torch, torch, torch_data

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning"),
]

Pair = namedtuple("Pair", "image target")


class Images:
    """Float images with a target of several parts, as detection has them."""

    def __init__(self, count: int = 23, scale: float = 1.0) -> None:
        self.count = count
        self.scale = scale

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, i: int) -> Any:
        return torch.full((3, 40, 30), i * self.scale), {"id": i, "box": np.arange(4) + i, "name": f"image {i}"}


class Named(Images):
    def __getitem__(self, i: int) -> Any:
        return Pair(np.full((50, 40), i, np.uint16), float(i))


class Ragged(Images):
    def __getitem__(self, i: int) -> Any:
        return torch.arange(2000 * (i % 3 + 1)), i


class Together(Images):
    def __getitems__(self, indices: list[int]) -> Any:
        return [(torch.tensor(i), len(indices)) for i in indices]


class ByKey(Images):
    def __getitem__(self, key: Any) -> Any:
        return f"<{key}>"


class Draws(Images):
    def __getitem__(self, i: int) -> Any:
        return i, np.random.randint(1 << 30), int(torch.randint(1 << 30, ()))


class Fails(Images):
    def __getitem__(self, i: int) -> Any:
        if i == 5:
            raise KeyError("no five")
        return i


class Kills(Images):
    """Ends its own worker once, at sample 7."""

    def __init__(self, flag: str) -> None:
        super().__init__()
        self.flag = flag

    def __getitem__(self, i: int) -> Any:
        if i == 7 and not os.path.exists(self.flag):
            with open(self.flag, "w"):
                pass
            os.kill(os.getpid(), signal.SIGKILL)
        return i


class Informed(Images):
    def __getitem__(self, i: int) -> Any:
        info = torch_data.get_worker_info()
        assert info is not None
        return info.id, info.num_workers, info.dataset.scale, torch.get_num_threads()


@dataclass
class Batch:
    """One that PyTorch's own test has: its memory is pinned by its own method."""

    images: Any
    count: int

    def pin_memory(self) -> "Batch":
        return self


def as_list(samples: list[Any]) -> list[Any]:
    return samples


def transposed(samples: list[Any]) -> Any:
    return tuple(zip(*samples, strict=True))


def as_batch(samples: list[Any]) -> Batch:
    return Batch(torch.stack([image for image, _ in samples]), len(samples))


def where_collated(samples: list[Any]) -> list[bool]:
    images = torch_data.default_collate(samples)[0]
    try:
        torch_data.default_collate([torch.zeros(1), torch.zeros(2)])
    except RuntimeError:
        return [images.is_shared(), torch_data.get_worker_info() is not None]
    raise AssertionError("tensors of two sizes")


def set_scale(worker: int) -> None:
    info = torch_data.get_worker_info()
    assert info is not None
    info.dataset.scale = worker + 10.0


class Keys:
    """A sampler of keys that are no numbers."""

    def __iter__(self) -> Iterator[str]:
        return iter(["a", "b", "c", "d", "e"])

    def __len__(self) -> int:
        return 5


class Endless:
    """A sampler without an end."""

    def __iter__(self) -> Iterator[int]:
        return (number % 23 for number in count())


def weighted() -> Any:
    return torch_data.WeightedRandomSampler([1.0, *[0.2] * 22], 31)


@pytest.mark.parametrize(
    ("dataset", "arguments"),
    [
        (Images(), {"batch_size": 4}),
        (Images(), {"batch_size": 4, "shuffle": True, "drop_last": True}),
        (Images(), {"batch_size": None}),
        (Images(), {"batch_sampler": [[3, 1], [4], [1, 5, 9, 2, 6]]}),
        (Images(), {"batch_size": 5, "collate_fn": transposed, "sampler": weighted}),
        (Named(), {"batch_size": 8, "prefetch_factor": 4}),
        (Ragged(), {"batch_size": 4, "collate_fn": as_list}),
        (Together(), {"batch_size": 3}),
        (ByKey(), {"batch_size": 2, "sampler": Keys}),
        (Images(0), {"batch_size": 2}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Images) else "-".join(value),
)
def test_the_same_batches(dataset: Any, arguments: dict[str, Any]) -> None:
    if callable(arguments.get("sampler")):
        theirs: list[Any] = []
        ours: list[Any] = []
        for kind, found in ((torch_data.DataLoader, theirs), (inspector_torch.DataLoader, ours)):
            torch.manual_seed(5)
            loader = kind(dataset, num_workers=2, **{**arguments, "sampler": arguments["sampler"]()})
            found += [*loader, *loader]
    else:
        theirs, ours = both(dataset, loops=2, **arguments)
    assert len(theirs) == len(ours)
    check_same(theirs, ours)


def test_orders_and_the_programs_random_state_are_pytorchs() -> None:
    states = []
    for kind in (torch_data.DataLoader, inspector_torch.DataLoader):
        torch.manual_seed(1)
        own = torch.Generator().manual_seed(2)
        orders = []
        for arguments in ({"shuffle": True}, {"shuffle": True, "generator": own}, {"persistent_workers": True}):
            loader = kind(Images(), batch_size=4, num_workers=1, **arguments)
            orders += [batch[1]["id"].tolist() for _ in range(2) for batch in loader]
        states.append((orders, torch.rand(1).item(), torch.rand(1, generator=own).item()))
    assert states[0] == states[1]


def test_a_batchs_random_numbers_do_not_depend_on_workers() -> None:
    found = []
    for workers in (1, 3):
        torch.manual_seed(7)
        loader = inspector_torch.DataLoader(Draws(), batch_size=4, num_workers=workers)
        found.append([[part.tolist() for part in batch] for _ in range(2) for batch in loader])
    assert found[0] == found[1]
    numbers = [number for _, *drawn in found[0] for part in drawn for number in part]
    assert len({*numbers}) == len(numbers)


def test_it_is_generic_as_pytorchs_is() -> None:
    assert inspector_torch.DataLoader[int](Images(), batch_size=2).batch_size == 2


def test_an_error_comes_as_its_own_type_with_its_traceback() -> None:
    loader = inspector_torch.DataLoader(Fails(), batch_size=4, num_workers=2)
    batches = iter(loader)
    assert next(batches).tolist() == [0, 1, 2, 3]
    with pytest.raises(KeyError, match=r"(?s)Caught KeyError in DataLoader worker process \d.*__getitem__.*no five"):
        next(batches)
    assert next(batches).tolist() == [8, 9, 10, 11]


def test_a_worker_that_dies_is_replaced(tmp_path: Any) -> None:
    loader = inspector_torch.DataLoader(Kills(str(tmp_path / "died")), batch_size=4, num_workers=2)
    assert [number for batch in loader for number in batch.tolist()] == [*range(23)]
    assert (tmp_path / "died").exists()


def test_worker_info_and_init() -> None:
    loader = inspector_torch.DataLoader(Informed(), batch_size=None, num_workers=2, worker_init_fn=set_scale)
    for worker, workers, scale, threads in loader:
        assert (workers, scale, threads) == (2, worker + 10.0, 1)


def test_batches_are_collated_in_ordinary_memory() -> None:
    loader = inspector_torch.DataLoader(Images(8), batch_size=4, num_workers=2, collate_fn=where_collated)
    assert [*loader] == [[False, True]] * 2
    loader.close()


def test_changes_of_the_data_set_reach_workers() -> None:
    dataset = Images(4)
    loader = inspector_torch.DataLoader(dataset, batch_size=4, num_workers=1)
    assert next(iter(loader))[0][3].max() == 3
    dataset.scale = 2.0
    assert next(iter(loader))[0][3].max() == 6


def test_loops_beside_each_other_and_left_early() -> None:
    loader = inspector_torch.DataLoader(Images(), batch_size=4, num_workers=1)
    pairs = [(one[1]["id"].tolist(), other[1]["id"].tolist()) for one, other in zip(loader, loader, strict=True)]
    assert all(one == other for one, other in pairs)
    for _ in range(2):
        for batch in loader:
            assert batch[1]["id"].tolist() == [0, 1, 2, 3]
            break
    kept = inspector_torch.DataLoader(Images(), batch_size=4, num_workers=1, persistent_workers=True)
    for _ in range(2):
        assert len([*kept]) == 6
    next(iter(kept))
    assert len([*kept]) == 6


def test_a_sampler_without_an_end() -> None:
    loader = inspector_torch.DataLoader(Images(), batch_size=2, sampler=Endless(), num_workers=1)
    assert [batch[1]["id"].tolist() for batch, _ in zip(loader, range(3), strict=False)] == [[0, 1], [2, 3], [4, 5]]


def test_large_orders_are_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspector.torch.loader._MOST_DRAWN", 2)
    loader = inspector_torch.DataLoader(Images(16), batch_size=4, num_workers=1)
    for _ in range(2):
        assert [batch[1]["id"][0].item() for batch in loader] == [0, 4, 8, 12]


@pytest.mark.parametrize("context", ["spawn", multiprocessing.get_context("spawn")], ids=["name", "object"])
def test_a_multiprocessing_context_changes_nothing(context: Any) -> None:
    loader = inspector_torch.DataLoader(Images(4), batch_size=4, num_workers=1, multiprocessing_context=context)
    assert [batch[1]["id"].tolist() for batch in loader] == [[0, 1, 2, 3]]
    loader.close()


def test_what_else_is_in_a_batch_stays_as_it_is() -> None:
    (batch,) = inspector_torch.DataLoader(Images(3), batch_size=3, num_workers=1, collate_fn=as_batch, pin_memory=False)
    assert type(batch) is Batch
    assert (batch.count, batch.images.shape) == (3, (3, 3, 40, 30))
    assert torch.is_tensor(batch.images)
    batch.images += 1  # it is the receiver's


def test_workers_end_with_the_loader() -> None:
    others = set(psutil.Process().children(recursive=True))
    loader = inspector_torch.DataLoader(Images(), batch_size=4, num_workers=2)
    next(iter(loader))
    children = set(psutil.Process().children(recursive=True)) - others
    assert children
    del loader
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not alive


def test_without_workers_it_is_pytorchs_own() -> None:
    iterator = iter(inspector_torch.DataLoader(Images(), batch_size=4))
    assert type(iterator).__module__ == "torch.utils.data.dataloader"
    assert isinstance(inspector_torch.DataLoader(Images()), torch_data.DataLoader)


def numbers() -> Any:
    """An iterable data set; each worker gives its share."""

    class Numbers(torch_data.IterableDataset):  # type: ignore[misc]  # torch need not be installed
        def __iter__(self) -> Iterator[int]:
            worker = torch_data.get_worker_info()
            return iter(range(6)) if worker is None else iter(range(worker.id, 6, worker.num_workers))

    return Numbers()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"multiprocessing_context": "fork", "num_workers": 0}, "multiprocessing_context can only be used with"),
        ({"multiprocessing_context": "thread", "num_workers": 1}, "multiprocessing_context option should specify"),
        ({"num_workers": -1}, "non-negative"),
        ({"prefetch_factor": 2}, "prefetch_factor"),
        ({"shuffle": True, "sampler": [1]}, "mutually exclusive"),
        ({"batch_size": None, "drop_last": True}, "mutually exclusive"),
        ({"persistent_workers": True}, "num_workers > 0"),
    ],
)
def test_what_cannot_be(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        inspector_torch.DataLoader(**{**arguments, "dataset": Images()})


@pytest.mark.parametrize("num_workers", [0, 2])
def test_an_iterable_data_set_has_pytorchs_own_workers(num_workers: int) -> None:
    context = "fork" if num_workers and sys.platform == "linux" else None  # the class above is local, not to be pickled
    ours = inspector_torch.DataLoader(numbers(), num_workers=num_workers, multiprocessing_context=context)
    theirs = torch_data.DataLoader(numbers(), num_workers=num_workers, multiprocessing_context=context)
    expected = [batch.item() for batch in theirs]
    assert [batch.item() for batch in ours] == expected
    assert sorted(expected) == [*range(6)]
    ours.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGSTOP")
def test_a_time_out_is_an_error() -> None:
    loader = inspector_torch.DataLoader(Hangs(), batch_size=1, num_workers=1, timeout=1)
    with pytest.raises(RuntimeError, match="DataLoader timed out after 1 seconds: "):
        next(iter(loader))
    loader.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_worker_that_ends_at_a_batch_each_time_is_an_error_as_with_pytorch() -> None:
    loader = inspector_torch.DataLoader(Ends(), batch_size=1, num_workers=1)
    with pytest.raises(RuntimeError, match=r"DataLoader worker exited unexpectedly: batch 0: .*SIGKILL"):
        next(iter(loader))
    loader.close()


class Ends(Images):
    def __getitem__(self, i: int) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)


class Hangs(Images):
    def __getitem__(self, i: int) -> Any:
        signal.pause()


class Seeds(Images):
    def __getitem__(self, i: int) -> Any:
        return torch.initial_seed(), int(torch.randint(1 << 30, ()))


def set_seed(worker: int) -> None:
    torch.manual_seed(12345)


def test_the_seed_that_is_set_in_workers_is_the_initial_one() -> None:
    found = []
    for function in (set_seed, None):
        torch.manual_seed(1)
        loader = inspector_torch.DataLoader(Seeds(8), batch_size=2, num_workers=2, worker_init_fn=function)
        found.append([torch.stack(batch, 1).tolist() for batch in loader])
        loader.close()
    seeds, drawn = [[pair[part] for batch in found[0] for pair in batch] for part in (0, 1)]
    assert seeds == [12345] * 8
    assert len(set(drawn)) == 8
    assert drawn == [pair[1] for batch in found[1] for pair in batch]
