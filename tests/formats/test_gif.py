"""GIF: frames that leave the canvas or do not fill it, and transparent pixels."""

import struct

import numpy as np
import pytest
from PIL import Image

from inspector.formats.decode import decode
from inspector.formats.problems import ProblemKind
from tests.formats.test_decode import PHOTOGRAPH, bad
from tests.formats.writers import as_pillow_has_it, gif, pillow

WHITE, BLUE = (255, 255, 255), (0, 0, 255)


def test_transparent_pixels_keep_their_colour() -> None:
    data = gif((32, 32), (32, 32), indices=bytes(512) + b"\1" * 512, transparent=1)
    rgb = decode(data).rgb
    assert (rgb[:16] == BLUE).all()
    assert (rgb[16:] == WHITE).all()


@pytest.mark.parametrize(
    ("frame", "at", "visible"),
    [
        ((40, 40), (0, 0), np.s_[:, :]),
        ((16, 16), (24, 24), np.s_[24:, 24:]),
        ((8, 4), (3, 5), np.s_[5:9, 3:11]),
        ((8, 8), (40, 40), np.s_[:0, :0]),
    ],
)
def test_a_frame_anywhere(frame: tuple[int, int], at: tuple[int, int], visible: tuple[slice, slice]) -> None:
    right = np.full((32, 32, 3), BLUE, np.uint8)
    right[visible] = WHITE
    assert np.array_equal(decode(gif((32, 32), frame, at)).rgb, right)


@pytest.mark.parametrize("options", [{}, {"interlace": 1}, {"transparency": 5}])
def test_pillows_files_have_pillows_pixels(options: dict[str, int]) -> None:
    image = Image.fromarray(PHOTOGRAPH).quantize(64)
    data = pillow(image, "GIF", **options)
    assert np.array_equal(decode(data).rgb, np.asarray(image.convert("RGB")))
    assert np.array_equal(decode(data).rgb, as_pillow_has_it(pillow(image, "PNG")))


def test_a_huge_frame_on_a_small_canvas_is_refused() -> None:
    data = gif((8, 8), (8, 8))
    at = data.index(b",\0\0\0\0") + 5
    fault = bad(data[:at] + struct.pack("<HH", 65535, 65535) + data[at + 4 :])
    assert fault.kind is ProblemKind.UNDECODABLE
    assert "65,535" in fault.reason
