"""Samples are what the user's code gives: of any structure, with arrays that are stacked, and other values as lists."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector import FileIndex, Loader, MemoryLimitError, ProblemKind, UserCodeError
from inspector.loader.batch import Batch
from tests.examples import examples
from tests.loader.folders import make_folder
from tests.loader.items import (
    LENGTH,
    MAKERS,
    Items,
    KeysOfAnyType,
    Masks,
    Numbers,
    Odd,
    Pair,
    Record,
    Side,
    Tensors,
    full,
    halves,
    list_of,
    stacked_and_drawn,
)
from tests.loader.streams import stream

ENGINES = ("processes", "threads", "serial")


def samples_of(data: Any, count: int) -> Iterator[Any]:
    """A collated batch as its samples again."""
    for i in range(count):
        yield sample_of(data, i)


def sample_of(data: Any, i: int) -> Any:
    if isinstance(data, dict):
        return {key: sample_of(value, i) for key, value in data.items()}
    if isinstance(data, Pair):
        return Pair(*(sample_of(value, i) for value in data))
    if isinstance(data, Record):
        return Record(*(sample_of(value, i) for value in vars(data).values()))
    if isinstance(data, tuple):
        return tuple(sample_of(value, i) for value in data)
    return data[i]


def assert_same(got: Any, expected: Any) -> None:
    if isinstance(expected, np.ndarray):
        assert isinstance(got, np.ndarray)
        assert (got.dtype, got.shape) == (expected.dtype, expected.shape)
        np.testing.assert_array_equal(got, expected)
    elif isinstance(expected, Record):
        assert_same(vars(got), vars(expected))
    elif isinstance(expected, dict):
        assert list(got) == list(expected)
        for key in expected:
            assert_same(got[key], expected[key])
    elif isinstance(expected, tuple | list) and not all(isinstance(each, float) for each in expected):
        assert len(got) == len(expected)
        for one, other in zip(got, expected, strict=True):
            assert_same(one, other)
    else:
        assert got == expected


class Reader(np.ndarray[Any, Any]):
    """An array with something of its own, such as readers of image files give."""


@pytest.mark.parametrize("kind", [Reader, np.matrix])
def test_an_array_of_another_class_is_an_array(kind: Any) -> None:
    items = [(full(i, 4, 5).view(kind), i) for i in range(4)]
    with Loader(items, batch_size=4, num_workers=0, shuffle=False) as loader:
        batch = next(loader)
        assert_same(batch.data, (np.stack([full(i, 4, 5) for i in range(4)]), [0, 1, 2, 3]))


def test_masked_values_keep_their_mask() -> None:
    items = [(full(i, 4, 5), np.ma.masked_equal([0, 1, i], 1)) for i in range(4)]
    with Loader(items, batch_size=4, num_workers=0, shuffle=False) as loader:
        assert [value.tolist() for value in next(loader).data[1]] == [
            [0, None, i if i != 1 else None] for i in range(4)
        ]


@pytest.mark.parametrize("engine", ENGINES)
def test_keys_of_a_dict_may_be_more_than_text(engine: str) -> None:
    with Loader(KeysOfAnyType(), batch_size=2, engine=engine, epochs=1, shuffle=False) as loader:
        for number, batch in enumerate(loader):
            assert list(batch.data) == [("cam", 0), 7, Side.LEFT, (Side.RIGHT, 1.5, None)]
            np.testing.assert_array_equal(batch.images, batch.data["cam", 0])
            assert np.shape(batch.images) == (2, 3, 4, 3)
            assert batch.data[7].tolist() == [[2 * number] * 2, [2 * number + 1] * 2]
            assert batch.data[Side.LEFT] == [2 * number, 2 * number + 1]
            inner = batch.data[Side.RIGHT, 1.5, None]
            assert [type(key) for key in inner] == [np.int64, frozenset]
            assert inner[3].shape == (2, 5)
            assert inner[frozenset({1})] == ["text", "text"]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", MAKERS)
def test_samples_come_as_they_were_given(kind: str, engine: str) -> None:
    make = MAKERS[kind]
    with Loader(Items(kind), batch_size=7, engine=engine, epochs=3, seed=3) as loader:
        for batch in stream(loader):
            expected = [make(index) for index in batch.indices.tolist()]
            if kind == "another structure" and isinstance(batch.data, list):
                given = batch.data
            elif kind == "list":
                given = [list(each) for each in zip(*batch.data, strict=True)]
            else:
                given = list(samples_of(batch.data, len(batch)))
            assert_same(given, expected)
            assert len(batch.images) == len(batch)
            for image, index in zip(batch.images, batch.indices, strict=True):
                assert (image == index).all()
            if isinstance(batch.images, np.ndarray):
                assert batch.images.flags.c_contiguous
                assert batch.images.flags.writeable
        assert loader.snapshot().restarts == 0
        del batch, given, expected, image
        assert loader.problems == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["ragged", "one odd", "dict", "many values", "record"])
def test_whether_arrays_are_stacked_depends_on_the_batch_alone(kind: str) -> None:
    def shapes(num_workers: int, prefetch: int) -> list[Any]:
        options: dict[str, Any] = {"batch_size": 6, "epochs": 2, "prefetch_batches": prefetch}
        with Loader(Items(kind), num_workers=num_workers, **options) as loader:
            return [[getattr(part, "shape", None) for part in batch.fields.values()] for batch in stream(loader)]

    first = shapes(0, 1)
    assert all(shapes(*how) == first for how in ((1, 1), (3, 9)))


@pytest.mark.slow
@given(
    kind=st.sampled_from(sorted(set(MAKERS) - {"list", "another structure", "empty"})),
    sizes=st.lists(st.integers(1, 12), min_size=1, max_size=5),
    workers=st.lists(st.integers(0, 3), max_size=4),
    engines=st.lists(st.sampled_from(ENGINES), max_size=3),
    limit=st.sampled_from([1_500_000, 100_000_000]),
)
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.timeout(600)
def test_live_changes_and_little_memory_leave_them_alone(
    kind: str, sizes: list[int], workers: list[int], engines: list[Any], limit: int
) -> None:
    kept: list[Batch] = []
    with Loader(Items(kind), batch_size=sizes[0], epochs=2, memory_limit_bytes=limit) as loader:
        indices: list[int] = []
        for number in range(2 * LENGTH):
            loader.batch_size = sizes[min(number, len(sizes) - 1)]
            if number < len(workers):
                loader.num_workers = workers[number]
            if number < len(engines):
                loader.engine = engines[number]
            try:
                batch = next(loader)
            except StopIteration:
                break
            assert_same(list(samples_of(batch.data, len(batch))), [MAKERS[kind](i) for i in batch.indices.tolist()])
            indices += batch.indices.tolist()
            kept = [*kept, batch][-3:]
        assert sorted(indices) == sorted([*range(LENGTH)] * 2)
        for batch in kept:
            assert_same(list(samples_of(batch.data, len(batch))), [MAKERS[kind](i) for i in batch.indices.tolist()])


@pytest.mark.slow
def test_labels_are_found_by_name_or_place() -> None:
    labels = {}
    for kind in ("list", "three", "named", "ragged", "array"):
        with Loader(Items(kind), batch_size=4, shuffle=False) as loader:
            labels[kind] = next(loader).labels
    assert labels == {"list": [0, 1, 2, 3], "three": [0, 1, 2, 3], "named": [0, 1, 2, 3], "ragged": [0, 1, 2, 3],
                      "array": None}  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", ["array", "grey", "channels first", "rgba", "dict"])
def test_images_of_any_channels_are_resized(kind: str, engine: str) -> None:
    with Loader(Items(kind), batch_size=8, engine=engine, image_size=(8, 10)) as loader:
        batch = next(loader)
    assert isinstance(batch.images, np.ndarray)
    assert batch.images.shape in ((8, 8, 10, 3), (8, 8, 10), (8, 3, 8, 10), (8, 8, 10, 4))
    assert batch.sizes.tolist() == [[4, 5]] * 8
    assert (batch.images.reshape(8, -1) == batch.indices[:, None]).all()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("odd", "words"),
    [
        ("SystemExit", "SystemExit: no such label"),
        ("GeneratorExit", "GeneratorExit: closed"),
        ("Words", "Words: "),
        ("Unreadable", "OSError: image file is truncated"),
        ("unsendable", "TypeError: cannot pickle"),
    ],
)
def test_whatever_is_raised_is_told_in_its_own_words(engine: str, odd: str, words: str) -> None:
    options: dict[str, Any] = {"batch_size": 4, "engine": engine, "shuffle": False, "epochs": 1}
    with Loader(Odd(odd), **options) as loader:
        assert len(next(loader)) == 4
        with pytest.raises(UserCodeError, match=rf"dataset\[5\].*({words})"):
            next(loader)
        assert loader.snapshot().restarts == 0
    with Loader(Odd(odd), **options, on_error="skip") as loader:
        assert sum(len(batch) for batch in loader) == LENGTH - 1
        assert [problem.kind for problem in loader.problems] == [ProblemKind.TRANSFORM_FAILED]


def test_a_value_that_cannot_be_made_again_is_an_error_of_its_batch() -> None:
    with (
        Loader(Odd("Picklish"), batch_size=10, shuffle=False) as loader,
        pytest.raises(UserCodeError, match="LookupError: cannot be made again"),
    ):
        next(loader)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["array", "value"])
@pytest.mark.parametrize("image_size", [(4, 5), None])
def test_all_that_a_sample_takes_counts(how: str, image_size: tuple[int, int] | None) -> None:
    options: dict[str, Any] = {"batch_size": 4, "image_size": image_size, "epochs": 1, "num_workers": 2}
    with Loader(Masks(how), memory_limit_bytes=10_000_000, **options) as loader:
        for batch in loader:
            assert loader.snapshot().memory_bytes <= 10_000_000
            assert batch.labels is not None
            for label, index in zip(batch.labels, batch.indices.tolist(), strict=True):
                assert bytes(label[:2]) == bytes([index]) * 2 if how == "value" else (label == index).all()
    with (
        Loader(Masks(how), memory_limit_bytes=3_000_000, **options) as loader,
        pytest.raises(MemoryLimitError, match="does not fit into memory_limit_bytes"),
    ):
        next(loader)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_transform_may_return_anything(engine: str, tmp_path: Any) -> None:
    index: FileIndex = make_folder(tmp_path, [True] * 20)
    options: dict[str, Any] = {"batch_size": 10, "image_size": (6, 8), "epochs": 1}
    with Loader(index, **options) as plain, Loader(index, transform=halves, engine=engine, **options) as loader:
        for batch, expected in zip(loader, plain, strict=True):
            assert isinstance(expected.images, np.ndarray)
            np.testing.assert_array_equal(batch.images, np.moveaxis(expected.images, 3, 1) / np.float32(2))
            assert len(set(batch.fields["drawn"])) == 10
            assert batch.sizes.tolist() == expected.sizes.tolist()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("collate", [stacked_and_drawn, "tests.loader.items:stacked_and_drawn"])
def test_collate_gets_the_samples_and_draws_the_same_everywhere(engine: str, collate: Any) -> None:
    options: dict[str, Any] = {"batch_size": 6, "epochs": 2, "collate": collate}
    with Loader(Items("three"), num_workers=0, **options) as loader:
        expected = [batch.data[2] for batch in stream(loader)]
    assert len(set(expected)) == len(expected)
    before = np.random.get_state(legacy=False)["state"]["key"]
    with Loader(Items("three"), engine=engine, num_workers=2, **options) as loader:
        for number, batch in enumerate(stream(loader)):
            images, rest, drawn = batch.data
            assert (images[:, 0, 0, 0] == batch.indices).all()
            assert rest == [[index, f"name {index}"] for index in batch.indices]
            assert drawn == expected[number]
    np.testing.assert_array_equal(before, np.random.get_state(legacy=False)["state"]["key"])


def test_what_collate_raises_names_the_batch() -> None:
    with (
        Loader(Items("three"), batch_size=4, shuffle=False, collate=lambda samples: samples[9]) as loader,
        pytest.raises(UserCodeError, match=r"batch 0, which begins with dataset\[0\]: collate raised IndexError"),
    ):
        next(loader)


@pytest.mark.parametrize("engine", ENGINES)
def test_with_collate_items_need_no_image(engine: str) -> None:
    with Loader(Numbers(), batch_size=8, engine=engine, epochs=1, collate=list) as loader:
        items = [item for batch in loader for item in batch.data]
    assert sorted(items) == sorted(map(Numbers().__getitem__, range(LENGTH)))


@pytest.mark.torch
@pytest.mark.parametrize("engine", ENGINES)
def test_tensors_are_arrays_and_for_collate_tensors(engine: str) -> None:
    import torch

    with Loader(Tensors(), batch_size=8, engine=engine, epochs=1) as loader:
        for batch in loader:
            image, number, brief = batch.data
            assert (image.dtype, image.shape, number.dtype) == (np.float32, (8, 3, 8, 9), np.int64)
            assert (image[:, 0, 0, 0] == batch.indices).all()
            assert (number == batch.indices).all()
            assert [each.dtype for each in brief] == [torch.bfloat16] * 8
    with Loader(Tensors(), batch_size=8, engine=engine, epochs=1, collate=list_of) as loader:
        for batch in loader:
            for (image, number, brief), index in zip(batch.data, batch.indices, strict=True):
                assert all(isinstance(each, torch.Tensor) for each in (image, number, brief))
                assert (float(image[0, 0, 0]), int(number), float(brief[0])) == (index, index, index)
