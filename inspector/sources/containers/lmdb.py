"""Files of LMDB: a value that is an image file is a sample, and its key the sample's name.

A value of Caffe's, a `Datum` with an encoded image, is one, too. A class is the label in that, or the value whose key
says "label" where the sample's says "image": `image-000000001`, `label-000000001`. Values that hold a pickle are not
read.
"""

import os
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from inspector.errors import SourceError
from inspector.file_types import LMDB_EXTENSIONS
from inspector.formats.problems import BadFile, ProblemKind
from inspector.formatting import plural
from inspector.sources.containers.blob import Blob
from inspector.sources.containers.columns import HEAD_BYTES, MOST_TEXT_BYTES, is_image, plain
from inspector.sources.containers.entry import Choice, Entry
from inspector.sources.containers.lmdb_pages import KeyValue, LmdbFile
from inspector.sources.containers.members import number_or_text
from inspector.sources.containers.protobuf import BYTES, VARINT, ProtobufError, message_fields, signed
from inspector.sources.containers.window import Window

NAME: str = "LMDB"
SUFFIXES: tuple[str, ...] = LMDB_EXTENSIONS
RANDOM_ACCESS: bool = True

_DATA_FILE, _LOCK_FILE = "data.mdb", "lock.mdb"
_DATUM_IMAGE, _DATUM_LABEL, _DATUM_ENCODED = 4, 5, 7
_LOOKED_AT = 8  # values
_PICKLES = tuple(b"\x80%c" % version for version in range(2, 6))
_ABOUT = re.compile(rb"(?i)(num[-_]?samples|__?\w*__?|length|len|keys|meta\w*)")


def entries(blob: Blob, choice: Choice) -> Iterator[Entry]:
    """See `ContainerFormat.entries`."""
    window, found, pickles, values, named = Window(blob), 0, 0, 0, 0
    try:
        file = LmdbFile(blob)
        for item in file.items():
            values += 1
            if not item.plain:
                named += 1
                continue
            if item.offset + item.length > blob.size:
                yield _cut(item, blob)
                continue
            head = window.read(item.offset, min(HEAD_BYTES, item.length))
            if (entry := _entry(file, blob, window, item, head, choice)) is not None:
                found += 1
                yield entry
            pickles += head.startswith(_PICKLES)
    except BadFile as bad:
        yield Entry("", fault=bad.reason, kind=bad.kind)
        return
    if not found and values:
        why = ": its values are pickles, which are never unpacked" if pickles else ""
        if named:
            why = ": databases with a name of their own are not looked into; write the images to the one without"
        elif any(_is_raw_datum(window, item) for item in islice(file.items(), _LOOKED_AT) if item.plain):
            why = ": they are pixels, in a Datum of Caffe each; write it once more, with encoded images"
        raise SourceError(f"{blob.location} has {plural(values, 'value')}, and none is an image file{why}")


def read(blob: Blob, entry: Entry) -> bytes:
    """See `ContainerFormat.read`."""
    return blob.read(entry.offset, entry.length)


def fields(blob: Blob, entry: Entry) -> dict[str, Any]:
    """See `ContainerFormat.fields`."""
    shown: dict[str, Any] = {}
    try:
        file, key = LmdbFile(blob), entry.name.encode("utf-8", "surrogateescape")
        for other in _siblings(key, "label"):
            item = file.find(other)
            if item is not None and item.plain:
                shown[other.decode("utf-8", "replace")] = _text(blob, item)
    except (SourceError, BadFile):
        pass
    return shown


def recognize(folder: str) -> list[str] | None:
    """The one file of an environment of LMDB; None where the folder is none."""
    return [_DATA_FILE] if os.path.lexists(os.path.join(folder, _DATA_FILE)) else None


def _entry(file: LmdbFile, blob: Blob, window: Window, item: KeyValue, head: bytes, choice: Choice) -> Entry | None:
    """The sample that a value is; None where it is something else."""
    name = item.key.decode("utf-8", "surrogateescape")
    if choice.image:
        if not _has_part(item.key, choice.image):
            return None
    elif not is_image(head):
        datum = _datum(window, item)
        if datum is not None:
            return Entry(name, datum[0], datum[1], item.node, datum[2])
        if not _is_named_image(item.key, choice):
            return None
    return Entry(name, item.offset, item.length, item.node, _label(file, blob, item.key, choice))


def _cut(item: KeyValue, blob: Blob) -> Entry:
    name = item.key.decode("utf-8", "surrogateescape")
    fault = f"The file of LMDB ends at byte {blob.size:,}, within the value: it is cut. Copy it again."
    return Entry(name, item.offset, item.length, item.node, None, fault, ProblemKind.TRUNCATED)


def _is_named_image(key: bytes, choice: Choice) -> bool:
    """Whether the key says that the value should be an image: a bad one, then."""
    name = key.decode("utf-8", "replace").lower()
    if _ABOUT.fullmatch(key):
        return False
    return name.rpartition(".")[2] in choice.extensions or _has_part(key, "image") or _has_part(key, "img")


def _has_part(key: bytes, part: str) -> bool:
    """Whether `part` is a word in the key: "image" in "image-0001" and in "0001.image"."""
    return re.search(rb"(?<![A-Za-z])" + re.escape(part.encode()) + rb"(?![A-Za-z])", key) is not None


def _siblings(key: bytes, label: str) -> Iterator[bytes]:
    for word in (b"image", b"img", b"jpg", b"jpeg", b"png"):
        if _has_part(key, word.decode()):
            yield key.replace(word, label.encode())


def _label(file: LmdbFile, blob: Blob, key: bytes, choice: Choice) -> str | int | None:
    for other in _siblings(key, choice.label or "label"):
        item = file.find(other)
        if item is not None and item.plain and item.length <= MOST_TEXT_BYTES:
            text = _text(blob, item)
            return number_or_text(text.strip()) if isinstance(text, str) else None
    return None


def _text(blob: Blob, item: KeyValue) -> Any:
    if item.length > MOST_TEXT_BYTES:
        return f"{item.length:,} bytes"
    data = blob.read(item.offset, item.length)
    return f"a pickle of {item.length:,} bytes, which is not read" if data.startswith(_PICKLES) else plain(data)


def _is_raw_datum(window: Window, item: KeyValue) -> bool:
    """Whether it is a `Datum` of Caffe with pixels: channels, height and width, and data."""
    try:
        numbers = [field.number for field in message_fields(window, item.offset, item.offset + item.length)]
    except ProtobufError:
        return False
    return numbers[:_DATUM_IMAGE] == [1, 2, 3, _DATUM_IMAGE]


def _datum(window: Window, item: KeyValue) -> tuple[int, int, int | None] | None:
    """Where the image in a `Datum` of Caffe's is, and its label; None where it is none with an encoded image."""
    image, label, encoded = None, None, False
    try:
        for field in message_fields(window, item.offset, item.offset + item.length):
            if field.number == _DATUM_IMAGE and field.wire == BYTES:
                image = field.start, field.end - field.start
            elif field.number == _DATUM_LABEL and field.wire == VARINT:
                label = signed(field.value)
            elif field.number == _DATUM_ENCODED and field.wire == VARINT:
                encoded = bool(field.value)
            elif field.number > _DATUM_ENCODED:
                return None
    except ProtobufError:
        return None
    return (*image, label) if image is not None and encoded else None
