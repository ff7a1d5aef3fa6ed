"""Shards of MosaicML Streaming: each a table of offsets, a description of its columns, and the samples.

A sample is the sizes (4 bytes each) of its columns that have no fixed size, then all columns, one behind the other.
`index.json` in the folder of a data set names the shards; what a shard holds, it says itself. Columns that hold a
pickle are never read.
"""

import os
import struct
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from inspector.errors import SourceError
from inspector.formats.problems import BadFile, ProblemKind
from inspector.outside_json import OutsideJsonError, checked, parsed
from inspector.sources.containers.blob import Blob
from inspector.sources.containers.columns import HEAD_BYTES, MOST_TEXT_BYTES, ImageColumns, label_column, missing, plain
from inspector.sources.containers.entry import Choice, Entry
from inspector.sources.containers.folders import inside, json_file
from inspector.sources.containers.window import Window

NAME: str = "MDS"
SUFFIXES: tuple[str, ...] = ("mds",)
RANDOM_ACCESS: bool = True

_SIZE = struct.Struct("<I")
_NUMBERS = {
    "int": "<q", "int8": "<b", "int16": "<h", "int32": "<i", "int64": "<q", "uint8": "<B", "uint16": "<H",
    "uint32": "<I", "uint64": "<Q", "float16": "<e", "float32": "<f", "float64": "<d",
}  # fmt: skip
_TEXTS = ("str", "str_int", "str_float", "str_decimal", "json")
_IMAGES = ("bytes", "jpeg", "png")
_OTHER_IMAGES = ("pil", "jpeg", "list[", "ndarray")
_PICKLE = "pkl"
_MOST_CONFIG_BYTES = 1 << 20
_MOST_COLUMNS = 1024
_TOO_LONG = "Its columns are longer than the sample: the shard is damaged."
_LOOKED_AT = 64  # samples, for which column has the image


class _Column(NamedTuple):
    name: str
    encoding: str
    size: int | None


class _Shard(NamedTuple):
    """What the beginning of a shard says."""

    samples: int
    columns: tuple[_Column, ...]


class _NoSampleError(Exception):
    """Raised where columns do not fit into a sample."""


def entries(blob: Blob, choice: Choice) -> Iterator[Entry]:
    """See `ContainerFormat.entries`."""
    window, offsets = Window(blob), Window(blob)
    shard = _opened(blob, window)
    image, label = _chosen(blob, shard, window, choice)
    try:
        for number in range(shard.samples):
            start, end = _sample(blob, offsets, number)
            name = str(number)
            try:
                places = _places(shard.columns, window, start, end)
            except _NoSampleError:
                yield Entry(name, start, 0, start, fault=_TOO_LONG)
                continue
            named = _value(window, shard.columns[label], places[label]) if label is not None else None
            first, last = places[image]
            yield Entry(name, first, last - first, start, named if isinstance(named, str | int | float) else None)
    except BadFile as bad:
        yield Entry("", fault=bad.reason, kind=bad.kind)


def read(blob: Blob, entry: Entry) -> bytes:
    """See `ContainerFormat.read`."""
    return blob.read(entry.offset, entry.length)


def fields(blob: Blob, entry: Entry) -> dict[str, Any]:
    """See `ContainerFormat.fields`."""
    window = Window(blob)
    try:
        shard = _opened(blob, window)
        start, end = _sample(blob, window, int(entry.name))
        places = _places(shard.columns, window, start, end)
    except (SourceError, _NoSampleError, ValueError):
        return {}
    shown = zip(shard.columns, places, strict=True)
    return {column.name: _value(window, column, place) for column, place in shown if place[0] != entry.offset}


def recognize(folder: str) -> list[str] | None:
    """The shards of a data set, in their order; None where the folder is none.

    Raises:
        SourceError: where they are compressed, or of another format, or not where they should be.
    """
    index = json_file(os.path.join(folder, "index.json"))
    shards = index.get("shards") if isinstance(index, dict) else None
    if not isinstance(shards, list) or not all(isinstance(each, dict) and "format" in each for each in shards):
        return None
    files = []
    for shard in shards:
        if shard["format"] != "mds":
            raise SourceError(f"{folder} has shards of the format {shard['format']}: only mds is supported")
        raw = shard.get("raw_data")
        name = inside(folder, raw.get("basename") if isinstance(raw, dict) else None, "index.json")
        packed = shard.get("zip_data")
        if isinstance(packed, dict) and not os.path.exists(os.path.join(folder, name)):
            raise SourceError(
                f"{folder} has shards that are compressed ({shard.get('compression')}), so that no sample can be read "
                "without all before it: decompress them once, or write the data set without compression"
            )
        files.append(name)
    return files


