"""The good samples of a tar, member by member, with headers and content as they are."""

import tarfile
from collections.abc import Callable
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from inspector.formats.problems import BadFile
from inspector.sources.containers.blob import Blob
from inspector.sources.containers.members import split
from inspector.sources.containers.packed_entries import PackedEntries
from inspector.sources.containers.tar import Links, grouped
from inspector.sources.containers.tar_headers import BLOCK, TarMember, kind_at, members, padded

_CHUNK_BYTES = 1 << 22
_RECORD_BYTES = 20 * BLOCK  # what a tar's size is a multiple of
_EXTENSIONS = "xgLK"


def write(
    blob: Blob, entries: PackedEntries, kept: npt.NDArray[np.int64], file: BinaryIO, step: Callable[[int], None]
) -> int:
    """Copy the members of all samples but those that are not kept; how many samples there are then.

    Members that belong to no sample are kept. Where the tar is cut, the sample before the cut is left out unless it has
    all that the one before it has.

    Args:
        entries: of the tar; kept: which of them to keep.
        step: called with the bytes of the source that are done; what it raises ends it.

    Raises:
        BadFile, StaleIndexError: where the tar cannot be read.
        OSError: where the file cannot be written.
    """
    return _Copy(blob, entries, kept, file, step).run()


class _Copy:
    def __init__(
        self,
        blob: Blob,
        entries: PackedEntries,
        kept: npt.NDArray[np.int64],
        file: BinaryIO,
        step: Callable[[int], None],
    ) -> None:
        self._blob, self._file, self._step = blob, file, step
        dropped = [i for i in np.setdiff1d(np.arange(len(entries)), kept).tolist() if entries.name_bytes(i)]
        self._dropped = {entries.entry(i).record for i in dropped}
        # Members may lie apart: "0001.cls" behind all images goes with its own.
        keys = {split(entries.name(i))[0] for i in dropped}
        self._dropped_keys = keys - {split(entries.name(i))[0] for i in kept.tolist()} if keys else keys
        self._records = {record for i, record in enumerate(entries.records().tolist()) if entries.name_bytes(i)}
        self._kept = len(kept)
        self._dropped_members: set[int] = set()  # where they start
        self._links = Links(blob)

    def run(self) -> int:
        sample: list[tuple[TarMember, bool]] = []  # of the sample that is looked at, with whether they go with it
        kinds: set[str] = set()
        before: set[str] = set()
        record = -1
        try:
            for member, begin, key, kind in grouped(members(self._blob)):
                self._links.add(member)
                if kind and begin != record:
                    self._end(sample, record)
                    sample, before, kinds, record = [], kinds, set(), begin
                kinds |= {kind} if kind else set()
                sample.append((member, bool(kind) and self._goes(begin, key)))
        except BadFile:
            if record in self._records and record not in self._dropped and before - kinds:
                sample = [(member, True) for member, _ in sample]
                self._kept -= 1
        self._end(sample, record)
        self._file.write(bytes(2 * BLOCK))
        self._file.write(bytes(-self._file.tell() % _RECORD_BYTES))
        return self._kept

    def _goes(self, record: int, key: str) -> bool:
        return record in self._dropped or (key in self._dropped_keys and record not in self._records)

    def _end(self, sample: list[tuple[TarMember, bool]], record: int) -> None:
        for member, goes in sample:
            if goes:
                self._dropped_members.add(member.start)
                self._keep_what_holds_for_all(member)
            elif (target := self._links.target(member)) is not None and target.start in self._dropped_members:
                self._file.write(_as_file(self._blob, member, target))
                self._copy(target.offset, padded(target.size))
            else:
                self._copy(member.start, member.offset + padded(member.size) - member.start)

    def _keep_what_holds_for_all(self, member: TarMember) -> None:
        """A PAX header before a member that is left out may be for all that follow."""
        at = member.start
        while (about := kind_at(self._blob, at))[0] in _EXTENSIONS:
            nbytes = BLOCK + padded(about[1])
            if about[0] == "g":
                self._copy(at, nbytes)
            at += nbytes

    def _copy(self, offset: int, length: int) -> None:
        end = min(offset + length, self._blob.size)  # the last member's padding may be missing
        fill = offset + length - end
        while offset < end:
            part = self._blob.read(offset, min(_CHUNK_BYTES, end - offset))
            self._file.write(part)
            offset += len(part)
            self._step(offset)
        self._file.write(bytes(fill))


def _as_file(blob: Blob, link: TarMember, target: TarMember) -> bytes:
    """The header of a regular file in place of a link to one that is left out."""
    about = tarfile.TarInfo.frombuf(blob.read(link.offset - BLOCK, BLOCK), "utf-8", "surrogateescape")
    about.name, about.size = link.name, target.size
    about.type, about.linkname = tarfile.REGTYPE, ""
    return about.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
