"""TFRecord files with `tf.train.Example` in each record: features by their names, one of them the image.

A record is its length (8 bytes), a checksum of that (CRC-32C, masked), the message, and a checksum of the message. A
loader does not compare the latter, which takes about half as long as decoding; a scan does.
"""

import struct
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from inspector.errors import SourceError
from inspector.file_types import TFRECORD_EXTENSIONS
from inspector.formats.problems import BadFile, ProblemKind
from inspector.sources.containers.blob import Blob
from inspector.sources.containers.checksums import crc_32c
from inspector.sources.containers.columns import HEAD_BYTES, MOST_TEXT_BYTES, ImageColumns, label_column, missing, plain
from inspector.sources.containers.entry import Choice, Entry
from inspector.sources.containers.protobuf import (
    BYTES,
    FIXED_32,
    VARINT,
    Field,
    ProtobufError,
    float_of,
    message_fields,
    signed,
    varint,
)
from inspector.sources.containers.window import Window

NAME: str = "TFRecord"
SUFFIXES: tuple[str, ...] = TFRECORD_EXTENSIONS
RANDOM_ACCESS: bool = True

_HEAD = struct.Struct("<QI")
_TAIL = struct.Struct("<I")
_TAIL_BYTES = _TAIL.size
_SLACK = 1 << 10
_BYTES_LIST, _FLOAT_LIST, _INT64_LIST = 1, 2, 3
_LOOKED_AT = 64  # records, for which feature has the image
_MOST_FEATURES = 1024
_MOST_VALUES = 64
_MASK = 0xA282EAD8
_NO_MESSAGE = "It is no tf.train.Example: the record cannot be read as one."


class _Feature(NamedTuple):
    """One feature of a record: the kind of list, and where that lies."""

    kind: int
    start: int
    end: int


def entries(blob: Blob, choice: Choice) -> Iterator[Entry]:
    """See `ContainerFormat.entries`."""
    image, label = _chosen(blob, choice)
    window = Window(blob)
    number = -1
    try:
        for number, (start, first, end) in enumerate(_records(blob, window)):
            try:
                yield _entry(window, str(number), start, _features(window, first, end), image, label)
            except ProtobufError:
                yield Entry(str(number), first, 0, start, fault=_NO_MESSAGE)
    except BadFile as bad:
        yield Entry("", fault=bad.reason, kind=bad.kind)


def read(blob: Blob, entry: Entry) -> bytes:
    """See `ContainerFormat.read`."""
    return blob.read(entry.offset, entry.length)


def read_checked(blob: Blob, entry: Entry) -> bytes:
    """See `ContainerFormat`."""
    start = entry.record
    wanted = entry.offset + entry.length + _SLACK - start  # mostly all of the record, in one read
    data = blob.read(start, max(_HEAD.size, min(wanted, blob.size - start)))
    end = _HEAD.size + _HEAD.unpack_from(data)[0]
    if start + end + _TAIL_BYTES > blob.size:
        raise _cut(blob)
    if end + _TAIL_BYTES > len(data):
        data += blob.read(start + len(data), end + _TAIL_BYTES - len(data))
    if _masked(crc_32c(memoryview(data)[_HEAD.size : end])) != _TAIL.unpack_from(data, end)[0]:
        reason = "Its record does not have the checksum given behind it: some of its bytes have changed."
        raise BadFile(ProblemKind.DAMAGED, reason)
    return data[entry.offset - start : entry.offset - start + entry.length]


def fields(blob: Blob, entry: Entry) -> dict[str, Any]:
    """See `ContainerFormat.fields`."""
    window = Window(blob)
    shown: dict[str, Any] = {}
    try:
        _, first, end = next(_records(blob, window, entry.record))
        for name, feature in _features(window, first, end).items():
            values = [*islice(_values(window, feature), _MOST_VALUES)]
            if not any(isinstance(each, Field) and each.start == entry.offset for each in values):
                found = [_read(window, each) if isinstance(each, Field) else each for each in values]
                shown[name] = found[0] if len(found) == 1 else found
    except (ProtobufError, StopIteration):
        pass
    return shown


def _chosen(blob: Blob, choice: Choice) -> tuple[str, str | None]:
    """The features with image and label, from the first records."""
    window, candidates, names = Window(blob), ImageColumns(), set[str]()
    try:
        for _, first, end in islice(_records(blob, window), _LOOKED_AT):
            try:
                features = _features(window, first, end)
            except ProtobufError:
                continue
            names.update(features)
            for name, feature in features.items():
                value = next(_values(window, feature), None) if feature.kind == _BYTES_LIST else None
                if isinstance(value, Field):
                    candidates.add(name, window.read(value.start, min(HEAD_BYTES, value.end - value.start)))
    except BadFile:
        if not names:
            raise _no_records(blob) from None
    except ProtobufError:
        pass
    image = choice.image if choice.image in names else candidates.best()
    if image is None or (choice.image and choice.image not in names):
        raise missing(blob.location, "feature", choice.image, names)
    if choice.label and choice.label not in names:
        raise missing(blob.location, "feature", choice.label, names)
    return image, choice.label or label_column(names)


