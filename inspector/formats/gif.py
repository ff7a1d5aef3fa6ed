"""GIF. OpenCV's decoder is given the first picture as a file of its own, and what it shows is put on the canvas here.

So transparent pixels keep their own colour, and a picture may leave the canvas, as in every browser.
"""

import struct
from dataclasses import dataclass

import numpy as np

from inspector.formats.image import Decoded, FileFault, Header, Pixels, Request, make_header
from inspector.formats.pixels import by_opencv, canvas, gave_up
from inspector.formats.problems import ProblemKind
from inspector.formats.truncation import stops_early

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_GREY = bytes(value for grey in range(256) for value in (grey,) * 3)  # for a file without any palette


@dataclass(frozen=True, slots=True)
class _Picture:
    """The first picture: its place on the canvas, its palette, and its compressed indices, data[start:end]."""

    left: int
    top: int
    width: int
    height: int
    interlaced: bool
    palette: bytes
    start: int
    end: int


def header(data: bytes) -> Header | None:
    width, height = struct.unpack_from("<HH", data, 6)
    return make_header("GIF", height, width, notes=("palette", _transparent(data) and "alpha"))


def _transparent(data: bytes) -> bool:
    """Whether the first picture has a transparent colour, as far as the file goes."""
    position = 13 + _palette_bytes(data[10])
    while data[position : position + 1] == b"!":
        if data[position + 1 : position + 3] == b"\xf9\x04":
            return bool(data[position + 3] & 1)
        position += 2
        while position < len(data) and data[position]:
            position += 1 + data[position]
        position += 1
    return False


def working_bytes(data: bytes, header: Header) -> int:
    return header.height * header.width * 13


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _walk(data: bytes) -> tuple[_Picture | None, int]:
    """The first picture, and the file's length by its blocks.

    Raises:
        IndexError: the file stops before its end.
        ValueError: its blocks do not lead there.
    """
    first = None
    common = _palette_bytes(data[10])
    position = 13 + common
    while True:
        block = data[position]
        if block == _TRAILER:
            return first, position + 1
        if block == _IMAGE:
            left, top, width, height, flags = struct.unpack_from("<HHHHB", data, position + 1)
            own = _palette_bytes(flags)
            palette = data[position + 10 : position + 10 + own] if own else data[13 : 13 + common]
            start = position + 10 + own
            end = _after_blocks(data, start + 1)
            if first is None:
                first = _Picture(left, top, width, height, bool(flags & 0x40), palette, start, end)
            position = end
        elif block == _EXTENSION:
            position = _after_blocks(data, position + 2)
        else:
            raise ValueError("unknown block")


def _after_blocks(data: bytes, position: int) -> int:
    while size := data[position]:
        position += 1 + size
    return position + 1


def faults(data: bytes, header: Header) -> FileFault | None:
    try:
        picture, _ = _walk(data)
    except (IndexError, struct.error):
        return stops_early(data, header, lambda data: _walk(data)[1])
    except ValueError:
        wrong = "there is no block where one should begin"
        return FileFault(ProblemKind.UNDECODABLE, f"The file has wrong bytes inside: {wrong}.")
    if picture is None:
        return FileFault(ProblemKind.UNDECODABLE, "The file has no picture.")
    # What lies outside of the canvas must be decoded as well, and the canvas is all that a limit was set for.
    if picture.width * picture.height > 16 * header.width * header.height + (1 << 20):
        size = f"{picture.width:,} x {picture.height:,} pixels on a canvas of {header.width:,} x {header.height:,}"
        return FileFault(ProblemKind.UNDECODABLE, f"The file has wrong bytes inside: a picture of {size}.")
    return None


def decode(request: Request) -> Decoded:
    picture, _ = _walk(request.data)
    assert picture is not None
    target = canvas(request)
    covered = picture.left + picture.top == 0 and picture.height >= len(target) and picture.width >= target.shape[1]
    if not covered:
        target[...] = _background(request.data)
    if picture.width and picture.height:
        frame = by_opencv(_alone(request.data, picture))
        if frame is None or frame.shape[:2] != (picture.height, picture.width):
            raise gave_up("GIF")
        height, width = target.shape[:2]
        left, top = min(picture.left, width), min(picture.top, height)
        visible = frame[: height - top, : width - left]
        target[top : top + len(visible), left : left + visible.shape[1]] = visible
    return Decoded(target)


def _alone(data: bytes, picture: _Picture) -> bytes:
    """A GIF with nothing but this picture."""
    palette = picture.palette or _GREY
    bits = (len(palette) // 3).bit_length() - 2
    size = struct.pack("<HH", picture.width, picture.height)
    return (
        b"GIF89a" + size + bytes((0xF0 | bits, 0, 0)) + palette
        + b"," + bytes(4) + size + (b"\x40" if picture.interlaced else b"\0") + data[picture.start : picture.end] + b";"
    )  # fmt: skip


def _background(data: bytes) -> Pixels:
    """The colour of what no picture covers."""
    at = 13 + 3 * data[11]
    if at + 3 > 13 + _palette_bytes(data[10]):
        return np.zeros(3, np.uint8)
    return np.frombuffer(data, np.uint8, 3, at)
