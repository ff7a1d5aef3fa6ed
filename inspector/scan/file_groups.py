"""Small files in groups: what is done once for each item that goes to a worker is then done once for several files."""

import os
from collections.abc import Sequence
from typing import NamedTuple, Self, overload

from inspector.sources.containers.index import ContainerIndex
from inspector.sources.file_index import FileIndex
from inspector.sources.opening import SampleIndex

_GROUP_BYTES = 1 << 20  # about 10 ms of decoding
_REMOTE_GROUP_BYTES = 1 << 24  # they are read together
_MOST_FILES = 16
_LEAST_GROUPS = 32  # so that all workers have some to the end
_LOOKED_AT = 16  # files, for their mean size


class FileGroup(NamedTuple):
    """Some files in a row. `first`: the number of the first one in the index."""

    first: int
    paths: tuple[str, ...]


class FileGroups(Sequence[FileGroup]):
    """Paths of an index's files, or locations of its samples, some in a row in each item."""

    def __init__(self, index: SampleIndex, files: range, size: int) -> None:
        self.files, self.size = files, size
        self._index = index
        relative = isinstance(index, FileIndex) and len(index) and not os.path.isabs(index.path(0))
        self._folder = os.path.abspath(os.curdir) if relative else ""

    @classmethod
    def of(cls, index: SampleIndex, files: range) -> Self:
        """These files, in groups of a size that suits theirs."""
        sizes = [_file_bytes(index, file) for file in files[:: max(1, len(files) // _LOOKED_AT)]]
        remote = isinstance(index, ContainerIndex) and index.reader().is_remote
        fit = (_REMOTE_GROUP_BYTES if remote else _GROUP_BYTES) * len(sizes) // max(1, sum(sizes))
        return cls(index, files, max(1, min(fit, _MOST_FILES, len(files) // _LEAST_GROUPS)))

    def first(self, i: int) -> int:
        """The number in the index of the first file of group `i`."""
        return self.files.start + i * self.size

    def one_by_one(self, i: int) -> "FileGroups":
        """The files of group `i`, each for itself."""
        start = i * self.size
        return FileGroups(self._index, self.files[start : start + self.size], 1)

    def __len__(self) -> int:
        return -(-len(self.files) // self.size)

    @overload
    def __getitem__(self, i: int) -> FileGroup: ...
    @overload
    def __getitem__(self, i: slice) -> list[FileGroup]: ...
    def __getitem__(self, i: int | slice) -> FileGroup | list[FileGroup]:
        if isinstance(i, slice):
            return [self[each] for each in range(*i.indices(len(self)))]
        if not 0 <= i < len(self):
            raise IndexError(i)
        files = self.files[i * self.size : (i + 1) * self.size]
        return FileGroup(files.start, tuple(os.path.join(self._folder, self._index.path(file)) for file in files))


def _file_bytes(index: SampleIndex, file: int) -> int:
    if isinstance(index, ContainerIndex):
        return index.file_bytes(file)
    try:
        return os.stat(index.path(file)).st_size
    except OSError:  # a worker finds out why
        return 0
