"""Parquet files, through pyarrow: rows in groups, each of which is unpacked as a whole.

A row cannot be read without its group, so samples come in a block order, the loader's `block_order`. A worker keeps the
images of the groups that it read last. A column of images holds bytes, or, as those of Hugging Face, structs of bytes
and path.
"""

import contextlib
import io
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from inspector.errors import InspectorError, SourceError
from inspector.extras import install_command
from inspector.file_types import PARQUET_EXTENSIONS
from inspector.formats.problems import BadFile, ProblemKind
from inspector.sources.containers.arrow_layout import class_names
from inspector.sources.containers.blob import Blob
from inspector.sources.containers.columns import HEAD_BYTES, ImageColumns, label_column, missing
from inspector.sources.containers.entry import Choice, Entry
from inspector.sources.containers.mistaken import mistaken
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

_LOOKED_AT = 64  # rows, for which column has the image
_ROWS_AT_ONCE = 1024
_MOST_GROUP_BYTES = 1 << 30  # unpacked
_MOST_KEPT_BYTES = 1 << 28  # of all groups that a process keeps
_PART = "bytes"  # with the image, in a struct of Hugging Face


def entries(blob: Blob, choice: Choice) -> Iterator[Entry]:
    """See `ContainerFormat.entries`. The length of an image is not known before it is read."""
    file = opened(blob)
    if not file.metadata.num_rows:
        return
    image, label = _chosen(blob, file, choice)
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
    if isinstance(image, dict):
        image = image.get(_PART)
    if image is None:
        raise BadFile(ProblemKind.EMPTY, "The row has no image: its column has no bytes.")
    return bytes(image)


def fields(blob: Blob, entry: Entry) -> dict[str, Any]:
    """See `ContainerFormat.fields`."""
    group, row, column = place_of(entry.record)
    file = opened(blob)
    names, image = _class_names(file), file.schema_arrow.names[column]
    large = _guarded(partial(large_columns, file, group))
    others = [name for name in file.schema_arrow.names if name not in (image, *large)]
    shown: dict[str, Any] = {
        name: f"not read: its row group has {nbytes:,} bytes of it" for name, nbytes in large.items() if name != image
    }
    done = 0
    for batch in group_batches(file, group, others):
        if row < done + batch.num_rows:
            for name in batch.schema.names:
                value = _guarded(partial(value_shown, batch.column(name)[row - done]))
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
                for values in _guarded(batch.to_pylist):
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
    """The images of groups that were read last, in this process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a blob may end while it is held
        self._files: dict[int, Any] = {}
        self._groups: OrderedDict[tuple[int, int, int], Any] = OrderedDict()

    def group(self, blob: Blob, number: int, column: int) -> Any:
        key = id(blob), number, column
        with self._lock:
            if key in self._groups:
                self._groups.move_to_end(key)
                return self._groups[key]
            if id(blob) not in self._files:
                self._files[id(blob)] = opened(blob)
                weakref.finalize(blob, self._forget, id(blob)).atexit = False
            images = self._groups[key] = _images(self._files[id(blob)], number, column)
            while len(self._groups) > 1 and sum(kept.nbytes for kept in self._groups.values()) > _MOST_KEPT_BYTES:
                self._groups.popitem(last=False)
            return images

    def _forget(self, blob: int) -> None:
        with self._lock:
            self._files.pop(blob, None)
            for key in [key for key in self._groups if key[0] == blob]:
                del self._groups[key]


_KEPT = _Kept()


def _images(file: Any, group: int, column: int) -> Any:
    """The column with the images, of one group."""

    def unpacked() -> Any:
        import pyarrow

        name = file.schema_arrow.names[column]
        wanted = _leaf(file.schema_arrow.field(column))
        batches = file.iter_batches(_ROWS_AT_ONCE, row_groups=[group], columns=[wanted], use_threads=False)
        return pyarrow.chunked_array([batch.column(name) for batch in batches], type=None)

    if file.metadata.row_group(group).total_byte_size > _MOST_GROUP_BYTES:
        reason = (
            f"The row is in a group of more than {_MOST_GROUP_BYTES >> 30} GB: write the file with smaller row groups."
        )
        raise BadFile(ProblemKind.TOO_LARGE, reason)
    return _guarded(unpacked)


def _leaf(field: Any) -> str:
    """What to ask for: of a struct only the part with the image."""
    import pyarrow

    return f"{field.name}.{_PART}" if pyarrow.types.is_struct(field.type) else str(field.name)


def opened(blob: Blob) -> Any:
    """
    Raises:
        SourceError: where it is no such file, or pyarrow is missing.
        BadFile: where it cannot be read.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise SourceError(
            f"{blob.location}: Parquet files need pyarrow; install it: {install_command('arrow')}"
        ) from None
    try:
        return parquet.ParquetFile(pyarrow.PythonFile(_BlobFile(blob), mode="r"), pre_buffer=False)
    except (InspectorError, BadFile):
        raise
    except Exception as error:  # whatever pyarrow makes of it
        raise SourceError(
            f"{blob.location} is no Parquet file, or a cut one{mistaken(blob)}: {_first_line(error)}"
        ) from error