def _opened(blob: Blob, window: Window) -> _Shard:
    """
    Raises:
        SourceError: where it is no shard.
        BadFile: where it cannot be read.
    """
    head = window.read(0, 8)
    if len(head) < 8:
        raise _no_shard(blob, "it is too short")
    count, first = _SIZE.unpack_from(head)[0], _SIZE.unpack_from(head, 4)[0]
    start = 4 * (count + 2)
    if not start <= first <= blob.size or first - start > _MOST_CONFIG_BYTES:
        raise _no_shard(blob, "its first sample is not behind the table of offsets")
    try:
        config = parsed(window.read(start, first - start))
        named = zip(
            checked(config["column_names"], list[str]),
            checked(config["column_encodings"], list[str]),
            checked(config["column_sizes"], list[int | None]),
            strict=True,
        )
        columns = tuple(_Column(*each) for each in named)
    except (OutsideJsonError, KeyError, TypeError, ValueError):
        raise _no_shard(blob, "it does not say which columns it has") from None
    if len(columns) > _MOST_COLUMNS or any(each.size is not None and each.size < 0 for each in columns):
        raise _no_shard(blob, "its columns make no sense")
    return _Shard(count, columns)


def _no_shard(blob: Blob, why: str) -> SourceError:
    return SourceError(f"{blob.location} is no shard of MosaicML Streaming: {why}")


def _sample(blob: Blob, window: Window, number: int) -> tuple[int, int]:
    """Where a sample begins and ends."""
    table = window.read(4 + 4 * number, 8)
    start, end = (_SIZE.unpack_from(table)[0], _SIZE.unpack_from(table, 4)[0]) if len(table) == 8 else (0, 0)
    if end > blob.size:
        reason = (
            f"The shard ends at byte {blob.size:,}, within its sample {number}: it is cut, and what came after is "
            "missing. Copy it again."
        )
        raise BadFile(ProblemKind.TRUNCATED, reason)
    if not 8 < start <= end:
        reason = f"The shard is damaged: its sample {number} would end before it begins."
        raise BadFile(ProblemKind.DAMAGED, reason)
    return start, end


def _places(columns: Sequence[_Column], window: Window, start: int, end: int) -> list[tuple[int, int]]:
    """Where each column of a sample begins and ends."""
    variable = sum(column.size is None for column in columns)
    head = window.read(start, 4 * variable) if 4 * variable <= end - start else b""
    if len(head) < 4 * variable:
        raise _NoSampleError
    sizes = iter(struct.unpack(f"<{variable}I", head))
    at, places = start + 4 * variable, []
    for column in columns:
        size = next(sizes) if column.size is None else column.size
        places.append((at, at + size))
        at += size
    if at > end:
        raise _NoSampleError
    return places


def _chosen(blob: Blob, shard: _Shard, window: Window, choice: Choice) -> tuple[int, int | None]:
    """The numbers of the columns with image and label."""
    names = [column.name for column in shard.columns]
    if choice.image:
        image = names.index(choice.image) if choice.image in names else None
    else:
        image = _likely(blob, shard, window)
    if image is None:
        raise missing(blob.location, "column", choice.image, names)
    encoding = shard.columns[image].encoding
    if encoding not in _IMAGES:
        why = "which is never unpacked" if encoding == _PICKLE else "which is no image file"
        raise SourceError(
            f"{blob.location}: the column {names[image]} has the encoding {encoding}, {why}: write it as jpeg, png or "
            "bytes"
        )
    if choice.label and choice.label not in names:
        raise missing(blob.location, "column", choice.label, names)
    label = choice.label or label_column(names)
    return image, None if label is None else names.index(label)


def _likely(blob: Blob, shard: _Shard, window: Window) -> int | None:
    kinds = [column.encoding for column in shard.columns]
    for encoding in ("jpeg", "png"):
        if encoding in kinds:
            return kinds.index(encoding)
    candidates = ImageColumns()
    for number in range(min(shard.samples, _LOOKED_AT)):
        try:
            places = _places(shard.columns, window, *_sample(blob, window, number))
        except (_NoSampleError, BadFile):
            continue
        for column, (start, end) in zip(shard.columns, places, strict=True):
            if column.encoding == "bytes":
                candidates.add(column.name, window.read(start, min(HEAD_BYTES, end - start)))
    best = candidates.best()
    if best is not None:
        return [column.name for column in shard.columns].index(best)
    return next((i for i, each in enumerate(kinds) if each == _PICKLE or each.startswith(_OTHER_IMAGES)), None)


def _value(window: Window, column: _Column, place: tuple[int, int]) -> Any:
    """A value as a person sees it."""
    start, end = place
    length = end - start
    if length > MOST_TEXT_BYTES:
        return f"{length:,} bytes"
    if column.encoding == _PICKLE:
        return f"a pickle of {length:,} bytes, which is not read"
    data = window.read(start, length)
    number = _NUMBERS.get(column.encoding)
    if number is not None:
        return struct.unpack(number, data)[0] if struct.calcsize(number) == len(data) else None
    if column.encoding == "json":
        try:
            return parsed(data)
        except OutsideJsonError:
            return plain(data)
    return data.decode("utf-8", "replace") if column.encoding in _TEXTS else plain(data)
