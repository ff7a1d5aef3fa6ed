"""What the checks measure of an image, from small copies of it: a hash and a few figures, packed in 32 bytes.

Each figure needs fewer pixels than a photograph has. The parts: single pixels, for how levels and colours are spread.
The small picture: grey, halved until the longer side has 64 to 127 pixels, for the edges; of a large image it is made
of some of the rows, since memory that is not touched takes no time. The hash is of the one before the last halving.
"""

import struct
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from inspector.scan.perceptual_hash import perceptual_hash

SMALL_SIDE = 64  # the longer side of the small picture
_MEAN_OF_ROWS = 3  # two to this power: of each eight rows at least one is looked at
_MANY = 320  # rows or columns, of which the last, odd one may be left out
_PARTS = 96  # columns that are looked at for levels and colours, and half as many rows
_DARK_SHARE, _BRIGHT_SHARE, _COLOUR_SHARE = 0.99, 0.05, 0.99
# Each pixel less the mean of its neighbours, times 8, as levels: fine detail and edges, none of even parts.
_EDGES = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], np.float32)
_PACKING = struct.Struct("<QII8e")
MEASURE_BYTES = _PACKING.size

Pixels = npt.NDArray[np.uint8]


class Measures(NamedTuple):
    """Of one image; the figures have 11 bits, as they are kept.

    Attributes:
        hash: see `perceptual_hash`.
        width, height: in pixels.
        sharpness: standard deviation of the edges at 64 pixels, in those of the grey levels; 0 where these are equal.
            A dark or pale picture is as sharp as the same one with all its contrast.
        highlights: 99 % of its pixels are no brighter than so many percent. shadows: 5 % are no brighter.
        entropy: of its grey levels, in bits.
        colour: 99 % of its parts have no more levels between their least and their greatest channel.
        red, green, blue: mean of each, in levels.
    """

    hash: int
    width: int
    height: int
    sharpness: float
    highlights: float
    shadows: float
    entropy: float
    colour: float
    red: float
    green: float
    blue: float

    def packed(self) -> bytes:
        """`MEASURE_BYTES` bytes, never all zero."""
        return _PACKING.pack(*self)

    @classmethod
    def unpacked(cls, packed: bytes) -> "Measures":
        """What `packed` gave."""
        return cls._make(_PACKING.unpack(packed))


def measure(rgb: Pixels) -> Measures:
    """All measures of (H, W, 3) pixels. Takes a fifth of the time that decoding a JPEG takes."""
    height, width = rgb.shape[:2]
    times = max(0, (max(height, width) // SMALL_SIDE).bit_length() - 1)  # that it is halved
    apart = max(1, 1 << times >> _MEAN_OF_ROWS)
    rows = np.ascontiguousarray(rgb[apart // 2 :: apart])
    grey = np.asarray(cv2.cvtColor(rows, cv2.COLOR_RGB2GRAY), np.uint8)
    parts = np.asarray(cv2.resize(rows, (_PARTS, _PARTS // 2), interpolation=cv2.INTER_NEAREST), np.uint8)
    red, green, blue, _ = cv2.mean(parts)
    larger = _small(grey, apart, max(0, times - 1))
    small = _mean_of_four(larger) if times and min(larger.shape) > 1 else larger
    found = Measures(
        perceptual_hash(larger),
        width,
        height,
        _sharpness(small),
        *_levels(np.asarray(cv2.cvtColor(parts, cv2.COLOR_RGB2GRAY), np.uint8)),
        _colour(parts),
        *(red, green, blue),
    )
    return Measures.unpacked(found.packed())  # what is decided now must be what is decided from what is kept


def _small(grey: Pixels, apart: int, times: int) -> Pixels:
    """Halved so many times, of rows so far apart: each pixel is the mean of the part that it stands for."""
    for _ in range(times):
        if min(grey.shape) < 2:
            break
        if apart == 1 and not any(side % 2 and side < _MANY for side in grey.shape):
            grey = _mean_of_four(grey)
            continue
        size = grey.shape[1] // 2, len(grey) // 2 if apart == 1 else len(grey)  # no odd row is dropped
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR), np.uint8)  # means of two
        apart = max(1, apart // 2)
    return grey


def _mean_of_four(pixels: Pixels) -> Pixels:
    """Half as many rows and columns: the means of 2 x 2 pixels."""
    height, width = pixels.shape[0] // 2, pixels.shape[1] // 2
    found = cv2.resize(pixels[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(found, np.uint8)


def _levels(grey: Pixels) -> tuple[float, float, float]:
    """Highlights, shadows and entropy."""
    levels = cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel()
    below = levels.cumsum()
    dark, bright = below.searchsorted((_DARK_SHARE * grey.size, _BRIGHT_SHARE * grey.size)).tolist()
    entropy = np.log2(grey.size) - float(levels @ np.log2(np.maximum(levels, 1))) / grey.size
    return dark / 2.55, bright / 2.55, abs(round(float(entropy), 3))


def _colour(parts: Pixels) -> int:
    planes = np.ascontiguousarray(_mean_of_four(parts).reshape(-1, 3).T)  # the noise of single pixels is no colour
    spread = planes.max(axis=0) - planes.min(axis=0)
    place = int(_COLOUR_SHARE * len(spread))
    spread.partition(place)
    return int(spread[place])


def _sharpness(grey: Pixels) -> float:
    height, width = grey.shape
    if (longer := max(height, width)) > SMALL_SIDE:
        size = (max(1, width * SMALL_SIDE // longer), max(1, height * SMALL_SIDE // longer))
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    edges = float(cv2.meanStdDev(cv2.filter2D(grey, cv2.CV_32F, _EDGES))[1][0, 0])
    levels = float(cv2.meanStdDev(grey)[1][0, 0])
    return edges / levels if levels > 0 else 0.0