def _guarded(action: Callable[[], Any]) -> Any:
    """What pyarrow raises, as a fault of the file."""
    try:
        return action()
    except (InspectorError, BadFile):
        raise
    except Exception as error:  # whatever pyarrow makes of it
        reason = f"The Parquet file is damaged: {_first_line(error)}"
        raise BadFile(ProblemKind.DAMAGED, reason) from error


def _first_line(error: Exception) -> str:
    return f"{str(error).strip().partition(chr(10))[0].rstrip('.')[:200]}."


def group_batches(file: Any, group: int, columns: Sequence[str]) -> Iterator[Any]:
    """Some columns of a group of rows, a few rows at a time."""
    found = _guarded(lambda: file.iter_batches(_ROWS_AT_ONCE, [group], list(columns), use_threads=False))
    while (batch := _guarded(lambda: next(found, None))) is not None:
        yield batch


def _labels(file: Any, group: int, label: str) -> Iterator[str | int | float | None]:
    for batch in group_batches(file, group, [label]):
        for value in batch.column(0).to_pylist():
            yield value if isinstance(value, str | int | float) else None


def _rows(file: Any, group: int) -> int:
    """As many as there are: the number in the file is compared with those of each column's values."""
    about = file.metadata.row_group(group)
    values = [about.column(number).num_values for number in range(about.num_columns)]
    return int(about.num_rows) if any(about.num_rows <= value for value in values) else 0


def _chosen(blob: Blob, file: Any, choice: Choice) -> tuple[str, str | None]:
    """The columns with image and label."""
    import pyarrow

    kinds = pyarrow.types
    names = [str(name) for name in file.schema_arrow.names]

    def holds_bytes(kind: Any) -> bool:
        if kinds.is_dictionary(kind):
            return holds_bytes(kind.value_type)
        return bool(kinds.is_binary(kind) or kinds.is_large_binary(kind) or kinds.is_binary_view(kind))

    able = {}
    for field in file.schema_arrow:
        if kinds.is_struct(field.type):
            part = field.type.get_field_index(_PART)
            if part >= 0 and holds_bytes(field.type.field(part).type):
                able[field.name] = True
        elif holds_bytes(field.type):
            able[field.name] = False
    image = choice.image or _likely(file, able)
    if image not in able or names.index(image) > 0xFFF:
        raise missing(blob.location, "column", choice.image, names)
    if choice.label and choice.label not in names:
        raise missing(blob.location, "column", choice.label, names)
    return image, choice.label or label_column(names)


def _likely(file: Any, able: dict[str, bool]) -> str:
    candidates, left = ImageColumns(), _LOOKED_AT
    for group in range(file.num_row_groups):
        if not able or left <= 0 or file.metadata.row_group(group).total_byte_size > _MOST_GROUP_BYTES:
            break
        wanted = [f"{name}.{_PART}" if struct else name for name, struct in able.items()]
        for row in next(iter(group_batches(file, group, wanted)), _NOTHING).slice(0, left).to_pylist():
            for name, value in row.items():
                content = value.get(_PART) if isinstance(value, dict) else value
                candidates.add(name, bytes(content or b"")[:HEAD_BYTES])
            left -= 1
    return candidates.best() or next((name for name, struct in able.items() if struct), "")


class _Nothing:
    def slice(self, _start: int, _length: int) -> "_Nothing":
        return self

    def to_pylist(self) -> list[dict[str, Any]]:
        return []


_NOTHING: Any = _Nothing()


def _class_names(file: Any) -> dict[str, tuple[str, ...]]:
    about = file.schema_arrow.metadata or {}
    return class_names(about.get(b"huggingface", b"{}"))


class _BlobFile(io.RawIOBase):
    """A blob as Python's files are, for pyarrow. Does not keep it: who holds the blob decides how long it is open."""

    def __init__(self, blob: Blob) -> None:
        self._held = weakref.ref(blob)
        self._at = 0

    @property
    def _blob(self) -> Blob:
        blob = self._held()
        assert blob is not None
        return blob

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + (0, self._at, self._blob.size)[whence]
        return self._at

    def size(self) -> int:
        return self._blob.size

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self._blob.size - self._at)
        length = left if size is None or size < 0 else min(size, left)
        data = self._blob.read(self._at, length) if length else b""
        self._at += length
        return data
