"""What does not stop an image from loading and still spoils training: one check each, none of them an error.

A check is a pure function of a sound image: its name, its bytes' header and its pixels go in, and one sentence comes
out, or None where nothing was found. `duplicate` and those of `whole_set` need all the other files: whoever collects
the files decides them from `digest` and the measures. What each check is called stands in `check_settings`.
"""

import hashlib
import os
import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inspector.file_types import EXTENSIONS
from inspector.formats.headers import Header
from inspector.scan.check_settings import CheckSettings
from inspector.scan.measures import Measures

DIGEST_BYTES = 16


class Finding(NamedTuple):
    """What one check found in one file.

    Attributes:
        check: name of the check.
        reason: one sentence for a person, without the path.
    """

    check: str
    reason: str


class Image(NamedTuple):
    """A file that decoded without fault.

    Attributes:
        rgb: (H, W, 3) uint8, as delivered.
        notes: of its faulty metadata.
        measures: None where no check needs them.
    """

    path: str
    header: Header
    rgb: npt.NDArray[np.uint8]
    notes: tuple[str, ...] = ()
    measures: Measures | None = None


Look = Callable[[Image, CheckSettings], str | None]


def findings(image: Image, settings: CheckSettings) -> tuple[Finding, ...]:
    """What the checks asked for find in an image, in their order; those that need the other files find nothing here."""
    found = [(name, look(image, settings)) for name, look in _looks(settings.names)]
    return tuple(Finding(name, reason) for name, reason in found if reason is not None)


@cache
def _looks(names: tuple[str, ...]) -> list[tuple[str, Look]]:
    return [(name, LOOKS[name]) for name in names if name in LOOKS]


def digest(data: bytes) -> bytes:
    """The same for files with the same content, and another for others: 128 bits of SHA-256, never all zero.

    Nobody can make a file for a given digest, so files need not be compared. It takes 0.6 ms for a megabyte where the
    processor has instructions for it (BLAKE2b takes 1.1 ms, CRC-32, which anybody can match, 0.2 ms), else about 2 ms.
    """
    return hashlib.sha256(data).digest()[:DIGEST_BYTES]


# --- the checks


def _extension(image: Image, settings: CheckSettings) -> str | None:
    extension = os.path.splitext(image.path)[1][1:].lower()
    fitting = EXTENSIONS.get(image.header.format, ())
    if not extension or not fitting or extension in fitting:
        return None
    return (
        f"The name ends in .{extension}, but the content is {image.header.format}: "
        f"a reader that goes by the name fails or skips it. Rename it to .{fitting[0]}."
    )


def _small(image: Image, settings: CheckSettings) -> str | None:
    height, width = image.rgb.shape[:2]
    return _small_size(width, height, settings)


def _small_size(width: int, height: int, settings: CheckSettings) -> str | None:
    if min(height, width) >= settings.min_side:
        return None
    return f"The image has only {width:,} x {height:,} pixels; a side should have {settings.min_side:,} or more."


def _aspect(image: Image, settings: CheckSettings) -> str | None:
    height, width = image.rgb.shape[:2]
    return _aspect_of_size(width, height, settings)


def _aspect_of_size(width: int, height: int, settings: CheckSettings) -> str | None:
    times = max(height, width) / min(height, width)
    if times <= settings.max_aspect:
        return None
    return (
        f"With {width:,} x {height:,} pixels one side is {times:,.1f} times the other; "
        "resized to a square it is badly distorted, cropped it loses most of itself."
    )


_GRID = 16  # looked at first, in each direction: nearly every image differs there already


def _one_colour(image: Image, settings: CheckSettings) -> str | None:
    if image.measures is not None and image.measures.entropy > 0:
        return None
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


def _blurry(found: Measures, settings: CheckSettings) -> str | None:
    if found.sharpness >= settings.min_sharpness or found.entropy < settings.min_entropy:
        return None
    return f"It is blurred: even when made small, its edges have only {found.sharpness:.2f} times its contrast."


def _dark(found: Measures, settings: CheckSettings) -> str | None:
    if found.highlights >= settings.min_highlights:
        return None
    return f"It is dark: 99 % of its pixels have at most {found.highlights:.0f} % of white."


def _bright(found: Measures, settings: CheckSettings) -> str | None:
    if found.shadows <= settings.max_shadows:
        return None
    return f"It is bright: 95 % of its pixels have at least {found.shadows:.0f} % of white."


def _low_information(found: Measures, settings: CheckSettings) -> str | None:
    if found.entropy >= settings.min_entropy:
        return None
    return f"It shows little: its grey levels hold {found.entropy:.1f} bits a pixel, a photograph's about 7."


def _if_measured(name: str) -> Look:
    def look(image: Image, settings: CheckSettings) -> str | None:
        return MEASURED[name](image.measures, settings) if image.measures is not None else None

    return look


MEASURED: dict[str, Callable[[Measures, CheckSettings], str | None]] = {
    "blurry": _blurry,
    "dark": _dark,
    "bright": _bright,
    "low-information": _low_information,
    "small": lambda found, settings: _small_size(found.width, found.height, settings),
    "aspect": lambda found, settings: _aspect_of_size(found.width, found.height, settings),
}  # decided from measures alone, so also later
LOOKS: dict[str, Look] = {
    **{name: _if_measured(name) for name in MEASURED},
    "extension": _extension,
    "small": _small,
    "aspect": _aspect,
    "one-colour": _one_colour,
    "rotated": _rotated,
    "cmyk": _cmyk,
    "16-bit": _deep,
    "alpha": _alpha,
    "metadata": _metadata,
}
