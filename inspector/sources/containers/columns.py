"""Which column of a table, or feature of a record, has the image, and which one the class."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from inspector.errors import SourceError
from inspector.file_types import FILE_TYPES, IMAGE_EXTENSIONS

HEAD_BYTES = 32  # enough for a signature
MOST_TEXT_BYTES = 1 << 16
_IMAGES = ("image/encoded", "image", "img", "image_raw", "image_bytes", "picture", "photo", "bytes", *IMAGE_EXTENSIONS)
_LABELS = (
    "label",
    "labels",
    "image/class/label",
    "cls",
    "class",
    "class_label",
    "category",
    "target",
    "fine_label",
    "y",
)
_BASE64 = ("/9j/", "iVBORw0KGgo", "data:image/")
_IMAGE_ENDS = tuple(f".{extension}" for extension in IMAGE_EXTENSIONS)
_SIGNATURES = tuple(signature for each in FILE_TYPES if each.searched for signature in each.signatures)


def is_image(head: bytes) -> bool:
    """Whether these bytes begin as a file of an image does."""
    return any(head.startswith(signature, at) for at, signature in _SIGNATURES)


NO_BYTES = "The row has no image: its column has no bytes."
NO_BYTES_IN_STRUCT = "The row has no bytes of its image. A path alone is not followed: embed the images in the file."


class ImageColumns:
    """The columns that may have the image, with how a few of their values begin.

    A value may be anything, since bad samples are what is looked for: so several are looked at, and names count, too.
    """

    def __init__(self) -> None:
        self._images: dict[str, int] = {}

    def add(self, name: str, head: bytes) -> None:
        """One value of a column of bytes."""
        self._images[name] = self._images.get(name, 0) + is_image(head)

    def best(self) -> str | None:
        """The column with images, those with a well-known name first; else one with such a name."""
        rank = _rank(_IMAGES)
        names = sorted(self._images, key=lambda name: (not self._images[name], rank(name), -self._images[name]))
        return next((name for name in names if self._images[name] or name.lower() in _IMAGES), None)


def label_column(names: Iterable[str]) -> str | None:
    """The one with a well-known name."""
    known = [name for name in names if name.lower() in _LABELS]
    return min(known, key=_rank(_LABELS)) if known else None


def missing(location: str, what: str, wanted: str, names: Iterable[str]) -> SourceError:
    """The error where a chosen column is not there, or no column has an image. `what`: "column" or "feature"."""
    known = sorted(names)
    has = f"it has {', '.join(known[:20])}{' and others' if len(known) > 20 else ''}" if known else "it has none"
    if wanted in known:
        return SourceError(
            f"{location}: the {what} {wanted} does not hold one image a row, as its bytes: write it so, or choose "
            f"another; {has}"
        )
    if wanted:
        return SourceError(f"{location} has no {what} {wanted}: {has}")
    return SourceError(f"{location} has no {what} that is known to hold images: {has}; name one with --image")


def images_as_text(location: str, texts: Iterable[tuple[str, object]]) -> SourceError | None:
    """The error where no column has an image, and one has paths of images, or Base64; None: there is no such column.

    Args:
        texts: (column, value) of some columns and rows.
    """
    for name, value in texts:
        if isinstance(value, str) and value.startswith(_BASE64):
            return SourceError(f"{location}: the column {name} has images as Base64, a text: write their bytes")
        if isinstance(value, str) and value.lower().endswith(_IMAGE_ENDS):
            return SourceError(
                f"{location}: the column {name} has paths of images, and no column their bytes: write the paths to a "
                ".txt list, one a line, and give that"
            )
    return None


def plain(value: Any) -> Any:
    """A value as a person sees it: a text, a number, or how many bytes it has."""
    if isinstance(value, bytes | bytearray | memoryview):
        content = bytes(value[:MOST_TEXT_BYTES])
        try:
            text = content.decode()
        except UnicodeDecodeError:
            text = "\0"
        return f"{len(value):,} bytes" if len(value) > MOST_TEXT_BYTES or not _TEXT.fullmatch(text) else text
    return value


_TEXT = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f]*")


def _rank(known: tuple[str, ...]) -> Any:
    places: Mapping[str, int] = {name: place for place, name in reversed([*enumerate(known)])}
    return lambda name: places.get(name.lower(), len(places))
