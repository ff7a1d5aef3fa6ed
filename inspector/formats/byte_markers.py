"""What the first and the last bytes of an image file should be, beside what they are."""

import os
from dataclasses import dataclass

from inspector.file_types import FILE_TYPES, by_extension

SHOWN_BYTES = 64  # of either end
_TOLD_BY = 4  # bytes of a signature: what follows is a mark of its own


@dataclass(frozen=True, slots=True)
class ByteMarker:
    """One thing that can be checked with the eye.

    Attributes:
        what: the place and what should be there, such as "ends with FF D9 (end of image)".
        found: what is there.
        right: whether that is the same.
    """

    what: str
    found: str
    right: bool


def byte_markers(head: bytes, tail: bytes, size: int, path: str) -> list[ByteMarker]:
    """What a file of this sort begins and ends with; [] for a sort of which nothing is known.

    Args:
        head: the first `SHOWN_BYTES` bytes, or as many as there are.
        tail: the last ones.
        size: of the file, in bytes.
        path: the file; its extension says what it should be where its first bytes do not.
    """
    if not size:
        return [ByteMarker("holds at least one byte", "nothing", False)]
    ending = os.path.splitext(path)[1].lower().removeprefix(".")
    sort = _by_first_bytes(head) or by_extension(ending)
    match sort:
        case "JPEG":
            return [_begins(head, b"\xff\xd8\xff", "start of a JPEG"), _ends(tail, b"\xff\xd9", "end of image")]
        case "PNG":
            return [
                _begins(head, b"\x89PNG\r\n\x1a\n", "PNG signature"),
                _ends(tail, b"\0\0\0\0IEND\xaeB`\x82", "IEND, the last chunk"),
            ]
        case "GIF":
            return [_begins(head, b"GIF8", "GIF87a or GIF89a"), _ends(tail, b";", "trailer")]
        case "BMP":
            return [_begins(head, b"BM", "“BM”"), _says_size("bytes 2 to 5", head[2:6], 0, size)]
        case "WebP":
            return [
                _begins(head, b"RIFF", "“RIFF”"),
                _at(head, 8, b"WEBP", "“WEBP”"),
                _says_size("RIFF size", head[4:8], 8, size),
            ]
        case "TIFF":
            big = head.startswith(b"MM")
            first = int.from_bytes(head[4:8], "big" if big else "little")
            return [
                _begins(head, b"MM\0*" if big else b"II*\0", "TIFF, big-endian" if big else "TIFF, little-endian"),
                ByteMarker("first directory lies inside the file", f"at byte {first:,} of {size:,}", 8 <= first < size),
            ]
        case "JPEG 2000":
            return [_begins(head, b"\0\0\0\x0cjP  ", "JPEG 2000 signature"), _ends(tail, b"\xff\xd9", "end of image")]
        case "AVIF":
            return [_at(head, 4, b"ftyp", "“ftyp”, and its brand: avif"), _at(head, 8, b"avif", "“avif”")]
        case "HEIC":
            return [_at(head, 4, b"ftyp", "“ftyp”, and its brand: heic")]
        case "PNM":
            right = head[:1] == b"P" and head[1:2] in (b"1", b"2", b"3", b"4", b"5", b"6")
            return [ByteMarker("begins with P1 to P6", _hex(head[:2]), right)]
    return []


def _by_first_bytes(head: bytes) -> str | None:
    """The type whose signature the file begins with, or begins to: the end of a short signature may be wrong."""
    if head[4:8] == b"ftyp":
        return "AVIF" if b"avif" in head[8:] or b"avis" in head[8:] else "HEIC"
    for file_type in FILE_TYPES:
        for offset, signature in file_type.signatures:
            if head.startswith(signature[:_TOLD_BY], offset):
                return file_type.name
    return None


def _begins(head: bytes, wanted: bytes, name: str) -> ByteMarker:
    return ByteMarker(f"begins with {_hex(wanted)} ({name})", _hex(head[: len(wanted)]), head.startswith(wanted))


def _ends(tail: bytes, wanted: bytes, name: str) -> ByteMarker:
    return ByteMarker(f"ends with {_hex(wanted)} ({name})", _hex(tail[-len(wanted) :]), tail.endswith(wanted))


def _at(head: bytes, at: int, wanted: bytes, name: str) -> ByteMarker:
    found = head[at : at + len(wanted)]
    return ByteMarker(f"has {_hex(wanted)} ({name}) from byte {at} on", _hex(found), found == wanted)


def _says_size(place: str, field: bytes, extra: int, size: int) -> ByteMarker:
    """A field of 32 bits that holds the file's length, less what goes before it."""
    stated = int.from_bytes(field, "little") + extra
    return ByteMarker(
        f"{place}: the file's length", f"says {stated:,} of {size:,} bytes", len(field) == 4 and stated == size
    )


def _hex(data: bytes) -> str:
    return data.hex(" ").upper() or "nothing"
