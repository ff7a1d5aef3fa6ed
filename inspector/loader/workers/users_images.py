"""What is done with images that the user's code gives: arrays of any type, channels first or last."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from inspector.sources.structure import channels_first

_RESIZED_AS = {  # OpenCV has no others; NumPy's types without their order of bytes
    **{kind: kind for kind in ("u1", "u2", "i2", "f4", "f8")},
    **{"b1": "u1", "i1": "i2", "f2": "f4", "i4": "f8", "u4": "f8", "i8": "f8", "u8": "f8"},
}


class UserError(Exception):
    """The user's code raised; carried out of the stages as data."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


def channels_exchanged(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Red and blue exchanged, where it has them."""
    if image.ndim != 3:
        return image
    if channels_first(image.shape):
        return image[[2, 1, 0, *range(3, len(image))]] if len(image) >= 3 else image
    return image[..., [2, 1, 0, *range(3, image.shape[2])]] if image.shape[2] >= 3 else image


def resized_as_given(image: npt.NDArray[Any], size: tuple[int, int]) -> npt.NDArray[Any]:
    """An image of any channels, before or after the other dimensions, in the size (height, width).

    Raises:
        UserError: when it is none that can be resized.
    """
    kind = _RESIZED_AS.get(image.dtype.str[1:])
    if image.ndim not in (2, 3) or not image.size or kind is None:
        what = f"an array of shape {image.shape} and type {image.dtype}"
        raise UserError(f"{what} cannot be resized: give it in the size of image_size, or leave image_size out", "")
    first = channels_first(image.shape)
    numbers = image.astype(kind, copy=False)
    resized = cv2.resize(np.moveaxis(numbers, 0, 2) if first else numbers, (size[1], size[0]))
    if resized.ndim < image.ndim:
        resized = resized[..., None]  # OpenCV leaves out the dimension of a single channel
    if resized.dtype != image.dtype:
        whole = resized.dtype.kind == "f" and image.dtype.kind in "iu"
        resized = (np.rint(resized) if whole else resized).astype(image.dtype)
    return np.moveaxis(resized, 2, 0) if first else resized
