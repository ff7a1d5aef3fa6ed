"""Sizes and orientations of images, from the first bytes of their files: of a few, where they are files here."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from inspector.files import read_regular
from inspector.formats.headers import peek
from inspector.sources.file_index import FileIndex
from inspector.sources.opening import SampleIndex

MOST_FILES = 2_000  # that are looked at without being asked for one by one
_HEAD_BYTES = 1 << 18

Looked = tuple[int, tuple[int, int], int]  # number, width and height of the upright image, orientation


class ImageHeaders:
    """Looks at a file when it is first asked for. Of samples in containers nothing is known. One thread at a time."""

    def __init__(self, index: SampleIndex) -> None:
        self._index = index if isinstance(index, FileIndex) else None
        self._known: dict[int, tuple[tuple[int, int], int]] = {}

    def orientation(self, number: int) -> int:
        """EXIF orientation of an image, 1 to 8; 1 where it is not known."""
        return self._look(number)[1]

    def looked_at(self, numbers: Sequence[int], over: Callable[[], bool]) -> Iterator[Looked]:
        """Size and orientation of some of these images, spread evenly; `over`: asked before each, True ends it."""
        if self._index is None:
            return
        step = max(1, -(-len(numbers) // MOST_FILES))
        for number in numbers[::step]:
            if over():
                return
            size, orientation = self._look(number)
            if all(size):
                yield number, size, orientation

    def sizes(self, numbers: npt.NDArray[np.int64], images: int, over: Callable[[], bool]) -> npt.NDArray[np.int32]:
        """(images, 2) width and height in pixels of some of these images; 0: not looked at, or not known."""
        sizes = np.zeros((images, 2), np.int32)
        for number, size, _ in self.looked_at(numbers.tolist(), over):
            sizes[number] = size
        return sizes

    def _look(self, number: int) -> tuple[tuple[int, int], int]:
        if self._index is None:
            return (0, 0), 1
        if number not in self._known:
            header = peek(_head(self._index.path(number)))
            self._known[number] = ((header.width, header.height), header.orientation) if header else ((0, 0), 1)
        return self._known[number]


def _head(path: str) -> bytes:
    """The first bytes of a regular file; b"" where it cannot be read."""
    try:
        return read_regular(path, _HEAD_BYTES, first=_HEAD_BYTES)
    except OSError:
        return b""
