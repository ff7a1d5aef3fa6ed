"""What is noted of the samples of a batch, where they are loaded."""

import json
import sys
import types
from typing import Any

import pytest

from inspector.hook import fetching, layout

LOADER = 10_000


class Data:
    def __getitem__(self, index: int) -> int:
        return index


class Subset(Data):
    """As torch's."""

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset

    def __getitems__(self, indices: list[int]) -> list[int]:
        return [self.dataset[index] for index in indices]


class Batched(Data):
    def __getitems__(self, indices: list[int]) -> list[int]:
        return list(indices)


def fetcher(dataset: Any, **more: Any) -> Any:
    return types.SimpleNamespace(dataset=dataset, auto_collation=True, **more)


@pytest.fixture(autouse=True)
def apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_local", fetching._Local())
    torch: Any = types.ModuleType("torch.utils.data.dataset")
    torch.Subset = Subset
    monkeypatch.setitem(sys.modules, torch.__name__, torch)


def errors(of: fetching.Fetcher) -> list[dict[str, Any]]:
    memory, found = of.ring._memory, []
    for place in range(layout.SLOWEST_NOTES, layout.NOTES):
        at = layout.NOTES_AT + place * layout.NOTE_BYTES
        (length,) = layout.LENGTH.unpack_from(memory, at)
        if length:
            found.append(json.loads(bytes(memory[at + 4 : at + 4 + length])))
    return found


@pytest.mark.parametrize(
    ("dataset", "each"), [(Data(), True), (Subset(Data()), True), (Subset(Batched()), False), (Batched(), False)]
)
def test_each_sample_is_timed_where_each_is_loaded_alone(dataset: Any, each: bool) -> None:
    indices = [7, 3, 5]
    batch, given = fetching.begin(fetcher(dataset), indices, LOADER, 0)
    assert list(given) == indices
    assert len(batch.durations) == (3 if each else 0)
    fetching.end(fetcher(dataset), indices, batch)
    assert len(batch.fetcher.slowest) == (1 if each else 0)
    assert batch.fetcher.ring.totals[fetching.SAMPLES] == 3


def test_a_sample_that_raises_stop_iteration_is_an_error_and_a_stream_that_ends_is_none() -> None:
    batch, given = fetching.begin(fetcher(Data()), [7, 3], LOADER, 0)
    iterator = iter(given)
    next(iterator)
    next(iterator)
    fetching.fail(fetcher(Data()), [7, 3], batch, StopIteration())
    [noted] = errors(batch.fetcher)
    assert (noted["type"], noted["index"], noted["message"]) == ("StopIteration", 3, "the epoch ends here")

    stream = fetcher(Data(), dataset_iter=None)
    batch, _ = fetching.begin(stream, [None, None], LOADER + 1, 0)
    fetching.fail(stream, [None, None], batch, StopIteration())
    assert errors(batch.fetcher) == []
