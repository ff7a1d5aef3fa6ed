"""The headers of the PNM family, which are text: PBM, PGM and PPM."""

import re
from dataclasses import dataclass

_PNM = re.compile(rb"P([2356])(?:\s|#[^\n]*\n)+(\d{1,9})(?:\s|#[^\n]*\n)+(\d{1,9})(?:\s|#[^\n]*\n)+(\d{1,9})\s")
_PNM_BITMAP = re.compile(rb"P([14])(?:\s|#[^\n]*\n)+(\d{1,9})(?:\s|#[^\n]*\n)+(\d{1,9})\s")


@dataclass(frozen=True, slots=True)
class Pnm:
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


_BEGINNING = re.compile(rb"P[1-6](?:\s|#[^\n]*\n)+(?:\d|\Z)")


def looks_like_pnm(data: bytes) -> bool:
    """Whether this is a PNM file, or the beginning of one, and not text that happens to begin with "P"."""
    return _BEGINNING.match(data, 0, 4096) is not None


def pnm_fields(data: bytes) -> Pnm:
    """Raises IndexError where the header is not complete, ValueError where it is wrong."""
    match = _PNM_BITMAP.match(data, 0, 4096) or _PNM.match(data, 0, 4096)
    if match is None:
        raise IndexError("the header is cut off") if len(data) < 64 else ValueError("no PNM header")
    variant, width, height = (int(match[group]) for group in (1, 2, 3))
    largest = int(match[4]) if variant not in (1, 4) else 1
    return Pnm(variant, height, width, 3 if variant in (3, 6) else 1, largest, match.end())
