"""Tables of FlatBuffers, as the descriptions in Arrow files are: every place is looked at before it is used."""

import struct
from collections.abc import Iterator


class FlatbufferError(Exception):
    """Raised where there is no such table."""


class Table:
    """One table in a buffer. Its fields are asked for by their numbers in the schema, counted from 0."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at
        vtable = at - self._number("<i", at)
        size = self._number("<H", vtable)
        if size < 4:
            raise FlatbufferError
        self._fields = struct.unpack_from(f"<{(size - 4) // 2}H", data, vtable + 4) if self._fits(vtable, size) else ()

    @classmethod
    def root(cls, data: bytes) -> "Table":
        """The table that the buffer begins with.

        Raises:
            FlatbufferError: where there is none.
        """
        if len(data) < 8:
            raise FlatbufferError
        return cls(data, struct.unpack_from("<I", data)[0])

    def number(self, field: int, kind: str, default: int = 0) -> int:
        """A number; `kind` is a format of `struct`."""
        place = self._place(field)
        return default if place is None else self._number(kind, place)

    def table(self, field: int) -> "Table | None":
        """Another table; None where it is not there."""
        place = self._place(field)
        return None if place is None else Table(self._data, place + self._number("<I", place))

    def text(self, field: int) -> str:
        """A text; "" where there is none."""
        place = self._place(field)
        if place is None:
            return ""
        start = place + self._number("<I", place)
        length = self._number("<I", start)
        self._check(start + 4, length)
        return self._data[start + 4 : start + 4 + length].decode("utf-8", "replace")

    def tables(self, field: int) -> Iterator["Table"]:
        """A list of tables."""
        start, count = self._vector(field, 4)
        for at in range(start, start + 4 * count, 4):
            yield Table(self._data, at + self._number("<I", at))

    def structs(self, field: int, kind: str) -> list[tuple[int, ...]]:
        """A list of structs of fixed size; `kind` is a format of `struct`."""
        size = struct.calcsize(kind)
        start, count = self._vector(field, size)
        return [struct.unpack_from(kind, self._data, at) for at in range(start, start + size * count, size)]

    def _vector(self, field: int, size: int) -> tuple[int, int]:
        place = self._place(field)
        if place is None:
            return 0, 0
        start = place + self._number("<I", place)
        count = self._number("<I", start)
        self._check(start + 4, size * count)
        return start + 4, count

    def _place(self, field: int) -> int | None:
        offset = self._fields[field] if field < len(self._fields) else 0
        return self._at + offset if offset else None

    def _number(self, kind: str, at: int) -> int:
        self._check(at, struct.calcsize(kind))
        return int(struct.unpack_from(kind, self._data, at)[0])

    def _check(self, at: int, size: int) -> None:
        if not self._fits(at, size):
            raise FlatbufferError

    def _fits(self, at: int, size: int) -> bool:
        return at >= 0 and at + size <= len(self._data)
