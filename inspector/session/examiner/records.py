"""What looking closely at one file gives."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspector.formats.byte_markers import ByteMarker
from inspector.monitor.colour_proof import Proof


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """A picture, made small: (h, w, 3) uint8 RGB, and the size of the original in pixels."""

    rgb: npt.NDArray[np.uint8]
    original_height: int
    original_width: int


@dataclass(frozen=True, slots=True, eq=False)
class FileExamination:
    """What was found in one file.

    Attributes:
        kind, reason: the problem that the loader has with the file now; both "" where it loads.
        file_bytes: of the whole file; None where it could not be read.
        format: its format, size and peculiarities, for a person.
        head, tail: its first and last bytes.
        markers: what should stand in them.
        pictures: other decoders were asked; else the three fields below mean nothing.
        lenient, second: what `cv2.imread` makes of it, and what the second decoder does; None: nothing.
        second_report: how the latter went, to follow its name.
    """

    kind: str
    reason: str
    file_bytes: int | None = None
    format: str = ""
    head: bytes = b""
    tail: bytes = b""
    markers: tuple[ByteMarker, ...] = ()
    pictures: bool = False
    lenient: Preview | None = None
    second: Preview | None = None
    second_report: str = ""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a file's header says.

    Attributes:
        file_bytes: size of the file.
        format: its name, such as "JPEG"; "" where the file is no image.
        height, width: in pixels, turned as EXIF asks; 0: not cheaply known.
        orientation: EXIF's, 1 to 8.
        note: peculiarities, separated by commas.
    """

    file_bytes: int
    format: str = ""
    height: int = 0
    width: int = 0
    orientation: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class SecondDecoding:
    """What the second decoder makes of a file.

    Attributes:
        facts: of the file; None where it cannot be read.
        rgb: (H, W, 3) uint8 RGB, turned as EXIF asks, alpha dropped; None where there is nothing.
        known: (H, W) where the colours are the file's; None: everywhere. Those of transparent pixels may be lost.
        reason: why there is nothing, a sentence; `badge`: the same in a word or two.
    """

    facts: FileFacts | None = None
    rgb: npt.NDArray[np.uint8] | None = None
    known: npt.NDArray[np.bool_] | None = None
    reason: str = ""
    badge: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class SecondLook:
    """A delivered image beside what a second decoder makes of its file.

    Attributes:
        proof: are the delivered colours right?
        facts: of the file as it is now; None where it cannot be read.
        rgb: (H, W, 3) uint8 of the second decoder, turned as EXIF asks, alpha dropped, resized as the delivered image
            was; None where there is none.
        known: (H, W) where these colours are the file's; None: everywhere.
    """

    proof: Proof
    facts: FileFacts | None = None
    rgb: npt.NDArray[np.uint8] | None = None
    known: npt.NDArray[np.bool_] | None = None
