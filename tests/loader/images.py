"""Data sets of small images. Each worker imports this module: it must not take long."""

import os
import signal
import threading
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.formats.decode import BadFile
from inspector.formats.problems import ProblemKind


class Numbers:
    """Sample `i` is an image of 3 x 4 pixels full of i, and its label."""

    def __init__(self, length: int = 20, dtype: str = "uint8") -> None:
        self.length = length
        self.dtype = dtype

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Any:
        return np.full((3, 4, 3), index, self.dtype), index * 10


class Faulty(Numbers):
    """Some samples are unavailable."""

    def path(self, index: int) -> str:
        return f"record {index}"

    def __getitem__(self, index: int) -> Any:
        if index == 3:
            raise KeyError("no such record")
        if index == 5:
            raise BadFile(ProblemKind.TRUNCATED, "the record stops early")
        if index == 7 and os.path.exists(os.environ.get("MAY_CRASH", "")):
            os.kill(os.getpid(), signal.SIGSEGV)
        return super().__getitem__(index)


class Shapes(Numbers):
    """Sample 12 is not like the others."""

    def __init__(self, odd: Any) -> None:
        super().__init__()
        self.odd = odd

    def __getitem__(self, index: int) -> Any:
        return self.odd if index == 12 else super().__getitem__(index)


class Unsendable(Numbers):
    """Holds what cannot be pickled."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()


class UnsendableLabels(Numbers):
    """Its labels cannot be pickled."""

    def __getitem__(self, index: int) -> Any:
        return np.zeros((2, 2, 3), np.uint8), threading.Lock() if index == 2 else index


def reverse_bytes(path: str) -> tuple[npt.NDArray[np.uint8], str]:
    """A format of our own: the bytes of the file, as an image of one row."""
    data = np.fromfile(path, np.uint8)[::-1]
    return data[: len(data) // 3 * 3].reshape(1, -1, 3), os.path.basename(path)
