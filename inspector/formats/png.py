"""PNG, decoded by OpenCV's libpng after the chunks' checksums were compared here."""

import struct
import zlib
from collections.abc import Iterator

from inspector.formats import tiff_tags
from inspector.formats.image import Decoded, FileFault, Header, Request, make_header
from inspector.formats.pixels import decoded_by_opencv
from inspector.formats.problems import ProblemKind
from inspector.formats.truncation import cut_off, size

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_END = b"\0\0\0\0IEND\xaeB`\x82"
_ANIMATION = (b"acTL", b"fcTL", b"fdAT")


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Type, first byte and end of each chunk; the content lies 8 bytes further, and 4 bytes of checksum end it.

    The end may lie behind the end of the data.
    """
    position = 8
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        yield kind, position, position + 12 + length
        position += 12 + length


def header(data: bytes) -> Header | None:
    if data[12:16] == b"CgBI":
        return make_header("PNG", 0, 0, supported=False, notes=("Apple's variant CgBI, which only its systems read",))
    if data[12:16] != b"IHDR":
        raise ValueError("the first chunk is no header")
    width, height, depth, colour = struct.unpack_from(">IIBB", data, 16)
    orientation, animated, transparent = 1, False, False
    for kind, start, end in chunks(data):
        if kind == b"eXIf":
            orientation = tiff_tags.exif_orientation(data[start + 8 : end - 4])
        animated = animated or kind == b"acTL"
        transparent = transparent or kind == b"tRNS"
    notes = (
        colour in (0, 4) and "grey",
        colour == 3 and "palette",
        (colour in (4, 6) or transparent) and "alpha",
        depth not in (8,) and f"{depth}-bit",
        data[28] == 1 and "interlaced",
        animated and "animated",
    )
    return make_header("PNG", height, width, orientation, notes=notes)


def working_bytes(data: bytes, header: Header) -> int:
    return header.height * header.width * 7


def faults(data: bytes, header: Header) -> FileFault | None:
    """What the chunks show to be wrong.

    What is not decodable must not reach OpenCV, which takes as much memory as a chunk claims to need before it looks.
    DAMAGED is a wrong checksum in a chunk that holds no pixels: the image decodes, and libpng only warns.
    """
    view = memoryview(data)
    fault = None
    for kind, start, end in chunks(data):
        if end > len(data):
            if data.endswith(_END):
                wrong = "one of its chunks claims to be longer than the file"
                return FileFault(ProblemKind.UNDECODABLE, f"The file has wrong bytes inside: {wrong}.")
            return cut_off(f"The file stops after {size(len(data))} of {size(end, at_least=True)}.")
        if zlib.crc32(view[start + 4 : end - 4]) != int.from_bytes(view[end - 4 : end]):
            reason = (
                f"The file has wrong bytes inside: the checksum of its {kind.decode('latin-1')} chunk does not fit."
            )
            if kind[:1].isupper():  # the pixels depend on it
                return FileFault(ProblemKind.UNDECODABLE, reason)
            fault = FileFault(ProblemKind.DAMAGED, reason, decodable=True)
        if kind == b"IEND":
            return fault
    return cut_off(f"The file stops after {size(len(data))}, before the picture is complete.")


def decode(request: Request) -> Decoded:
    return decoded_by_opencv(request, _still(request.data) if "animated" in request.header.note else None)


def _still(data: bytes) -> bytes:
    """The file without its animation, whose first frame need not be the picture that a reader of PNG shows."""
    parts = [data[start:end] for kind, start, end in chunks(data) if kind not in _ANIMATION]
    return _SIGNATURE + b"".join(parts)
