"""AVIF and HEIC: wherever their metadata lie, and however they are turned."""

import base64
import struct
from importlib.util import find_spec

import numpy as np
import pytest
from PIL import Image

from inspector.formats import heif
from inspector.formats.decode import decode, peek
from inspector.formats.problems import ProblemKind
from tests.formats.test_decode import PHOTOGRAPH, bad, exif
from tests.formats.writers import as_pillow_has_it, avif_with_late_exif, avif_with_meta_to_the_end, pillow

PLAIN = pillow(PHOTOGRAPH, "AVIF")
# Two tiles of 64 x 64 pixels, red and blue.
GRID = base64.b64decode(
    "AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUEAAAF/bWV0YQAAAAAAAAAoaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAGxpYmF2aW"
    "YAAAAADnBpdG0AAAAAAAEAAAA6aWxvYwAAAABEAAADAAEAAAABAAABpwAAAAgAAgAAAAEAAAGvAAAAJAADAAAAAQAAAdMAAAAkAAAAXGlpbmYA"
    "AAAAAAMAAAAaaW5mZQIAAAAAAQAAZ3JpZENvbG9yAAAAABppbmZlAgAAAQACAABhdjAxQ29sb3IAAAAAGmluZmUCAAABAAMAAGF2MDFDb2xvcg"
    "AAAAAcaXJlZgAAAAAAAAAQZGltZwABAAIAAgADAAAAi2lwcnAAAABfaXBjbwAAABRpc3BlAAAAAAAAAIAAAABAAAAAEHBpeGkAAAAAAwgICAAA"
    "ABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAQAAAAAxhdjFDgSAAAAAAACRpcG1hAAAAAAAAAAMAAQMBAgMAAgQEAoUDAAMEBA"
    "KFAwAAAFhtZGF0AAAAAQCAAEASAAoJOBV//YQENBpAMhUWQAYYYYQAtIPrn9USv7uD8b1kPZgSAAoJOBV//YQENBpAMhUWQAYYYYQAtIPsOYfy"
    "JrGfYDMZoxI="
)


def long_exif() -> bytes:
    tags = Image.Exif()
    tags[0x010E] = "x" * 900
    return tags.tobytes()


def test_metadata_may_lie_anywhere() -> None:
    early = pillow(PHOTOGRAPH, "AVIF", exif=long_exif())
    xmp = pillow(PHOTOGRAPH, "AVIF", xmp=b"<x:xmpmeta>" + b"y" * 900 + b"</x:xmpmeta>")
    for data in (early, avif_with_late_exif(early), xmp, avif_with_meta_to_the_end(PLAIN)):
        assert np.array_equal(decode(data).rgb, as_pillow_has_it(PLAIN))


def test_a_grid_of_tiles() -> None:
    rgb = decode(GRID).rgb.astype(int)
    assert rgb.shape == (64, 128, 3)
    assert abs(rgb[:, :64] - (200, 30, 40)).max() < 12
    assert abs(rgb[:, 64:] - (20, 130, 240)).max() < 12


def test_a_sequence_shows_its_first_picture() -> None:
    frames = [Image.fromarray(255 - PHOTOGRAPH)]
    data = pillow(PHOTOGRAPH, "AVIF", save_all=True, append_images=frames, quality=95)
    assert abs(decode(data).rgb.astype(int) - PHOTOGRAPH).mean() < 3
    only_track = data.replace(b"meta", b"free", 1)
    assert abs(decode(only_track).rgb.astype(int) - PHOTOGRAPH).mean() < 3


def test_alpha_leaves_the_colours_alone() -> None:
    rgba = np.dstack([PHOTOGRAPH, PHOTOGRAPH[..., :1]])
    assert np.array_equal(
        decode(pillow(rgba, "AVIF", quality=100)).rgb, decode(pillow(PHOTOGRAPH, "AVIF", quality=100)).rgb
    )


def test_a_size_that_is_not_the_pictures_is_a_lie() -> None:
    at = PLAIN.index(b"ispe") + 8
    lie = PLAIN[:at] + struct.pack(">II", 200, 100) + PLAIN[at + 8 :]
    assert bad(lie).kind in (ProblemKind.DAMAGED, ProblemKind.UNDECODABLE)


# --- HEIC

needs_heic = pytest.mark.skipif(find_spec("pillow_heif") is None, reason="needs the extra heic")


def heic(**options: object) -> bytes:
    import pillow_heif

    pillow_heif.register_heif_opener()
    return pillow(PHOTOGRAPH, "HEIF", quality=95, **options)


@needs_heic
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_heic_is_read_and_turned(orientation: int) -> None:
    data = heic(exif=exif(orientation))
    header = peek(data)
    assert header is not None
    decoded = decode(data).rgb
    assert (header.format, header.orientation) == ("HEIC", orientation)
    assert decoded.shape == (header.height, header.width, 3)
    turns = {1: 0, 3: 2, 6: -1, 8: 1}[orientation]
    assert abs(decoded.astype(int) - np.rot90(PHOTOGRAPH, turns)).mean() < 4
    out = np.empty_like(decoded)
    assert decode(data, out).rgb is out


@needs_heic
def test_a_heic_file_that_stops_early_is_truncated() -> None:
    data = heic()
    for length in range(len(data) // 4, len(data), len(data) // 9):
        assert bad(data[:length]).kind is ProblemKind.TRUNCATED


@needs_heic
def test_without_its_package_heic_is_unsupported_and_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heif, "_reads_heic", lambda: False)
    fault = bad(heic())
    assert fault.kind is ProblemKind.UNSUPPORTED
    assert "pip install 'inspector[heic]'" in fault.reason
