"""What training is given is shown as a picture, whatever its channels, type and range."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from inspector.monitor.picture import PictureRange, picture_of

RNG = np.random.default_rng(0)
RGB = RNG.integers(0, 256, (40, 30, 3)).astype(np.uint8)
RGB[0, 0], RGB[0, 1] = 0, 255
UNIT = RGB.astype(np.float32) / 255
MEAN, STD = np.array((0.485, 0.456, 0.406), np.float32), np.array((0.229, 0.224, 0.225), np.float32)


@pytest.mark.parametrize(
    "image",
    [
        RGB,
        RGB.astype(np.float32),
        RGB.astype(np.int64),
        np.moveaxis(RGB, 2, 0),
        UNIT,
        np.moveaxis(UNIT, 2, 0).astype(np.float16),
        UNIT * 2 - 1,
        np.moveaxis((UNIT - MEAN) / STD, 2, 0),
        np.dstack([RGB, RGB[:, :, :1]]),
        RGB.astype(np.uint16) * 257,
        RGB[None],
    ],
)
def test_colours_are_those_of_the_image(image: npt.NDArray[Any]) -> None:
    picture = picture_of(image, PictureRange.of([image]))
    np.testing.assert_allclose(picture.astype(np.float64), RGB, atol=0.6)


@pytest.mark.parametrize("image", [RGB[..., 0], RGB[..., :1], RGB[None, ..., 0], RGB[..., 0] / np.float32(255)])
def test_grey_is_grey(image: npt.NDArray[Any]) -> None:
    picture = picture_of(image, PictureRange.of([image]))
    np.testing.assert_allclose(picture, np.repeat(RGB[..., :1], 3, axis=2), atol=0.6)


def test_an_image_of_the_usual_kind_is_not_copied() -> None:
    for image in (RGB, RGB.astype(np.float32)):
        assert picture_of(image, PictureRange.of([image, image])) is image


def test_a_dark_image_is_judged_by_its_batch() -> None:
    dark = np.zeros((4, 4, 3), np.float32)
    for others in ([], [RGB.astype(np.float32)]):
        assert not picture_of(dark, PictureRange.of([dark, *others])).any()
    nearly = dark.copy()
    nearly[0, 0] = 1
    assert picture_of(nearly, PictureRange.of([nearly, RGB.astype(np.float32)])).max() == 1


@pytest.mark.parametrize(
    "image",
    [np.zeros((0, 4, 3), np.uint8), np.ones(7, np.float32), np.full((4, 5, 3), np.nan, np.float32),
     np.ones((20, 30, 40)), np.ones((4, 4), np.bool_), np.array(3.0), np.ones((3, 4), np.complex64)],
)  # fmt: skip
def test_whatever_it_is_a_picture_comes(image: npt.NDArray[Any]) -> None:
    picture = picture_of(image, PictureRange.of([image]))
    assert (picture.ndim, picture.shape[2]) == (3, 3)
    assert picture.size
    assert picture.dtype in (np.uint8, np.float32)
