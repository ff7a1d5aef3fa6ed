"""The fields of a message of Protocol Buffers, found in a blob without reading what is long."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from inspector.sources.containers.window import Window

VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5
_MOST_VARINT = 10


class Field(NamedTuple):
    """One field.

    Attributes:
        number: which field of the message.
        wire: how it is written: VARINT, FIXED_64, BYTES or FIXED_32.
        start: where its value begins.
        end: where it ends.
        value: of a VARINT; else 0.
    """

    number: int
    wire: int
    start: int
    end: int
    value: int


class ProtobufError(Exception):
    """Raised where there is no such message."""


def message_fields(window: Window, start: int, end: int) -> Iterator[Field]:
    """The fields of the message between two offsets.

    Raises:
        ProtobufError: where it makes no sense.
        BadFile: where it cannot be read.
    """
    while start < end:
        tag, start = varint(window, start, end)
        number, wire, value = tag >> 3, tag & 7, 0
        if wire == VARINT:
            first = start
            value, start = varint(window, start, end)
            yield Field(number, wire, first, start, value)
            continue
        if wire == BYTES:
            length, start = varint(window, start, end)
        elif wire in (FIXED_32, FIXED_64):
            length = 4 if wire == FIXED_32 else 8
        else:
            raise ProtobufError
        if length > end - start:
            raise ProtobufError
        yield Field(number, wire, start, start + length, 0)
        start += length


def varint(window: Window, start: int, end: int) -> tuple[int, int]:
    """An unsigned number, and where it ends."""
    data = window.read(start, min(_MOST_VARINT, end - start))
    value = 0
    for place, byte in enumerate(data):
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, start + place + 1
    raise ProtobufError


def signed(value: int) -> int:
    """A varint as the int64 that it is."""
    return value - (1 << 64) if value >> 63 else value


def float_of(data: bytes) -> float:
    """A FIXED_32."""
    return float(struct.unpack("<f", data)[0])
