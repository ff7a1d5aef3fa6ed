"""Parquet files, through pyarrow: rows in groups, each of which is unpacked as a whole.

A row cannot be read without its group, so samples come in a block order, the loader's `block_order`. A worker keeps the
images of the groups that it read last. A column of images holds bytes, or, as those of Hugging Face, structs of bytes
and path.
"""

import contextlib
import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterator
from functools import partial
from typing import Any

from inspector.errors import SourceError
from inspector.file_types import PARQUET_EXTENSIONS
from inspector.formats.problems import BadFile, ProblemKind
from inspector.sources.containers.arrow_layout import class_names
from inspector.sources.containers.blob import Blob
from inspector.sources.containers.columns import NO_BYTES, NO_BYTES_IN_STRUCT
from inspector.sources.containers.entry import Choice, Entry
from inspector.sources.containers.parquet_columns import MOST_GROUP_BYTES, PART, chosen_columns
from inspector.sources.containers.parquet_file import ROWS_AT_ONCE, group_batches, guarded, opened
from inspector.sources.containers.parquet_values import (
    annotation_columns,
    large_columns,
    nested_class_names,
    value_shown,
    with_class_names,
)

NAME: str = "Parquet"
SUFFIXES: tuple[str, ...] = PARQUET_EXTENSIONS
RANDOM_ACCESS: bool = False
BLOCK_SHIFT = 40  # a block is a group of rows

_MOST_KEPT_BYTES = 1 << 28  # of all groups that a process keeps


def entries(blob: Blob, choice: Choice) -> Iterator[Entry]:
    """See `ContainerFormat.entries`. The length of an image is not known before it is read."""
    file = opened(blob)
    if not file.metadata.num_rows:
        return
    image, label = chosen_columns(blob, file, choice)
    names = _class_names(file).get(label or "", ())
    column = file.schema_arrow.get_field_index(image)
    row = 0
    for group in range(file.num_row_groups):
        count = file.metadata.row_group(group).num_rows
        done = 0
        try:
            for named in _labels(file, group, label) if label is not None else ():
                value = names[named] if isinstance(named, int) and 0 <= named < len(names) else named
                yield Entry(str(row), row, 0, _record(group, done, column), value)
                row, done = row + 1, done + 1
            if label is None:
                for _ in range(_rows(file, group)):
                    yield Entry(str(row), row, 0, _record(group, done, column))
                    row, done = row + 1, done + 1
        except BadFile as bad:
            yield Entry("", fault=bad.reason, kind=bad.kind)
            return
        if done != count:
            yield Entry("", fault="The Parquet file is damaged: a group of rows has fewer than it says.")
            return


def read(blob: Blob, entry: Entry) -> bytes:
    """See `ContainerFormat.read`."""
    group, row, column = place_of(entry.record)
    images = _KEPT.group(blob, group, column)
    if row >= len(images):
        raise BadFile(ProblemKind.DAMAGED, "The Parquet file is damaged: a group of rows has fewer than it says.")
    image = images[row].as_py()
    in_struct = isinstance(image, dict)
    if in_struct:
        image = image.get(PART)
    if image is None:
        raise BadFile(ProblemKind.EMPTY, NO_BYTES_IN_STRUCT if in_struct else NO_BYTES)
    return bytes(image)


def fields(blob: Blob, entry: Entry) -> dict[str, Any]:
    """See `ContainerFormat.fields`."""
    group, row, column = place_of(entry.record)
    file = opened(blob)
    names, image = _class_names(file), file.schema_arrow.names[column]
    large = guarded(partial(large_columns, file, group))
    others = [name for name in file.schema_arrow.names if name not in (image, *large)]
    shown: dict[str, Any] = {
        name: f"not read: its row group has {nbytes:,} bytes of it" for name, nbytes in large.items() if name != image
    }
    done = 0
    for batch in group_batches(file, group, others):
        if row < done + batch.num_rows:
            for name in batch.schema.names:
                value = guarded(partial(value_shown, batch.column(name)[row - done]))
                known = names.get(name, ())
                shown[name] = known[value] if isinstance(value, int) and 0 <= value < len(known) else value
            break
        done += batch.num_rows
    return shown


