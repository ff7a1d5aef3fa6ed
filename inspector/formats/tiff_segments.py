"""From the bytes of a TIFF's strips and tiles to those of their samples.

Everything that has a checksum or an end is held to it here, which libtiff leaves to chance. LZW and fax go through
OpenCV's libtiff: it gets a plain file of nothing but these strips, and so cannot be led astray by any other tag.
"""

import lzma
import struct
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from inspector.formats import jpeg
from inspector.formats import tiff_layout as layouts
from inspector.formats import tiff_tags as tags
from inspector.formats.decoder_log import DecoderLog, first_warning
from inspector.formats.pixels import by_opencv
from inspector.formats.tiff_layout import Layout

_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_MOST_SIDE = 1 << 20  # of an image that OpenCV reads
_BATCH_BYTES = 1 << 25
_PIECE = 4096


class Segment(NamedTuple):
    """A strip or tile as the file has it.

    Attributes:
        content: its bytes.
        height, width: in pixels, with what a tile has outside of the picture.
        needed: bytes that it must have once unpacked.
        most: bytes that it may have: the last strip may be as long as the others.
    """

    content: bytes | memoryview
    height: int
    width: int
    needed: int
    most: int


Content = bytes | memoryview | NDArray[np.uint8]


class Unpacked(NamedTuple):
    """Exactly the bytes that are needed, with zeros for those that are lacking; `fault`: what is wrong, "" mostly."""

    content: Content
    fault: str = ""


def unpack(layout: Layout, segments: list[Segment], log: DecoderLog | None) -> list[Unpacked]:
    """Unpack strips or tiles of one plane."""
    if layout.compression == layouts.JPEG:
        tables = _tables(layout)
        return [_jpeg(layout, segment, tables) for segment in segments]
    fax = layout.compression in (layouts.CCITT, layouts.FAX3, layouts.FAX4)
    if layout.value(tags.FILL_ORDER, 1) == 2 and not fax:
        segments = [segment._replace(content=bytes(segment.content).translate(_REVERSED)) for segment in segments]
    if fax:
        return _in_batches(layout, segments, log)
    if layout.compression == layouts.LZW:
        return _in_batches(layout, segments, log)
    one = {layouts.NONE: _stored, layouts.PACKBITS: _packbits, layouts.LZMA: _lzma}.get(layout.compression, _deflate)
    return [one(segment) for segment in segments]


def longest(layout: Layout, needed: int) -> int:
    """Bytes that a segment may take in the file: what a count says beyond that is not looked at."""
    return (4 if layout.compression in (layouts.JPEG, layouts.LZW) else 2) * needed + (1 << 16)


def _padded(content: bytes, needed: int, fault: str) -> Unpacked:
    return Unpacked(content[:needed].ljust(needed, b"\0"), fault)


def _stored(segment: Segment) -> Unpacked:
    if len(segment.content) < segment.needed:
        return _padded(bytes(segment.content), segment.needed, _short(len(segment.content), segment))
    if len(segment.content) >= 2 * segment.most:  # a little more than needed is common
        return _padded(bytes(segment.content), segment.needed, _short(len(segment.content), segment))
    return Unpacked(segment.content[: segment.needed])


def _short(found: int, segment: Segment) -> str:
    return f"it has {found:,} of {segment.needed:,} bytes"


def _deflate(segment: Segment) -> Unpacked:
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(segment.content, segment.most)
        more = b"" if unpacker.eof else unpacker.decompress(unpacker.unconsumed_tail, 1)  # to the checksum at its end
    except zlib.error as error:
        return _padded(_as_far_as_it_goes(zlib.decompressobj(), segment), segment.needed, _words(error))
    if len(content) < segment.needed:
        return _padded(content, segment.needed, _short(len(content), segment))
    if more or not unpacker.eof:
        return _padded(content, segment.needed, "its data do not end where they should")
    return Unpacked(content[: segment.needed])


def _words(error: Exception) -> str:
    return str(error).rpartition(": ")[2] or "invalid data"


def _lzma(segment: Segment) -> Unpacked:
    unpacker = lzma.LZMADecompressor(memlimit=1 << 28)
    try:
        content = unpacker.decompress(segment.content, segment.most)
        more = b"" if unpacker.eof else unpacker.decompress(b"", 1)
    except (lzma.LZMAError, EOFError) as error:
        return _padded(b"", segment.needed, _words(error))
    if len(content) < segment.needed:
        return _padded(content, segment.needed, _short(len(content), segment))
    return Unpacked(
        content[: segment.needed], "" if unpacker.eof and not more else "its data do not end where they should"
    )


