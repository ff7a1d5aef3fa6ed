"""WebP: very short files, unknown chunks, and headers that lie."""

import struct

import numpy as np
import pytest
from PIL import Image

from inspector.formats.decode import decode
from inspector.formats.problems import ProblemKind
from tests.formats.test_decode import PHOTOGRAPH, bad
from tests.formats.writers import as_pillow_has_it, pillow


def riff(body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def test_the_shortest_file_of_one_colour() -> None:
    codes = sum(1 << n for n in range(3, 23, 4))  # five prefix codes of one symbol, 0: no pixel takes a bit
    picture = b"\x2f" + struct.pack("<I", 99 | 99 << 14) + codes.to_bytes(3, "little")
    data = riff(b"VP8L" + struct.pack("<I", 8) + picture)
    assert len(data) == 28
    assert np.array_equal(decode(data).rgb, np.zeros((100, 100, 3)))


@pytest.mark.parametrize("size", [(1, 1), (3, 3), (17, 5)])
def test_small_pictures_of_one_colour(size: tuple[int, int]) -> None:
    data = pillow(Image.new("RGB", size, (9, 8, 7)), "WEBP", lossless=True)
    assert np.array_equal(decode(data).rgb, as_pillow_has_it(data))


@pytest.mark.parametrize("name", [b"XMP\0", b"abcd", b"\x80\xff\0\1"])
def test_unknown_chunks_are_ignored(name: bytes) -> None:
    plain = pillow(PHOTOGRAPH, "WEBP", quality=80, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0")
    data = riff(plain[12:] + name + struct.pack("<I", 4) + b"<x/>")
    assert np.array_equal(decode(data).rgb, decode(plain).rgb)


def test_a_canvas_that_the_picture_does_not_have_is_a_lie() -> None:
    claims = b"VP8X" + struct.pack("<I", 10) + bytes(4) + 2 * (4095).to_bytes(3, "little")
    fault = bad(riff(claims + pillow(PHOTOGRAPH, "WEBP", lossless=True)[12:]))
    assert fault.kind is ProblemKind.UNDECODABLE
    assert "4,096 x 4,096" in fault.reason
