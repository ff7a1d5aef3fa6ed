"""The second decoder has the loader's pixels, or says that it cannot tell; it never blames a right picture."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from inspector.formats.decode import decode, peek
from inspector.monitor.colour_proof import TOLERANCE
from inspector.session.examiner.records import FileFacts, SecondDecoding
from inspector.session.examiner.second_decoder import decode_again
from tests.formats.test_decode import ENCODED, PHOTOGRAPH
from tests.formats.test_tiff import COMPRESSIONS, layouts
from tests.formats.writers import tiff

pytestmark = pytest.mark.no_qt_log  # Qt logs what it cannot read


def second(data: bytes) -> SecondDecoding:
    header = peek(data)
    assert header is not None
    return decode_again(data, header, FileFacts(len(data)))


def largest_difference(data: bytes, found: SecondDecoding) -> int:
    ours = decode(data).rgb
    assert found.rgb is not None
    assert found.rgb.shape == ours.shape
    known = np.ones(ours.shape[:2], np.bool_) if found.known is None else found.known
    return int(np.abs(found.rgb[known].astype(int) - ours[known]).max(initial=0))


@pytest.mark.parametrize("name", ENCODED)
def test_every_format_is_decoded_again(name: str) -> None:
    found = second(ENCODED[name])
    assert found.rgb is not None, found.reason
    assert largest_difference(ENCODED[name], found) <= TOLERANCE


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_no_layout_of_a_tiff_is_blamed(compression: str | None) -> None:
    compared = 0
    for bits, block, order in product((8, 16), ({}, {"tile": (32, 96)}), "<>"):
        for name, array, options in (*layouts(bits), see_through(bits)):
            if compression == "jpeg" and (bits == 16 or name not in ("grey", "rgb", "planes")):
                continue
            data = tiff(array, compression=compression, byteorder=order, **options, **block)
            found = second(data)
            assert (found.rgb is None) == bool(found.reason)
            if found.rgb is not None:
                compared += 1
                assert largest_difference(data, found) <= TOLERANCE, (name, bits, block, order)
    assert compared >= (12 if compression == "jpeg" else 40)


def see_through(bits: int) -> tuple[str, Any, dict[str, Any]]:
    """Colours multiplied with an opacity from 0 to all."""
    most = (1 << bits) - 1
    opacity = np.broadcast_to(np.linspace(0, most, PHOTOGRAPH.shape[1])[:, None], (*PHOTOGRAPH.shape[:2], 1))
    rgba = np.dstack([PHOTOGRAPH * (most / 255) * (opacity / most), opacity]).astype(
        np.uint8 if bits == 8 else np.uint16
    )
    return "multiplied", rgba, {"photometric": "rgb", "extrasamples": ["assocalpha"]}


@pytest.mark.parametrize(
    ("photometric", "channels", "badge"), [("cielab", 3, "CIE Lab"), ("separated", 4, "16-bit CMYK")]
)
def test_colours_on_which_decoders_differ_are_not_judged(photometric: str, channels: int, badge: str) -> None:
    depth = np.uint8 if photometric == "cielab" else np.uint16
    data = tiff(np.random.default_rng(0).integers(0, 200, (20, 30, channels)).astype(depth), photometric=photometric)
    found = second(data)
    assert (found.rgb, found.badge) == (None, badge)


def test_what_neither_reads_is_said() -> None:
    grey = np.dstack([PHOTOGRAPH[..., 0].astype(np.uint16) * 257] * 2)
    data = tiff(grey, photometric="minisblack", extrasamples=["unassalpha"], compression="lzma")
    found = second(data)
    assert found.badge == "TIFF"
    assert "cannot read this kind of TIFF file (" in found.reason
