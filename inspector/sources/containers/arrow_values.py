"""Single values of a column of an Arrow file, read where they lie."""

import struct
from typing import Any

from inspector.formats.problems import BadFile, ProblemKind
from inspector.sources.containers import arrow_layout as layout
from inspector.sources.containers.arrow_layout import Column, Place
from inspector.sources.containers.blob import Blob
from inspector.sources.containers.columns import MOST_TEXT_BYTES, plain
from inspector.sources.containers.window import Window

BINARIES = (layout.BINARY, layout.LARGE_BINARY, layout.BINARY_VIEW)
TEXTS = (layout.TEXT, layout.LARGE_TEXT, layout.TEXT_VIEW)
_LARGE = (layout.LARGE_BINARY, layout.LARGE_TEXT)
_VIEWS = (layout.BINARY_VIEW, layout.TEXT_VIEW)
_FLOATS = {16: "<e", 32: "<f", 64: "<d"}
_INLINE_BYTES = 12
_MOST_PARTS = 64


class ArrowValues:
    """Reads values of record batches. Each buffer is read ahead on its own, since rows come one after the other."""

    def __init__(self, blob: Blob) -> None:
        self._blob = blob
        self._windows: dict[tuple[int, int], Window] = {}

    def next_batch(self) -> None:
        """Forget the buffers of the last one."""
        self._windows.clear()

    def is_valid(self, place: Place, row: int) -> bool:
        """Whether there is a value."""
        if place.nulls == 0 or not place.buffers or not place.buffers[0][1]:
            return True
        return bool(self._bytes(place.buffers[0], row // 8, 1)[0] >> row % 8 & 1)

    def has_rows(self, column: Column, place: Place) -> bool:
        """Whether a column of binary values is as long as it says."""
        if column.dictionary:
            return place.length * column.bits // 8 <= place.buffers[1][1]
        size = 16 if column.kind in _VIEWS else 8 if column.kind in _LARGE else 4
        return place.length * size <= place.buffers[1][1]

    def span(self, column: Column, place: Place, row: int) -> tuple[int, int]:
        """Where the bytes of a binary value or a text begin in the blob, and how many they are.

        Raises:
            BadFile: where they would not be within the column.
        """
        if column.dictionary:
            column, place, row = self._in_dictionary(column, place, row)
        if column.kind in _VIEWS:
            return self._view(place, row)
        size, kind = (8, "<2q") if column.kind in _LARGE else (4, "<2i")
        first, last = struct.unpack(kind, self._bytes(place.buffers[1], row * size, 2 * size))
        values, length = place.buffers[2]
        if not 0 <= first <= last <= length:
            raise _outside()
        return values + first, last - first

    def value(self, column: Column, place: Place, row: int) -> Any:
        """A value as a person sees it; None where there is none, or a type that is not shown.

        Raises:
            BadFile: where it cannot be read.
        """
        if not self.is_valid(place, row):
            return None
        if column.dictionary:
            return self.value(*self._in_dictionary(column, place, row))
        if column.kind == layout.STRUCT:
            parts = zip(column.children[:_MOST_PARTS], place.parts, strict=False)
            return {part.name: self.value(part, inside, row) for part, inside in parts}
        if column.kind in (*BINARIES, *TEXTS):
            start, length = self.span(column, place, row)
            if length > MOST_TEXT_BYTES:
                return f"{length:,} bytes"
            data = self._blob.read(start, length)
            return data.decode("utf-8", "replace") if column.kind in TEXTS else plain(data)
        if column.kind == layout.BOOL:
            return bool(self._bytes(place.buffers[1], row // 8, 1)[0] >> row % 8 & 1)
        if column.kind == layout.INT and column.bits in (8, 16, 32, 64):
            size = column.bits // 8
            number = int.from_bytes(self._bytes(place.buffers[1], row * size, size), "little", signed=column.signed)
            return column.classes[number] if 0 <= number < len(column.classes) else number
        if column.kind == layout.FLOAT and column.bits in _FLOATS:
            size = column.bits // 8
            return struct.unpack(_FLOATS[column.bits], self._bytes(place.buffers[1], row * size, size))[0]
        return None

    def _in_dictionary(self, column: Column, place: Place, row: int) -> tuple[Column, Place, int]:
        size = column.bits // 8
        number = int.from_bytes(self._bytes(place.buffers[1], row * size, size), "little", signed=column.signed)
        for values in place.parts:
            if 0 <= number < values.length and column.values is not None:
                return column.values, values, number
            number -= values.length
        raise _outside()

    def _view(self, place: Place, row: int) -> tuple[int, int]:
        view = self._bytes(place.buffers[1], row * 16, 16)
        length, number, first = struct.unpack("<i4x2i", view)
        if 0 <= length <= _INLINE_BYTES:
            return place.buffers[1][0] + row * 16 + 4, length
        data = place.buffers[2:]
        if length < 0 or first < 0 or not 0 <= number < len(data) or first + length > data[number][1]:
            raise _outside()
        return data[number][0] + first, length

    def _bytes(self, buffer: tuple[int, int], at: int, length: int) -> bytes:
        start, size = buffer
        if at + length > size:
            raise _outside()
        window = self._windows.get(buffer)
        if window is None:
            window = self._windows[buffer] = Window(self._blob)
        return window.read(start + at, length)


def _outside() -> BadFile:
    return BadFile(ProblemKind.DAMAGED, "The Arrow file is damaged: a value would lie outside its column.")
