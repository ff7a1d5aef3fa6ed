"""WebP, decoded by OpenCV's libwebp, which is given nothing but the picture."""

import struct
from collections.abc import Iterator

from inspector.formats import tiff_tags
from inspector.formats.image import Decoded, FileFault, Header, Request, make_header, unknown_size
from inspector.formats.pixels import decoded_by_opencv
from inspector.formats.problems import ProblemKind
from inspector.formats.truncation import stops_early

_ALPHA, _EXIF, _ANIMATED = 16, 8, 2  # flags of VP8X
_LEAST_BYTES = 64  # OpenCV refuses files of fewer than 32


def header(data: bytes) -> Header | None:
    if data[8:12] != b"WEBP":
        return None
    if data[12:16] in (b"VP8 ", b"VP8L"):
        height, width, alpha = _picture_size(data, 12)
        return make_header("WebP", height, width, notes=(data[12:16] == b"VP8L" and "lossless", alpha and "alpha"))
    if data[12:16] != b"VP8X" or len(data) < 30:
        return unknown_size("WebP")
    flags = data[20]
    width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    orientation = 1
    if flags & _EXIF:
        for kind, start, end in _chunks(data):
            if kind == b"EXIF":
                orientation = tiff_tags.exif_orientation(data[start + 8 : end])
                break
    notes = (bool(flags & _ALPHA) and "alpha", bool(flags & _ANIMATED) and "animated")
    return make_header("WebP", height, width, orientation, notes=notes)


def _picture_size(data: bytes, start: int) -> tuple[int, int, bool]:
    """(height, width, has alpha) that the picture's own chunk at `start` gives."""
    if data[start : start + 4] == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, start + 14)
        return height & 0x3FFF, width & 0x3FFF, False
    (bits,) = struct.unpack_from("<I", data, start + 9)
    return (bits >> 14 & 0x3FFF) + 1, (bits & 0x3FFF) + 1, bool(bits >> 28 & 1)


def working_bytes(data: bytes, header: Header) -> int:
    return header.height * header.width * (11 if "animated" in header.note else 8)


def _length(data: bytes) -> int:
    return 8 + int.from_bytes(data[4:8], "little")


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of each chunk, the end where its size says, which may be too far."""
    position, end = 12, min(len(data), _length(data))
    while position + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, position)
        next_one = position + 8 + length + (length & 1)
        yield kind, position, next_one
        position = next_one


def faults(data: bytes, header: Header) -> FileFault | None:
    if cut := stops_early(data, header, _length):
        return cut
    for kind, start, end in _chunks(data):
        if kind == bytes(4):
            return _wrong("there is no chunk where one should begin")
        if end > _length(data) + 1:  # some leave out the last byte, which only makes the number even
            return _wrong("one of its chunks is longer than the file")
        if kind in (b"VP8 ", b"VP8L") and data[12:16] == b"VP8X" and "animated" not in header.note:
            height, width, _ = _picture_size(data.ljust(start + 18, b"\0"), start)
            stored = (header.width, header.height) if header.orientation >= 5 else (header.height, header.width)
            if (height, width) != stored:
                lie = f"its header claims {stored[1]:,} x {stored[0]:,} pixels, the picture has {width:,} x {height:,}"
                return _wrong(lie, decodable=False)
    return None


def _wrong(what: str, decodable: bool = True) -> FileFault:
    kind = ProblemKind.DAMAGED if decodable else ProblemKind.UNDECODABLE
    return FileFault(kind, f"The file has wrong bytes inside: {what}.", decodable)


def decode(request: Request) -> Decoded:
    return decoded_by_opencv(request, picture(request.data))


def picture(data: bytes) -> bytes:
    """A WebP file with nothing but its picture: when bytes inside are damaged, the decoder would go on in what follows.

    All of the file where it has several pictures, or no whole one.
    """
    for kind, start, end in _chunks(data):
        if kind in (b"VP8 ", b"VP8L") and end <= len(data) + 1:
            length = max(4 + end - start, _LEAST_BYTES - 8)
            riff = b"RIFF" + length.to_bytes(4, "little") + b"WEBP" + data[start:end]
            return riff.ljust(8 + length, b"\0")
        if kind == b"ANMF":
            break
    return data
