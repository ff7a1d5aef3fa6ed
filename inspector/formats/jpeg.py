"""JPEG, decoded by libjpeg-turbo in its strict mode, which names every fault.

A warning that is about metadata alone, or about bytes between the header's segments, is distinguished from damage by
decoding the file once more without what the warning is about: if nothing else is wrong, it is a note.
"""

import re
import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import simplejpeg

from inspector.formats import tiff_tags
from inspector.formats.image import Decoded, FileFault, Header, Pixels, Request, make_header, unknown_size
from inspector.formats.pixels import by_opencv, decoded_by_opencv, turned
from inspector.formats.problems import BadFile, ProblemKind
from inspector.formats.truncation import size, stops_early

END = b"\xff\xd9"
_LEAST_SCALE = 2
_MOST_SEGMENTS = 20_000
_FRAME = struct.Struct(">BHHB")
_MARKER = re.compile(rb"\xff([\x01-\xfe])")  # libjpeg, too, skips to the next one
_WITHOUT_LENGTH = frozenset((0x01, *range(0xD0, 0xDA)))
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN, _END, _HUFFMAN, _JPEG_LS = 0xDA, 0xD9, 0xC4, 0xF7


class JpegSegment(NamedTuple):
    """One segment of a header: data[start:end] from its marker on; its content begins at `content`."""

    marker: int
    start: int
    content: int
    end: int


def segments(data: bytes) -> Iterator[JpegSegment]:
    """The segments after the start of the image, up to and with the first scan's header.

    Raises:
        IndexError: the header is cut off, or has far too many segments.
    """
    position, left = 2, _MOST_SEGMENTS
    while left and (match := _MARKER.search(data, position)):
        left -= 1
        marker, content = match[1][0], match.end()
        if marker in _WITHOUT_LENGTH:
            position = content
            if marker == _END:
                return
            continue
        position = content + (data[content] << 8 | data[content + 1])
        yield JpegSegment(marker, content - 2, content + 2, position)
        if marker == _SCAN:
            return
    raise IndexError("the header is cut off")


# --- header


def header(data: bytes) -> Header | None:
    orientation, has_exif, adobe = 1, False, False
    try:
        for marker, _, content, _ in segments(data):
            if marker in _FRAMES:
                return _frame(data[content : content + _FRAME.size], marker, orientation, adobe)
            if marker == _JPEG_LS:
                _, height, width, _ = _FRAME.unpack_from(data, content)
                return make_header("JPEG-LS", height, width, supported=False)
            if marker == 0xE1 and not has_exif and data.startswith(b"Exif\0\0", content):
                has_exif = True
                orientation = tiff_tags.exif_orientation(data, content + 6)
            elif marker == 0xEE:
                adobe = data.startswith(b"Adobe", content)
    except IndexError:
        pass
    return unknown_size("JPEG")


@lru_cache(maxsize=256)  # a folder's photographs have a few sizes
def _frame(frame: bytes, marker: int, orientation: int, adobe: bool) -> Header:
    precision, height, width, channels = _FRAME.unpack(frame)
    if not 2 <= precision <= 16:
        raise ValueError("damaged frame header")
    process = {0xC2: "progressive", 0xC3: "lossless", 0xC9: "arithmetic", 0xCA: "progressive, arithmetic"}.get(marker)
    known = marker in (0xC0, 0xC1) or process is not None
    notes = (
        known and process is not None and process,
        not known and "hierarchical or arithmetic lossless coding",
        precision != 8 and f"{precision}-bit",
        channels == 1 and "grey",
        channels == 4 and ("CMYK, Adobe" if adobe else "CMYK"),
    )
    return make_header("JPEG", height, width, orientation, precision == 8 and known, notes)


def working_bytes(data: bytes, header: Header) -> int:
    # A progressive file's coefficients, 2 bytes each, are kept until its end.
    bytes_a_pixel = (9 if "progressive" in header.note else 3) + (4 if "CMYK" in header.note else 0)
    return header.height * header.width * (bytes_a_pixel + 3 * (header.orientation != 1))


# --- faults


def faults(data: bytes, header: Header) -> FileFault | None:
    """Of a header that gives no size; what is wrong behind it is found by decoding."""
    return stops_early(data, header, _start_of_scan) if not header.height else None


def _start_of_scan(data: bytes) -> int:
    start = _scan(data)
    if start is not None:
        return start
    if data.endswith(END):
        raise ValueError("damaged header")
    raise IndexError("cut off in the header")


