"""BMP: every header, every depth, and the colours that the masks say."""

import struct
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from inspector.formats.decode import decode
from inspector.formats.problems import ProblemKind
from tests.formats.test_decode import PHOTOGRAPH, bad
from tests.formats.writers import as_pillow_has_it, bmp, bmp_runs, pillow

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


# --- run lengths


def picture_of_runs(bits: int) -> tuple[np.ndarray, np.ndarray]:
    """(indices, palette): half of it noise, half of it areas."""
    rng = np.random.default_rng(3)
    colours = 1 << bits
    noise = rng.integers(0, colours, (40, 300))
    areas = np.repeat(rng.integers(0, colours, (40, 10)), 30, axis=1)
    indices = np.where(np.arange(300) < 150, noise, areas).astype(np.uint8)
    return indices, rng.integers(0, 256, (colours, 3)).astype(np.uint8)


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("width", [1, 2, 3, 61, 300])
def test_run_lengths(bits: int, width: int) -> None:
    indices, palette = picture_of_runs(bits)
    indices = indices[:, 100 : 100 + width] if width < 200 else indices
    data = bmp_runs(indices, palette, bits)
    assert np.array_equal(decode(data).rgb, palette[indices])
    assert np.array_equal(decode(data).rgb, as_pillow_has_it(data))
    assert np.array_equal(decode(bmp_runs(indices, palette, bits, end=b"")).rgb, palette[indices])


@pytest.mark.parametrize("bits", [4, 8])
def test_runs_that_stop_early_are_truncated(bits: int) -> None:
    data = bmp_runs(*picture_of_runs(bits), bits)
    start = int.from_bytes(data[10:14], "little")
    for length in (start, start + 1, start + 500, len(data) - 4):
        assert bad(data[:length]).kind is ProblemKind.TRUNCATED


def runs(body: bytes, height: int = 2, width: int = 4) -> bytes:
    """A BMP of 256 greys with these runs."""
    grey = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1)
    whole = bmp_runs(np.zeros((height, width), np.uint8), grey, 8)
    return whole[: int.from_bytes(whole[10:14], "little")] + body


def test_a_move_may_leave_pixels_out() -> None:
    moved = decode(runs(b"\1\7\0\2\3\0\0\0\0\2\2\0\2\x09\0\1")).rgb[..., 0]
    assert moved.tolist() == [[0, 0, 9, 9], [7, 0, 0, 0]]


@pytest.mark.parametrize(
    "body",
    [
        b"\4\1\0\0\5\7\0\1",  # too long
        b"\0\2\5\0\1\1\0\1",  # moved out
        b"\0\2\0\2\1\1\0\1",
        b"\0\1",  # too short
        b"\4\1\0\1",
        b"\4\1\0\0\3\1\0\1",
        b"\3\1\0\0\4\1\0\1",
        b"\0\0\4\1\0\0\0\1",
    ],
)
def test_runs_that_do_not_fill_the_picture_are_damage(body: bytes) -> None:
    fault = bad(runs(body))
    assert fault.kind is ProblemKind.DAMAGED
    assert "runs of pixels" in fault.reason
    assert decode(runs(body), keep_damaged=True).rgb.shape == (2, 4, 3)


def test_a_palette_costs_little_memory() -> None:
    indices = np.zeros((3000, 3000), np.uint8)
    data = pillow(Image.fromarray(indices).convert("P"), "BMP")
    tracemalloc.start()
    try:
        decode(data)
        assert tracemalloc.get_traced_memory()[1] < 5 * indices.size
    finally:
        tracemalloc.stop()


def test_other_codes_of_os2_are_unsupported() -> None:
    data = bytearray(pillow(Image.fromarray(PHOTOGRAPH).convert("1"), "BMP"))
    data[30] = 3  # Huffman, in a file of one bit a pixel
    assert bad(bytes(data)).kind is ProblemKind.UNSUPPORTED


def test_a_file_that_lacks_little_says_how_much() -> None:
    data = pillow(PHOTOGRAPH, "BMP")
    assert f"after {len(data) - 1:,} of {len(data):,} bytes" in bad(data[:-1]).reason


def test_a_number_of_colours_that_cannot_be_is_damage() -> None:
    data = pillow(Image.fromarray(PHOTOGRAPH).convert("P"), "BMP")
    for colours, right in ((300, True), (1 << 20, False), (1 << 31, False)):
        changed = data[:46] + struct.pack("<I", colours) + data[50:]
        if right:
            assert np.array_equal(decode(changed).rgb, decode(data).rgb)
        else:
            assert bad(changed).kind is ProblemKind.UNDECODABLE
