"""The boxes of ISO base media files: AVIF, HEIC, and JPEG 2000 in its JP2 wrapping."""

import struct
from collections.abc import Iterator

_MOST_BOXES = 20_000

Box = tuple[bytes, int, int]  # type, first byte of the content, one past its last byte


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes in data[start:end]; the end of a box may lie beyond the data where the file stops early.

    Raises:
        IndexError: there are too many of them.
    """
    end, left = len(data) if end is None else end, _MOST_BOXES
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
        left -= 1
        if not left:
            raise IndexError("too many boxes")


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
