"""Many names in little memory: no Python object a name, but one block of bytes and arrays of numbers."""

import sys
import zlib
from array import array
from collections.abc import Iterator
from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt


class PackedStrings:
    """Byte strings, end to end in one block of memory, and where each of them ends."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._ends = array("Q")

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, i: int) -> bytes:
        start = self._ends[i - 1] if i else 0
        return bytes(self._text[start : self._ends[i]])

    def __iter__(self) -> Iterator[bytes]:
        return map(self.__getitem__, range(len(self)))

    def some(self, which: range) -> Iterator[bytes]:
        """Those in a row."""
        if not which:
            return
        start = self._ends[which.start - 1] if which.start else 0
        ends = self._ends[which.start : which.stop]
        text = bytes(self._text[start : ends[-1]])
        for begin, end in pairwise((start, *ends)):
            yield text[begin - start : end - start]

    def extend(self, strings: list[bytes]) -> None:
        ends = accumulate(map(len, strings), initial=len(self._text))
        next(ends)  # where the first one starts
        self._ends.extend(ends)
        self._text += b"".join(strings)

    def block(self) -> bytearray:
        """All strings, end to end. Not to be changed."""
        return self._text

    def ends(self) -> bytes:
        """Where each of them ends, 8 bytes each."""
        return self._ends.tobytes()

    def checksum(self, value: int = 0) -> int:
        """CRC-32 of all strings, going on from `value`."""
        return zlib.crc32(self._ends, zlib.crc32(self._text, value))

    @property
    def nbytes(self) -> int:
        return sys.getsizeof(self._text) + sys.getsizeof(self._ends)


class PackedFiles:
    """File names, and for each the number of its folder: the path up to the name, with the separator."""

    def __init__(self) -> None:
        self.folders = PackedStrings()
        self._names = PackedStrings()
        self._folder_of = array("I")

    def __len__(self) -> int:
        return len(self._names)

    def path(self, i: int) -> bytes:
        return self.folders[self._folder_of[i]] + self._names[i]

    def parts(self, files: range) -> Iterator[tuple[bytes, bytes]]:
        """The folder and the name of each of some files in a row."""
        folders = self.folders.__getitem__
        number, folder = -1, b""
        for i, name in zip(files, self._names.some(files), strict=True):
            if self._folder_of[i] != number:
                number = self._folder_of[i]
                folder = folders(number)
            yield folder, name

    def folder_numbers(self) -> npt.NDArray[np.uint32]:
        """(files,) the folder of each, without a copy; while this is held, no file can be added."""
        return np.frombuffer(self._folder_of, np.dtype(f"u{self._folder_of.itemsize}"))

    def add_folder(self, folder: bytes) -> int:
        """Returns the folder's number."""
        self.folders.extend([folder])
        return len(self.folders) - 1

    def folder_number(self, folder: bytes) -> int:
        """The number of a folder that was added last, or of a new one."""
        if len(self.folders) and self.folders[len(self.folders) - 1] == folder:
            return len(self.folders) - 1
        return self.add_folder(folder)

    def extend(self, names: list[bytes], folders: "array[int]") -> None:
        """Add files, and the number of the folder of each."""
        self._names.extend(names)
        self._folder_of.extend(folders)

    def checksum(self, root_bytes: int) -> int:
        """CRC-32 of all paths from the root on, which is the first `root_bytes` of every folder."""
        value = 0
        for folder in self.folders:
            value = zlib.crc32(folder[root_bytes:] + b"\0", value)
        return self._names.checksum(zlib.crc32(self._folder_of, value))

    @property
    def nbytes(self) -> int:
        return self.folders.nbytes + self._names.nbytes + sys.getsizeof(self._folder_of)
