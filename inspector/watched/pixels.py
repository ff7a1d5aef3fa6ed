"""What a model got, as pictures for people: layout by shape, values by what they prove.

A Normalize is *proved* where undoing it gives values on the lattice k/255 that 8-bit images have; else values are
scaled by their range, and that is said. Whether colours are RGB or BGR is proved only by the file, where it is known.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.watched.records import CopiedPicture, PictureSet

_CONSTANTS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "ImageNet's": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "0.5, 0.5": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "CLIP's": ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
    "CIFAR-10's": ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    "CIFAR-10's (0.2023)": ((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)),
    "CIFAR-100's": ((0.5071, 0.4865, 0.4409), (0.2673, 0.2564, 0.2762)),
    "MNIST's": ((0.1307,), (0.3081,)),
    "Fashion-MNIST's": ((0.2860,), (0.3530,)),
}
_CAFFE_MEANS = (103.939, 116.779, 123.68)  # of blue, green, red, in 0 to 255
_ON_LATTICE = 0.02  # distance from a whole number of 255ths
_MOST_VALUES = 40_000


@dataclass(frozen=True, slots=True, eq=False)
class ShownPicture:
    """A picture for people.

    Attributes:
        pixels: (h, w, 3) uint8 RGB.
        how: what was done to the values, for the user: "as they are", "times 255", "Normalize undone: ImageNet's",
            "scaled from -3.1 ... 2.6".
        proved: whether the values show that this is right, so that the colours are the image's own.
    """

    pixels: npt.NDArray[np.uint8]
    how: str
    proved: bool


def as_rgb(pictures: PictureSet) -> tuple[ShownPicture, ...]:
    """All pictures of a set, by one rule that fits all of them."""
    arrays = [_channels_last(picture) for picture in pictures.pictures]
    if not arrays:
        return ()
    values = _some_values(arrays)
    if values.dtype == np.uint8:
        return tuple(_shown(array, np.float64(1), np.float64(0), "as they are", True) for array in arrays)
    floats = values.astype(np.float64)
    low, high = float(np.min(floats)), float(np.max(floats))
    if not np.isfinite([low, high]).all():
        floats = floats[np.isfinite(floats).all(axis=-1)]
        low, high = (float(np.min(floats)), float(np.max(floats))) if floats.size else (0.0, 1.0)
    if low >= 0 and high <= 255 and high > 1.5 and _whole(floats):
        return tuple(_shown(array, np.float64(1), np.float64(0), "0 to 255", True) for array in arrays)
    if low >= 0 and high <= 1.0001 and _whole(floats * 255):
        return tuple(_shown(array, np.float64(255), np.float64(0), "0 to 1", True) for array in arrays)
    for name, (mean, std) in _CONSTANTS.items():
        if len(mean) not in (1, floats.shape[-1]):
            continue
        undone = floats * np.array(std) + np.array(mean)
        if undone.min() > -0.002 and undone.max() < 1.002 and _whole(undone * 255):
            scale, offset = 255 * np.array(std), 255 * np.array(mean)
            return tuple(_shown(array, scale, offset, f"Normalize undone: {name}", True) for array in arrays)
    if floats.shape[-1] == 3 and -125 < low < 0 < high < 160:
        undone = floats + np.array(_CAFFE_MEANS)
        if undone.min() > -0.5 and undone.max() < 255.5 and _whole(undone):
            means = np.array(_CAFFE_MEANS)
            return tuple(
                _shown(array[..., ::-1], np.float64(1), means[::-1], "means of Caffe added, BGR", True)
                for array in arrays
            )
    if low >= 0 and high <= 1.0001:
        return tuple(_shown(array, np.float64(255), np.float64(0), "0 to 1", False) for array in arrays)
    if low >= 0 and high <= 255 and high > 1.5:
        return tuple(_shown(array, np.float64(1), np.float64(0), "0 to 255", False) for array in arrays)
    # Augmented or resized after decoding: no lattice. A known Normalize that leads into 0 to 1 is likely, not proved.
    span = max(high - low, 1e-12)
    how = f"scaled from {low:.3g} … {high:.3g}"
    return tuple(_shown(array, np.float64(255 / span), np.float64(-255 * low / span), how, False) for array in arrays)


def _whole(values: npt.NDArray[np.float64]) -> bool:
    """Whether nearly all are whole numbers, and not all the same one."""
    near = np.abs(values - np.round(values)) < _ON_LATTICE
    return bool(near.mean() > 0.995) and float(np.ptp(values)) > 2


def _channels_last(picture: CopiedPicture) -> npt.NDArray[Any]:
    values = picture.values
    planar = values.shape[0] in (1, 3, 4) and (values.shape[-1] not in (1, 3, 4) or min(values.shape[1:]) >= 8)
    return np.moveaxis(values, 0, -1) if planar else values


def _some_values(arrays: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """(n, channels) of all arrays."""
    channels = arrays[0].shape[-1]
    flat = [array.reshape(-1, channels) for array in arrays if array.shape[-1] == channels]
    every = np.concatenate(flat)
    return every[:: max(1, len(every) // _MOST_VALUES)]


def _shown(
    array: npt.NDArray[Any],
    scale: npt.NDArray[np.float64] | np.float64,
    offset: npt.NDArray[np.float64] | np.float64,
    how: str,
    proved: bool,
) -> ShownPicture:
    values = np.nan_to_num(array.astype(np.float64), posinf=0.0, neginf=0.0) * scale + offset
    pixels = np.clip(np.round(values), 0, 255).astype(np.uint8)
    if pixels.shape[-1] == 1:
        pixels = np.repeat(pixels, 3, axis=-1)
    return ShownPicture(np.ascontiguousarray(pixels[..., :3]), how, proved)
