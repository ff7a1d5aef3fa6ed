"""What is done with images that the user's code gives: arrays of any type, channels first or last."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from inspector.sources.structure import channels_first

_RESIZABLE = (np.uint8, np.uint16, np.int16, np.float32, np.float64)  # by OpenCV


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
    if image.ndim not in (2, 3) or not image.size or image.dtype not in _RESIZABLE:
        raise UserError(f"an array of shape {image.shape} and type {image.dtype} cannot be resized", "")
    first = channels_first(image.shape)
    resized = cv2.resize(np.moveaxis(image, 0, 2) if first else image, (size[1], size[0]))
    if resized.ndim < image.ndim:
        resized = resized[..., None]  # OpenCV leaves out the dimension of a single channel
    return np.moveaxis(resized, 2, 0) if first else resized
