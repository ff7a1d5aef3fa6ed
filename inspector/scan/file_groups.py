"""Small files in groups: what is done once for each item that goes to a worker is then done once for several files."""

import os
from collections.abc import Sequence
from typing import Self, overload

from inspector.sources.file_index import FileIndex

_GROUP_BYTES = 1 << 20  # about 10 ms of decoding
_MOST_FILES = 16
_LEAST_GROUPS = 32  # so that all workers have some to the end
_LOOKED_AT = 16  # files, for their mean size


class FileGroups(Sequence[tuple[str, ...]]):
    """Paths of an index's files, some in a row in each item."""

    def __init__(self, index: FileIndex, files: range, size: int) -> None:
        self.files, self.size = files, size
        self._index = index
        self._folder = os.path.abspath(os.curdir) if len(index) and not os.path.isabs(index.path(0)) else ""

    @classmethod
    def of(cls, index: FileIndex, first: int) -> Self:
        """The files from `first` on, in groups of a size that suits theirs."""
        files = range(first, len(index))
        sizes = [_file_bytes(index.path(file)) for file in files[:: max(1, len(files) // _LOOKED_AT)]]
        fit = _GROUP_BYTES * len(sizes) // max(1, sum(sizes))
        return cls(index, files, max(1, min(fit, _MOST_FILES, len(files) // _LEAST_GROUPS)))

    def one_by_one(self, i: int) -> "FileGroups":
        """The files of group `i`, each for itself."""
        start = i * self.size
        return FileGroups(self._index, self.files[start : start + self.size], 1)

    def __len__(self) -> int:
        return -(-len(self.files) // self.size)

    @overload
    def __getitem__(self, i: int) -> tuple[str, ...]: ...
    @overload
    def __getitem__(self, i: slice) -> list[tuple[str, ...]]: ...
    def __getitem__(self, i: int | slice) -> tuple[str, ...] | list[tuple[str, ...]]:
        if isinstance(i, slice):
            return [self[each] for each in range(*i.indices(len(self)))]
        if not 0 <= i < len(self):
            raise IndexError(i)
        files = self.files[i * self.size : (i + 1) * self.size]
        return tuple(os.path.join(self._folder, self._index.path(file)) for file in files)


def _file_bytes(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:  # a worker finds out why
        return 0