def _scan(data: bytes) -> int | None:
    """Where a JPEG's picture begins; None where the header leads to no such place."""
    try:
        return next((each.start for each in segments(data) if each.marker == _SCAN), None)
    except IndexError:
        return None


def lacks_end_marker(data: bytes) -> bool:
    """Whether a JPEG file stops before its end marker; one that belongs to an embedded preview does not count."""
    start = _scan(data)
    return not data.endswith(END) if start is None else data.find(END, start) < 0


# --- decoding


def decode(request: Request) -> Decoded:
    header, data = request.header, request.data
    if request.at_least is not None and (scaled := _scaled(request, request.at_least)) is not None:
        return scaled
    target = request.out if header.orientation == 1 else None
    try:
        stored = simplejpeg.decode_jpeg(data, "RGB", buffer=target)
    except ValueError as error:
        return _faulty(request, str(error))
    if target is not None and stored.shape == target.shape:
        return Decoded(target)  # it is `stored`, which the library made a new array object for
    return Decoded(turned(stored, header.orientation, request.out))


def _scaled(request: Request, at_least: tuple[int, int]) -> Decoded | None:
    """The image at a fraction of its size; None where that is not worth it, or where something is wrong with the file.

    At more than half of the size it takes longer than at the full size. libjpeg-turbo cannot scale lossless files: it
    writes beyond its memory.
    """
    header = request.header
    height, width = at_least
    if min(header.height // height, header.width // width) < _LEAST_SCALE or "lossless" in header.note:
        return None
    if header.orientation >= 5:
        height, width = width, height
    try:
        stored = simplejpeg.decode_jpeg(
            request.data, "RGB", min_height=height, min_width=width, min_factor=_LEAST_SCALE
        )
    except ValueError:
        return None  # the exact path finds out what it is
    return Decoded(turned(stored, header.orientation, None), full_size=(header.height, header.width))


def _faulty(request: Request, complaint: str) -> Decoded:
    """What can be had of a JPEG that the strict decoder refused, and the reason."""
    header, data = request.header, request.data
    lacks_end = lacks_end_marker(data)
    if "subsampling" in complaint and not lacks_end:
        return decoded_by_opencv(request)  # a legal one that the library does not know, such as 3x1; or it is damaged
    if not lacks_end:
        tidy = tidied(data)
        try:
            if tidy != data:
                stored = simplejpeg.decode_jpeg(tidy, "RGB")
                note = f"The JPEG decoder says: {complaint.rstrip('.')}; no pixel depends on it."
                return Decoded(turned(stored, header.orientation, request.out), notes=(note,))
        except ValueError as error:
            complaint = str(error)
    stored = _lenient(data)
    if lacks_end:
        reason = _where_it_stops(data, header)
        if stored is None:
            raise BadFile(ProblemKind.TRUNCATED, reason)
        return Decoded(turned(stored, header.orientation, request.out), reason, ProblemKind.TRUNCATED)
    if stored is None:
        unsupported = complaint.startswith("Unsupported") and "lossless" in header.note
        kind = ProblemKind.UNSUPPORTED if unsupported else ProblemKind.UNDECODABLE
        raise BadFile(kind, f"The JPEG decoder gave up: {complaint}.")
    rgb = turned(stored, header.orientation, request.out)
    reason = f"The file has wrong bytes inside; the JPEG decoder says: {complaint}."
    return Decoded(rgb, reason, ProblemKind.DAMAGED)


def _lenient(data: bytes) -> Pixels | None:
    try:
        return np.asarray(simplejpeg.decode_jpeg(data, "RGB", strict=False), np.uint8)
    except ValueError:
        return by_opencv(data)  # it also accepts rubbish between the header's segments


# Zeros before a marker; but for one after FF, which belongs to the data.
_PADDING = re.compile(rb"(?:(?<=\xff\0)|(?<![\0\xff]))\0++(?=\xff[\xc4\xd9-\xdb\xdd\xe0-\xfe])")
_LEAST_PADDING = 4  # of another byte


def tidied(data: bytes) -> bytes:
    """The same picture without what libjpeg warns of although no pixel depends on it.

    Gone are bytes between the header's segments, padding before a marker, and colour profiles; fields that every reader
    ignores have the values that they should have. The file as it is where such bytes may be the end of a damaged
    segment.
    """
    parts, position, components, sequential = [b"\xff\xd8"], 2, 3, False
    tables: set[int] = set()
    try:
        for marker, start, content, end in segments(data):
            gap = data[position:start].rstrip(b"\xff")
            if gap and not _ends_where_it_should(parts[-1], gap):
                return data
            segment = bytearray(data[start:end])
            if marker in _FRAMES:
                components, sequential = data[content + 5], marker in (0xC0, 0xC1)
            elif marker == 0xE0 and segment.startswith(b"JFIF\0", 4):
                segment[9:10] = b"\1"  # the version
            elif marker == 0xEE and segment.startswith(b"Adobe", 4) and len(segment) >= 16 and segment[15] > 2:
                segment[15] = 2 if components == 4 else 1  # what libjpeg takes an unknown colour transform for
            elif marker == _HUFFMAN:
                tables |= _huffman_tables(bytes(segment[4:]))
            elif marker == _SCAN:
                if not _used_tables(bytes(segment), sequential) <= tables:
                    return data  # the bytes in between were a table
                if sequential:
                    segment[-3:] = b"\0\x3f\0"
            if not (marker == 0xE2 and segment.startswith(b"ICC_PROFILE\0", 4)):
                parts.append(bytes(segment))
            position = end
    except (IndexError, ValueError):
        return data
    rest = _PADDING.sub(b"", data[position:])
    if rest.endswith(END):
        picture = rest[: -len(END)].rstrip(rest[-3:-2])
        if len(rest) - len(END) - len(picture) >= _LEAST_PADDING and rest[-3:-2] != b"\xff":
            rest = picture + END
    return b"".join([*parts, rest])


def _ends_where_it_should(segment: bytes, gap: bytes) -> bool:
    """Whether the bytes behind a segment are not its own end, which something that was inserted has moved there."""
    if segment.startswith(b"\xff\xdb"):  # a table for quantization, in which any number is possible but 0
        return not gap.strip(b"\0")
    if segment.startswith(b"JFIF\0", 4) and len(segment) >= 18:
        return len(segment) == 18 + 3 * segment[16] * segment[17]
    if segment.startswith(b"Exif", 4):
        try:
            tiff = segment[10:]
            return all(entry.end <= len(tiff) for entry in tiff_tags.entries(tiff))
        except (struct.error, ValueError):
            return False
    return True


def _huffman_tables(content: bytes) -> set[int]:
    """The tables (0 to 3: DC, 16 to 19: AC) that a segment defines. Raises ValueError where one is impossible."""
    tables, at = set(), 0
    while at + 17 <= len(content):
        number = sum(content[at + 1 : at + 17])
        symbols = content[at + 17 : at + 17 + number]
        if len(symbols) < number or len(set(symbols)) < number:
            raise ValueError("an impossible table")
        tables.add(content[at])
        at += 17 + number
    return tables


def _used_tables(scan: bytes, sequential: bool) -> set[int]:
    """The Huffman tables that a scan's header names."""
    names = scan[6 : 5 + 2 * scan[4] : 2]
    dc, ac = {name >> 4 for name in names}, {16 | name & 15 for name in names}
    return dc | ac if sequential else dc


def _where_it_stops(data: bytes, header: Header) -> str:
    start = _scan(data)
    if start is None:
        return "The JPEG data stop before the picture begins."
    ended = data + (b"\xd9" if data.endswith(b"\xff") else END)
    try:
        simplejpeg.decode_jpeg(ended, "RGB")
    except ValueError:
        pass  # more than the end marker is missing, which is what this was to find out
    else:
        if "progressive" in header.note:
            return "The JPEG data stop without an end marker; every row is there, but detail may be missing."
        return "The JPEG data stop before the end marker; all rows are there, only the marker is missing."
    # A copy that broke off may have the file's full length, and one byte over and over where the rest should be.
    real = data.rstrip(data[-1:])
    filler = len(data) - len(real)
    what = "The JPEG data stop before the end marker"
    if filler >= 16:
        what = f"The last {size(filler)} of the JPEG data are nothing but {data[-1]:02X}, and no end marker follows"
        data = real
    if "progressive" in header.note:
        return f"{what}; rows or detail are missing."
    there = _rows(data + END)
    return f"{what}; about {min(99, int(100 * there))} % of the rows are there." if there is not None else f"{what}."


def _rows(data: bytes) -> float | None:
    """The share of rows that are there, the height being 1; None where nothing can be decoded."""
    stored = _lenient(data)
    if stored is None:
        return None
    there = np.flatnonzero((stored != 128).any(axis=(1, 2)))  # libjpeg fills what it did not get with mid grey
    return (int(there[-1]) + 1) / len(stored) if len(there) else 0.0
