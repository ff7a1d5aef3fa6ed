"""Delivered images as pictures: training takes arrays of any channels, types and ranges; a view shows 0 to 255 RGB.

Which range the numbers have is judged by all images of a batch, as a single one may be dark.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from inspector.sources.structure import channels_first

_LOOKED_AT = 4096  # numbers of each image
_SLACK = 1e-3
_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_IMAGENET_RANGE = (-2.12, 2.65)

_Array = npt.NDArray[Any]


class PictureRange(NamedTuple):
    """What becomes 0 and 255. None: the numbers are 0 to 255 already. `imagenet`: normalised with its statistics."""

    low: float = 0.0
    high: float = 255.0
    imagenet: bool = False

    @classmethod
    def of(cls, images: Sequence[_Array] | _Array) -> Self:
        """The range that images with these numbers are likely to have been made for."""
        if isinstance(images, np.ndarray) and images.dtype == np.uint8:
            return cls()  # most batches, fast
        kinds = {image.dtype.kind for image in images}
        if kinds <= {"b"}:
            return cls(high=1.0)
        if all(image.dtype == np.uint8 for image in images):
            return cls()
        ends = [_ends(image) for image in images if image.size]
        low, high = min((low for low, _ in ends), default=0.0), max((high for _, high in ends), default=0.0)
        if "f" not in kinds:
            return cls() if low >= 0 and high <= 255 else cls(0.0 if low >= 0 else low, _full_scale(high))
        if low >= 0:
            whole = high <= 1 and all(_whole_numbers(image) for image in images)
            return cls(high=1.0) if high <= 1 + _SLACK and not whole else cls(high=max(255.0, high))
        if low >= -1 - _SLACK and high <= 1 + _SLACK:
            return cls(-1.0, 1.0)
        if _IMAGENET_RANGE[0] <= low and high <= _IMAGENET_RANGE[1]:
            return cls(imagenet=True)
        return cls(low, high)

    @property
    def plain(self) -> bool:
        """Nothing is to be done."""
        return self == PictureRange()


def picture_of(image: _Array, numbers: PictureRange) -> _Array:
    """(H, W, 3) uint8 or float32 from 0 to 255; the image itself, where it is like that already."""
    picture = _rgb(image)
    if numbers.plain:
        return picture if picture.dtype in (np.uint8, np.float32) else picture.astype(np.float32)
    values = np.nan_to_num(picture.astype(np.float32))
    if numbers.imagenet:
        values = (values * np.array(_IMAGENET_STD, np.float32) + np.array(_IMAGENET_MEAN, np.float32)) * 255
    else:
        values = (values - numbers.low) * (255 / max(numbers.high - numbers.low, 1e-12))
    return np.clip(values, 0, 255)


def _rgb(image: _Array) -> _Array:
    if image.dtype.kind == "c":
        image = np.abs(image)
    if image.ndim == 3 and image.shape[2] == 3 and image.size:
        return image
    while image.ndim > 3 and len(image):
        image = image[0]  # the first of a film's or a stack's
    if not image.size:
        return np.zeros((1, 1, 3), np.uint8)
    if image.ndim < 2:
        image = image.reshape(1, -1)
    if image.ndim == 2:
        return np.repeat(image[:, :, None], 3, axis=2)
    if channels_first(image.shape):
        image = np.moveaxis(image, 0, 2)
    elif image.shape[2] > 4:  # neither end has channels: slices
        return np.repeat(image[0][:, :, None], 3, axis=2)
    return image[..., :3] if image.shape[2] >= 3 else np.repeat(image[..., :1], 3, axis=2)


def _ends(image: _Array) -> tuple[float, float]:
    values = _some(image)
    values = values[np.isfinite(values)]
    return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)


def _some(image: _Array) -> _Array:
    numbers = image.reshape(-1)[:: max(1, image.size // _LOOKED_AT)]
    return numbers.astype(np.float64) if image.dtype.kind != "c" else np.abs(numbers)


def _whole_numbers(image: _Array) -> bool:
    """Likely an image of 0 to 255 that is all but black, or one whose every pixel is either black or white."""
    some = _some(image)
    return bool((some == np.rint(some)).all()) and not bool((some == 1).mean() > _SLACK)


def _full_scale(high: float) -> float:
    """White, of whole numbers up to `high`: of 12 or 16 bits."""
    return next((float(white) for white in (255, 4095, 65535) if high <= white), high)
