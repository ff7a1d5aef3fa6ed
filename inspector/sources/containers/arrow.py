"""Arrow files, and data sets of Hugging Face on disk: rows whose image is a range of the file.

No library for Arrow is needed: a row's bytes lie in the file as they are. Where record batches are compressed, they do
not, and the file is refused. A column of images holds bytes, or, as those of Hugging Face, structs of bytes and path.
"""

import contextlib
import os
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from inspector.errors import SourceError
from inspector.file_types import ARROW_EXTENSIONS
from inspector.formats.problems import BadFile, ProblemKind
from inspector.sources.containers import arrow_layout as layout
from inspector.sources.containers.arrow_layout import Column, NoArrowError, Place, RecordBatch, batches, schema
from inspector.sources.containers.arrow_values import BINARIES, TEXTS, ArrowValues
from inspector.sources.containers.blob import Blob
from inspector.sources.containers.columns import (
    HEAD_BYTES,
    NO_BYTES,
    NO_BYTES_IN_STRUCT,
    ImageColumns,
    images_as_text,
    label_column,
    missing,
)
from inspector.sources.containers.entry import Choice, Entry
from inspector.sources.containers.folders import inside, json_file
from inspector.sources.containers.mistaken import mistaken
from inspector.sources.containers.window import Window

NAME: str = "Arrow"
SUFFIXES: tuple[str, ...] = ARROW_EXTENSIONS
RANDOM_ACCESS: bool = True

_TOO_MANY_ROWS = "it has fewer rows than it says."
_LOOKED_AT = 64  # rows, for which column has the image
_SELECTIONS = ("_indices_data_files", "_indices_files")
_BYTES = "bytes"  # the part with the image in a struct of Hugging Face


def entries(blob: Blob, choice: Choice) -> Iterator[Entry]:
    """See `ContainerFormat.entries`."""
    try:
        window, values = Window(blob), ArrowValues(blob)
        columns, start = schema(blob, window)
        image, label = _chosen(blob, columns, start, choice)
        row = 0
        for batch in batches(blob, window, columns, start):
            values.next_batch()
            if not values.has_rows(*_leaf(columns[image], batch.columns[image])):
                raise BadFile(
                    ProblemKind.DAMAGED, f"The Arrow file is damaged at byte {batch.start:,}: {_TOO_MANY_ROWS}"
                )
            for inner in range(batch.rows):
                yield _entry(values, batch, inner, str(row), columns, image, label)
                row += 1
    except NoArrowError as error:
        raise _no_arrow(blob, str(error)) from None
    except BadFile as bad:
        yield Entry("", fault=bad.reason, kind=bad.kind)


def read(blob: Blob, entry: Entry) -> bytes:
    """See `ContainerFormat.read`."""
    return blob.read(entry.offset, entry.length)


def fields(blob: Blob, entry: Entry) -> dict[str, Any]:
    """See `ContainerFormat.fields`."""
    window, values, shown = Window(blob), ArrowValues(blob), dict[str, Any]()
    try:
        columns, start = schema(blob, window)
        row = int(entry.name)
        for batch in batches(blob, window, columns, start):
            if row < batch.rows:
                for column, place in zip(columns, batch.columns, strict=True):
                    found = values.value(column, place, row)
                    if _image_part(column) is not None and isinstance(found, dict):
                        found = found.get("path")
                    if found is not None and not _holds(values, column, place, row, entry):
                        shown[column.name] = found
                break
            row -= batch.rows
    except (NoArrowError, ValueError):
        pass
    return shown


def recognize(folder: str) -> list[str] | None:
    """The files of a data set that `save_to_disk` wrote, of all its splits; None where the folder is none.

    Raises:
        SourceError: where they are not where they should be.
    """
    if os.path.lexists(os.path.join(folder, "state.json")):
        return _files(folder)
    splits = json_file(os.path.join(folder, "dataset_dict.json"))
    splits = splits.get("splits") if isinstance(splits, dict) else None
    if not isinstance(splits, list):
        return None
    found = []
    for split in splits:
        name = inside(folder, split, "dataset_dict.json")
        found += [os.path.join(name, file) for file in _files(os.path.join(folder, name)) or ()]
    return found or None


def _files(folder: str) -> list[str] | None:
    state = json_file(os.path.join(folder, "state.json"))
    files = state.get("_data_files") if isinstance(state, dict) else None
    if isinstance(state, dict) and any(state.get(name) for name in _SELECTIONS):
        raise SourceError(
            f"{folder} is a selection of its rows, as after a filter, a shuffle or a select: write it once more, with "
            "flatten_indices().save_to_disk(...)"
        )
    if not isinstance(files, list) or not all(isinstance(each, dict) for each in files):
        return None
    if not files:
        raise SourceError(f"{folder} is a data set of Hugging Face without rows: write one that has some")
    return [inside(folder, each.get("filename"), "state.json") for each in files]