def beside(blob: Blob) -> Iterator[tuple[int, dict[str, Any]]]:
    """See `ContainerFormat`: columns that may have annotations; numbers of a ClassLabel as the names they stand for."""
    with contextlib.suppress(BadFile, SourceError):  # the scan and the loader report them
        file = opened(blob)
        columns = annotation_columns(file.schema_arrow)
        names = nested_class_names((file.schema_arrow.metadata or {}).get(b"huggingface", b"{}"))
        for group in range(file.num_row_groups) if columns else ():
            row = 0
            for batch in group_batches(file, group, columns):
                for values in guarded(batch.to_pylist):
                    yield _record(group, row, 0), with_class_names(values, names)
                    row += 1


def _record(group: int, row: int, column: int) -> int:
    return group << BLOCK_SHIFT | row << 12 | column


def sample_of(record: Any) -> Any:
    """A record, or an array of them, without the column of the image, as `beside` gives it."""
    return record >> 12 << 12


def place_of(record: int) -> tuple[int, int, int]:
    """Group, row in it, and number of the column with the image."""
    return record >> BLOCK_SHIFT, record >> 12 & 0xFFF_FFFF, record & 0xFFF


class _Kept:
    """The images of groups that were read last, in this process. One file that hangs holds up its own groups alone."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a blob may end while it is held
        self._files: dict[int, _OpenFile] = {}
        self._groups: OrderedDict[tuple[int, int, int], Any] = OrderedDict()

    def group(self, blob: Blob, number: int, column: int) -> Any:
        key = id(blob), number, column
        with self._lock:
            if (images := self._known(key)) is not None:
                return images
            if id(blob) not in self._files:
                self._files[id(blob)] = _OpenFile()
                weakref.finalize(blob, self._forget, id(blob)).atexit = False
            file = self._files[id(blob)]
        with file.lock:
            with self._lock:
                if (images := self._known(key)) is not None:  # another thread has just read it
                    return images
            images = _images(file.opened(blob), number, column)
            with self._lock:
                self._groups[key] = images
                while len(self._groups) > 1 and sum(kept.nbytes for kept in self._groups.values()) > _MOST_KEPT_BYTES:
                    self._groups.popitem(last=False)
            return images

    def _known(self, key: tuple[int, int, int]) -> Any:
        if key in self._groups:
            self._groups.move_to_end(key)
        return self._groups.get(key)

    def _forget(self, blob: int) -> None:
        with self._lock:
            self._files.pop(blob, None)
            for key in [key for key in self._groups if key[0] == blob]:
                del self._groups[key]


class _OpenFile:
    """A file that one thread at a time reads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._file: Any = None

    def opened(self, blob: Blob) -> Any:
        if self._file is None:
            self._file = opened(blob)
        return self._file


_KEPT = _Kept()


def _images(file: Any, group: int, column: int) -> Any:
    """The column with the images, of one group."""

    def unpacked() -> Any:
        import pyarrow

        name = file.schema_arrow.names[column]
        wanted = _leaf(file.schema_arrow.field(column))
        batches = file.iter_batches(ROWS_AT_ONCE, row_groups=[group], columns=[wanted], use_threads=False)
        return pyarrow.chunked_array([batch.column(name) for batch in batches], type=None)

    if file.metadata.row_group(group).total_byte_size > MOST_GROUP_BYTES:
        reason = (
            f"The row is in a group of more than {MOST_GROUP_BYTES >> 30} GB: write the file with smaller row groups."
        )
        raise BadFile(ProblemKind.TOO_LARGE, reason)
    return guarded(unpacked)


def _leaf(field: Any) -> str:
    """What to ask for: of a struct only the part with the image."""
    import pyarrow

    return f"{field.name}.{PART}" if pyarrow.types.is_struct(field.type) else str(field.name)


def _labels(file: Any, group: int, label: str) -> Iterator[str | int | float | None]:
    for batch in group_batches(file, group, [label]):
        for value in batch.column(0).to_pylist():
            yield value if isinstance(value, str | int | float) else None


def _rows(file: Any, group: int) -> int:
    """As many as there are: the number in the file is compared with those of each column's values."""
    about = file.metadata.row_group(group)
    values = [about.column(number).num_values for number in range(about.num_columns)]
    return int(about.num_rows) if any(about.num_rows <= value for value in values) else 0


def _class_names(file: Any) -> dict[str, tuple[str, ...]]:
    about = file.schema_arrow.metadata or {}
    return class_names(about.get(b"huggingface", b"{}"))