def _as_far_as_it_goes(unpacker: "zlib._Decompress", segment: Segment) -> bytes:
    parts = []
    try:
        for at in range(0, len(segment.content), _PIECE):
            parts.append(unpacker.decompress(segment.content[at : at + _PIECE], segment.most))
    except zlib.error:
        pass
    return b"".join(parts)


def _packbits(segment: Segment) -> Unpacked:
    packed, out, at = bytes(segment.content), bytearray(), 0
    end, most = len(packed), segment.most
    while at < end and len(out) < most:
        count = packed[at]
        if count < 128:
            out += packed[at + 1 : at + 2 + count]
            at += 2 + count
        elif count > 128:
            out += packed[at + 1 : at + 2] * (257 - count)
            at += 2
        else:
            at += 1
    if len(out) < segment.needed:
        return _padded(bytes(out), segment.needed, _short(len(out), segment))
    if at > end or len(out) not in (segment.needed, most) or packed[at:].strip(b"\0\x80"):
        return _padded(bytes(out), segment.needed, "its runs do not end where they should")
    return Unpacked(bytes(out[: segment.needed]))


# --- JPEG


def _tables(layout: Layout) -> bytes:
    """The tables that all strips or tiles share, without the markers around them."""
    entry = layout.entries.get(tags.JPEG_TABLES)
    if entry is None or entry.end > len(layout.data):
        return b""
    tables = layout.data[entry.at : entry.end]
    return tables[2 : -2 if tables.endswith(jpeg.END) else None] if tables.startswith(b"\xff\xd8") else b""


def _jpeg(layout: Layout, segment: Segment, tables: bytes) -> Unpacked:
    channels = 1 if layout.planes else layout.samples
    nothing = bytes(segment.needed)
    try:
        whole = _whole_jpeg(layout, bytes(segment.content), tables)
        header = jpeg.header(whole)
    except (struct.error, IndexError, ValueError):
        header = None
    if header is None or not header.height:
        return Unpacked(nothing, "it has no JPEG header")
    rows = max(segment.height, layout.block_size[0], 0 if layout.tiled else layout.value(tags.ROWS_PER_STRIP, 0))
    if header.width != segment.width or header.height > min(rows, 2 * segment.height + 64):
        return Unpacked(nothing, f"its JPEG has {header.width:,} x {header.height:,} pixels")
    space = {1: "GRAY", 3: "RGB", 4: "CMYK"}[channels]
    fault = ""
    try:
        pixels = simplejpeg.decode_jpeg(whole, space)
    except ValueError as error:
        fault = str(error).rstrip(".")
        try:
            pixels = simplejpeg.decode_jpeg(whole, space, strict=False)
        except ValueError:
            return Unpacked(nothing, fault)
    content = np.zeros((segment.height, segment.width, channels), np.uint8)
    there = pixels[: segment.height].reshape(-1, segment.width, channels)
    content[: len(there)] = there
    if not fault and len(there) < segment.height:
        fault = f"its JPEG has {header.height:,} of {segment.height:,} rows"
    return Unpacked(content.reshape(-1), fault)


