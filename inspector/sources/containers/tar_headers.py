"""The members of a tar: its headers, with PAX and GNU extensions, and whatever is wrong with them.

The standard library's `tarfile` takes a cut file for a whole one, and keeps an object for each member. Here a header
is 512 bytes that are looked at and forgotten.
"""

import posixpath
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from inspector.formats.problems import BadFile, ProblemKind
from inspector.sources.containers.blob import Blob
from inspector.sources.containers.window import Window

BLOCK = 512
_MOST_EXTENSION_BYTES = 1 << 20  # a name, or a PAX header
_USTAR = b"ustar\0"
_MOST_PADDING = 40 * BLOCK  # behind an end mark, as a rule up to a multiple of 20 blocks
_TWO_IN_ONE = (
    "The tar ends at byte {:,}, and another one begins behind it, at byte {:,}: what that has is not loaded. Unpack it "
    "with tar --ignore-zeros, and pack it once."
)
_CHECKSUM = slice(148, 156)
_EXTENDED_SPARSE = 482  # in a GNU sparse header: whether blocks with more of the map follow
_MORE_SPARSE = 504  # the same in such a block
_SPARSE_NAME = "GNU.sparse.name"
_REGULAR, _HARD_LINK, _SYMBOLIC_LINK, _SPARSE = "0\0" + "7", "1", "2", "S"
_WITHOUT_DATA = "123456"  # links, devices, folders, pipes


class TarMember(NamedTuple):
    """One member of a tar.

    Attributes:
        name: of a regular file or of a link; "" of everything else, which has no sample.
        start: where its first header begins.
        offset: of its content.
        size: of its content, in bytes.
        target: name of the member that a link leads to; else "".
        symbolic: it is a symbolic link.
        sparse: its content is stored with holes.
    """

    name: str
    start: int
    offset: int
    size: int
    target: str = ""
    sparse: bool = False
    symbolic: bool = False


class NoTarError(Exception):
    """Raised where the first header is none."""


class _Header(NamedTuple):
    name: bytes
    size: int
    kind: str
    target: bytes
    block: bytes


def members(blob: Blob, start: int = 0) -> Iterator[TarMember]:
    """The members whose headers begin at `start` or after it.

    Raises:
        NoTarError: where there is no header at `start`.
        BadFile: TRUNCATED where the tar ends before its end mark, DAMAGED where a header makes no sense.
    """
    window = Window(blob)
    offset = start
    everywhere: dict[str, bytes] = {}
    while True:
        first, own, long_name, long_target = offset, dict[str, bytes](), b"", b""
        while True:
            header = _header(window, offset, blob, first=offset == start)
            if header is None:
                return
            content = offset + BLOCK
            offset = content + padded(header.size)
            if header.kind not in "xgLK":
                break
            data = _extension(window, content, header.size, blob)
            match header.kind:
                case "x":
                    own = _pax_records(data, content)
                case "g":
                    everywhere |= _pax_records(data, content)
                case "L":
                    long_name = data.partition(b"\0")[0]
                case "K":
                    long_target = data.partition(b"\0")[0]
        pax: Mapping[str, bytes] = {**everywhere, **own} if everywhere else own
        name = pax.get("path", b"").partition(b"\0")[0] or long_name or header.name
        size = _pax_size(pax, header.size, content)
        if header.kind == _SPARSE:
            content = _after_sparse_map(window, header.block, content)
        if header.kind in _WITHOUT_DATA:
            size = 0
        offset = content + padded(size)
        if content + size > blob.size:
            raise _cut(blob, f"within its member {_text(name)}")
        sparse = header.kind == _SPARSE or any(key.startswith("GNU.sparse.") for key in pax)
        folder = name.endswith(b"/")
        if header.kind in (_HARD_LINK, _SYMBOLIC_LINK):
            symbolic = header.kind == _SYMBOLIC_LINK
            target = _text(pax.get("linkpath") or long_target or header.target)
            target = _from(_text(name), target) if symbolic else target
            yield TarMember(_text(name), first, content, 0, target, symbolic=symbolic)
        elif (header.kind in _REGULAR or sparse) and not folder:
            yield TarMember(_text(pax.get(_SPARSE_NAME) or name), first, content, size, sparse=sparse)
        else:
            yield TarMember("", first, content, size)


def _from(name: str, target: str) -> str:
    """Where a symbolic link leads, as members are called."""
    found = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
    return f"./{found}" if name.startswith("./") and not found.startswith("/") else found


