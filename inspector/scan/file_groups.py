"""Files by the handful: what a loader does for each sample then is done once for several small files."""

import os
from typing import Self

from inspector.sources.file_index import FileIndex

_HANDFUL_BYTES = 1 << 20  # about 10 ms of decoding
_MOST_FILES = 16
_LEAST_HANDFULS = 32  # so that all workers have some to the end
_LOOKED_AT = 16  # files, for their mean size
_BETWEEN = "\0"  # in no path


class FileGroups:
    """A data set for a `Loader`: each sample is some of an index's files in a row, and its path all their paths.

    Workers need only those, for `ReadImage`: what they get of this object is empty.
    """

    def __init__(self, index: FileIndex, files: range, size: int) -> None:
        self.files, self.size = files, size
        self._index = index
        self._folder = os.path.abspath(os.curdir) if len(index) and not os.path.isabs(index.path(0)) else ""

    @classmethod
    def of(cls, index: FileIndex, first: int) -> Self:
        """The files from `first` on, in handfuls of a size that suits theirs."""
        files = range(first, len(index))
        sizes = [_file_bytes(index.path(file)) for file in files[:: max(1, len(files) // _LOOKED_AT)]]
        fit = _HANDFUL_BYTES * len(sizes) // max(1, sum(sizes))
        return cls(index, files, max(1, min(fit, _MOST_FILES, len(files) // _LEAST_HANDFULS)))

    def one_by_one(self, i: int) -> "FileGroups":
        """The files of sample `i`, each for itself."""
        start = i * self.size
        return FileGroups(self._index, self.files[start : start + self.size], 1)

    def __len__(self) -> int:
        return -(-len(self.files) // self.size)

    def __getitem__(self, i: int) -> str:
        return self.path(i)

    def path(self, i: int) -> str:
        """The paths of sample `i`, as `paths_of` takes them."""
        start = i * self.size
        files = self.files[start : start + self.size]
        return _BETWEEN.join(os.path.join(self._folder, self._index.path(file)) for file in files)

    def __reduce__(self) -> tuple[object, ...]:
        return object, ()


def paths_of(sample: str) -> list[str]:
    """The paths of a sample's files."""
    return sample.split(_BETWEEN)


def _file_bytes(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:  # a worker finds out why
        return 0
