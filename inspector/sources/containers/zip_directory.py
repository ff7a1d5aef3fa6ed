"""What a zip file has: its central directory, or, where its end is missing, the headers before each member.

The standard library's `zipfile` keeps an object for each member, and reads a member through three layers of Python.
Here a header is looked at and forgotten.
"""

import stat
import struct
from collections.abc import Iterator
from typing import NamedTuple

from inspector.errors import SourceError
from inspector.formats.problems import BadFile, ProblemKind
from inspector.sources.containers.blob import Blob
from inspector.sources.containers.window import Window

LOCAL_BYTES = 30
_CENTRAL = struct.Struct("<4s4x2H4x3L3H4x2L")
_LOCAL = struct.Struct("<4s2x2H4x3L2H")
_END = struct.Struct("<4sH4xH2LH")  # number of its disk; of the directory: members, size, offset; comment's length
_LOCATOR = struct.Struct("<4s4xQ4x")
_END_64 = struct.Struct("<4s36x2Q")
_CENTRAL_MARK, _LOCAL_MARK, _END_MARK = b"PK\1\2", b"PK\3\4", b"PK\5\6"
_LOCATOR_MARK, _END_64_MARK, _BEHIND_MARK = b"PK\6\7", b"PK\6\6", b"PK\7\x08"
_IN_EXTRA, _IN_EXTRA_16 = 0xFFFFFFFF, 0xFFFF
_ENCRYPTED, _SIZES_BEHIND, _UTF_8 = 0x1, 0x8, 0x800
_MOST_COMMENT = 0xFFFF


class ZipMember(NamedTuple):
    """One member of a zip file.

    Attributes:
        name: with the folders it is in.
        header: where what is said here is written, in the directory or before the member.
        start: where the header before its data begins.
        method: how it is compressed; 0: stored.
        stored_bytes: its size in the file.
        size: its size unpacked.
        crc: CRC-32 of what is unpacked.
        encrypted: it needs a password.
        link: it is a symbolic link, and what it has is where that leads.
        end: where its header ends.
    """

    name: str
    header: int
    start: int
    method: int
    stored_bytes: int
    size: int
    crc: int
    encrypted: bool
    end: int
    link: bool = False


class NoZipError(Exception):
    """Raised where a file neither ends nor begins as a zip file does."""


def directory(blob: Blob) -> Iterator[ZipMember]:
    """The members as the directory at the end of the file has them.

    Raises:
        NoZipError: where it is no zip file.
        BadFile: TRUNCATED or DAMAGED, where the directory cannot be read to its end.
    """
    end = _end_of_directory(blob)
    window = Window(blob)
    offset, stop, shift = end
    while offset < stop:
        member = _central(window, offset, shift)
        if member is None:
            reason = f"The zip file is damaged at byte {offset:,}: its directory cannot be read on."
            raise BadFile(ProblemKind.DAMAGED, reason)
        yield member
        offset = member.end


def leftovers(blob: Blob) -> Iterator[ZipMember]:
    """The members of a file whose end, with the directory, is missing, as far as they are whole."""
    window, offset = Window(blob), 0
    while (member := _local(window, offset)) is not None and member.end + member.stored_bytes <= blob.size:
        yield member
        offset = member.end + member.stored_bytes


def member_at(window: Window, header: int) -> ZipMember | None:
    """The member whose header is there, in the directory or before its data; None where there is none."""
    return _central(window, header, 0) or _local(window, header)


def data_offset(head: bytes) -> int | None:
    """How far behind the start of a member's header its data begin; None where `head` is no such header."""
    if len(head) < LOCAL_BYTES or head[:4] != _LOCAL_MARK:
        return None
    *_, name, extra = _LOCAL.unpack_from(head)
    return int(LOCAL_BYTES + name + extra)


def stored_checksum(member: bytes, end: int) -> int | None:
    """CRC-32 of a stored member, from the header before its data or from what is behind them; None: it is in neither.

    Args:
        member: from its header on.
        end: where in that its data end.
    """
    _, flags, _, checksum, *_ = _LOCAL.unpack_from(member)
    if not flags & _SIZES_BEHIND:
        return int(checksum)
    behind = member[end : end + 8]
    return int.from_bytes(behind[4:], "little") if len(behind) == 8 and behind[:4] == _BEHIND_MARK else None


