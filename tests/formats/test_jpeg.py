"""JPEG: what libjpeg warns of is distinguished from damage, and no file ends the process."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from inspector.formats.decode import decode
from inspector.formats.problems import ProblemKind
from tests.formats.test_decode import PHOTOGRAPH, bad
from tests.formats.writers import jpeg_segment, lossless_jpeg, pillow

WHOLE = pillow(PHOTOGRAPH, "JPEG", quality=85)
PROGRESSIVE = pillow(PHOTOGRAPH, "JPEG", quality=85, progressive=True)


def with_extra(data: bytes, before: int, extra: bytes, from_end: bool = False) -> bytes:
    marker = bytes([0xFF, before])
    at = data.rindex(marker) if from_end else data.index(marker)
    return data[:at] + extra + data[at:]


def profile(numbers: bytes) -> bytes:
    return WHOLE[:20] + jpeg_segment(0xE2, b"ICC_PROFILE\0" + numbers + b"x" * 10) + WHOLE[20:]


HARMLESS = {
    "zeros before the end": with_extra(WHOLE, 0xD9, bytes(99), from_end=True),
    "blanks before the end": with_extra(WHOLE, 0xD9, b" " * 99, from_end=True),
    "zeros before DQT": with_extra(WHOLE, 0xDB, bytes(2)),
    "letters before DHT": with_extra(WHOLE, 0xC4, b"abc"),
    "zeros before SOS": with_extra(WHOLE, 0xDA, bytes(5)),
    "letters before SOS": with_extra(WHOLE, 0xDA, b"some rubbish"),
    "zeros before a later scan": with_extra(PROGRESSIVE, 0xDA, bytes(40), from_end=True),
    "profile, part 2 of 1": profile(b"\2\1"),
    "profile, part 1 of 2": profile(b"\1\2"),
    "both": with_extra(profile(b"\2\1"), 0xC4, b"abc"),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_a_warning_that_touches_no_pixel_is_a_note(name: str) -> None:
    decoded = decode(HARMLESS[name])
    assert np.array_equal(decoded.rgb, decode(PROGRESSIVE if "later" in name else WHOLE).rgb)
    assert decoded.damage is None
    (note,) = decoded.notes
    assert note.endswith("no pixel depends on it.")
    assert decode(WHOLE).notes == ()


def test_what_a_damaged_table_leaves_behind_is_no_note() -> None:
    at = WHOLE.index(b"\xff\xdb") + 20
    inserted = WHOLE[:at] + b"\5\6\7" + WHOLE[at:]  # the end of the table now lies behind its segment
    assert bad(inserted).kind is ProblemKind.DAMAGED
    at = WHOLE.index(b"\xff\xc4")
    lost = WHOLE[:at] + b"\0" + WHOLE[at + 1 :]  # the marker of a Huffman table
    assert bad(lost).kind is ProblemKind.DAMAGED


def test_bytes_lost_inside_the_picture_are_damage() -> None:
    middle = len(WHOLE) // 2
    assert bad(WHOLE[:middle] + WHOLE[middle + 150 :]).kind is ProblemKind.DAMAGED
    hole = WHOLE[:-400] + bytes(398) + WHOLE[-2:]  # the decoder takes zeros for codes, and some are left over
    assert bad(hole).kind is ProblemKind.DAMAGED


@pytest.mark.parametrize("filler", [0x00, 0xAA])
def test_a_tail_of_one_byte_counts_as_no_rows(filler: int) -> None:
    cut = len(WHOLE) * 6 // 10
    there = decode(WHOLE[:cut], keep_damaged=True).rgb
    rows = (there == decode(WHOLE).rgb).all((1, 2)).mean()
    fault = bad(WHOLE[:cut] + bytes([filler]) * (len(WHOLE) - cut))
    assert fault.kind is ProblemKind.TRUNCATED
    assert abs(int(fault.reason.split("about ")[1].split(" %")[0]) - 100 * rows) < 20
    assert f"{filler:02X}" in fault.reason


@pytest.mark.parametrize("pixels", [PHOTOGRAPH[:40, :50]])
def test_a_lossless_file_is_decoded_at_full_size_even_where_less_is_enough(
    pixels: np.ndarray[tuple[int, int, int], np.dtype[np.uint8]], tmp_path: Path
) -> None:
    (tmp_path / "lossless.jpg").write_bytes(lossless_jpeg(pixels))
    code = (
        "import sys; from inspector.formats.decode import decode; "
        "rgb = decode(open(sys.argv[1], 'rb').read(), at_least=(10, 12)).rgb; sys.stdout.buffer.write(rgb.tobytes())"
    )
    run = subprocess.run([sys.executable, "-c", code, str(tmp_path / "lossless.jpg")], capture_output=True, timeout=60)
    assert run.returncode == 0
    assert run.stdout == pixels.tobytes()
