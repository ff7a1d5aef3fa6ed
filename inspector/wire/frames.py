"""Frames on a stream: length, kind, a small header as msgpack, raw bytes.

    u32 length of all that follows | u8 kind | u16 length of the header | header | raw bytes

All numbers are big-endian. Frames of unknown kinds are ignored, and so are unknown keys of headers. A stream begins
with `PREAMBLE`, so that what a login shell prints before it does no harm.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import msgspec

from inspector.wire.errors import WireError

MAJOR, MINOR = 1, 0  # of the wire; another major one cannot be understood
PREAMBLE = b"\0inspector-wire\n"
MOST_FRAME_BYTES = 16 << 20
MOST_HEADER_BYTES = 60_000
_MOST_NOISE_BYTES, _SHOWN_NOISE_BYTES = 1 << 20, 300
_HEAD = struct.Struct(">IBH")


class FrameKind(IntEnum):
    """What a frame is."""

    HELLO = 1
    MESSAGE = 2  # the first, and often only, part of one
    MORE = 3  # a further part
    ACK = 4
    PING = 5
    PONG = 6
    GOODBYE = 7  # the sender ends here on purpose
    REFUSAL = 8  # the sender ends here because of what it got


class WireHello(msgspec.Struct, frozen=True):
    """The first frame of both sides.

    Attributes:
        major, minor: of the wire. version: of inspector.
        facts: what the other side is to know, by name.
    """

    major: int
    minor: int
    version: str
    facts: dict[str, str]


class MessageHead(msgspec.Struct, frozen=True, array_like=True):
    """Of a message: which stream of parts it is, its name and number, and how many bytes it has in all."""

    stream: int
    name: str
    number: int
    total: int


class PartHead(msgspec.Struct, frozen=True, array_like=True):
    """Of a further part."""

    stream: int


class Count(msgspec.Struct, frozen=True, array_like=True):
    """Of an ACK: bytes received so far. Of a PING and its PONG: the sender's own number."""

    value: int


class Sentence(msgspec.Struct, frozen=True, array_like=True):
    """Of a GOODBYE or a REFUSAL."""

    text: str


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as it came."""

    kind: int
    header: bytes
    raw: bytes


def pack(kind: FrameKind, header: msgspec.Struct, raw: bytes | memoryview = b"") -> bytes:
    """The bytes of a frame."""
    head = msgspec.msgpack.encode(header)
    return b"".join((_HEAD.pack(3 + len(head) + len(raw), kind, len(head)), head, raw))


class FrameParser:
    """Makes frames of bytes as they come, in any pieces. It holds at most one frame and what came with its end."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._began = False
        self._noise = 0
        self._noise_tail = b""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are complete with `data`.

        Raises:
            WireError: where these are no frames.
        """
        self._buffer += data
        if not self._began and not self._find_beginning():
            return
        while len(self._buffer) >= _HEAD.size:
            length, kind, header = _HEAD.unpack_from(self._buffer)
            if length > MOST_FRAME_BYTES or header > MOST_HEADER_BYTES or length < 3 + header:
                raise WireError(f"The other side sent a frame of {length:,} bytes, which none of ours has.")
            end = 4 + length
            if len(self._buffer) < end:
                return
            start = _HEAD.size + header
            with memoryview(self._buffer) as view:
                frame = Frame(kind, bytes(view[_HEAD.size : start]), bytes(view[start:end]))
            del self._buffer[:end]
            yield frame

    def noise(self) -> str:
        """The last line that came before any frame; "" where there is none, or frames have come."""
        if self._began:
            return ""
        text = (self._noise_tail + self._buffer).decode("utf-8", "replace")
        return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")

    def _find_beginning(self) -> bool:
        place = self._buffer.find(PREAMBLE)
        if place >= 0:
            del self._buffer[: place + len(PREAMBLE)]
            self._began = True
            return True
        lost = max(0, len(self._buffer) - len(PREAMBLE) + 1)
        self._noise += lost
        self._noise_tail = (self._noise_tail + self._buffer[:lost])[-_SHOWN_NOISE_BYTES:]
        if self._noise > _MOST_NOISE_BYTES:
            raise WireError("What answers there is not inspector: it sends something else without an end.")
        del self._buffer[:lost]
        return False
