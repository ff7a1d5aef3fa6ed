"""Whether a file is all there, from its own structure, and so for every engine alike."""

import struct
import zlib
from collections.abc import Iterator

from inspector.formats import isobmff as boxes
from inspector.formats import tiff_tags
from inspector.formats.headers import Header
from inspector.formats.pnm import pnm_fields
from inspector.formats.problems import ProblemKind


def missing(data: bytes, header: Header) -> str | None:
    """What a file that stops early lacks, in a sentence; None where nothing shows that it does.

    For JPEG this looks at the header only.
    """
    if header.format == "PNG":
        fault = png_fault(data)
        return fault[1] if fault and fault[0] is ProblemKind.TRUNCATED else None
    try:
        needed = _NEEDED[header.format](data)
    except (struct.error, IndexError):  # the structure that tells the length is itself cut off
        where = "before the picture is complete" if header.height else f"inside its {header.format} header"
        return f"The file stops after {_size(len(data))}, {where}."
    except ValueError:  # it is damaged
        return None
    if needed <= len(data):
        return None
    return f"The file stops after {_size(len(data))} of {_size(needed, at_least=header.format in _AT_LEAST)}."


def _size(count: int, at_least: bool = False) -> str:
    if count < 10_000:
        words = f"{count:,} bytes"
    elif count < 10_000_000:
        words = f"{count / 1000:,.0f} KB"
    else:
        words = f"{count / 1e6:,.0f} MB"
    return f"at least {words}" if at_least else words


# Each of the functions below gives the number of bytes that the file should have.


def _jpeg(data: bytes) -> int:
    start = _start_of_scan(data)
    if start is not None:
        return start
    if data.endswith(_END_OF_JPEG):
        raise ValueError("damaged header")
    raise IndexError("cut off in the header")


_END_OF_JPEG = b"\xff\xd9"


def _start_of_scan(data: bytes) -> int | None:
    """Where a JPEG's picture begins; None where the header leads to no such place."""
    position = 2
    while (position := data.find(b"\xff", position)) >= 0 and position + 4 <= len(data):
        marker = data[position + 1]
        if marker == 0xDA:
            return position
        if marker == 0xFF:
            position += 1
        elif marker <= 1 or 0xD0 <= marker <= 0xD9:
            position += 2
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4])
    return None


def _bmp(data: bytes) -> int:
    (offset, header_size) = struct.unpack_from("<II", data, 10)
    if header_size == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        compression = 0
    else:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    if compression in (1, 2):
        return int(struct.unpack_from("<I", data, 2)[0])
    row = (abs(width) * bits + 31) // 32 * 4
    return int(offset + row * abs(height))


def _webp(data: bytes) -> int:
    return 8 + int.from_bytes(data[4:8], "little")


def _gif(data: bytes) -> int:
    flags = data[10]
    position = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    while True:
        block = data[position]
        if block == 0x3B:
            return position + 1
        if block == 0x2C:
            local = data[position + 9]
            position += 11 + (3 << (local & 7) + 1 if local & 0x80 else 0)
        elif block == 0x21:
            position += 2
        else:
            raise ValueError("unknown block")
        while size := data[position]:
            position += 1 + size
        position += 1


def _tiff(data: bytes) -> int:
    order = tiff_tags.byte_order(data)
    end = 0
    lists: dict[int, tuple[int, ...]] = {}
    for entry in tiff_tags.entries(data):
        end = max(end, entry.end)
        lists[entry.tag] = tiff_tags.integers(data, entry, order)
    for offsets, sizes in (
        (tiff_tags.STRIP_OFFSETS, tiff_tags.STRIP_BYTES),
        (tiff_tags.TILE_OFFSETS, tiff_tags.TILE_BYTES),
    ):
        for offset, size in zip(lists.get(offsets, ()), lists.get(sizes, ()), strict=False):
            end = max(end, offset + size)
    return end


def _jpeg_2000(data: bytes) -> int:
    if data.startswith(b"\xff\x4f"):
        return len(data) + 2 * (not data.endswith(_END_OF_JPEG))  # JPEG 2000 ends with the same marker
    return _boxes(data, b"jp2c")


def _avif(data: bytes) -> int:
    return _boxes(data, b"mdat")


def _boxes(data: bytes, picture: bytes) -> int:
    found = list(boxes.boxes(data))
    end = found[-1][2] if found else 0
    if 0 <= len(data) - end < 8 and (end < len(data) or picture not in [kind for kind, _, _ in found]):
        raise IndexError("cut off between two boxes, or inside the head of one")
    return end


def _pnm(data: bytes) -> int:
    pnm = pnm_fields(data)
    samples = pnm.width * pnm.height * pnm.channels
    if pnm.variant < 4:  # written as text: at least a digit and a space a sample
        pixels = data[pnm.start :]
        there = sum(map(pixels.count, (b"0", b"1"))) if pnm.variant == 1 else len(pixels.split())
        return len(data) + 2 * max(0, samples - there)
    if pnm.variant == 4:
        return pnm.start + (pnm.width + 7) // 8 * pnm.height
    return pnm.start + samples * (2 if pnm.largest > 255 else 1)


