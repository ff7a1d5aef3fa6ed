"""TIFF tags, of a TIFF file and of the EXIF block that other formats carry (which is a small TIFF file)."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER, MAKE = 256, 257, 258, 259, 262, 266, 271
STRIP_OFFSETS, ORIENTATION, SAMPLES, ROWS_PER_STRIP, STRIP_BYTES = 273, 274, 277, 278, 279
PLANAR, T4_OPTIONS, T6_OPTIONS, PREDICTOR, COLOUR_MAP = 284, 292, 293, 317, 320
TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_BYTES, SUB_IFDS = 322, 323, 324, 325, 330
INK_SET, EXTRA_SAMPLES, SAMPLE_FORMAT, JPEG_TABLES = 332, 338, 339, 347
YCC_COEFFICIENTS, YCC_SUBSAMPLING, REFERENCE_BLACK_WHITE = 529, 530, 532
SUBFILE_TYPE, DNG_VERSION = 254, 50706

_INTEGER_CODES = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}  # for `struct`, by TIFF's number of the type
_TYPE_BYTES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8)
_MOST_ENTRIES = 1000  # a first directory with more is damaged


class TagEntry(NamedTuple):
    """One tag of a directory; its values lie in data[at:end], which may be beyond the end of the data."""

    tag: int
    kind: int
    number: int  # of values
    at: int
    end: int


def byte_order(data: bytes, start: int = 0) -> str:
    """ "<" or ">", as `struct` writes it. Raises ValueError where no TIFF file begins at `start`."""
    order = {b"II": "<", b"MM": ">"}.get(data[start : start + 2])
    if order is None:
        raise ValueError("no TIFF byte order mark")
    return order


def entries(data: bytes, start: int = 0) -> Iterator[TagEntry]:
    """The tags of the first directory of the TIFF file that begins at `start`.

    Raises:
        ValueError: no TIFF file begins there.
        struct.error: the directory lies beyond the end of the data, wholly or in part.
    """
    order = byte_order(data, start)
    version, first = struct.unpack_from(order + "HI", data, start + 2)
    big = version == 43  # BigTIFF
    if big:
        (first,) = struct.unpack_from(order + "Q", data, start + 8)
    layout, inline = struct.Struct(order + ("HHQ" if big else "HHI")), 8 if big else 4
    position = start + first
    if position > len(data):
        raise struct.error("directory beyond the end")
    (number,) = struct.unpack_from(order + ("Q" if big else "H"), data, position)
    position += 8 if big else 2
    for _ in range(min(number, _MOST_ENTRIES)):
        tag, kind, values = layout.unpack_from(data, position)
        size = values * (_TYPE_BYTES[kind] if kind < len(_TYPE_BYTES) else 0)
        at = position + layout.size
        position = at + inline
        if size > inline:
            at = start + struct.unpack_from(order + ("Q" if big else "I"), data, at)[0]
        yield TagEntry(tag, kind, values, at, at + size)
    struct.unpack_from(order + ("Q" if big else "I"), data, position)  # where the next directory is; readers need it


def integers(data: bytes, entry: TagEntry, order: str, most: int = 1) -> tuple[int, ...]:
    """The first values of a tag, `most` at the most, whatever number of them it claims to have.

    An empty tuple where they are no integers or lie beyond the end of the data.
    """
    code = _INTEGER_CODES.get(entry.kind)
    if code is None or entry.end > len(data):
        return ()
    return struct.unpack_from(f"{order}{min(entry.number, most)}{code}", data, entry.at)


def exif_orientation(data: bytes, start: int = 0) -> int:
    """The EXIF orientation, 1 to 8, of the EXIF block that begins at `start`; 1 where there is none."""
    if data.startswith(b"Exif\0\0", start):
        start += 6
    try:
        order = byte_order(data, start)
        values = next((integers(data, entry, order) for entry in entries(data, start) if entry.tag == ORIENTATION), ())
    except (struct.error, ValueError):  # cut off or damaged; the picture itself may be fine
        return 1
    return values[0] if values and 1 <= values[0] <= 8 else 1
