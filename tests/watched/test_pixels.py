"""Pictures of watched batches: what the values prove, and what they do not."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from inspector.watched.pixels import as_rgb
from inspector.watched.records import CopiedPicture, PictureSet


def shown(array: npt.NDArray[Any]) -> Any:
    picture = CopiedPicture(array, array.shape, 1, None, None, None)
    (only,) = as_rgb(PictureSet("0", 0, 0, 1, 2, (picture,)))
    return only


@pytest.fixture
def image() -> npt.NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)


NORMALIZED = {
    "ImageNet's": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "0.5, 0.5": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "CLIP's": ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
}


@pytest.mark.parametrize("name", NORMALIZED)
def test_a_normalize_is_proved_by_the_values(image: npt.NDArray[np.uint8], name: str) -> None:
    mean, std = NORMALIZED[name]
    normalized = ((image / 255 - mean) / std).astype(np.float32).transpose(2, 0, 1)
    found = shown(normalized)
    assert found.proved
    assert name in found.how
    assert (found.pixels == image).all()


def test_values_off_the_lattice_are_scaled_and_it_is_said(image: npt.NDArray[np.uint8]) -> None:
    noise = np.random.default_rng(1).normal(0, 1.3, image.shape).astype(np.float32)
    found = shown(noise.transpose(2, 0, 1))
    assert not found.proved
    assert found.how.startswith("scaled from")


@pytest.mark.parametrize("kind", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("planar", [True, False])
def test_plain_layouts(image: npt.NDArray[np.uint8], kind: Any, planar: bool) -> None:
    array = image.astype(kind) / (255 if kind is not np.uint8 else 1)
    array = array.astype(kind)
    found = shown(array.transpose(2, 0, 1) if planar else array)
    assert found.proved
    assert (found.pixels == image).all()


def test_grey_becomes_rgb_and_nan_is_black() -> None:
    grey = np.linspace(0, 1, 64, dtype=np.float32).reshape(1, 8, 8).copy()
    grey[0, 0, 0] = np.nan
    found = shown(grey)
    assert found.pixels.shape == (8, 8, 3)
    assert (found.pixels[0, 0] == 0).all()


def test_a_normalize_of_unknown_constants_is_undone_where_black_and_white_are_there(
    image: npt.NDArray[np.uint8],
) -> None:
    image[0, 0], image[0, 1] = 0, 255
    mean, std = np.array([0.3, 0.4, 0.2]), np.array([0.11, 0.27, 0.33])
    found = shown(((image / 255 - mean) / std).astype(np.float32).transpose(2, 0, 1))
    assert found.proved
    assert found.how == "Normalize undone: mean 0.3 0.4 0.2, std 0.11 0.27 0.33"
    assert (found.pixels == image).all()


def test_half_precision_proves_what_it_can(image: npt.NDArray[np.uint8]) -> None:
    found = shown((image / 255).astype(np.float16).transpose(2, 0, 1))
    assert found.proved
    assert (found.pixels == image).all()
    assert not shown(np.random.default_rng(2).random((3, 24, 32)).astype(np.float16)).proved


def test_values_that_are_not_finite_are_black_and_it_is_said() -> None:
    found = shown(np.full((3, 8, 8), np.nan, np.float32))
    assert (found.how, found.proved) == ("no value is finite", False)
    assert not found.pixels.any()


def test_images_of_unequal_channels_in_one_batch(image: npt.NDArray[np.uint8]) -> None:
    normalized = ((image / 255 - 0.5) / 0.5).astype(np.float32)
    alpha = np.concatenate([normalized, normalized[..., :1]], axis=-1)
    arrays = [normalized, normalized[..., :1], alpha]
    pictures = tuple(CopiedPicture(array, array.shape, 1, None, None, None) for array in arrays)
    assert [each.pixels.shape for each in as_rgb(PictureSet("0", 0, 0, 3, 2, pictures))] == [image.shape] * 3


def test_16_bit_integers_from_8_bit_ones_are_divided(image: npt.NDArray[np.uint8]) -> None:
    image[0, 0], image[0, 1] = 0, 255
    found = shown(image.astype(np.uint16) * 257)
    assert (found.how, found.proved) == ("divided by 257", True)
    assert (found.pixels == image).all()
