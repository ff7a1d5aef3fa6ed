"""What all parsers share: the images, the classes, where shapes and faults go, and how a file of others is read."""

import codecs
import contextlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from inspector.annotations.image_names import ImageNames
from inspector.annotations.packer import ShapePacker
from inspector.errors import IndexingCancelled
from inspector.files import read_regular
from inspector.formatting import readable

MOST_TEXT_BYTES = 1 << 28  # of a file with the annotations of one image, or a table
_MOST_SHOWN = 60
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
NAN = float("nan")


class UnreadableError(Exception):
    """A file of annotations cannot be read at all; the message says why, as a sentence without its end."""


@dataclass
class Classes:
    """Names of classes in the order in which they were first met; `fixed`: no others belong to the set."""

    names: list[str] = field(default_factory=list)
    fixed: bool = False
    _numbers: dict[str, int] = field(default_factory=dict)

    def number(self, name: str) -> int:
        """The number of a class, which is new if it was not met before."""
        found = self._numbers.get(name)
        if found is None:
            found = self._numbers[name] = len(self.names)
            self.names.append(name)
        return found


@dataclass
class Reading:
    """One set of annotations while it is read.

    Attributes:
        image_folders, listed: what `side_files` has looked up.
    """

    names: ImageNames
    packer: ShapePacker
    cancelled: Callable[[], bool]
    classes: Classes = field(default_factory=Classes)
    sources: list[str | None] | None = None
    masks: dict[int, str] = field(default_factory=dict)
    normalized: bool = False
    image_folders: dict[str, dict[str, int]] | None = None
    listed: dict[str, list[str]] = field(default_factory=dict)

    def check(self) -> None:
        """
        Raises:
            IndexingCancelled: where the user wants no more.
        """
        if self.cancelled():
            raise IndexingCancelled

    def shown(self, path: str) -> str:
        """A path as a person is to find it: from the root of the images on, where it is inside."""
        return shown(path, self.names.root)

    def come_from(self, image: int, source: str) -> None:
        """The annotations of an image are in this file."""
        if self.sources is None:
            self.sources = [None] * len(self.names)
        self.sources[image] = source

    def missing(self, path: str, reason: str) -> None:
        """Annotations have no image, which should be at `path`."""
        self.packer.fault(None, "image-missing", reason, path)


def shown(path: str, root: str) -> str:
    """See `Reading.shown`."""
    inside = os.path.relpath(path, root) if root else path
    return readable(path if inside.startswith(os.pardir) else inside)


def quoted(text: str) -> str:
    """A short piece of what is in a file, for a sentence."""
    text = readable(text.strip())
    return f"“{text[:_MOST_SHOWN]}…”" if len(text) > _MOST_SHOWN else f"“{text}”"


def read_text(path: str, most_bytes: int = MOST_TEXT_BYTES) -> tuple[str, str]:
    """The text of a file, without its byte-order mark, and what is wrong with how it is written; mostly "".

    Raises:
        UnreadableError: where it cannot be read.
    """
    try:
        data = read_regular(path, most_bytes)
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}") from error
    return decoded(data)


def decoded(data: bytes) -> tuple[str, str]:
    """Bytes as text; see `read_text`."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            complaint = "" if encoding == "utf-8" else f"it is written in {encoding.upper()}, which few readers expect"
            return data[len(mark) :].decode(encoding, "replace"), complaint
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return data.decode("latin-1"), f"line {line} is not UTF-8"
    if "\0" not in text:
        return text, ""
    for encoding in ("utf-16-le", "utf-16-be"):  # without a mark: every second byte is 0
        if data[encoding == "utf-16-le" :: 2].count(0) * 3 > len(data):
            complaint = f"it is written in {encoding.upper()}, which few readers expect"
            return data.decode(encoding, "replace"), complaint
    return text, "it contains NUL characters"


def repeated_key(text: str | bytes) -> str:
    """A key that an object of a JSON has twice, of which readers keep the last alone; "": there is none."""
    found: list[str] = []

    def look(pairs: list[tuple[str, object]]) -> dict[str, object]:
        made = dict(pairs)
        if len(made) < len(pairs) and not found:
            found.append(next(key for number, (key, _) in enumerate(pairs) if key in dict(pairs[:number])))
        return made

    with contextlib.suppress(ValueError, RecursionError):
        json.loads(text, object_pairs_hook=look)
    return found[0] if found else ""


def number(text: str) -> float | None:
    """The number that a text stands for; NaN and infinities are numbers. None: it is none."""
    try:
        return float(text) if "_" not in text else None
    except ValueError:
        return None


def flat_box(x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
    """The corners of a box with this corner and size."""
    return x, y, x + width, y + height


def listing(numbers: Sequence[int], noun: str, nouns: str) -> str:
    """Some of the numbers, for a sentence: "line 3", "lines 3, 4 and 7 others"."""
    if len(numbers) == 1:
        return f"{noun} {numbers[0]}"
    first = ", ".join(map(str, numbers[:3]))
    return f"{nouns} {first}" + (f" and {len(numbers) - 3:,} others" if len(numbers) > 3 else "")
