"""The second decoder answers for every format that is delivered."""

import numpy as np
import pytest

from inspector.formats.decode import decode, peek
from inspector.formats.second import decode_with_pillow
from tests.formats.test_decode import ENCODED


@pytest.mark.parametrize("name", ENCODED)
def test_every_format_has_a_second_decoder_that_gives_the_same_picture(name: str) -> None:
    header = peek(ENCODED[name])
    assert header is not None
    second = decode_with_pillow(ENCODED[name], header.format, header.orientation)
    assert abs(second.astype(int) - decode(ENCODED[name]).rgb).max() <= (5 if "CMYK" in name else 2)


def test_what_it_cannot_decode_is_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"truncated|image"):
        decode_with_pillow(ENCODED["PNG"][:500], "PNG")
    with pytest.raises(ValueError, match="no decoder for camera raw"):
        decode_with_pillow(b"", "camera raw")


def test_arrays_are_rgb_and_contiguous() -> None:
    rgb = decode_with_pillow(ENCODED["PNG palette"], "PNG")
    assert rgb.flags.c_contiguous
    assert rgb.shape == (90, 123, 3)
    assert rgb.dtype == np.uint8
