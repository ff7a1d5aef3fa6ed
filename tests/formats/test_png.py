"""PNG: variants that look like PNG, and animations."""

import struct
import zlib

import numpy as np
from PIL import Image

from inspector.formats.decode import decode, peek
from inspector.formats.problems import ProblemKind
from tests.formats.test_decode import PHOTOGRAPH, bad
from tests.formats.writers import pillow, png_chunk


def test_apples_variant_is_named() -> None:
    height, width = PHOTOGRAPH.shape[:2]
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)  # without zlib's header, and blue first
    rows = packer.compress(b"".join(b"\0" + row.tobytes() for row in PHOTOGRAPH[..., ::-1])) + packer.flush()
    chunks = png_chunk(b"CgBI", b"\x50\0\x20\2") + header + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")
    fault = bad(b"\x89PNG\r\n\x1a\n" + chunks)
    assert fault.kind is ProblemKind.UNSUPPORTED
    assert "CgBI" in fault.reason


def test_a_file_that_begins_with_another_chunk_has_no_size() -> None:
    data = b"\x89PNG\r\n\x1a\n" + png_chunk(b"tEXt", b"a" * 40) + pillow(PHOTOGRAPH, "PNG")[8:]
    assert bad(data).kind is ProblemKind.UNDECODABLE


def test_the_default_image_stands_for_an_animation() -> None:
    frames = [Image.fromarray(255 - PHOTOGRAPH), Image.fromarray(PHOTOGRAPH[::-1].copy())]
    data = pillow(PHOTOGRAPH, "PNG", save_all=True, append_images=frames, default_image=True)
    header = peek(data)
    assert header is not None
    assert "animated" in header.note
    assert np.array_equal(decode(data).rgb, PHOTOGRAPH)
