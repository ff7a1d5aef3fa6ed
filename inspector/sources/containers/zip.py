"""Zip files: of a folder of images, or with members that belong together by their names, as in a tar.

What belongs to a sample lies one behind the other in the directory of the file: `n01/0001.jpg`, `n01/0001.cls`. A
member that is stored is read with one read; one that is deflated is unpacked, and compared with its checksum.
"""

import contextlib
import zlib
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

from inspector.errors import SourceError
from inspector.formats.problems import BadFile, ProblemKind
from inspector.sources.containers.blob import Blob
from inspector.sources.containers.entry import Choice, Entry
from inspector.sources.containers.members import MOST_JSON_BYTES, MOST_KINDS, is_image, label_of, shown, split
from inspector.sources.containers.mistaken import mistaken
from inspector.sources.containers.window import Window
from inspector.sources.containers.zip_directory import (
    LOCAL_BYTES,
    NoZipError,
    ZipMember,
    data_offset,
    directory,
    leftovers,
    member_at,
    stored_checksum,
)

NAME: str = "zip"
SUFFIXES: tuple[str, ...] = ("zip",)
RANDOM_ACCESS: bool = True

_STORED, _DEFLATED = 0, 8
_METHODS = {
    1: "Shrink", 2: "Reduce", 3: "Reduce", 4: "Reduce", 5: "Reduce", 6: "Implode", 9: "Deflate64", 12: "bzip2",
    14: "LZMA", 93: "Zstandard", 95: "xz", 98: "PPMd",
}  # fmt: skip
_SLACK = 128  # most extra fields before a member are shorter
_MOST_BYTES = 1 << 30
_MOST_LABEL_BYTES = 1 << 22
_MOST_FIELD_BYTES = 1 << 16
_MOST_FIELDS = 64


@dataclass(slots=True)
class _ZipSample:
    """The members with one key that lie one behind the other in the directory."""

    key: str
    record: int
    kinds: set[str]
    image: ZipMember | None = None
    label: Hashable | None = None
    label_rank: int = 0


def kinds(blob: Blob) -> set[str]:
    """Of the members that belong to samples, as many as an error names."""
    found: set[str] = set()
    with contextlib.suppress(BadFile, NoZipError):
        for member in directory(blob):
            found.add(split(member.name)[1])
            if len(found) > MOST_KINDS:
                break
    return found - {""}


def entries(blob: Blob, choice: Choice) -> Iterator[Entry]:
    """See `ContainerFormat.entries`."""
    try:
        yield from _entries(directory(blob), blob, choice)
    except NoZipError:
        raise SourceError(
            f"{blob.location} is no zip file: it does not end with a directory of members{mistaken(blob)}"
        ) from None
    except BadFile as bad:
        if bad.kind is ProblemKind.TRUNCATED:
            yield from _entries(leftovers(blob), blob, choice)
        yield Entry("", fault=bad.reason, kind=bad.kind)


def read(blob: Blob, entry: Entry) -> bytes:
    """See `ContainerFormat.read`."""
    if entry.offset == entry.record:
        return _unpacked(blob, _header(blob, entry.record))
    return _data(blob, entry.offset, entry.length, len(entry.name))


def read_checked(blob: Blob, entry: Entry) -> bytes:
    """See `ContainerFormat`. Of a stored member; what is unpacked is always compared."""
    if entry.offset == entry.record:
        return read(blob, entry)
    member, at = _member(blob, entry.offset, entry.length, len(entry.name))
    data = member[at : at + entry.length]
    checksum = stored_checksum(member, at + entry.length)
    if checksum is not None and zlib.crc32(data) != checksum:
        reason = "It does not have the checksum that the zip file has of it: some of its bytes have changed."
        raise BadFile(ProblemKind.DAMAGED, reason)
    return data


def fields(blob: Blob, entry: Entry) -> dict[str, Any]:
    """See `ContainerFormat.fields`."""
    found: dict[str, Any] = {}
    window, at = Window(blob), entry.record
    own_key, own_kind = split(entry.name)
    seen: set[str] = set()
    while (member := member_at(window, at)) is not None:
        key, kind = split(member.name)
        if kind and (key != own_key or kind in seen or len(found) >= _MOST_FIELDS):
            break
        seen.add(kind)
        if kind and kind != own_kind:
            small = member.size <= _MOST_FIELD_BYTES
            found[kind] = shown(kind, _content(blob, member) if small else None, member.size)
        at = member.end if member.header != member.start else member.end + member.stored_bytes
    return found