def _whole_jpeg(layout: Layout, content: bytes, tables: bytes) -> bytes:
    """A JPEG file of a strip or tile, which says how its colours are coded as the TIFF says it."""
    transform = {layouts.RGB: 0, layouts.YCC: 1, layouts.CMYK: 0}.get(layout.photometric)
    if layout.planes:
        transform = None
    parts = [b"\xff\xd8"]
    if transform is not None:
        parts.append(b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0" + bytes((transform,)))
    parts.append(tables)
    if not content.startswith(b"\xff\xd8"):
        raise ValueError("no JPEG")
    position = 2
    for marker, start, _, end in jpeg.segments(content):
        if not 0xE0 <= marker <= 0xEF:
            parts.append(content[start:end])
        position = end
    return b"".join([*parts, content[position:]])


# --- through libtiff


def _in_batches(layout: Layout, segments: list[Segment], log: DecoderLog | None) -> list[Unpacked]:
    unpacked: list[Unpacked] = []
    for batch in _batches(segments):
        together = _through_libtiff(layout, batch, log)
        if len(batch) > 1 and together[0].fault:  # of one of them
            together = [_through_libtiff(layout, [segment], log)[0] for segment in batch]
        unpacked += together
    return unpacked


def _batches(segments: list[Segment]) -> Iterator[list[Segment]]:
    batch: list[Segment] = []
    rows = needed = 0
    for segment in segments:
        different = bool(batch) and batch[0].needed < segment.needed
        if batch and (needed > _BATCH_BYTES or rows + segment.height > _MOST_SIDE // 2 or different):
            yield batch
            batch, rows, needed = [], 0, 0
        batch.append(segment)
        rows += segment.height
        needed += segment.needed
        if batch[0].needed != segment.needed:  # a short one must be the last
            yield batch
            batch, rows, needed = [], 0, 0
    if batch:
        yield batch


def _through_libtiff(layout: Layout, batch: list[Segment], log: DecoderLog | None) -> list[Unpacked]:
    """Unpack segments of one size, but for a shorter last one, as the strips of one picture."""
    fax = layout.compression != layouts.LZW
    data, height, width = (_fax_file if fax else _lzw_file)(layout, batch)
    if height > _MOST_SIDE or width > _MOST_SIDE:
        return [Unpacked(bytes(each.needed), "it is too large for its decoder") for each in batch]
    image, said = _heard(data, log)
    fault = said if image is not None else said or "its codes are wrong or do not fill it"
    if image is None or image.shape != (height, width):
        return [Unpacked(bytes(each.needed), fault or "an unexpected size came out") for each in batch]
    rows = np.packbits(image > 127, axis=1) if fax else image
    content, at = rows.reshape(-1).view(np.uint8), 0
    unpacked = []
    for each in batch:
        unpacked.append(Unpacked(content[at : at + each.needed], fault))
        at += each.needed
    return unpacked


def _heard(data: bytes, log: DecoderLog | None) -> tuple[NDArray[Any] | None, str]:
    """The picture, and what libtiff says of it: as the file has no tags but our own, a warning is about its data."""
    if log is None:
        return by_opencv(data, cv2.IMREAD_UNCHANGED), ""
    log.take()  # what somebody else left there
    before = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_WARNING)
    try:
        image = by_opencv(data, cv2.IMREAD_UNCHANGED)
    finally:
        cv2.utils.logging.setLogLevel(before)
    return image, first_warning(log.take())


def _fax_file(layout: Layout, batch: list[Segment]) -> tuple[bytes, int, int]:
    width, rows = batch[0].width, batch[0].height
    height = sum(each.height for each in batch)
    options = [(tag, layout.value(tag, 0)) for tag in (tags.T4_OPTIONS, tags.T6_OPTIONS) if tag in layout.entries]
    options.append((tags.FILL_ORDER, layout.value(tags.FILL_ORDER, 1)))
    return _file(batch, height, width, rows, 1, layout.compression, options), height, width


def _lzw_file(layout: Layout, batch: list[Segment]) -> tuple[bytes, int, int]:
    """The bytes as a picture of 16-bit or 8-bit grey; the former is what OpenCV reads without converting it."""
    needed, last = batch[0].needed, batch[-1].needed
    rows = batch[0].height
    if needed % rows or last % (needed // rows):
        rows = 1 if len(batch) == 1 or needed == last else needed
    row = needed // rows
    bits = 8 if row % 2 else 16
    while row * 8 // bits > _MOST_SIDE and row % (bits // 4) == 0:
        row, rows = row // 2, rows * 2
    height = sum(each.needed for each in batch) // row
    return _file(batch, height, row * 8 // bits, rows, bits, layouts.LZW, []), height, row * 8 // bits


def _file(
    batch: list[Segment], height: int, width: int, rows: int, bits: int, compression: int, more: list[tuple[int, int]]
) -> bytes:
    """A little-endian TIFF of one channel whose strips these segments are."""
    content = b"".join(each.content for each in batch)
    offsets = np.cumsum([8, *(len(each.content) for each in batch)])[:-1]
    single = {
        tags.WIDTH: width, tags.HEIGHT: height, tags.BITS: bits, tags.COMPRESSION: compression,
        tags.PHOTOMETRIC: layouts.BLACK_IS_ZERO, tags.SAMPLES: 1, tags.ROWS_PER_STRIP: rows, **dict(more),
    }  # fmt: skip
    lists = {tags.STRIP_OFFSETS: offsets.tolist(), tags.STRIP_BYTES: [len(each.content) for each in batch]}
    start = 8 + len(content) + len(content) % 2
    behind = start + 2 + 12 * (len(single) + len(lists)) + 4
    entries, extra = b"", b""
    for tag in sorted((*single, *lists)):
        values = lists.get(tag) or [single[tag]]
        packed = struct.pack(f"<{len(values)}I", *values)
        if len(values) > 1:
            packed, extra = struct.pack("<I", behind + len(extra)), extra + packed
        entries += struct.pack("<HHI", tag, 4, len(values)) + packed
    directory = struct.pack("<H", len(single) + len(lists)) + entries + bytes(4) + extra
    return b"II*\0" + struct.pack("<I", start) + content.ljust(start - 8, b"\0") + directory
