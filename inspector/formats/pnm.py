"""PNM, decoded here: PBM, PGM and PPM, as bytes or written as text."""

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inspector.formats.image import Decoded, FileFault, Header, Request, make_header
from inspector.formats.pixels import canvas, eight_bits, gave_up
from inspector.formats.truncation import stops_early

_NUMBERS = rb"(?:\s|#[^\n]*\n)+(\d{1,9})" * 2
_GREY_OR_RGB = re.compile(rb"P([2356])" + _NUMBERS + rb"(?:\s|#[^\n]*\n)+(\d{1,9})\s")
_BITMAP = re.compile(rb"P([14])" + _NUMBERS + rb"\s")
_BEGINNING = re.compile(rb"P[1-6](?:\s|#[^\n]*\n)+(?:\d|\Z)")
_HEADER_BYTES = 4096
_COMMENT = re.compile(rb"#[^\n]*")
_NO_BIT = bytes(set(range(256)) - set(b"01"))
_NUMBERS_AND_SPACE = b"0123456789 \t\r\n\v\f"


class Pnm(NamedTuple):
    """The header of a PNM file.

    Attributes:
        variant: the digit after the "P": 1 to 3 are written as text.
        height: in pixels.
        width: in pixels.
        channels: samples a pixel.
        largest: value that a sample can have.
        start: of the pixels, in bytes from the start of the file.
    """

    variant: int
    height: int
    width: int
    channels: int
    largest: int
    start: int


def fields(data: bytes) -> Pnm:
    """Raises IndexError where the header is not complete, ValueError where it is wrong."""
    match = _BITMAP.match(data, 0, _HEADER_BYTES) or _GREY_OR_RGB.match(data, 0, _HEADER_BYTES)
    if match is None:
        raise IndexError("the header is cut off") if len(data) < 64 else ValueError("no PNM header")
    variant, width, height = (int(match[group]) for group in (1, 2, 3))
    largest = int(match[4]) if variant not in (1, 4) else 1
    if not 1 <= largest <= 65535:
        raise ValueError("impossible largest value")
    return Pnm(variant, height, width, 3 if variant in (3, 6) else 1, largest, match.end())


def header(data: bytes) -> Header | None:
    if _BEGINNING.match(data, 0, _HEADER_BYTES) is None:
        return None  # text that happens to begin with "P"
    pnm = fields(data)
    notes = (
        pnm.largest not in (1, 255, 65535) and f"largest value {pnm.largest}",
        pnm.variant not in (1, 4) and pnm.channels < 3 and "grey",
        pnm.variant in (1, 4) and "1-bit",
        pnm.largest > 255 and "16-bit",
    )
    return make_header("PNM", pnm.height, pnm.width, notes=notes)


def working_bytes(data: bytes, header: Header) -> int:
    return header.height * header.width * 9


def faults(data: bytes, header: Header) -> FileFault | None:
    return stops_early(data, header, _needed, at_least=True)


def _needed(data: bytes) -> int:
    pnm = fields(data)
    samples = pnm.width * pnm.height * pnm.channels
    if pnm.variant < 4:  # written as text: at least a digit and a space a sample
        text = _text(data, pnm)
        if pnm.variant == 1:
            there = len(text.translate(None, _NO_BIT))
        else:
            letters = np.frombuffer(b" " + text, np.uint8) > 32
            there = int(np.count_nonzero(letters[1:] & ~letters[:-1]))
        return len(data) + 2 * max(0, samples - there)
    if pnm.variant == 4:
        return pnm.start + (pnm.width + 7) // 8 * pnm.height
    return pnm.start + samples * (2 if pnm.largest > 255 else 1)


def decode(request: Request) -> Decoded:
    data, pnm, target = request.data, fields(request.data), canvas(request)
    count = pnm.height * pnm.width * pnm.channels
    values: NDArray[np.unsignedinteger]
    if pnm.variant < 4:
        values = _from_text(data, pnm, count)
    elif pnm.variant == 4:
        row = (pnm.width + 7) // 8
        packed = np.frombuffer(data, np.uint8, row * pnm.height, pnm.start).reshape(pnm.height, row)
        values = np.unpackbits(packed, axis=1, count=pnm.width)
    else:
        values = np.frombuffer(data, ">u2" if pnm.largest > 255 else "u1", count, pnm.start)
    values = values.reshape(pnm.height, pnm.width, pnm.channels)
    if pnm.variant in (1, 4):
        target[...] = (values ^ 1) * np.uint8(255)  # 1 is black
    elif pnm.largest == 255:
        target[...] = values
    elif pnm.largest == 65535:
        target[...] = values >> 8
    else:
        target[...] = eight_bits(pnm.largest)[values]
    return Decoded(target)


def _text(data: bytes, pnm: Pnm) -> bytes:
    """The pixels of a file that is written as text, without comments."""
    text = data[pnm.start :]
    return _COMMENT.sub(b"", text) if b"#" in text else text


def _from_text(data: bytes, pnm: Pnm, count: int) -> NDArray[np.unsignedinteger]:
    text = _text(data, pnm)
    if pnm.variant == 1:
        return np.frombuffer(text.translate(None, _NO_BIT), np.uint8, count) - 48
    if text.translate(None, _NUMBERS_AND_SPACE):
        raise gave_up("PNM", "there is something else than numbers among the pixels")
    samples: NDArray[np.int64] = np.fromstring(text, np.int64, count=count, sep=" ")
    return np.minimum(samples, pnm.largest).astype(np.uint16)
