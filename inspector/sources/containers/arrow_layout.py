"""Where the values of a column lie in an Arrow file: its schema, its record batches, and their buffers.

    message = 0xFFFFFFFF | length | description, a FlatBuffer | body, the buffers

A stream is messages, one after the other; a file is the same stream between two marks, with a list of the batches at
its end, which is not needed. Buffers come in the order of the columns, those of a nested column before those of its
parts; how many each has, its type says.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from inspector.formats.problems import BadFile, ProblemKind
from inspector.outside_json import OutsideJsonError, parsed
from inspector.sources.containers.blob import Blob
from inspector.sources.containers.flatbuffers import FlatbufferError, Table
from inspector.sources.containers.window import Window

FILE_MARK = b"ARROW1"
_CONTINUES = 0xFFFFFFFF
_SCHEMA, _DICTIONARY, _BATCH = 1, 2, 3
_MOST_DESCRIPTION_BYTES = 1 << 26
_MOST_DEPTH = 64
_MOST_FIELDS = 100_000

# Types by their numbers in the format's schema.
_NULL, INT, FLOAT, BINARY, TEXT, BOOL, _DECIMAL = 1, 2, 3, 4, 5, 6, 7
_LIST, STRUCT, _UNION, _FIXED_BINARY, _FIXED_LIST, _MAP = 12, 13, 14, 15, 16, 17
LARGE_BINARY, LARGE_TEXT, _LARGE_LIST, _RUNS = 19, 20, 21, 22
BINARY_VIEW, TEXT_VIEW, _LIST_VIEW, _LARGE_LIST_VIEW = 23, 24, 25, 26
_BUFFERS = {
    _NULL: 0, _RUNS: 0, STRUCT: 1, _FIXED_LIST: 1, BINARY: 3, TEXT: 3, LARGE_BINARY: 3, LARGE_TEXT: 3, _LIST_VIEW: 3,
    _LARGE_LIST_VIEW: 3,
}  # fmt: skip
_KNOWN_TYPES = range(_NULL, _LARGE_LIST_VIEW + 1)


class Column(NamedTuple):
    """One column, or a part of one.

    Attributes:
        name: of it.
        kind: its type, by number.
        bits: of a number, or of the numbers that stand for values elsewhere.
        signed: of a whole number.
        own: how many buffers it has itself; those of views have more.
        children: its parts.
        dictionary: its values are numbers of values elsewhere, in a dictionary: see `Place`.
        number: of that dictionary. values: what lies there.
        classes: names of its values, where it is a ClassLabel of Hugging Face.
    """

    name: str
    kind: int
    bits: int
    signed: bool
    own: int
    children: tuple["Column", ...]
    dictionary: bool
    classes: tuple[str, ...] = ()
    number: int = 0
    values: "Column | None" = None


class Place(NamedTuple):
    """Where a column lies in a record batch.

    Attributes:
        length: how many values it has.
        nulls: how many of them are none.
        buffers: (offset in the blob, length) of each.
        parts: of a column with a dictionary: that, in one or more pieces.
    """

    length: int
    nulls: int
    buffers: tuple[tuple[int, int], ...]
    parts: tuple["Place", ...]


class RecordBatch(NamedTuple):
    """One record batch.

    Attributes:
        start: where its message begins.
        rows: how many samples it has.
        columns: where each column lies.
    """

    start: int
    rows: int
    columns: tuple[Place, ...]


class NoArrowError(Exception):
    """Raised where a file does not begin with a schema; the message says why, where that is known."""


def schema(blob: Blob, window: Window) -> tuple[tuple[Column, ...], int]:
    """The columns, and where the first message after the schema begins.

    Raises:
        NoArrowError: where there is none.
        BadFile: where it cannot be read.
    """
    start = 8 if window.read(0, len(FILE_MARK)) == FILE_MARK else 0
    try:
        message = _message(blob, window, start)
        if message is None:
            raise NoArrowError
        kind, header, _, _, after = message
        if kind != _SCHEMA:
            raise NoArrowError
        if header.number(0, "<h"):
            raise NoArrowError("its numbers are big-endian")
        count = [0]
        columns = tuple(_column(field, 0, count) for field in header.tables(1))
        names = class_names(next((each.text(1) for each in header.tables(2) if each.text(0) == "huggingface"), "{}"))
    except (FlatbufferError, struct.error):
        raise NoArrowError from None
    return tuple(each._replace(classes=names.get(each.name, ())) for each in columns), after


def batches(blob: Blob, window: Window, columns: Sequence[Column], start: int) -> Iterator[RecordBatch]:
    """The record batches from `start` on.

    Raises:
        NoArrowError: where they are compressed.
        BadFile: TRUNCATED or DAMAGED, where the file cannot be read to its end.
    """
    known = {column.number: column for column in _with_dictionaries(columns)}
    dictionaries: dict[int, tuple[Place, ...]] = {}
    while True:
        try:
            message = _message(blob, window, start)
            if message is None:
                return
            kind, header, body, length, after = message
            if kind == _BATCH:
                yield RecordBatch(start, *_batch(header, columns, body, length, dictionaries))
            elif kind == _DICTIONARY:
                number, data, more = header.number(0, "<q"), header.table(1), header.number(2, "<B")
                values = known[number].values if number in known else None
                if data is None or values is None:
                    raise FlatbufferError
                _, found = _batch(data, (values,), body, length, dictionaries)
                dictionaries[number] = (*(dictionaries.get(number, ()) if more else ()), *found)
            else:
                raise FlatbufferError
        except (FlatbufferError, struct.error):
            reason = (
                f"The Arrow file is damaged at byte {start:,}: there is no record batch, so that the samples behind it "
                "cannot be found."
            )
            raise BadFile(ProblemKind.DAMAGED, reason) from None
        start = after


def _message(blob: Blob, window: Window, start: int) -> tuple[int, Table, int, int, int] | None:
    """Kind and description of a message, start and length of its body, and where the next one is; None at the end."""
    head = window.read(start, 8)
    if len(head) < 4:
        raise _cut(blob)  # without its end mark
    mark, length, at = struct.unpack_from("<I", head)[0], 0, start + 8
    if mark != _CONTINUES:  # as it was before version 0.15
        length, at = mark, start + 4
    elif len(head) == 8:
        length = struct.unpack_from("<I", head, 4)[0]
    if length == 0:
        return None
    if length > _MOST_DESCRIPTION_BYTES:
        raise FlatbufferError
    data = window.read(at, length)
    if len(data) < length:
        raise _cut(blob)
    root = Table.root(data)
    header, body = root.table(2), root.number(3, "<q")
    if header is None or body < 0:
        raise FlatbufferError
    if at + length + body > blob.size:
        raise _cut(blob)
    return root.number(1, "<B"), header, at + length, body, at + length + body


def _column(field: Table, depth: int, count: list[int]) -> Column:
    count[0] += 1
    if depth > _MOST_DEPTH or count[0] > _MOST_FIELDS:
        raise FlatbufferError
    kind, dictionary = field.number(2, "<B"), field.table(4)
    about = field.table(3)
    bits, signed = 0, False
    if kind == INT and about is not None:
        bits, signed = about.number(0, "<i"), bool(about.number(1, "<B"))
    elif kind == FLOAT and about is not None:
        bits = {0: 16, 1: 32, 2: 64}.get(about.number(0, "<h"), 0)
    if kind not in _KNOWN_TYPES:
        raise NoArrowError(f"its column {field.text(0)} has a type that is not known")
    own = _BUFFERS.get(kind, 2)
    if kind == _UNION:
        own = 1 + (about.number(0, "<h") if about is not None else 0)  # sparse: 0, dense: 1
    children = tuple(_column(each, depth + 1, count) for each in field.tables(5))
    column = Column(field.text(0), kind, bits, signed, own, children, False)
    if dictionary is None:
        return column
    index = dictionary.table(1)
    bits, signed = (index.number(0, "<i"), bool(index.number(1, "<B"))) if index is not None else (32, True)
    if bits not in (8, 16, 32, 64):
        raise FlatbufferError
    number = dictionary.number(0, "<q")
    return Column(column.name, kind, bits, signed, 2, (), True, number=number, values=column)


def _with_dictionaries(columns: Sequence[Column]) -> Iterator[Column]:
    for column in columns:
        if column.dictionary:
            yield column
        yield from _with_dictionaries(column.children if column.values is None else column.values.children)


def _batch(
    header: Table,
    columns: Sequence[Column],
    body: int,
    body_length: int,
    dictionaries: Mapping[int, tuple[Place, ...]],
) -> tuple[int, tuple[Place, ...]]:
    if header.table(3) is not None:
        raise NoArrowError("its record batches are compressed")
    nodes, buffers = iter(header.structs(1, "<2q")), iter(header.structs(2, "<2q"))
    views = iter(header.structs(4, "<q"))

    def place(column: Column) -> Place:
        length, nulls = next(nodes, (-1, -1))
        count = column.own
        if column.kind in (BINARY_VIEW, TEXT_VIEW) and not column.dictionary:
            count += next(views, (0,))[0]
        found = []
        for _ in range(count):
            offset, size = next(buffers, (-1, -1))
            if offset < 0 or size < 0 or offset + size > body_length:
                raise FlatbufferError
            found.append((body + offset, size))
        if length < 0:
            raise FlatbufferError
        parts = dictionaries.get(column.number, ()) if column.dictionary else tuple(map(place, column.children))
        return Place(length, nulls, tuple(found), parts)

    places = tuple(map(place, columns))
    rows = header.number(0, "<q")
    if rows < 0 or any(each.length != rows for each in places) or next(buffers, None) is not None:
        raise FlatbufferError
    return rows, places


def class_names(about: str | bytes) -> dict[str, tuple[str, ...]]:
    """Of the columns that are a ClassLabel, from what Hugging Face's library writes about a data set."""
    try:
        features = parsed(about)["info"]["features"]
        return {
            name: tuple(map(str, each["names"]))
            for name, each in features.items()
            if isinstance(each, dict) and each.get("_type") == "ClassLabel" and isinstance(each.get("names"), list)
        }
    except (OutsideJsonError, KeyError, TypeError, AttributeError):
        return {}


def _cut(blob: Blob) -> BadFile:
    reason = (
        f"The Arrow file ends at byte {blob.size:,}, before its end mark: it is cut, and what came after is missing. "
        "Copy it again."
    )
    return BadFile(ProblemKind.TRUNCATED, reason)
