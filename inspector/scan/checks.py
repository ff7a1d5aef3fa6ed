"""What does not stop an image from loading and still spoils training: one check each, none of them an error.

A check is a pure function of a sound image: its name, its bytes' header and its pixels go in, and one sentence comes
out, or None where there is nothing to tell. `duplicate` alone needs all the other files: it is decided from `digest`
by whoever collects the files, and stands in the table so that it can be turned off like the others.
"""

import os
import re
import struct
import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inspector.errors import SettingsError
from inspector.file_types import EXTENSIONS
from inspector.formats.headers import Header

DUPLICATE = "duplicate"
DIGEST_BYTES = 8


class Finding(NamedTuple):
    """What one check has to say of one file.

    Attributes:
        check: name of the check.
        reason: one sentence for a person, without the path.
    """

    check: str
    reason: str


class Image(NamedTuple):
    """A file that decoded without fault. `rgb`: (H, W, 3) uint8, as delivered; `notes`: of its faulty metadata."""

    path: str
    header: Header
    rgb: npt.NDArray[np.uint8]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """Which checks are made, and where their limits are.

    Attributes:
        names: of the checks, in the table's order.
        min_side: an image with a side of fewer pixels is `small`.
        max_aspect: an image whose longer side is more than so many times the shorter is `aspect`.

    Raises:
        SettingsError: for an unknown check, or a limit that cannot work.
    """

    names: tuple[str, ...]
    min_side: int = 32
    max_aspect: float = 5.0

    def __post_init__(self) -> None:
        unknown = [name for name in self.names if name not in CHECKS]
        if unknown:
            raise SettingsError(f"there is no check called {unknown[0]}; there are {', '.join(CHECKS)}")
        if self.min_side < 1:
            raise SettingsError(f"min_side must be 1 or more pixels, not {self.min_side}")
        if not self.max_aspect >= 1:
            raise SettingsError(f"max_aspect must be 1 or more, not {self.max_aspect}")

    @classmethod
    def without(cls, turned_off: Collection[str] = (), **limits: float) -> "CheckSettings":
        """All checks but some.

        Raises:
            SettingsError: as above.
        """
        cls(tuple(turned_off))
        return cls(tuple(name for name in CHECKS if name not in turned_off), **limits)  # type: ignore[arg-type]


def findings(image: Image, settings: CheckSettings) -> tuple[Finding, ...]:
    """What the checks asked for say of an image, in the table's order; `duplicate` says nothing here."""
    found = ((name, CHECKS[name].look(image, settings)) for name in settings.names)
    return tuple(Finding(name, reason) for name, reason in found if reason is not None)


def digest(data: bytes) -> bytes:
    """The same for files with the same content, and nearly always another for others: 8 bytes, never all zero.

    The checksum and the length take a third of the time of a digest that would make comparing the files needless.
    """
    return struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF or 1)


# --- the checks


def _extension(image: Image, settings: CheckSettings) -> str | None:
    extension = os.path.splitext(image.path)[1][1:].lower()
    usual = EXTENSIONS.get(image.header.format, ())
    if not extension or not usual or extension in usual:
        return None
    return (
        f"The name ends in .{extension}, but the content is {image.header.format}: "
        f"a reader that goes by the name fails or skips it. Rename it to .{usual[0]}."
    )


def _told_elsewhere(image: Image, settings: CheckSettings) -> str | None:
    return None


def _small(image: Image, settings: CheckSettings) -> str | None:
    height, width = image.rgb.shape[:2]
    if min(height, width) >= settings.min_side:
        return None
    return f"The image has only {width:,} x {height:,} pixels; a side should have {settings.min_side:,} or more."


def _aspect(image: Image, settings: CheckSettings) -> str | None:
    height, width = image.rgb.shape[:2]
    longer, shorter = max(height, width), min(height, width)
    if longer <= settings.max_aspect * shorter:
        return None
    return (
        f"With {width:,} x {height:,} pixels one side is {longer / shorter:,.1f} times the other; "
        "resized to a square it is badly distorted, cropped it loses most of itself."
    )


_GRID = 16  # looked at first, in each direction: nearly every image differs there already


def _one_colour(image: Image, settings: CheckSettings) -> str | None:
    rgb = image.rgb
    height, width = rgb.shape[:2]
    first = rgb[0, 0]
    if (rgb[:: -(-height // _GRID), :: -(-width // _GRID)] != first).any() or (rgb != first).any():
        return None
    red, green, blue = first.tolist()
    return f"Every pixel has the same colour, #{red:02x}{green:02x}{blue:02x}: the image shows nothing."


def _rotated(image: Image, settings: CheckSettings) -> str | None:
    if image.header.orientation == 1:
        return None
    turn = {
        **{2: "mirrored", 3: "upside down", 4: "mirrored and upside down", 5: "mirrored and turned by 90°"},
        **{6: "turned by 90° to the left", 7: "mirrored and turned by 90°", 8: "turned by 90° to the right"},
    }[image.header.orientation]
    return (
        f"It is stored {turn} (EXIF orientation {image.header.orientation}) and shown upright here; "
        "a reader that ignores the orientation gets it as stored."
    )


def _cmyk(image: Image, settings: CheckSettings) -> str | None:
    if "CMYK" not in image.header.note:
        return None
    return "It is stored in CMYK, the colours of print; readers turn that into RGB in different ways, or not at all."


_DEPTH = re.compile(r"\b(\d+)-bit\b")


def _deep(image: Image, settings: CheckSettings) -> str | None:
    depth = _DEPTH.search(image.header.note) if image.header.note else None
    bits = int(depth[1]) if depth is not None else 8
    if bits <= 8:
        return None
    return f"It has {bits} bits a channel, of which training gets the upper 8; other readers may give the {bits}."


def _alpha(image: Image, settings: CheckSettings) -> str | None:
    if "alpha" not in image.header.note:
        return None
    what = "transparent colours, whose transparency" if "palette" in image.header.note else "an alpha channel, which"
    return f"It has {what} is dropped: what is transparent shows colours that nobody was to see."


def _metadata(image: Image, settings: CheckSettings) -> str | None:
    return " ".join(image.notes) or None


@dataclass(frozen=True, slots=True)
class Check:
    """A check: its title and what it tells, in words for a person, and the function that looks."""

    title: str
    tells: str
    look: Callable[[Image, CheckSettings], str | None]


CHECKS = {
    "extension": Check("Wrong extension", "the name's extension does not match the content", _extension),
    DUPLICATE: Check("Duplicate", "another file has exactly the same bytes, whatever its name", _told_elsewhere),
    "small": Check("Very small", "a side is shorter than the minimum", _small),
    "aspect": Check("Extreme shape", "one side is many times the other", _aspect),
    "one-colour": Check("One colour", "every pixel has the same colour", _one_colour),
    "rotated": Check("EXIF-rotated", "it is stored turned or mirrored, and EXIF says so", _rotated),
    "cmyk": Check("CMYK", "it is stored in the colours of print", _cmyk),
    "16-bit": Check("More than 8 bits", "it has more than 8 bits a channel, such as 16", _deep),
    "alpha": Check("Alpha", "it has an alpha channel or transparent colours", _alpha),
    "metadata": Check("Faulty metadata", "decoders warn of what no pixel depends on", _metadata),
}
