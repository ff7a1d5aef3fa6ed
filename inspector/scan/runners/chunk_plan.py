"""Which files go together: chunks that take a worker a second or two, fewer files each towards the end."""

import os
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from inspector.scan.runners.chunk import Chunk, ChunkSettings, part_of
from inspector.scan.runners.partial import Partial
from inspector.sources.containers.index import ContainerIndex
from inspector.sources.file_index import FileIndex
from inspector.sources.opening import SampleIndex

_CHUNK_S = 2.0
_LEAST_S = 0.2  # so that what a chunk costs is small
_FIRST_FILES, _MOST_FILES = 16, 4096
_SHARE = 3  # of what is left, divided by the workers, is in a chunk at most: so all of them end at about the same time
_KEPT = 0.7  # of the time a file took before, in the mean


class ChunkPlan:
    """Makes chunks of some ranges of an index when they are asked for.

    Args:
        gaps: the files to check.
        threads: chunks that the cluster takes at a time.
        known_files: see `Chunk`.
    """

    def __init__(
        self,
        index: SampleIndex,
        gaps: Sequence[range],
        settings: ChunkSettings,
        threads: int,
        known_files: tuple[str, ...] = (),
    ) -> None:
        self._index, self._gaps, self._settings = index, gaps, settings
        self._threads, self._known_files = threads, known_files
        self._left = sum(map(len, gaps))
        self._seconds = 0.0  # a file, in the mean
        self._reader = index.reader() if isinstance(index, ContainerIndex) else None
        self._blocks = index.block_starts() if isinstance(index, ContainerIndex) else None

    def note(self, partial: Partial) -> None:
        """Learn from what came back how long a file takes."""
        took = partial.seconds / max(1, partial.files)
        self._seconds = self._seconds * _KEPT + took * (1 - _KEPT) if self._seconds else took

    def __iter__(self) -> Iterator[Chunk]:
        for gap in self._gaps:
            at = gap.start
            while at < gap.stop:
                stop = _to_block(self._blocks, at, min(gap.stop, at + self._files()), gap.stop)
                yield self._chunk(range(at, stop))
                self._left -= stop - at
                at = stop

    def _files(self) -> int:
        fitting, least = _FIRST_FILES, 1
        if self._seconds:
            fitting, least = int(_CHUNK_S / self._seconds), int(_LEAST_S / self._seconds)
        share = -(-self._left // (_SHARE * max(1, self._threads)))
        return max(1, min(max(least, min(fitting, share)), _MOST_FILES))

    def _chunk(self, files: range) -> Chunk:
        if self._reader is not None:
            reader = part_of(self._reader, files)
            return Chunk(files.start, len(files), self._settings, reader=reader, known_files=self._known_files)
        assert isinstance(self._index, FileIndex)
        paths = tuple(self._index.absolutes(files))
        return Chunk(files.start, len(files), self._settings, paths, known_files=self._known_files)


def _to_block(blocks: npt.NDArray[np.int64] | None, start: int, stop: int, end: int) -> int:
    """Where the block ends in which the chunk would: a block is read as a whole."""
    if blocks is None or stop >= end:
        return stop
    following = blocks[np.searchsorted(blocks, stop)] if stop <= blocks[-1] else end
    return int(min(following, end, start + _MOST_FILES))


_LANDMARKS = 16


def known_files_of(index: SampleIndex) -> tuple[str, ...]:
    """Some files or containers that this machine can read, from the whole of the index: all workers must, too."""
    if isinstance(index, ContainerIndex):
        paths = [*index.files()]
        chosen = paths[:: max(1, len(paths) // _LANDMARKS)]
    else:
        chosen = [index.absolute(i) for i in range(0, len(index), max(1, len(index) // _LANDMARKS))]
    return tuple(os.path.abspath(path) for path in dict.fromkeys(chosen) if os.access(path, os.R_OK))
