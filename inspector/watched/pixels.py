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
_ON_LATTICE_HALF = 0.13  # of values with 11 bits
_MOST_VALUES = 40_000
_Factor = npt.NDArray[np.float64] | np.float64
_ZERO, _ONE, _FULL = np.float64(0), np.float64(1), np.float64(255)


@dataclass(frozen=True, slots=True, eq=False)
class ShownPicture:
    """A picture for people.

    Attributes:
        pixels: (h, w, 3) uint8 RGB.
        how: what was done to the values, for the user: "as they are", "times 255", "Normalize undone: ImageNet's",
            "divided by 257", "scaled from -3.1 ... 2.6".
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
        return tuple(_shown(array, _ONE, _ZERO, "as they are", True) for array in arrays)
    floats = values.astype(np.float64)
    floats = floats[np.isfinite(floats).all(axis=-1)]
    if not floats.size:
        return tuple(_shown(array, _ZERO, _ZERO, "no value is finite", False) for array in arrays)
    within = _ON_LATTICE_HALF if values.dtype == np.float16 else _ON_LATTICE
    scale, offset, how, proved = _rule(floats, within)
    if how.endswith("BGR"):
        arrays = [array[..., ::-1] for array in arrays]
    return tuple(_shown(array, scale, offset, how, proved) for array in arrays)


def _rule(floats: npt.NDArray[np.float64], within: float) -> tuple[_Factor, _Factor, str, bool]:
    """(scale, offset) to 0 to 255 for all values (n, channels), what it does, whether they prove it.

    `within`: how near to whole numbers 8-bit values are in this type.
    """
    low, high = float(np.min(floats)), float(np.max(floats))
    if low >= 0 and high <= 255 and high > 1.5 and _whole(floats, within):
        return _ONE, _ZERO, "0 to 255", True
    if low >= 0 and high <= 1.0001 and _whole(floats * 255, within):
        return _FULL, _ZERO, "0 to 1", True
    for name, (mean, std) in _CONSTANTS.items():
        if len(mean) not in (1, floats.shape[-1]):
            continue
        undone = floats * np.array(std) + np.array(mean)
        if undone.min() > -0.002 and undone.max() < 1.002 and _whole(undone * 255, within):
            return 255 * np.array(std), 255 * np.array(mean), f"Normalize undone: {name}", True
    if floats.shape[-1] == 3 and -125 < low < 0 < high < 160:
        undone = floats + np.array(_CAFFE_MEANS)
        if undone.min() > -0.5 and undone.max() < 255.5 and _whole(undone, within):
            return _ONE, np.array(_CAFFE_MEANS)[::-1], "means of Caffe added, BGR", True
    if (own := _unknown_normalize(floats)) is not None:
        return own
    if low >= 0 and high <= 1.0001:
        return _FULL, _ZERO, "0 to 1", False
    if low >= 0 and high <= 255 and high > 1.5:
        return _ONE, _ZERO, "0 to 255", False
    # Augmented or resized after decoding: no lattice. A known Normalize that leads into 0 to 1 is likely, not proved.
    span = max(high - low, 1e-12)
    return np.float64(255 / span), np.float64(-255 * low / span), f"scaled from {low:.3g} … {high:.3g}", False


def _unknown_normalize(floats: npt.NDArray[np.float64]) -> tuple[_Factor, _Factor, str, bool] | None:
    """That of unknown constants, where the values of each channel are 255 equal steps: 0 and 255 are there."""
    steps, lows = [], []
    for channel in floats.T:
        different = np.unique(np.round(channel, 5))
        if not 32 <= len(different) <= 256:
            return None
        step = (different[-1] - different[0]) / 255
        if not _whole((different - different[0]) / step, _ON_LATTICE) or np.diff(different).min() < 0.9 * step:
            return None
        steps.append(step)
        lows.append(different[0])
    scale = 1 / np.array(steps)
    if not np.any(lows) and max(steps) - min(steps) < 1e-6 * max(steps):
        return scale, _ZERO, f"divided by {steps[0]:.4g}", True
    std, mean = scale / 255, -np.array(lows) * scale / 255
    said = f"mean {_numbers(mean)}, std {_numbers(std)}"
    return scale, -np.array(lows) * scale, f"Normalize undone: {said}", True


def _numbers(values: npt.NDArray[np.float64]) -> str:
    return " ".join(f"{value:.3g}" for value in values)


def _whole(values: npt.NDArray[np.float64], within: float) -> bool:
    """Whether nearly all are whole numbers, and not all the same one."""
    near = np.abs(values - np.round(values)) < within
    return bool(near.mean() > 0.995) and float(np.ptp(values)) > 2


def _channels_last(picture: CopiedPicture) -> npt.NDArray[Any]:
    values = picture.values
    planar = values.shape[0] in (1, 3, 4) and (values.shape[-1] not in (1, 3, 4) or min(values.shape[1:]) >= 8)
    return (np.moveaxis(values, 0, -1) if planar else values)[..., :3]  # without what is transparent


def _some_values(arrays: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """(n, channels) of all arrays."""
    channels = arrays[0].shape[-1]
    flat = [array.reshape(-1, channels) for array in arrays if array.shape[-1] == channels]
    every = np.concatenate(flat)
    return every[:: max(1, len(every) // _MOST_VALUES)]


def _shown(
    array: npt.NDArray[Any],
    scale: _Factor,
    offset: _Factor,
    how: str,
    proved: bool,
) -> ShownPicture:
    values = np.nan_to_num(array.astype(np.float64), posinf=0.0, neginf=0.0) * scale + offset
    pixels = np.clip(np.round(values), 0, 255).astype(np.uint8)
    if pixels.shape[-1] == 1:
        pixels = np.repeat(pixels, 3, axis=-1)
    return ShownPicture(np.ascontiguousarray(pixels[..., :3]), how, proved)
