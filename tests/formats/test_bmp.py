"""BMP: every header, every depth, and the colours that the masks say."""

import struct

import numpy as np
import pytest
from PIL import Image

from inspector.formats.decode import decode
from inspector.formats.problems import ProblemKind
from tests.formats.test_decode import PHOTOGRAPH, bad
from tests.formats.writers import as_pillow_has_it, bmp, pillow

EVEN = np.ascontiguousarray(PHOTOGRAPH[:, :120])
MASKS_16 = ((0xF800, 0x7E0, 0x1F), (0x7C00, 0x3E0, 0x1F), (0xF00, 0xF0, 0xF), (0x1F, 0x7E0, 0xF800))
MASKS_32 = (
    (0xFF0000, 0xFF00, 0xFF),
    (0xFF, 0xFF00, 0xFF0000),
    (0xFF000000, 0xFF0000, 0xFF00),
    (0xFC, 0x3F00, 0x1F0000),
)


@pytest.mark.parametrize("header_size", [40, 52, 56, 108, 124])
@pytest.mark.parametrize(("bits", "masks"), [(16, masks) for masks in MASKS_16] + [(32, masks) for masks in MASKS_32])
def test_masks_say_where_the_colours_are(header_size: int, bits: int, masks: tuple[int, int, int]) -> None:
    depths = np.array([mask.bit_count() for mask in masks])
    right = np.rint((EVEN >> (8 - depths)) * (255 / ((1 << depths) - 1)))
    assert np.array_equal(decode(bmp(header_size, bits, masks, EVEN)).rgb, right)


def test_white_of_16_bits_is_white() -> None:
    white = np.full((60, 80, 3), 255, np.uint8)
    assert np.array_equal(decode(bmp(40, 16, MASKS_16[0], white)).rgb, white)


def test_masks_with_holes_are_unsupported() -> None:
    masks = (0xF0F, 0x30, 0xC0)
    assert bad(bmp(52, 16, masks, EVEN)).kind is ProblemKind.UNSUPPORTED


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_pillows_files_have_pillows_pixels(mode: str) -> None:
    data = pillow(Image.fromarray(PHOTOGRAPH).convert(mode), "BMP")
    assert np.array_equal(decode(data).rgb, as_pillow_has_it(data))


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_palettes_of_any_depth(bits: int) -> None:
    indices = (np.arange(40 * 61).reshape(40, 61) % (1 << bits)).astype(np.uint8)
    palette = np.random.default_rng(2).integers(0, 256, (1 << bits, 3)).astype(np.uint8)
    row = (61 * bits + 31) // 32 * 4
    single = np.unpackbits(indices[..., None], axis=2)[..., 8 - bits :].reshape(40, -1)
    body = b"".join(np.packbits(each).tobytes().ljust(row, b"\0") for each in single[::-1])
    colours = b"".join(bytes(colour[::-1]) for colour in palette)
    start = 26 + len(colours)
    data = b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start)
    data += struct.pack("<IHHHH", 12, 61, 40, 1, bits) + colours + body  # the oldest header, with 3 bytes a colour
    assert np.array_equal(decode(data).rgb, palette[indices])
