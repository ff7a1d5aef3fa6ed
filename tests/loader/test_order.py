"""The order contract: the same batches as a plain generator, whatever happens to the workers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector import Loader
from inspector.sources.file_index import FileIndex
from tests.examples import examples
from tests.loader.folders import make_folder, reader
from tests.oracle import plain_batches

SIZE = (9, 7)
ENGINES = ("processes", "threads", "serial")


def assert_same(loader: Loader, index: FileIndex, sizes: Callable[[int], int], act: Any = None, **order: Any) -> int:
    """Drain `loader` beside the oracle; `act(loader, number)` runs before each `next`. The number of batches."""
    count = 0
    expected = plain_batches(len(index), reader(index, loader.config.image_size), sizes, **order)
    for number, (epoch, indices, images, skipped) in enumerate(expected):
        if act is not None:
            act(loader, number)
        batch = next(loader)
        assert (batch.number, batch.epoch) == (number, epoch)
        assert batch.indices.tolist() == indices
        assert [problem.index for problem in batch.skipped] == skipped
        assert all(problem.batch == number for problem in batch.skipped)
        for got, image in zip(batch.images, images, strict=True):
            np.testing.assert_array_equal(got, image)
        count += 1
    if act is not None:
        act(loader, count)
    with pytest.raises(StopIteration):
        next(loader)
    return count


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    good = draw(st.lists(st.integers(0, 3), min_size=1, max_size=40))
    marks = [value > 0 for value in good]
    if not any(marks):
        marks[0] = True
    return {
        "good": marks,
        "seed": draw(st.integers(0, 5)),
        "shuffle": draw(st.booleans()),
        "epochs": draw(st.integers(1, 3)),
        "prefetch_batches": draw(st.integers(1, 5)),
        "num_workers": draw(st.integers(0, 3)),
        "image_size": draw(st.sampled_from([SIZE, None])),
        "sizes": draw(st.lists(st.integers(1, 12), min_size=1, max_size=6)),
        "workers": draw(st.lists(st.integers(0, 3), min_size=0, max_size=5)),
        "prefetches": draw(st.lists(st.integers(1, 5), max_size=3)),
        "engine": draw(st.sampled_from(ENGINES)),
        "engines": draw(st.lists(st.sampled_from(ENGINES), max_size=5)),
    }


@pytest.mark.slow
@given(plan=plans())
@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@pytest.mark.timeout(600)
def test_live_changes_leave_the_sequence_alone(plan: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    index = make_folder(tmp_path_factory.mktemp("order"), plan["good"])
    sizes = plan["sizes"]
    changes = {
        "num_workers": plan["workers"],
        "prefetch_batches": plan["prefetches"],
        "engine": plan["engines"],
    }

    def batch_size(number: int) -> int:
        return int(sizes[min(number, len(sizes) - 1)])

    def act(loader: Loader, number: int) -> None:
        loader.batch_size = batch_size(number)
        for name, values in changes.items():
            if number < len(values):
                setattr(loader, name, values[number])

    order = {key: plan[key] for key in ("seed", "shuffle", "epochs")}
    options = {key: plan[key] for key in ("prefetch_batches", "num_workers", "image_size", "engine")}
    options["max_bad_share"] = 1.0
    with Loader(index, batch_size=batch_size(0), **options, **order) as loader:
        assert_same(loader, index, batch_size, act, **order)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("image_size", [SIZE, None])
def test_every_engine_delivers_the_same(engine: str, image_size: tuple[int, int] | None, tmp_path: Path) -> None:
    index = make_folder(tmp_path, [number % 7 != 3 for number in range(50)])
    with Loader(index, batch_size=8, engine=engine, num_workers=2, image_size=image_size, epochs=3) as loader:
        assert assert_same(loader, index, lambda _: 8, epochs=3) == 18


@pytest.mark.parametrize("drop_last", [True, False])
@pytest.mark.parametrize("num_workers", [0, 2])
def test_drop_last_with_a_changing_batch_size(drop_last: bool, num_workers: int, tmp_path: Path) -> None:
    index = make_folder(tmp_path, [number % 5 != 2 for number in range(33)])
    sizes = [4, 4, 7, 7, 3, 9, 2]

    def batch_size(number: int) -> int:
        return sizes[number % len(sizes)]

    def act(loader: Loader, number: int) -> None:
        loader.batch_size = batch_size(number)

    with Loader(index, batch_size=4, num_workers=num_workers, epochs=4, drop_last=drop_last) as loader:
        assert_same(loader, index, batch_size, act, epochs=4, drop_last=drop_last)


def test_float32_has_the_values_of_uint8(tmp_path: Path) -> None:
    index = make_folder(tmp_path, [True] * 10)
    for image_size in (SIZE, None):
        common: dict[str, Any] = {"batch_size": 5, "epochs": 1, "image_size": image_size}
        with Loader(index, **common) as exact, Loader(index, dtype="float32", **common) as floats:
            for expected, batch in zip(exact, floats, strict=True):
                for got, image in zip(batch.images, expected.images, strict=True):
                    assert got.dtype == np.float32
                    np.testing.assert_array_equal(got, image.astype(np.float32))
