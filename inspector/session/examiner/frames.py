"""Frames on a pipe: the lengths of both parts, a JSON header, raw bytes. Lengths are checked before memory is taken."""

import struct
from collections.abc import Sequence
from typing import IO

PREFIX = struct.Struct(">II")
MOST_HEADER_BYTES = 1 << 20
MOST_BODY_BYTES = 1 << 29  # the largest image that the second decoder takes has half of that

Buffer = bytes | bytearray | memoryview


class FrameError(Exception):
    """What came is no frame, or one that is too large."""


def lengths(prefix: Buffer) -> tuple[int, int]:
    """(bytes of the header, bytes of the body) that follow a prefix.

    Raises:
        FrameError: where one is too large.
    """
    header, body = PREFIX.unpack(prefix)
    if header > MOST_HEADER_BYTES or body > MOST_BODY_BYTES:
        raise FrameError(f"a frame of {header:,} and {body:,} bytes is too large")
    return header, body


def write_frame(file: IO[bytes], header: bytes, parts: Sequence[Buffer] = ()) -> None:
    """Write a frame and flush.

    Raises:
        FrameError: where it is too large; nothing was written then.
    """
    prefix = PREFIX.pack(len(header), sum(map(len, parts)))
    lengths(prefix)
    for part in (prefix, header, *parts):
        left = memoryview(part).cast("B")
        while left:
            left = left[file.write(left) :]
    file.flush()


def read_frame(file: IO[bytes]) -> tuple[bytes, bytes] | None:
    """Header and body of the next frame; None: the file has ended."""
    prefix = file.read(PREFIX.size)
    if len(prefix) < PREFIX.size:
        return None
    header, body = lengths(prefix)
    return file.read(header), file.read(body)
