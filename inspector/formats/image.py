"""What every format module is given and gives back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from inspector.formats.decoder_log import DecoderLog
from inspector.formats.problems import ProblemKind

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Header:
    """What is known of an image without decoding it.

    Attributes:
        format: name of the file format, such as "JPEG".
        height: in pixels, as delivered (turned by `orientation`); 0 where it is not cheaply known.
        width: likewise.
        orientation: EXIF orientation, 1 to 8; 1: as stored.
        supported: there is a decoder for it here.
        note: what is special, separated by commas: "progressive", "CMYK", "16-bit", ... For a format without
            support, what it lacks.
        advice: what makes it readable where a package is missing; a sentence, "" for all other files.
    """

    format: str
    height: int
    width: int
    orientation: int
    supported: bool
    note: str = ""
    advice: str = ""


def unknown_size(format: str) -> Header:
    """The header of a file of this format whose own header is cut off or damaged."""
    return Header(format, 0, 0, 1, True)


def make_header(
    format: str,
    height: int,
    width: int,
    orientation: int = 1,
    supported: bool = True,
    notes: tuple[str | bool, ...] = (),
    advice: str = "",
) -> Header:
    """A header from the size as stored, and from notes of which those that are False are left out."""
    if orientation >= 5:
        height, width = width, height
    note = ", ".join(note for note in notes if isinstance(note, str))
    return Header(format, height, width, orientation, supported, note, advice)


class Decoded(NamedTuple):
    """A decoded image.

    Attributes:
        rgb: (H, W, 3) uint8 RGB, C-contiguous.
        damage: what is wrong with a file that was kept all the same; None for a good one.
        damage_kind: DAMAGED or TRUNCATED where `damage` is set.
        full_size: (height, width) of the file's image where it was decoded at a fraction of that; else None.
        notes: what is wrong with the metadata of a good file, a sentence each; no pixel depends on it.
    """

    rgb: Pixels
    damage: str | None = None
    damage_kind: ProblemKind | None = None
    full_size: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the file's image in pixels, turned as EXIF asks."""
        return self.full_size or (self.rgb.shape[0], self.rgb.shape[1])


class Request(NamedTuple):
    """An image to decode.

    Attributes:
        data: the whole file.
        header: what the format's `header(data)` gave.
        out: (H, W, 3) uint8, C-contiguous, of the header's size, to put the pixels into; or None.
        log: catches what decoders write to descriptor 2; or None.
        at_least: (height, width) that are enough; or None for the file's own size.
        keep_damaged: what can be had of a damaged file is wanted.
    """

    data: bytes
    header: Header
    out: Pixels | None = None
    log: DecoderLog | None = None
    at_least: tuple[int, int] | None = None
    keep_damaged: bool = False


class FileFault(NamedTuple):
    """What a file's structure shows to be wrong with it.

    Attributes:
        kind: TRUNCATED, DAMAGED, UNDECODABLE or UNSUPPORTED.
        reason: a sentence.
        decodable: the file may be decoded all the same.
    """

    kind: ProblemKind
    reason: str
    decodable: bool = False


class ImageFormat(Protocol):
    """What a module of one format has."""

    @property
    def header(self) -> Callable[[bytes], Header | None]:
        """The header of a file that begins with the format's signature; None where it is something else after all.

        May raise struct.error, IndexError, ValueError or OverflowError for one that is cut off or damaged.
        """

    @property
    def faults(self) -> Callable[[bytes, Header], FileFault | None]:
        """What the file's own structure shows to be wrong; None where it is whole. Raises nothing."""

    @property
    def decode(self) -> Callable[[Request], Decoded]:
        """The pixels. Raises BadFile, or MemoryError."""

    @property
    def working_bytes(self) -> Callable[[bytes, Header], int]:
        """The memory that decoding takes at most, in bytes, the result included, after what the header says."""
