"""`Chunk`: some files in a row, with all that a worker anywhere needs to check them."""

from typing import NamedTuple

from inspector.scan.check_settings import CheckSettings
from inspector.sources.containers.location import text_of
from inspector.sources.containers.reader import ContainerReader

_PARTS = 8


class ChunkSettings(NamedTuple):
    """How to check; the same in each chunk. See `CheckFiles`."""

    checks: CheckSettings
    max_pixels: int
    max_bytes: int | None


class Chunk(NamedTuple):
    """A record: no callable, and small to send.

    Attributes:
        first: number of the first file in the index. files: how many there are.
        settings: how to check them.
        paths: of files, absolute; () for samples of containers.
        reader: of those samples, and of no others; its numbers start at 0.
        known_files: paths that were there before the first chunk: a worker that cannot see them has not the same disks.
    """

    first: int
    files: int
    settings: ChunkSettings
    paths: tuple[str, ...] = ()
    reader: ContainerReader | None = None
    known_files: tuple[str, ...] = ()

    def names(self) -> tuple[str, ...]:
        """Of each file its path, of each sample its location."""
        return self.paths if self.reader is None else tuple(map(self._location, range(self.files)))

    def _location(self, i: int) -> str:
        assert self.reader is not None
        number, inside = self.reader.place(i)
        container = self.reader.containers[number]
        entries = container.entries
        return text_of(container.format, entries.name(inside), entries.repeat(inside), container.location)

    def split(self) -> "list[Chunk]":
        """In up to eight parts, each with one file at least."""
        size = -(-self.files // _PARTS)
        return [self.part(start, min(start + size, self.files)) for start in range(0, self.files, size)]

    def part(self, start: int, stop: int) -> "Chunk":
        """Some of its files, counted from its first one."""
        reader = part_of(self.reader, range(start, stop)) if self.reader is not None else None
        paths = self.paths[start:stop]
        return self._replace(first=self.first + start, files=stop - start, paths=paths, reader=reader)


def part_of(reader: ContainerReader, samples: range) -> ContainerReader:
    """A reader of these samples alone: it has their entries, and nothing of the others."""
    from inspector.sources.containers.packed_entries import EntryPacker, PackedEntries

    parts: list[tuple[int, EntryPacker]] = []
    for i in samples:
        number, inside = reader.place(i)
        if not parts or parts[-1][0] != number:
            parts.append((number, EntryPacker()))
        parts[-1][1].add(reader.containers[number].entries.entry(inside))
    return ContainerReader(
        [reader.containers[number]._replace(entries=PackedEntries(each.packed(""), "")) for number, each in parts]
    )
