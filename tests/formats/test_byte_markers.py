"""What files begin and end with, checked against files that other programs wrote."""

import os
from pathlib import Path

import pytest

from inspector.formats.byte_markers import SHOWN_BYTES, ByteMarker, byte_markers


def marks(data: bytes, path: str) -> list[ByteMarker]:
    return byte_markers(data[:SHOWN_BYTES], data[-SHOWN_BYTES:], len(data), path)


def test_every_good_file_of_the_sample_has_them_all(sample: Path) -> None:
    files = [file for file in sample.glob("*/*") if not file.name.startswith(("bad-", "gt_"))]
    assert len(files) > 40
    for file in files:
        found = marks(file.read_bytes(), str(file))
        assert [mark for mark in found if not mark.right] == [], file
        assert found, file


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("photo/coffee-444.jpg", "ends with FF D9"),
        ("chart/colours.png", "IEND"),
        ("chart/colours.gif", "trailer"),
        ("chart/colours.bmp", "the file's length"),
        ("chart/colours.webp", "RIFF size"),
        ("photo/chelsea-lzw.tif", "first directory"),
        ("chart/colours.jp2", "ends with FF D9"),
    ],
)
def test_a_file_that_is_cut_in_half_lacks_one(sample: Path, name: str, what: str) -> None:
    data = (sample / name).read_bytes()
    (wrong,) = [mark for mark in marks(data[: len(data) // 2], name) if not mark.right]
    assert what in wrong.what


def test_the_extension_tells_what_a_file_should_be_that_begins_with_something_else() -> None:
    first, last = marks(b"<!DOCTYPE html>\n", "photo.JPG")
    assert (first.what, first.found, first.right) == ("begins with FF D8 FF (start of a JPEG)", "3C 21 44", False)
    assert (last.found, last.right) == ("3E 0A", False)
    assert marks(b"something", "notes.xyz") == []
    assert [mark.right for mark in marks(b"", "photo.jpg")] == [False]


def test_anything_at_all_gives_an_answer() -> None:
    for ending in ("jpg", "png", "gif", "bmp", "webp", "tif", "jp2", "avif", "ppm", ""):
        for size in (1, 2, 5, 11, 64, 200):
            for begin in (b"", b"RIFF", b"II*\0", b"BM", b"P6", b"\0\0\0 ftyp"):
                assert all(mark.what and mark.found for mark in marks((begin + os.urandom(size))[:size], f"x.{ending}"))
