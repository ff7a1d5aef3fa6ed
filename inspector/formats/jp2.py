"""JPEG 2000: a codestream, bare or in the boxes of JP2.

OpenCV's OpenJPEG decodes it, and Pillow's where the components have unequal sizes or an offset. Both, as every
released version up to 2.5.4, write beyond their memory where the numbers of the tile parts contradict each other
(OSV-2025-219), so these are compared here before a decoder sees them, and the lists of their lengths (TLM) are hidden
from it, since it trusts them.
"""

import struct
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from typing import NamedTuple

from inspector.formats import isobmff
from inspector.formats.image import Decoded, FileFault, Header, Request, make_header, unknown_size
from inspector.formats.pixels import decoded_by_opencv, gave_up, turned
from inspector.formats.problems import ProblemKind
from inspector.formats.truncation import cut_off, size, stops_early

_START, _END = b"\xff\x4f\xff\x51", b"\xff\xd9"
_SOT, _TLM, _COMMENT = 0xFF90, 0xFF55, b"\xff\x64"
_CMYK = 12
_ADVICE = "install a decoder for this kind: pip install pillow"


class _Size(NamedTuple):
    """What the SIZ segment says; `steps`: (across, down) of each component's grid; `tiles`: their number; `offset`:
    the picture does not begin where the grid does."""

    height: int
    width: int
    bits: int
    steps: tuple[tuple[int, int], ...]
    tiles: int
    offset: bool


def header(data: bytes) -> Header | None:
    start = _codestream(data)
    if start is None:
        return unknown_size("JPEG 2000")
    cmyk, palette = False, False
    if start:
        colour = isobmff.find(data, (b"jp2h", b"colr"))
        cmyk = (
            colour is not None
            and data[colour[0]] == 1
            and data[colour[0] + 3 : colour[0] + 7] == bytes((0, 0, 0, _CMYK))
        )
        palette = isobmff.find(data, (b"jp2h", b"pclr")) is not None
    found = _size(data, start)
    channels = len(found.steps)
    uneven, rare = len(set(found.steps)) > 1, found.offset or set(found.steps) != {(1, 1)}  # OpenCV refuses these
    notes = (
        cmyk and "CMYK",
        palette and "palette",
        channels <= 2 and not palette and "grey",
        (channels == 2 or (channels == 4 and not cmyk)) and "alpha",
        channels > 4 and f"{channels} channels",
        uneven and "subsampled",
        rare and not uneven and "offset",
        found.bits != 8 and f"{found.bits}-bit",
    )
    supported = not cmyk and channels <= 4 and not (rare and not _has_pillow())
    advice = _ADVICE if rare and not cmyk and channels <= 4 else ""
    return make_header("JPEG 2000", found.height, found.width, supported=supported, notes=notes, advice=advice)


@cache
def _has_pillow() -> bool:
    return find_spec("PIL") is not None


def _codestream(data: bytes) -> int | None:
    """Where the codestream begins."""
    if data.startswith(_START):
        return 0
    found = isobmff.find(data, (b"jp2c",))
    return found[0] if found else None


def _size(data: bytes, start: int) -> _Size:
    right, bottom, left, top, across, down, tiles_left, tiles_top = struct.unpack_from(">8I", data, start + 8)
    channels, depth = struct.unpack_from(">HB", data, start + 40)
    if right <= left or bottom <= top or not across or not down:
        raise ValueError("damaged size")
    steps = tuple(struct.unpack_from(">BB", data, start + 43 + 3 * number) for number in range(min(channels, 1 << 14)))
    tiles = -(-(right - tiles_left) // across) * -(-(bottom - tiles_top) // down)
    return _Size(bottom - top, right - left, (depth & 0x7F) + 1, steps, tiles, bool(left or top))


def working_bytes(data: bytes, header: Header) -> int:
    channels = 1 if "grey" in header.note else 4 if "alpha" in header.note else 3
    return header.height * header.width * (6 * channels + 4)


# --- faults


def faults(data: bytes, header: Header) -> FileFault | None:
    if cut := stops_early(data, header, _needed, at_least=True):
        return cut
    start = _codestream(data)
    if start is None:
        return None
    try:
        tiles = _size(data, start).tiles
    except struct.error:
        return cut_off(f"The file stops after {size(len(data))}, inside its JPEG 2000 header.")
    except ValueError:
        return None
    end = len(data)
    parts: dict[int, tuple[int, int]] = {}  # of each tile: the number of parts so far, and in all where that is known
    for marker, at, segment_end in _segments(data, start):
        if marker != _SOT:
            continue
        try:
            tile, length, number, count = struct.unpack_from(">HIBB", data, at + 4)
        except struct.error:
            return cut_off(f"The file stops after {size(end)}, before the picture is complete.")
        before, all_parts = parts.get(tile, (0, 0))
        all_parts = all_parts or count
        if tile >= tiles or number != before or (all_parts and number >= all_parts) or count not in (0, all_parts):
            return _wrong("the numbers of its tiles contradict each other")
        parts[tile] = (number + 1, all_parts)
        if length and at + length > end:
            return cut_off(f"The file stops after {size(end)} of {size(at + length, at_least=True)}.")
        if 0 < length < 14 or segment_end > end:
            return _wrong("the length of a tile is impossible")
    if data.find(_END, start) < 0:  # these two bytes are nothing but the end marker there
        return cut_off("The JPEG 2000 data have no end marker; what comes before may be missing, too.")
    return None


def _wrong(what: str) -> FileFault:
    return FileFault(ProblemKind.UNDECODABLE, f"The file has wrong bytes inside: {what}.")


def _needed(data: bytes) -> int:
    if data.startswith(_START):
        return len(data) + 2 * (not data.endswith(_END))  # JPEG 2000 ends with the same marker as JPEG
    found = list(isobmff.boxes(data))
    end = found[-1][2] if found else 0
    if 0 <= len(data) - end < 8 and (end < len(data) or b"jp2c" not in [kind for kind, _, _ in found]):
        raise IndexError("cut off between two boxes, or inside the head of one")
    return end


def _segments(data: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """Marker, first byte and end of each segment of the main header, and of the first one of each tile part."""
    position = start + 2
    while position + 4 <= len(data):
        marker, length = struct.unpack_from(">HH", data, position)
        if not marker >= 0xFF00 or length < 2:
            return
        yield marker, position, position + 2 + length
        if marker == _SOT:
            part = int.from_bytes(data[position + 6 : position + 10])
            if not part:  # up to the end
                return
            position += max(part, 12)
        else:
            position += 2 + length


# --- decoding


def decode(request: Request) -> Decoded:
    start = _codestream(request.data)
    assert start is not None
    changed = bytearray(request.data)
    for marker, at, _ in _segments(request.data, start):
        if marker == _TLM:
            changed[at : at + 2] = _COMMENT
    if "subsampled" in request.header.note or "offset" in request.header.note:
        return _by_pillow(request, bytes(changed))
    return decoded_by_opencv(request, bytes(changed))


def _by_pillow(request: Request, data: bytes) -> Decoded:
    from inspector.formats.second import decode_with_pillow

    try:
        return Decoded(turned(decode_with_pillow(data, "JPEG 2000"), 1, request.out))
    except ValueError as error:
        raise gave_up("JPEG 2000", str(error)) from None
