"""All that is shown of one image, made from the delivered array and a second look at its file."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from inspector.monitor.colour_proof import difference
from inspector.session.records import ColourMatch, DeliveredImage, Proof, SecondLook, Thumbnail

_SMALLEST_LEVEL_PX = 512
_STRIP_ROWS = 256
_MOST_GAIN = 128
_FORGOTTEN = Proof(ColourMatch.UNKNOWN, "The batch is no longer kept.", "not kept")

Rgb = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class ImagePyramid:
    """An image for the screen: uint8 RGB in several sizes, each half of the one before. `height, width`: the whole."""

    height: int
    width: int
    levels: tuple[Rgb, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ImageData:
    """What is shown of one image.

    Attributes:
        pixels: (H, W, 3) as delivered; None where they are no longer kept.
        thumbnail: what is known of the file.
        look: at the file.
        delivered, reference, difference: for the screen; the last two None where there is nothing to compare with.
        gain: by which the differences are multiplied, so that they can be seen.
        reference_pixels: (H, W, 3) uint8 of the second decoder, after the same resize; None likewise.
        histogram: (3, 256) int, how often each rounded value comes, of R, G, B.
        lowest, highest: value of any channel. `means`: of R, G, B.
    """

    pixels: npt.NDArray[Any] | None
    thumbnail: Thumbnail
    look: SecondLook
    delivered: ImagePyramid
    reference: ImagePyramid | None
    difference: ImagePyramid | None
    gain: int
    reference_pixels: Rgb | None
    histogram: npt.NDArray[np.int64]
    lowest: float
    highest: float
    means: tuple[float, float, float]


def image_data(thumbnail: Thumbnail, image: DeliveredImage | None, look: SecondLook | None) -> ImageData:
    """Takes tens of milliseconds; in any thread but the GUI's. `image`, `look`: None where the batch is forgotten."""
    look = look or SecondLook(_FORGOTTEN)
    kept = image.pixels if image is not None else None
    pixels: npt.NDArray[Any] = thumbnail.pixels if kept is None else kept
    reference = apart = reference_pixels = None
    gain = 1
    if kept is not None and look.rgb is not None:
        reference = pyramid(look.rgb)
        if look.rgb.shape == pixels.shape:
            reference_pixels = look.rgb
            differences = difference(pixels, reference_pixels, look.known)
            largest = int(differences.max())
            while gain < _MOST_GAIN and 0 < largest * gain * 2 <= 255:
                gain *= 2
            apart = pyramid(differences * np.uint8(gain))
    delivered = pyramid(_as_bytes(pixels))
    counts = [cv2.calcHist([delivered.levels[0]], [channel], None, [256], [0, 256]).ravel() for channel in range(3)]
    red, green, blue, _ = cv2.mean(pixels)
    return ImageData(
        pixels=kept,
        thumbnail=thumbnail,
        look=look,
        delivered=delivered,
        reference=reference,
        difference=apart,
        gain=gain,
        reference_pixels=reference_pixels,
        histogram=np.array(counts, np.int64),
        lowest=float(pixels.min()),
        highest=float(pixels.max()),
        means=(red, green, blue),
    )


def pyramid(rgb: Rgb) -> ImagePyramid:
    """For the screen, from an array that nobody will change."""
    levels = [rgb]
    while max(levels[-1].shape[:2]) > _SMALLEST_LEVEL_PX:
        height, width = levels[-1].shape[:2]
        half = max(1, (width + 1) // 2), max(1, (height + 1) // 2)
        levels.append(np.asarray(cv2.resize(levels[-1], half, interpolation=cv2.INTER_AREA), np.uint8))
    return ImagePyramid(rgb.shape[0], rgb.shape[1], tuple(levels))


def stand_in(thumbnail: Thumbnail, image: DeliveredImage | None) -> ImagePyramid:
    """The thumbnail in the size of the whole image, where that is known, until the image is there."""
    pixels = image.pixels if image is not None and image.pixels is not None else thumbnail.pixels
    height, width = pixels.shape[:2]
    return ImagePyramid(height, width, (thumbnail.pixels,))


def _as_bytes(pixels: npt.NDArray[Any]) -> Rgb:
    if pixels.dtype == np.uint8:
        return np.array(pixels, order="C")  # its own: the batch's memory is not kept for the sake of the screen
    rgb = np.empty(pixels.shape, np.uint8)
    for top in range(0, len(pixels), _STRIP_ROWS):
        rows = slice(top, top + _STRIP_ROWS)
        rgb[rows] = np.clip(np.nan_to_num(np.rint(pixels[rows])), 0, 255)
    return rgb
