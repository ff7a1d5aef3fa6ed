"""What the first bytes tell: sizes, orientations and notes that are right, and no bytes that make it stumble."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inspector.formats.decode import decode, read_file
from inspector.formats.foreign_content import describe
from inspector.formats.headers import Header, peek
from tests.formats.test_decode import ENCODED, GOOD_FILES, PHOTOGRAPH, SAMPLE, exif, opencv, pil, tiff

NOTES = {
    "chart/colours.jpg": "",
    "chart/colours-progressive.jpg": "progressive",
    "chart/colours-16-bit.png": "16-bit",
    "chart/colours-palette.png": "palette",
    "photo/china-cmyk.jpg": "CMYK, Adobe",
    "photo/camera-grey.jpg": "grey",
    "photo/grass-grey-alpha.png": "grey, alpha",
    "photo/gravel-1-bit.png": "grey, 1-bit",
    "photo/astronaut-rgba.png": "alpha",
    "photo/rocket-16-bit.tif": "16-bit, LZW",
    "photo/chelsea-deflate.tif": "deflate",
    "photo/chelsea-lossless.webp": "lossless",
    "chart/colours-grey.pgm": "grey",
}
FORMATS = {
    "jpg": "JPEG",
    "png": "PNG",
    "bmp": "BMP",
    "webp": "WebP",
    "tif": "TIFF",
    "gif": "GIF",
    "jp2": "JPEG 2000",
    "avif": "AVIF",
    "ppm": "PNM",
    "pgm": "PNM",
}


def header_of(data: bytes) -> Header:
    header = peek(data)
    assert header is not None
    return header


@pytest.mark.parametrize("name", GOOD_FILES)
def test_sample_file_has_the_format_of_its_extension(name: str) -> None:
    header = header_of(read_file(str(SAMPLE / name)))
    assert header.format == FORMATS[Path(name).suffix[1:]]
    assert header.supported


@pytest.mark.parametrize(("name", "note"), NOTES.items())
def test_notes_tell_what_is_special(name: str, note: str) -> None:
    assert header_of(read_file(str(SAMPLE / name))).note == note


@pytest.mark.parametrize("name", ENCODED)
def test_size_is_that_of_the_decoded_image(name: str) -> None:
    header = header_of(ENCODED[name])
    assert (header.height, header.width, 3) == decode(ENCODED[name]).rgb.shape


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_read_in_either_byte_order(orientation: int) -> None:
    for order, mark in (("<", b"II"), (">", b"MM")):
        block = mark + struct.pack(order + "HIH HHIHH I", 42, 8, 1, 274, 3, 1, orientation, 0, 0)
        header = header_of(pil("JPEG", exif=b"Exif\0\0" + block))
        assert header.orientation == orientation
        assert (header.height, header.width) == ((123, 90) if orientation >= 5 else (90, 123))


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_impossible_orientation_counts_as_none(value: int) -> None:
    assert header_of(pil("JPEG", exif=exif(value))).orientation == 1
    assert header_of(pil("PNG", exif=exif(value))).orientation == 1


def test_animations_are_noted() -> None:
    assert "animated" in header_of(pil("WEBP", save_all=True, append_images=[Image.fromarray(255 - PHOTOGRAPH)])).note
    assert "animated" in header_of(pil("PNG", save_all=True, append_images=[Image.fromarray(255 - PHOTOGRAPH)])).note


def test_bmp_from_top_to_bottom_has_a_positive_height() -> None:
    data = pil("BMP")
    upside_down = data[:22] + struct.pack("<i", -90) + data[26:]
    assert (header_of(upside_down).height, header_of(upside_down).width) == (90, 123)
    assert (decode(upside_down).rgb == PHOTOGRAPH[::-1]).all()


def test_pnm_with_comments() -> None:
    data = b"P6\n# made by hand\n123 # wide\n90\n# deep\n255\n" + PHOTOGRAPH.tobytes()
    assert (header_of(data).height, header_of(data).width) == (90, 123)


@pytest.mark.parametrize(
    ("data", "format"),
    [
        (struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic", "HEIC"),
        (struct.pack(">I", 24) + b"ftypmif1\0\0\0\0mif1heic", "HEIC"),
        (struct.pack(">I", 24) + b"ftypcrx \0\0\0\1crx isom", "camera raw"),
        (b"II*\0\x10\0\0\0CR\2\0\0\0\0\0" + bytes(6), "camera raw"),
        (b"FUJIFILMCCD-RAW 0201", "camera raw"),
        (tiff(PHOTOGRAPH, photometric="rgb", extratags=[(50706, "B", 4, (1, 4, 0, 0), True)]), "camera raw"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\xff\x0a\xfa\x7f", "JPEG XL"),
        (b"8BPS\0\1" + bytes(6) + struct.pack(">HII", 3, 90, 123), "PSD"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"<svg width='1'/>", "SVG"),
        (pil("ICO"), "ICO"),
        (b"\x76\x2f\x31\x01\2\0\0\0", "EXR"),
        (b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n", "HDR"),
        (bytes(128) + b"DICM", "DICOM"),
        (b"qoif" + bytes(10), "QOI"),
        (b"PF\n123 90\n-1.0\n", "PFM"),
        (b"\xff\xd8\xff\xf7\0\x0b\x08\0\x5a\0\x7b\1", "JPEG-LS"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_known_formats_without_a_decoder_are_named(data: bytes, format: str) -> None:
    header = header_of(data)
    assert header.format == format
    assert not header.supported


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS"),
        (b"\0\x05\x16\x07\0\2\0\0Mac OS X", "macOS"),
        (b"PK\3\4" + bytes(30), "zip"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Thumbs.db"),
        (b"\n<!DOCTYPE HTML>", "HTML"),
        (b'{"error": "not found"}', "JSON"),
        (bytes(5000), "zero bytes"),
        (b"Thumbs  by\nthe thousand, and more", 'text that begins with "Thumbs by the thousand, …"'),
        ("naïve café".encode(), '"naïve café"'),
        (b"\x9c\x01\xff\0\1\2", "9c 01 ff"),
        (b"\0\0\0\x18ftypisom\0\0\2\0isommp41", "MP4"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_image_is_described(data: bytes, words: str) -> None:
    assert peek(data) is None
    assert words in describe(data)


SHORT = [data[:600] for data in ENCODED.values()] + [opencv(".tif"), tiff(PHOTOGRAPH, tile=(16, 16))]


@given(
    data=st.sampled_from([*ENCODED.values(), *SHORT]),
    length=st.integers(0, 700),
    changes=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=8),
)
def test_no_change_to_a_header_makes_peek_raise(data: bytes, length: int, changes: list[tuple[int, int]]) -> None:
    changed = bytearray(data if length == 700 else data[:length])
    for at, value in changes:
        if at < len(changed):
            changed[at] = value
    header = peek(bytes(changed))
    if header is not None:
        assert header.height >= 0
        assert header.width >= 0
        assert 1 <= header.orientation <= 8


@given(
    start=st.sampled_from([data[:16] for data in ENCODED.values()] + [b"", b"P6", b"RIFF", b"\0\0\0\x18ftyp"]),
    more=st.binary(max_size=300),
)
def test_no_bytes_make_peek_or_describe_raise(start: bytes, more: bytes) -> None:
    header = peek(start + more)
    assert header is None or (header.height >= 0 and header.width >= 0)
    assert describe(start + more)