def _end_of_directory(blob: Blob) -> tuple[int, int, int]:
    """Where the directory begins and ends, and by how much offsets in it are too small, as behind a program."""
    length = min(blob.size, _END.size + _MOST_COMMENT)
    first = min(length, 1 << 10)  # most have no comment
    for wanted in (first, length):
        tail = blob.read(blob.size - wanted, wanted)
        at = len(tail)
        while (at := tail.rfind(_END_MARK, 0, at)) >= 0:
            if len(tail) - at >= _END.size and at + _END.size + _END.unpack_from(tail, at)[5] <= len(tail):
                before = tail[max(0, at - _LOCATOR.size) : at]
                return _directory_before(blob, blob.size - wanted + at, _END.unpack_from(tail, at), before)
    if blob.read(0, min(4, blob.size)) == _LOCAL_MARK:
        reason = (
            f"The zip file ends at byte {blob.size:,}, without the directory of its members: it is cut, and what came "
            "after is missing. Copy it again."
        )
        raise BadFile(ProblemKind.TRUNCATED, reason)
    raise NoZipError


def _directory_before(
    blob: Blob, end: int, found: tuple[bytes, int, int, int, int, int], before: bytes
) -> tuple[int, int, int]:
    _, disk, _, size, offset, _ = found
    if disk not in (0, _IN_EXTRA_16):
        raise SourceError(
            f"{blob.location} is the last part of a split zip file: put it together, with `zip -s 0 IN.zip --out "
            "OUT.zip`"
        )
    at = end - _LOCATOR.size
    if len(before) < _LOCATOR.size <= end:
        before = blob.read(at, _LOCATOR.size)
    if before[:4] == _LOCATOR_MARK:  # also where all numbers would fit without it
        _, place = _LOCATOR.unpack(before)
        for end_64 in (place, at - _END_64.size):  # the second: where something is before the zip file
            if 0 <= end_64 <= at - _END_64.size:
                mark, size_64, offset_64 = _END_64.unpack(blob.read(end_64, _END_64.size))
                if mark == _END_64_MARK:
                    size, offset, end = size_64, offset_64, end_64
                    break
    start = end - size
    if start < 0 or start < offset:
        reason = "The zip file is damaged: its directory is not where its end says, so that no member can be found."
        raise BadFile(ProblemKind.DAMAGED, reason)
    return start, end, start - offset


def _central(window: Window, offset: int, shift: int) -> ZipMember | None:
    head = window.read(offset, _CENTRAL.size)
    if len(head) < _CENTRAL.size or head[:4] != _CENTRAL_MARK:
        return None
    _, flags, method, crc, stored, size, names, extras, comments, attributes, start = _CENTRAL.unpack(head)
    rest = window.read(offset + _CENTRAL.size, names + extras)
    if len(rest) < names + extras:
        return None
    size, stored, start = _sizes_64(rest[names:], (size, stored, start))
    end = offset + _CENTRAL.size + names + extras + comments
    name = _name(rest[:names], flags)
    encrypted, link = bool(flags & _ENCRYPTED), stat.S_ISLNK(attributes >> 16)
    return ZipMember(name, offset, start + shift, method, stored, size, crc, encrypted, end, link)


def _local(window: Window, offset: int) -> ZipMember | None:
    head = window.read(offset, LOCAL_BYTES)
    if len(head) < LOCAL_BYTES or head[:4] != _LOCAL_MARK:
        return None
    _, flags, method, crc, stored, size, names, extras = _LOCAL.unpack(head)
    if flags & _SIZES_BEHIND and not stored:
        return None
    rest = window.read(offset + LOCAL_BYTES, names + extras)
    if len(rest) < names + extras:
        return None
    size, stored, _ = _sizes_64(rest[names:], (size, stored, 0))
    end = offset + LOCAL_BYTES + names + extras
    return ZipMember(
        _name(rest[:names], flags), offset, offset, method, stored, size, crc, bool(flags & _ENCRYPTED), end
    )


def _sizes_64(extra: bytes, values: tuple[int, int, int]) -> tuple[int, int, int]:
    """Sizes and start, those that do not fit into 32 bits from the extra field for Zip64."""
    if _IN_EXTRA not in values:
        return values
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            numbers = iter(struct.unpack_from(f"<{min(length, len(extra) - at - 4) // 8}Q", extra, at + 4))
            size, stored, start = (next(numbers, each) if each == _IN_EXTRA else each for each in values)
            return size, stored, start
        at += 4 + length
    return values


def _name(name: bytes, flags: int) -> str:
    return name.decode("utf-8", "surrogateescape") if flags & _UTF_8 else name.decode("cp437")