def beside(blob: Blob) -> Iterator[tuple[int, bytes]]:
    """See `ContainerFormat`: the members that are JSON. Which member's header a sample's record is, is not known."""
    own_key, kinds_of_key, headers, content = "", set[str](), list[int](), b""
    with contextlib.suppress(BadFile, NoZipError):  # the scan and the loader report them
        for member in directory(blob):
            key, kind = split(member.name)
            if not kind:
                continue
            if key != own_key or kind in kinds_of_key:
                yield from ((header, content) for header in headers if content)
                own_key, kinds_of_key, headers, content = key, set(), [], b""
            kinds_of_key.add(kind)
            headers.append(member.header)
            if kind == "json" and 0 < member.size <= MOST_JSON_BYTES:
                content = _content(blob, member)
    yield from ((header, content) for header in headers if content)


def _entries(members: Iterator[ZipMember], blob: Blob, choice: Choice) -> Iterator[Entry]:
    sample: _ZipSample | None = None
    for member in members:
        key, kind = split(member.name)
        if not kind:
            continue
        if sample is None or sample.key != key or kind in sample.kinds:
            if sample is not None and sample.image is not None:
                yield _entry(sample, sample.image)
            sample = _ZipSample(key, member.header, set())
        sample.kinds.add(kind)
        if is_image(kind, choice):
            if sample.image is None or ("." in split(sample.image.name)[1] and "." not in kind):
                sample.image = member
        elif kind in ("json", choice.label.lower() or "cls") and 0 < member.size <= _MOST_LABEL_BYTES:
            rank, label = label_of(kind, _content(blob, member), choice)
            if rank > sample.label_rank:
                sample.label, sample.label_rank = label, rank
    if sample is not None and sample.image is not None:
        yield _entry(sample, sample.image)


def _entry(sample: _ZipSample, image: ZipMember) -> Entry:
    fault, kind = "", ProblemKind.UNSUPPORTED
    if image.encrypted:
        fault = "It is encrypted: unpack the zip file with its password, and pack it without one."
    elif image.link:
        fault = "It is a symbolic link: pack the zip file without --symlinks (-y)."
    elif image.method not in (_STORED, _DEFLATED):
        name = _METHODS.get(image.method, f"a method with the number {image.method}")
        fault = f"It is compressed with {name}: pack the zip file with stored or deflated members."
    elif image.size > _MOST_BYTES:
        fault, kind = f"It has {image.size:,} bytes, more than any image.", ProblemKind.TOO_LARGE
    elif image.method == _STORED and image.size != image.stored_bytes:
        fault, kind = "It has two different sizes in the directory of the zip file.", ProblemKind.DAMAGED
    if image.method == _STORED and image.start != sample.record:
        return Entry(image.name, image.start, image.size, sample.record, sample.label, fault, kind)
    return Entry(image.name, image.header, image.size, image.header, sample.label, fault, kind)


def _header(blob: Blob, offset: int) -> ZipMember:
    member = member_at(Window(blob), offset)
    if member is None:
        raise _not_there(offset)
    return member


def _content(blob: Blob, member: ZipMember) -> bytes:
    """A small member beside the image; b"" where it cannot be read."""
    if member.encrypted or member.method not in (_STORED, _DEFLATED):
        return b""
    try:
        return _unpacked(blob, member)
    except BadFile:
        return b""


def _unpacked(blob: Blob, member: ZipMember) -> bytes:
    data = _data(blob, member.start, member.stored_bytes, len(member.name))
    if member.method == _STORED:
        return data
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        # In one piece, as far as it may go: the size in the directory decides nothing but where to stop.
        content = unpacker.decompress(data, member.size + 1)
    except zlib.error:
        raise BadFile(ProblemKind.DAMAGED, "Its compressed data in the zip file are damaged.") from None
    if len(content) != member.size or zlib.crc32(content) != member.crc:
        raise BadFile(ProblemKind.DAMAGED, "What is unpacked from the zip file does not have the checksum given there.")
    return content


def _data(blob: Blob, start: int, length: int, name_length: int) -> bytes:
    """What lies behind the header at `start`."""
    member, at = _member(blob, start, length, name_length)
    return member[at : at + length]


def _member(blob: Blob, start: int, length: int, name_length: int) -> tuple[bytes, int]:
    """A member with its header and what may be behind it, and where in that its data begin. One read is almost always
    enough.
    """
    if start + LOCAL_BYTES + length > blob.size:
        raise BadFile(ProblemKind.TRUNCATED, f"The zip file ends at byte {blob.size:,}, within the sample: it is cut.")
    ahead = min(LOCAL_BYTES + 3 * name_length + _SLACK + length, blob.size - start)
    found = blob.read(start, ahead)
    at = data_offset(found)
    if at is None:
        raise _not_there(start)
    if at + length > len(found):
        found += blob.read(start + len(found), at + length - len(found))
    return found, at


def _not_there(offset: int) -> BadFile:
    reason = f"The zip file has no member at byte {offset:,}, where its directory says: it is damaged."
    return BadFile(ProblemKind.DAMAGED, reason)
