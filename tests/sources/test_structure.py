"""Items of any structure, taken apart and put together again."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inspector.sources.structure import as_array, collated, count_leaves, part_names, put_together, size_of, take_apart
from inspector.sources.structure import with_image as replace_image

GREY = np.zeros((5, 6), np.float32)


class Pair(NamedTuple):
    picture: Any
    name: str


@dataclass(frozen=True)
class Record:
    image: Any
    boxes: Any
    note: str = field(default="", init=False)


def parts(record: Record) -> tuple[Any, ...]:
    return record.image, record.boxes, record.note


def same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return type(other) is np.ndarray and one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, dict):
        return type(one) is type(other) and list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, tuple | list):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Record):
        return isinstance(other, Record) and same(parts(one), parts(other))
    return bool(one == other)


leaves = st.one_of(st.integers(), st.text(max_size=3), st.none(), st.just(GREY), st.builds(np.array, st.integers(0, 9)))
items = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text(max_size=2) | st.integers(), inner, max_size=3),
        st.dictionaries(st.text(max_size=2), inner, max_size=3).map(OrderedDict),
        st.builds(Pair, inner, st.text(max_size=2)),
        st.builds(Record, inner, inner),
    ),
    max_leaves=8,
)


@given(items)
def test_what_is_put_together_again_is_the_same(item: Any) -> None:
    taken = take_apart(item)
    assert count_leaves(taken.structure) == len(taken.leaves) == len(taken.kinds)
    assert all(
        isinstance(leaf, np.ndarray) == (kind != "value") for leaf, kind in zip(taken.leaves, taken.kinds, strict=True)
    )
    assert same(put_together(taken.structure, iter(taken.leaves)), item)


@given(items)
def test_collated_columns_have_the_item_s_structure(item: Any) -> None:
    structure, leaves, _, _ = take_apart(item)
    batch = collated(structure, iter([[leaf, leaf] for leaf in leaves]))
    first = take_apart(batch)
    assert len(first.leaves) >= 1 or not leaves
    if isinstance(item, dict):
        assert list(batch) == list(item)
    if isinstance(item, Record):
        assert type(batch) is Record


@pytest.mark.parametrize(
    ("item", "image", "names"),
    [
        (GREY, 0, ("image",)),
        ((GREY, 3), 0, ("image", "label")),
        ([GREY, 3, 4], 0, ("image", "label", "2")),
        ((7, GREY), 1, ("0", "image")),
        ({"mask": GREY, "image": np.zeros((3, 8, 8))}, 1, ("mask", "image")),
        ({"boxes": np.zeros((2, 4)), "x": np.zeros((8, 9, 3))}, 1, ("boxes", "x")),
        ({"target": {"boxes": np.zeros((2, 4))}, "img": GREY}, 1, ("target", "img")),
        (Pair(GREY, "a"), 0, ("picture", "name")),
        (Record(np.zeros(7), GREY), 0, ("image", "boxes", "note")),
        (("a", 2), -1, ("0", "label")),
        ((np.array(3), 2), -1, ("0", "label")),
    ],
)
def test_which_leaf_is_the_image(item: Any, image: int, names: tuple[str, ...]) -> None:
    taken = take_apart(item)
    assert (taken.image, part_names(taken.structure, taken.image)) == (image, names)


def test_an_image_may_be_replaced_by_several_parts() -> None:
    taken = take_apart({"name": "a", "image": GREY, "label": 3})
    assert same(put_together(*_parts(replace_image(taken, GREY + 1))), {"name": "a", "image": GREY + 1, "label": 3})
    made = replace_image(taken, ("b", np.zeros((4, 4, 3))))
    assert same(put_together(*_parts(made)), {"name": "a", "image": ("b", np.zeros((4, 4, 3))), "label": 3})
    assert made.image == 2


def _parts(taken: Any) -> tuple[Any, Any]:
    return taken.structure, iter(taken.leaves)


@pytest.mark.parametrize(
    ("mode", "shape"),
    [("1", (5, 4)), ("L", (5, 4)), ("LA", (5, 4, 2)), ("P", (5, 4, 3)), ("RGB", (5, 4, 3)), ("RGBA", (5, 4, 4)),
     ("CMYK", (5, 4, 3)), ("YCbCr", (5, 4, 3)), ("I;16", (5, 4)), ("F", (5, 4))],
)  # fmt: skip
def test_images_of_pillow_are_grey_or_rgb(mode: str, shape: tuple[int, ...]) -> None:
    array = as_array(Image.new(mode, (4, 5)))
    assert array is not None
    assert array.shape == shape


def test_what_is_no_array() -> None:
    structured = np.zeros(3, [("a", "i4")])
    for value in ("a", 1, None, np.float32(1), np.array([None]), structured, np.ma.masked_array([1]), object(), {1: 2}):
        assert as_array(value) is None


@pytest.mark.parametrize(
    ("shape", "size"),
    [((5, 6), (5, 6)), ((5, 6, 3), (5, 6)), ((3, 5, 6), (5, 6)), ((3, 4, 3), (3, 4)), ((7,), (7, 0)), ((), (0, 0))],
)
def test_the_size_of_an_image(shape: tuple[int, ...], size: tuple[int, int]) -> None:
    assert size_of(shape) == size
