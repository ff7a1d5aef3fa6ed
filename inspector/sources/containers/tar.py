"""Tar files, as WebDataset has them: members whose names differ in their extensions alone are one sample.

The key of a sample is a member's path up to the first dot of the file's name that no number follows, and what comes
after it is what the member is: `n01/0001.jpg`, `n01/0001.cls`, `n01/0001.json`. Members of a sample lie one behind the
other. A tar of a folder of images is the same: each of its samples has one member.
"""

import contextlib
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from inspector.errors import SourceError
from inspector.file_types import TAR_EXTENSIONS
from inspector.formats.problems import BadFile, ProblemKind
from inspector.sources.containers.blob import Blob
from inspector.sources.containers.entry import Choice, Entry
from inspector.sources.containers.members import MOST_JSON_BYTES, MOST_KINDS, is_image, label_of, shown, split
from inspector.sources.containers.mistaken import mistaken
from inspector.sources.containers.tar_headers import NoTarError, TarMember, members

NAME: str = "tar"
SUFFIXES: tuple[str, ...] = TAR_EXTENSIONS  # the compressed ones are refused with what to do
RANDOM_ACCESS: bool = True

_MOST_LABEL_BYTES = 1 << 22
_MOST_FIELD_BYTES = 1 << 16
_MOST_FIELDS = 64
_COMPRESSED = {
    b"\x1f\x8b": ("gzip", "gunzip"),
    b"BZh": ("bzip2", "bunzip2"),
    b"\xfd7zXZ\0": ("xz", "unxz"),
    b"\x28\xb5\x2f\xfd": ("Zstandard", "unzstd"),
    b"\x04\x22\x4d\x18": ("LZ4", "unlz4"),
    b"\x1f\x9d": ("compress", "uncompress"),
}


@dataclass(slots=True)
class _TarSample:
    """The members with one key that lie one behind the other."""

    record: int
    images: list[tuple[str, TarMember]] = field(default_factory=list)
    label: Hashable | None = None
    label_rank: int = 0  # of where it came from: a better place wins


def grouped(found: Iterable[TarMember]) -> Iterator[tuple[TarMember, int, str, str]]:
    """Members with the record of the sample that they belong to, their key and their kind.

    A member without a kind belongs to none, and does not end the sample that it lies in.
    """
    own_key, kinds, record = "", set[str](), -1
    for member in found:
        key, kind = split(member.name)
        if kind and (record < 0 or key != own_key or kind in kinds):
            own_key, kinds, record = key, set(), member.start
        if kind:
            kinds.add(kind)
        yield member, record, key, kind


def kinds(blob: Blob) -> set[str]:
    """Of the members that belong to samples, as many as an error names."""
    found: set[str] = set()
    with contextlib.suppress(BadFile, NoTarError):
        for member in members(blob):
            found.add(split(member.name)[1])
            if len(found) > MOST_KINDS:
                break
    return found - {""}


def entries(blob: Blob, choice: Choice) -> Iterator[Entry]:
    """See `ContainerFormat.entries`."""
    links = Links(blob)
    sample: _TarSample | None = None
    fault: BadFile | None = None
    try:
        for member, record, _, kind in grouped(members(blob)):
            links.add(member)
            if not kind:
                continue
            if sample is None or sample.record != record:
                if sample is not None:
                    yield from _entry(sample, choice, links)
                sample = _TarSample(record)
            if is_image(kind, choice):
                sample.images.append((kind, member))
            _look_for_label(sample, kind, member, blob, choice)
    except NoTarError:
        raise _no_tar(blob) from None
    except BadFile as bad:
        fault = bad
    if sample is not None:
        yield from _entry(sample, choice, links)
    if fault is not None:
        yield Entry("", fault=fault.reason, kind=fault.kind)


def read(blob: Blob, entry: Entry) -> bytes:
    """See `ContainerFormat.read`."""
    return blob.read(entry.offset, entry.length)


def fields(blob: Blob, entry: Entry) -> dict[str, Any]:
    """See `ContainerFormat.fields`."""
    found: dict[str, Any] = {}
    own_kind = split(entry.name)[1]
    for member, record, _, kind in grouped(members(blob, entry.record)):
        if record != entry.record or len(found) >= _MOST_FIELDS:
            break
        if kind and kind != own_kind:
            content = blob.read(member.offset, member.size) if member.size <= _MOST_FIELD_BYTES else None
            found[kind] = shown(kind, content, member.size)
    return found


def beside(blob: Blob) -> Iterator[tuple[int, bytes]]:
    """See `ContainerFormat`: the members that are JSON."""
    with contextlib.suppress(BadFile, NoTarError):  # the scan and the loader report them
        for member, record, _, kind in grouped(members(blob)):
            if kind == "json" and 0 < member.size <= MOST_JSON_BYTES and not member.target:
                yield record, blob.read(member.offset, member.size)


class Links:
    """Where the members are that links lead to. Remembers nothing until there is one."""

    def __init__(self, blob: Blob) -> None:
        self._blob = blob
        self._places: dict[str, TarMember] | None = None

    def add(self, member: TarMember) -> None:
        """The next member."""
        if self._places is not None:
            self._places[member.name] = self.target(member) or member
        elif member.target:
            self._places = {}
            for earlier in members(self._blob):
                if earlier.start > member.start:
                    break
                self._places[earlier.name] = self.target(earlier) or earlier

    def target(self, member: TarMember) -> TarMember | None:
        """What a link leads to; None where that is not there, or it is no link."""
        if not member.target or self._places is None:
            return None
        found = self._places.get(member.target)
        return None if found is None or found.target else found


def _entry(sample: _TarSample, choice: Choice, links: Links) -> Iterator[Entry]:
    if not sample.images:
        return
    plain = [member for kind, member in sample.images if "." not in kind]
    member = (plain or [member for _, member in sample.images])[0]
    content = links.target(member) or member if member.target else member
    fault = ""
    if content.target:
        kind, option = ("symbolic", "--dereference") if content.symbolic else ("hard", "--hard-dereference")
        fault = (
            f"It is a {kind} link to {content.target}, which the tar does not have before it: pack the files again, "
            f"with {option}."
        )
    elif content.sparse:
        fault = "It is stored as a sparse file, with holes: unpack the tar, and pack it without --sparse."
    problem = ProblemKind.UNSUPPORTED if content.sparse else ProblemKind.DAMAGED
    yield Entry(member.name, content.offset, content.size, sample.record, sample.label, fault, problem)


def _look_for_label(sample: _TarSample, kind: str, member: TarMember, blob: Blob, choice: Choice) -> None:
    if kind not in (choice.label.lower() or "cls", "json") or not 0 < member.size <= _MOST_LABEL_BYTES:
        return
    rank, label = label_of(kind, blob.read(member.offset, member.size), choice)
    if rank > sample.label_rank:
        sample.label, sample.label_rank = label, rank


def _no_tar(blob: Blob) -> SourceError:
    head = blob.read(0, min(8, blob.size))
    for signature, (name, command) in _COMPRESSED.items():
        if head.startswith(signature):
            return SourceError(
                f"{blob.location} is compressed ({name}), so that no sample can be read without all before it: unpack "
                f"it once, with {command}, and load the .tar"
            )
    return SourceError(f"{blob.location} is no tar file: it does not begin with the header of a member{mistaken(blob)}")
