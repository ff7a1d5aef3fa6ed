"""Odd samples are delivered as they are, or a sentence names the sample and what to give instead."""

from typing import Any

import numpy as np
import pytest

from inspector import Loader, ShapeError, UserCodeError
from tests.torch.odd_samples import MAKERS, Odds, as_list

pytestmark = [  # of what is made here
    pytest.mark.filterwarnings("ignore:Sparse CSR tensor support"),
    pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor"),
]

DELIVERED = (
    *("dates", "read-only", "backwards", "columns first", "big-endian", "another class", "named tuple", "data class"),
    *(pytest.param(name, marks=pytest.mark.torch) for name in ("complex", "conjugate", "parameter", "a row", "turned")),
    *(pytest.param(name, marks=pytest.mark.torch) for name in ("columns", "channels last", "expanded", "empty")),
)
REFUSED = (
    ("masked", r"MaskedArray \(int64\), without an image: give .filled\(...\) of it, and its mask"),
    ("structured", "give each field of the array as an array of its own"),
    ("objects", "give an array or an image"),
    ("text", "give an array or an image"),
    ("0-d array", "give an array or an image"),
    ("NumPy's number", "give an array or an image"),
    ("None", "NoneType, without an image: give an array or an image"),
    ("bytes", "bytes, without an image"),
    ("path", "Path, without an image"),
    *(
        pytest.param(name, words, marks=pytest.mark.torch)
        for name, words in (
            ("bfloat16", r"torch.bfloat16\), without an image: NumPy has no such arrays: give .float\(\) of it"),
            ("float8", r"give .float\(\) of it, or set collate, which gets tensors as they are"),
            ("sparse", r"give .to_dense\(\) of it"),
            ("sparse rows", r"give .to_dense\(\) of it"),
            ("quantised", r"give .dequantize\(\) of it"),
            ("0-d tensor", "give an array or an image"),
        )
    ),
)


def plain(item: Any) -> Any:
    """The array of an item."""
    item = item.detach().resolve_conj() if hasattr(item, "detach") else getattr(item, "image", item)
    return np.asarray(item)


@pytest.mark.parametrize("name", DELIVERED)
def test_what_is_delivered_has_the_same_numbers(name: str) -> None:
    with Loader(Odds((name,), 2), batch_size=2, num_workers=0, shuffle=False) as loader:
        batch = next(loader)
    for number, image in enumerate(batch.images, 1):
        given = plain(MAKERS[name](number))
        assert (image.dtype, image.shape) == (given.dtype, given.shape)
        np.testing.assert_array_equal(image, given)


@pytest.mark.parametrize(("name", "words"), REFUSED)
def test_what_is_not_delivered_is_refused_with_what_to_do(name: str, words: str) -> None:
    with (
        Loader(Odds((name,), 2), batch_size=2, num_workers=0, shuffle=False) as loader,
        pytest.raises(ShapeError, match=rf"^dataset\[0\] came as .*{words}"),
    ):
        next(loader)


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore::UserWarning")  # torch's, of what is quantised or sparse
def test_collate_gets_all_of_them() -> None:
    from tests.torch.test_odd_samples import check_same

    names = tuple(name for name in MAKERS if name not in ("parameter", "another class", "conjugate", "turned"))
    with Loader(Odds(names), batch_size=4, num_workers=1, shuffle=False, collate=as_list, epochs=1) as loader:
        items = [item for batch in loader for item in batch.data]
    for name, item in zip(names, items, strict=True):
        expected = MAKERS[name](1)
        if str(getattr(expected, "layout", "")) == "torch.strided":
            expected = expected.contiguous()
        check_same(item, expected)


@pytest.mark.parametrize("dtype", ["bool", "int8", "float16", "int32", "uint64", ">u2", ">f4", ">i8"])
@pytest.mark.parametrize("shape", [(6, 8), (6, 8, 3), (1, 6, 8)])
def test_images_of_any_type_of_number_are_resized(dtype: str, shape: tuple[int, ...]) -> None:
    images = [np.full(shape, number, dtype) for number in range(2)]
    with Loader(images, batch_size=2, num_workers=0, shuffle=False, image_size=(3, 4)) as loader:
        batch = next(loader)
    expected = tuple(length // 2 if length > 3 else length for length in shape)
    for image, given in zip(batch.images, images, strict=True):
        assert (image.dtype, image.shape) == (given.dtype, expected)
        assert (image == given.flat[0]).all()


def test_what_cannot_be_resized_says_what_to_do() -> None:
    with (
        Loader([np.full((6, 8), 1j)], batch_size=1, num_workers=0, image_size=(3, 4)) as loader,
        pytest.raises(UserCodeError, match="type complex128 cannot be resized: give it in the size of image_size"),
    ):
        next(loader)