_NEEDED = {
    "JPEG": _jpeg,
    "BMP": _bmp,
    "WebP": _webp,
    "GIF": _gif,
    "TIFF": _tiff,
    "JPEG 2000": _jpeg_2000,
    "AVIF": _avif,
    "PNM": _pnm,
}
_AT_LEAST = frozenset(("PNM", "TIFF", "JPEG 2000"))


def lacks_end_marker(data: bytes) -> bool:
    """Whether a JPEG file stops before its end marker; one that belongs to an embedded preview does not count."""
    start = _start_of_scan(data)
    return not data.endswith(_END_OF_JPEG) if start is None else data.find(_END_OF_JPEG, start) < 0


def fault_inside(data: bytes, header: Header) -> tuple[ProblemKind, str] | None:
    """What a file's own structure shows to be wrong although it may well decode, with a sentence."""
    find = {"PNG": png_fault, "WebP": _webp_fault, "JPEG 2000": _jpeg_2000_fault}.get(header.format)
    return find(data) if find is not None else None


def webp_picture(data: bytes) -> bytes:
    """A WebP file with nothing but its picture: when bytes inside are damaged, the decoder would read on.

    All of the file where it has several pictures, or no whole one.
    """
    for kind, start, end in _webp_chunks(data):
        if kind in (b"VP8 ", b"VP8L") and end <= len(data):
            return b"RIFF" + (4 + end - start).to_bytes(4, "little") + b"WEBP" + data[start:end]
        if kind == b"ANMF":
            break
    return data


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of each chunk, the end where its size says, which may be too far."""
    position, end = 12, min(len(data), _webp(data))
    while position + 8 <= end:
        kind, size = struct.unpack_from("<4sI", data, position)
        next_one = position + 8 + size + (size & 1)
        yield kind, position, next_one
        position = next_one


def _webp_fault(data: bytes) -> tuple[ProblemKind, str] | None:
    if _webp(data) > len(data):
        return ProblemKind.TRUNCATED, f"The file stops after {_size(len(data))} of {_size(_webp(data))}."
    for kind, _, end in _webp_chunks(data):
        if not (kind.isascii() and kind.decode("ascii").isprintable()):
            return ProblemKind.DAMAGED, "The file has wrong bytes inside: there is no chunk where one should begin."
        if end > _webp(data) + 1:  # some leave out the last byte, which only makes the number even
            return ProblemKind.DAMAGED, "The file has wrong bytes inside: one of its chunks is longer than the file."
    return None


def _jpeg_2000_fault(data: bytes) -> tuple[ProblemKind, str] | None:
    start = max(0, data.find(_START_OF_JPEG_2000))
    if data.find(_END_OF_JPEG, start) >= 0:  # these two bytes are nothing but the end marker there
        return None
    return ProblemKind.TRUNCATED, "The JPEG 2000 data have no end marker; what comes before may be missing, too."


_START_OF_JPEG_2000 = b"\xff\x4f\xff\x51"
_END_OF_PNG = b"\0\0\0\0IEND\xaeB`\x82"


def png_fault(data: bytes) -> tuple[ProblemKind, str] | None:
    """What the chunks of a PNG show to be wrong, with a sentence; None where they are all there and right.

    TRUNCATED and UNDECODABLE rule decoding out; OpenCV must not see such a file, because it takes as much memory as
    a chunk claims to need before it looks. DAMAGED is a wrong checksum in a chunk that holds no pixels: the image
    decodes, and libpng only warns.
    """
    position, view = 8, memoryview(data)
    fault = None
    while True:
        if position + 12 > len(data):
            end = len(data) + 1
        else:
            size, kind = struct.unpack_from(">I4s", data, position)
            end = position + 12 + size
        if end > len(data):
            if data.endswith(_END_OF_PNG):
                wrong = "one of its chunks claims to be longer than the file"
                return ProblemKind.UNDECODABLE, f"The file has wrong bytes inside: {wrong}."
            of = f" of at least {_size(end)}" if position + 12 <= len(data) else ", before the picture is complete"
            return ProblemKind.TRUNCATED, f"The file stops after {_size(len(data))}{of}."
        if zlib.crc32(view[position + 4 : end - 4]) != int.from_bytes(view[end - 4 : end]):
            critical = kind[:1].isupper()
            wrong = f"the checksum of its {kind.decode('latin-1')} chunk does not fit"
            fault = (
                ProblemKind.UNDECODABLE if critical else ProblemKind.DAMAGED,
                f"The file has wrong bytes inside: {wrong}.",
            )
            if critical:
                return fault
        if kind == b"IEND":
            return fault
        position = end
