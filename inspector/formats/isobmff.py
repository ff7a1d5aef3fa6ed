"""The boxes of ISO base media files: AVIF, HEIC, and JPEG 2000 in its JP2 wrapping."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

Box = tuple[bytes, int, int]  # type, first byte of the content, one past its last byte


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes in data[start:end]; the end of a box may lie beyond the data where the file stops early."""
    end = len(data) if end is None else end
    while start + 8 <= min(end, len(data)):
        size, kind = struct.unpack_from(">I4s", data, start)
        content = start + 8
        if size == 1:
            if content + 8 > len(data):
                return
            (size,) = struct.unpack_from(">Q", data, content)
            content += 8
        elif size == 0:  # up to the end
            size = end - start
        if size < content - start:
            return
        yield kind, content, start + size
        start += size


def find(data: bytes, path: tuple[bytes, ...], start: int = 0, end: int | None = None) -> tuple[int, int] | None:
    """Content range of the first box at `path`, a box type a level."""
    for kind, content, stop in boxes(data, start, end):
        if kind == path[0]:
            if len(path) == 1:
                return content, stop
            return find(data, path[1:], content + 4 if kind == b"meta" else content, stop)
    return None


def brands(data: bytes) -> set[bytes]:
    """Major and compatible brands of a file that begins with an `ftyp` box."""
    end = min(struct.unpack_from(">I", data)[0], len(data), 512) if len(data) >= 12 else 0
    return {data[8:12], *(data[at : at + 4] for at in range(16, end - 3, 4))} if end else set()


class PrimaryImage(NamedTuple):
    """The main picture of an AVIF file: size as stored in pixels, the EXIF orientation that means the same, depth."""

    height: int = 0
    width: int = 0
    orientation: int = 1
    bits: int = 8


def main_picture(data: bytes) -> PrimaryImage:
    """The main picture of an AVIF file, with size 0 where it is not told.

    AVIF says how to turn a picture in the properties `irot` (quarter turns against the clock) and `imir` (a mirror,
    applied after it), not in EXIF.
    """
    meta = find(data, (b"meta",))
    container = find(data, (b"meta", b"iprp", b"ipco"))
    if meta is None or container is None:
        return PrimaryImage()
    properties = list(boxes(data, *container))
    height = width = turns = 0
    bits = 8
    mirror: int | None = None
    for index in _main_properties(data, meta):
        if not 1 <= index <= len(properties):
            continue
        kind, content, _ = properties[index - 1]
        if kind == b"ispe":
            width, height = struct.unpack_from(">II", data, content + 4)
        elif kind == b"pixi":
            bits = data[content + 5]
        elif kind == b"irot":
            turns = data[content] & 3
        elif kind == b"imir":
            mirror = data[content] & 1
    orientation = {None: (1, 8, 3, 6), 0: (4, 5, 2, 7), 1: (2, 7, 4, 5)}[mirror][turns]
    return PrimaryImage(height, width, orientation, bits)


def _main_properties(data: bytes, meta: tuple[int, int]) -> list[int]:
    """Indices, from 1, of the properties that `ipma` gives to the primary item."""
    start, end = meta[0] + 4, meta[1]
    primary = find(data, (b"pitm",), start, end)
    associations = find(data, (b"iprp", b"ipma"), start, end)
    if primary is None or associations is None:
        return []
    main = struct.unpack_from(">I" if data[primary[0]] else ">H", data, primary[0] + 4)[0]
    at, end = associations
    version, wide = data[at], data[at + 3] & 1
    (count,) = struct.unpack_from(">I", data, at + 4)
    at += 8
    for _ in range(count):
        if at >= end:
            break
        item = struct.unpack_from(">I" if version else ">H", data, at)[0]
        at += 4 if version else 2
        number, at = data[at], at + 1
        indices = struct.unpack_from(f">{number}H" if wide else f"{number}B", data, at)
        if item == main:
            return [index & (0x7FFF if wide else 0x7F) for index in indices]
        at += number * (2 if wide else 1)
    return []
