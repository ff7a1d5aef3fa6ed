"""Loads of which the right answer is known: a data set of small images that take as long as one says, for the reason
that one says. All state is in the objects and in one small file, so that workers of every kind can share it."""

import fcntl
import mmap
import os
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_CLOCK = struct.Struct("<d")


@dataclass(frozen=True)
class Work:
    """What one image takes: waiting that overlaps, CPU, waiting in turn with a lock, reading from a disk that gives so
    many bytes per second to all its readers together; milliseconds each.

    Attributes:
        file: what locks and the disk are shared through; an empty file of 8 bytes.
    """

    wait_ms: float = 0.0
    cpu_ms: float = 0.0
    locked_ms: float = 0.0
    disk_ms: float = 0.0
    file: str = ""

    def do(self) -> None:
        if self.wait_ms:
            time.sleep(self.wait_ms / 1000)
        if self.cpu_ms:
            end = time.thread_time() + self.cpu_ms / 1000
            while time.thread_time() < end:
                pass
        if self.locked_ms:
            self._in_turn(self._hold)
        if self.disk_ms:
            free_at = self._in_turn(self._reserve)
            time.sleep(max(0.0, free_at - time.monotonic()))

    def _in_turn(self, what: Callable[[int], float]) -> float:
        fd = os.open(self.file, os.O_RDWR)  # a lock belongs to the opened file, so each gets its own
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            return what(fd)
        finally:
            os.close(fd)

    def _hold(self, _: int) -> float:
        time.sleep(self.locked_ms / 1000)
        return time.monotonic()

    def _reserve(self, fd: int) -> float:
        """When the disk will have done what others asked for, and this."""
        with mmap.mmap(fd, _CLOCK.size) as memory:
            free_at: float = max(time.monotonic(), _CLOCK.unpack_from(memory)[0]) + self.disk_ms / 1000
            _CLOCK.pack_into(memory, 0, free_at)
        return free_at


@dataclass(frozen=True)
class Load:
    """A data set whose items take `reading`."""

    reading: Work = Work()
    length: int = 1000

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> npt.NDArray[np.uint8]:
        self.reading.do()
        return np.full((8, 8, 3), index % 256, np.uint8)


@dataclass(frozen=True)
class ReadImage:
    """A `read_image` that takes `work` and opens no file."""

    work: Work

    def __call__(self, path: str) -> npt.NDArray[np.uint8]:
        self.work.do()
        return np.zeros((8, 8, 3), np.uint8)


@dataclass(frozen=True)
class Transform:
    """A transform that takes `work` and changes nothing."""

    work: Work

    def __call__(self, rgb: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
        self.work.do()
        return rgb