def _no_records(blob: Blob) -> SourceError:
    if blob.read(0, min(2, blob.size)) == b"\x1f\x8b":
        return SourceError(
            f"{blob.location} is compressed (gzip), so that no sample can be read without all before it: write it "
            "without compression"
        )
    return SourceError(f"{blob.location} is no TFRecord file: it does not begin with the length of a record")


def _records(blob: Blob, window: Window, start: int = 0) -> Iterator[tuple[int, int, int]]:
    """Of each record: where it begins, and its message begins and ends."""
    while start < blob.size:
        head = window.read(start, _HEAD.size)
        if len(head) < _HEAD.size:
            raise _cut(blob)
        length, checksum = _HEAD.unpack(head)
        if _masked(crc_32c(head[:8])) != checksum:
            reason = (
                f"The TFRecord file is damaged at byte {start:,}: the length of a record does not have the checksum "
                "given there, so that the records behind it cannot be found."
            )
            raise BadFile(ProblemKind.DAMAGED, reason)
        first = start + _HEAD.size
        if first + length + _TAIL_BYTES > blob.size:
            raise _cut(blob)
        yield start, first, first + length
        start = first + length + _TAIL_BYTES


def _cut(blob: Blob) -> BadFile:
    reason = (
        f"The TFRecord file ends at byte {blob.size:,}, within a record: it is cut, and what came after is missing. "
        "Copy it again."
    )
    return BadFile(ProblemKind.TRUNCATED, reason)


def _features(window: Window, start: int, end: int) -> dict[str, _Feature]:
    """The features of an Example by their names."""
    found: dict[str, _Feature] = {}
    for features in message_fields(window, start, end):
        if features.number != 1 or features.wire != BYTES:
            continue
        for item in message_fields(window, features.start, features.end):
            if len(found) >= _MOST_FEATURES:
                raise ProtobufError
            if item.number == 1 and item.wire == BYTES:
                name, feature = "", _Feature(0, 0, 0)
                for part in message_fields(window, item.start, item.end):
                    if part.number == 1 and part.wire == BYTES:
                        if part.end - part.start > MOST_TEXT_BYTES:
                            raise ProtobufError
                        name = window.read(part.start, part.end - part.start).decode("utf-8", "replace")
                    elif part.number == 2 and part.wire == BYTES:
                        for kind in message_fields(window, part.start, part.end):
                            feature = _Feature(kind.number, kind.start, kind.end)
                found[name] = feature
    return found


def _values(window: Window, feature: _Feature) -> Iterator[Field | int | float]:
    """The values of a feature; those of bytes as where they lie."""
    for value in message_fields(window, feature.start, feature.end):
        if value.number != 1:
            continue
        if feature.kind == _BYTES_LIST and value.wire == BYTES:
            yield value
        elif feature.kind == _INT64_LIST and value.wire == VARINT:
            yield signed(value.value)
        elif feature.kind == _INT64_LIST and value.wire == BYTES:
            at = value.start
            while at < value.end:
                number, at = varint(window, at, value.end)
                yield signed(number)
        elif feature.kind == _FLOAT_LIST and value.wire == FIXED_32:
            yield float_of(window.read(value.start, 4))
        elif feature.kind == _FLOAT_LIST and value.wire == BYTES:
            for at in range(value.start, value.end - 3, 4):
                yield float_of(window.read(at, 4))


def _entry(
    window: Window, name: str, record: int, features: dict[str, _Feature], image: str, label: str | None
) -> Entry:
    named = _label(window, features.get(label)) if label is not None else None
    feature = features.get(image)
    value = next(_values(window, feature), None) if feature is not None else None
    if not isinstance(value, Field):
        return Entry(
            name, record, 0, record, named, f"The record has no image: the feature {image} is missing or empty."
        )
    return Entry(name, value.start, value.end - value.start, record, named)


def _label(window: Window, feature: _Feature | None) -> str | int | float | None:
    """Its one value; None where it has several, or none."""
    values = [*islice(_values(window, feature), 2)] if feature is not None else []
    if len(values) != 1:
        return None
    value = values[0]
    return str(_read(window, value)) if isinstance(value, Field) else value


def _read(window: Window, value: Field) -> Any:
    length = value.end - value.start
    return plain(window.read(value.start, length)) if length <= MOST_TEXT_BYTES else f"{length:,} bytes"


def _masked(checksum: int) -> int:
    return ((checksum >> 15 | checksum << 17) + _MASK) & 0xFFFF_FFFF
