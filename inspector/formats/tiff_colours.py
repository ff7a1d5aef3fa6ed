"""From the samples of a TIFF to RGB, for every photometric interpretation that is read here."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from inspector.formats import tiff_layout as layouts
from inspector.formats import tiff_tags as tags
from inspector.formats.image import Pixels
from inspector.formats.pixels import eight_bits
from inspector.formats.tiff_layout import Layout

Samples = NDArray[np.unsignedinteger]  # (rows, columns, channels)

# From CIE XYZ under D50, with 1 for white's Y, to linear sRGB under D65 (Bradford adaptation), as ICC has it.
_XYZ_TO_RGB = np.array(
    [[3.1341359, -1.6173863, -0.4906619], [-0.9787955, 1.9162544, 0.0334427], [0.0719550, -0.2289769, 1.4053860]],
    np.float32,
)
_D50 = (0.96422, 1.0, 0.82521)
_ASSOCIATED = 1


class ColourConversion:
    """Turns samples of one page into RGB."""

    def __init__(self, layout: Layout) -> None:
        """Raises ValueError where the file has no palette although it needs one."""
        self._layout = layout
        self._largest = (1 << layout.bits) - 1
        self._palette = _palette(layout) if layout.photometric == layouts.PALETTE else None

    def paint(self, samples: Samples, target: Pixels) -> None:
        """Write the colours of `samples` into `target` (rows, columns, 3)."""
        layout = self._layout
        match layout.photometric:
            case layouts.PALETTE:
                assert self._palette is not None
                np.take(self._palette, samples[..., 0], axis=0, out=target, mode="clip")
            case layouts.CMYK:
                inks = self._eight(samples[..., :4]).astype(np.uint16)
                target[...] = (255 - inks[..., :3]) * (255 - inks[..., 3:]) // 255
            case layouts.YCC if layout.compression != layouts.JPEG:
                target[...] = _from_ycc(layout, samples[..., :3])
            case layouts.LAB | layouts.ICC_LAB:
                target[...] = _from_lab(samples[..., :3], layout.photometric == layouts.LAB, self._largest)
            case _:
                colours = 1 if layout.photometric in (layouts.WHITE_IS_ZERO, layouts.BLACK_IS_ZERO) else 3
                self._direct(samples, colours, target)

    def _direct(self, samples: Samples, colours: int, target: Pixels) -> None:
        if self._layout.extra == _ASSOCIATED:
            values = _unmultiplied(samples[..., :colours], samples[..., colours : colours + 1], self._largest)
        else:
            values = self._eight(samples[..., :colours])
        if self._layout.photometric == layouts.WHITE_IS_ZERO:
            values = cv2.bitwise_not(values).reshape(values.shape).view(np.uint8)
        if colours == 1:
            cv2.cvtColor(values, cv2.COLOR_GRAY2RGB, dst=target)
        else:
            target[...] = values

    def _eight(self, values: Samples) -> Pixels:
        if values.dtype == np.uint8 and self._largest == 255:
            return values.view(np.uint8)
        if self._largest == 65535:
            return cv2.convertScaleAbs(values, alpha=1 / 257).reshape(values.shape).view(np.uint8)
        if values.dtype == np.uint8:
            return cv2.LUT(values, eight_bits(self._largest)).reshape(values.shape).view(np.uint8)
        return eight_bits(self._largest)[values]


def _unmultiplied(colours: Samples, alpha: Samples, largest: int) -> Pixels:
    """The colours before they were multiplied by their alpha; as stored where that is 0."""
    opacity = np.where(alpha == 0, largest, alpha).astype(np.uint32)
    values: Pixels = np.minimum((colours * np.uint32(255) + opacity // 2) // opacity, 255).astype(np.uint8)
    return values


def _palette(layout: Layout) -> Pixels:
    size = 1 << layout.bits
    found = layout.numbers(tags.COLOUR_MAP, 3 * size)
    if found is None:
        raise ValueError("its palette is missing")
    shift = 8 if (found > 255).any() else 0  # some writers put 8 bits there
    palette: Pixels = np.ascontiguousarray((found.reshape(3, size).T >> shift).astype(np.uint8))
    return palette


def _from_ycc(layout: Layout, samples: Samples) -> Pixels:
    red, green, blue = layout.floats(tags.YCC_COEFFICIENTS, 3) or (0.299, 0.587, 0.114)
    reference = layout.floats(tags.REFERENCE_BLACK_WHITE, 6) or (0, 255, 128, 255, 128, 255)
    ycc = np.empty(samples.shape, np.float32)
    for channel, most in enumerate((255, 127, 127)):
        black, white = reference[2 * channel : 2 * channel + 2]
        ycc[..., channel] = (samples[..., channel].astype(np.float32) - black) * (most / ((white - black) or 1))
    y, cb, cr = np.moveaxis(ycc, 2, 0)
    rgb = np.empty(samples.shape, np.float32)
    rgb[..., 0] = y + cr * (2 - 2 * red)
    rgb[..., 2] = y + cb * (2 - 2 * blue)
    rgb[..., 1] = (y - red * rgb[..., 0] - blue * rgb[..., 2]) / (green or 1)
    return np.clip(np.rint(rgb), 0, 255).astype(np.uint8)


def _from_lab(samples: Samples, signed: bool, largest: int) -> Pixels:
    unit = 1 if largest == 255 else 256
    y = (samples[..., 0].astype(np.float32) * np.float32(100 / largest) + 16) / 116
    stored = samples[..., 1:].view(np.int8 if largest == 255 else np.int16) if signed else samples[..., 1:]
    chroma = stored.astype(np.float32) / np.float32(unit)
    middle = 0 if signed else 128
    steps = np.empty(samples.shape, np.float32)
    steps[..., 0] = y + (chroma[..., 0] - middle) / 500
    steps[..., 1] = y
    steps[..., 2] = y - (chroma[..., 1] - middle) / 200
    cubes = steps * steps * steps
    np.copyto(cubes, (steps - 4 / 29) * np.float32(3 * (6 / 29) ** 2), where=steps <= 6 / 29)
    linear = cv2.transform(cubes, _XYZ_TO_RGB * np.array(_D50, np.float32))
    rgb: Pixels = _gamma()[(np.clip(linear, 0, 1) * np.float32(4095) + np.float32(0.5)).astype(np.uint16)]
    return rgb


@lru_cache(1)
def _gamma() -> Pixels:
    """sRGB's curve for 0 to 4095."""
    linear = np.arange(4096) / 4095
    curved = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    eight: Pixels = np.rint(255 * curved).astype(np.uint8)
    return eight