def _header(window: Window, offset: int, blob: Blob, *, first: bool) -> _Header | None:
    """The header at `offset`; None at the end mark."""
    block = window.read(offset, BLOCK)
    if len(block) < BLOCK:
        if first:
            raise NoTarError
        where = "within the header of a member" if block else "without its end mark"
        raise _cut(blob, where)
    if block.count(0) == BLOCK:
        if (more := _more_behind(window, offset, blob.size)) is not None:
            raise BadFile(ProblemKind.DAMAGED, _TWO_IN_ONE.format(offset, more))
        return None
    if not _has_checksum(block):
        if first:
            raise NoTarError
        raise _damaged(offset, "there is no header of a member")
    try:
        size = _number(block[124:136])
    except ValueError:
        raise _damaged(offset, "the size of a member is no number") from None
    name, prefix = block[:100].partition(b"\0")[0], b""
    if block[257:263] == _USTAR:
        prefix = block[345:500].partition(b"\0")[0]
    kind = chr(block[156])
    if kind in _WITHOUT_DATA:
        size = 0
    return _Header(prefix + b"/" + name if prefix else name, size, kind, block[157:257].partition(b"\0")[0], block)


def _more_behind(window: Window, end: int, size: int) -> int | None:
    """Where another tar begins behind the end mark of this one; None: none does."""
    for offset in range(end + BLOCK, min(end + _MOST_PADDING, size), BLOCK):
        block = window.read(offset, BLOCK)
        if block.count(0) < len(block):
            return offset if len(block) == BLOCK and _has_checksum(block) else None
    return None


def _has_checksum(block: bytes) -> bool:
    try:
        expected = _number(block[_CHECKSUM])
    except ValueError:
        return False
    total = sum(block) - sum(block[_CHECKSUM]) + 8 * ord(" ")
    if total == expected:
        return True
    negative = sum(1 for byte in block[:148] + block[156:] if byte > 127)  # some programs added signed bytes
    return total - 256 * negative == expected


def _number(field: bytes) -> int:
    """
    Raises:
        ValueError: where it is none, or negative.
    """
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    text = field.partition(b"\0")[0].strip()
    value = int(text, 8) if text else 0
    if value < 0:
        raise ValueError(value)
    return value


def _extension(window: Window, offset: int, size: int, blob: Blob) -> bytes:
    if size > _MOST_EXTENSION_BYTES:
        raise _damaged(offset - BLOCK, f"the name of a member has {size:,} bytes")
    data = window.read(offset, size)
    if len(data) < size:
        raise _cut(blob, "within the header of a member")
    return data


def _pax_records(data: bytes, offset: int) -> dict[str, bytes]:
    """Of "length key=value" lines."""
    records: dict[str, bytes] = {}
    at = 0
    while at < len(data) and data[at]:
        digits, _, _ = data[at : at + 20].partition(b" ")
        length = int(digits) if digits.isdigit() else 0
        key, equals, value = data[at + len(digits) + 1 : at + length].partition(b"=")
        if not equals or not value.endswith(b"\n"):
            raise _damaged(offset - BLOCK, "a PAX header cannot be read")
        records[key.decode("utf-8", "surrogateescape")] = value[:-1]
        at += length
    return records


def _pax_size(pax: Mapping[str, bytes], size: int, offset: int) -> int:
    given = pax.get("size")
    if given is None:
        return size
    if not given.isdigit() or len(given) > 20:
        raise _damaged(offset - BLOCK, "the size in a PAX header is no number")
    return int(given)


def _after_sparse_map(window: Window, block: bytes, offset: int) -> int:
    more = block[_EXTENDED_SPARSE]
    while more:
        block = window.read(offset, BLOCK)
        offset += BLOCK
        more = block[_MORE_SPARSE] if len(block) == BLOCK else 0
    return offset


def kind_at(blob: Blob, offset: int) -> tuple[str, int]:
    """Kind and size of what the header at `offset` is of; only where there is one."""
    block = blob.read(offset, BLOCK)
    return chr(block[156]), _number(block[124:136])


def padded(size: int) -> int:
    """Bytes that so much content takes in a tar."""
    return -(-size // BLOCK) * BLOCK


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _cut(blob: Blob, where: str) -> BadFile:
    reason = f"The tar ends at byte {blob.size:,}, {where}: it is cut, and what came after is missing. Copy it again."
    return BadFile(ProblemKind.TRUNCATED, reason)


def _damaged(offset: int, what: str) -> BadFile:
    reason = f"The tar is damaged at byte {offset:,}: {what}, so that the members behind it cannot be found."
    return BadFile(ProblemKind.DAMAGED, reason)