def _no_arrow(blob: Blob, why: str) -> SourceError:
    if "compressed" in why:
        return SourceError(
            f"{blob.location}: {why}, so that no sample can be read alone: write the file without compression"
        )
    if blob.read(0, min(4, blob.size)) == b"FEA1":
        why = "it is of the first version of Feather; write it again"
    return SourceError(f"{blob.location} is no Arrow file: {why or 'it does not begin with a schema'}{mistaken(blob)}")


def _image_part(column: Column) -> int | None:
    """Which part of a struct has the image; -1: the column itself; None: it has none."""
    if column.kind in BINARIES:
        return -1
    if column.kind == layout.STRUCT and not column.dictionary:
        parts = enumerate(column.children)
        return next((n for n, part in parts if part.name == _BYTES and part.kind in BINARIES), None)
    return None


def _leaf(column: Column, place: Place) -> tuple[Column, Place]:
    part = _image_part(column)
    assert part is not None
    return (column, place) if part < 0 else (column.children[part], place.parts[part])


def _chosen(blob: Blob, columns: Sequence[Column], start: int, choice: Choice) -> tuple[int, int | None]:
    """The numbers of the columns with image and label."""
    names = [column.name for column in columns]
    able = [number for number, column in enumerate(columns) if _image_part(column) is not None]
    wanted: str | None = choice.image
    if not wanted:
        wanted = _likely(blob, columns, able, start)
    image = next((number for number in able if names[number] == wanted), None)
    if image is None:
        raise _no_images(blob, columns, start, choice, names)
    if choice.label and choice.label not in names:
        raise missing(blob.location, "column", choice.label, names)
    label = choice.label or label_column(names)
    return image, None if label is None else names.index(label)


def _no_images(blob: Blob, columns: Sequence[Column], start: int, choice: Choice, names: Sequence[str]) -> SourceError:
    texts = [number for number, each in enumerate(columns) if each.kind in TEXTS and choice.image in ("", each.name)]
    lists = [each.name for each in columns if any(_image_part(part) is not None for part in each.children)]

    def values() -> Iterator[tuple[str, object]]:
        read = ArrowValues(blob)
        for batch in islice(batches(blob, Window(blob), columns, start), 1):
            for row in range(min(batch.rows, _LOOKED_AT)):
                yield from ((names[n], read.value(columns[n], batch.columns[n], row)) for n in texts)

    with contextlib.suppress(BadFile):
        if (wrong := images_as_text(blob.location, values())) is not None:
            return wrong
    return missing(blob.location, "column", choice.image or next(iter(lists), ""), names)


def _likely(blob: Blob, columns: Sequence[Column], able: Sequence[int], start: int) -> str | None:
    structs = [columns[number].name for number in able if columns[number].kind == layout.STRUCT]
    if len(able) == 1 and structs:
        return structs[0]
    candidates, values, looked_at = ImageColumns(), ArrowValues(blob), 0
    try:
        for batch in batches(blob, Window(blob), columns, start):
            for row in range(min(batch.rows, _LOOKED_AT - looked_at)):
                for number in able:
                    column, place = _leaf(columns[number], batch.columns[number])
                    try:
                        first, length = values.span(column, place, row)
                        head = blob.read(first, min(HEAD_BYTES, length))
                    except BadFile:
                        head = b""
                    candidates.add(columns[number].name, head)
            looked_at += batch.rows
            if looked_at >= _LOOKED_AT:
                break
    except BadFile:
        pass  # it is met again
    return candidates.best() or (structs[0] if structs else None)


def _entry(
    values: ArrowValues,
    batch: RecordBatch,
    row: int,
    name: str,
    columns: Sequence[Column],
    image: int,
    label: int | None,
) -> Entry:
    place = batch.columns[image]
    column, inner = _leaf(columns[image], place)
    try:
        named = values.value(columns[label], batch.columns[label], row) if label is not None else None
        named = named if isinstance(named, str | int | float) else None
        if values.is_valid(place, row) and values.is_valid(inner, row):
            start, length = values.span(column, inner, row)
            return Entry(name, start, length, batch.start, named)
        fault = NO_BYTES_IN_STRUCT if columns[image].kind == layout.STRUCT else NO_BYTES
        return Entry(name, batch.start, 0, batch.start, named, fault, ProblemKind.EMPTY)
    except BadFile as bad:
        return Entry(name, batch.start, 0, batch.start, None, bad.reason, bad.kind)


def _holds(values: ArrowValues, column: Column, place: Place, row: int, entry: Entry) -> bool:
    """Whether a column is the one with the image, and has no more than that."""
    if column.kind not in BINARIES:
        return False
    return values.span(column, place, row) == (entry.offset, entry.length)
