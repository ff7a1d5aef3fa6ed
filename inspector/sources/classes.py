"""Classes of files, which are the names of their folders."""

import os
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from inspector.sources.walk import SEPARATOR

_CHUNK = 1 << 20


class ClassTable:
    """The class of each file as a number, which is its position in `FileIndex.classes`; -1: it has none.

    Attributes:
        sizes: (classes,) the number of files of each.
    """

    def __init__(
        self, classes: int, class_of_folder: npt.NDArray[np.int32], folder_of_file: npt.NDArray[np.uint32]
    ) -> None:
        self._class_of_folder = class_of_folder
        self._folder_of_file = folder_of_file
        files_in_folder = np.zeros(len(class_of_folder), np.int64)
        for start in range(0, len(folder_of_file), _CHUNK):  # bincount makes a copy twice as large
            chunk = folder_of_file[start : start + _CHUNK]
            files_in_folder += np.bincount(chunk, minlength=len(class_of_folder))
        has_one = class_of_folder >= 0
        self.sizes = np.bincount(class_of_folder[has_one], files_in_folder[has_one], classes).astype(np.int64)

    def of(self, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
        """(n,) files' positions in the index -> (n,) the class of each."""
        return self._class_of_folder[self._folder_of_file[indices]]


def common_folder(folders: Iterable[bytes]) -> bytes:
    """The longest path that starts them all, up to and with a separator; empty where there is none."""
    ordered = sorted(folders)  # what the first and the last have in common, all have
    if not ordered:
        return b""
    first, last = ordered[0], ordered[-1]
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[: first.rfind(SEPARATOR, 0, length) + 1]


def first_folder(relative: bytes) -> bytes:
    """The first of a relative path's folders; empty where the path is a bare name."""
    first, separator, _ = relative.partition(SEPARATOR)
    return first if separator else b""


def class_names(root: bytes, folders: Iterable[bytes]) -> tuple[str, ...]:
    names = set()
    for folder in folders:
        name = first_folder(folder[len(root) :])
        if name in (b"", b".", b"..") or (not root and os.path.isabs(folder)):
            return ()
        names.add(name)
    return tuple(map(os.fsdecode, sorted(names)))
