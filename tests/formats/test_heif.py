"""AVIF and HEIC: wherever their metadata lie, and however they are turned."""

import base64
import struct
import sys
from contextlib import closing
from importlib.util import find_spec

import numpy as np
import pytest
from PIL import Image

from inspector.formats import heif
from inspector.formats.decode import decode, peek
from inspector.formats.decoder_log import DecoderLog
from inspector.formats.heif_items import read_items
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


def bomb(before: bytes, side: int) -> bytes:
    """A picture of 3000 x 3000 pixels that the file says to have another size."""
    large = pillow(np.full((3000, 3000, 3), 77, np.uint8), "AVIF", speed=10)
    items = read_items(large)
    assert items is not None
    item = items.items[items.primary]
    properties = [items.properties[index - 1] for index in item.properties]
    kept = [heif._box(kind, large[start:end]) for kind, start, end in properties if kind == b"av1C"]
    size = heif._box(b"ispe", bytes(4) + struct.pack(">II", side, side))
    coded = b"".join(large[start:end] for start, end in item.extents)
    return heif._written([(1, b"av01", [size, *kept], before + coded, ())])


@pytest.mark.parametrize("before", [b"", b"\x7a\0", b"\x7a\xd0\x0f" + bytes(1999) + b"\x80"])  # padding units
def test_nothing_hides_the_size_of_the_coded_picture(before: bytes) -> None:
    assert decode(bomb(before, 3000)).rgb.shape == (3000, 3000, 3)
    fault = bad(bomb(before, 64))
    assert fault.kind is ProblemKind.UNDECODABLE
    assert "claims 64 x 64 pixels" in fault.reason


def test_a_track_that_claims_another_size_is_a_lie() -> None:
    frames = [Image.fromarray(255 - PHOTOGRAPH)]
    only_track = pillow(PHOTOGRAPH, "AVIF", save_all=True, append_images=frames).replace(b"meta", b"free", 1)
    at = only_track.index(b"av01", only_track.index(b"stsd")) + 28
    assert struct.unpack_from(">HH", only_track, at) == (PHOTOGRAPH.shape[1], PHOTOGRAPH.shape[0])
    assert bad(only_track[:at] + struct.pack(">HH", 64, 64) + only_track[at + 4 :]).kind is ProblemKind.UNDECODABLE


@pytest.mark.skipif(sys.platform != "linux", reason="there is such a limit on Linux only")
def test_a_decoder_that_is_stopped_by_its_limit_of_memory_is_told_as_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heif, "working_bytes", lambda data, header: 0)  # as for a file whose need nobody can foresee
    with closing(DecoderLog()) as log:
        fault = bad(bomb(b"", 3000), max_bytes=20_000_000, decoder_log=log)
    assert fault.kind is ProblemKind.TOO_LARGE
    assert "20 MB that a worker has" in fault.reason


@pytest.mark.slow
def test_what_is_said_to_be_needed_for_deep_colours_is_enough() -> None:
    imagecodecs = pytest.importorskip("imagecodecs")
    deep = np.random.default_rng(0).integers(0, 1 << 12, (2000, 2000, 3), np.uint16)
    data = imagecodecs.avif_encode(deep, bitspersample=12, speed=10)
    header = peek(data)
    assert header is not None
    with closing(DecoderLog()) as log:
        assert decode(data, max_bytes=heif.working_bytes(data, header), decoder_log=log).rgb.shape == (2000, 2000, 3)


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
    assert "pip install 'loader-inspector[heic]'" in fault.reason
