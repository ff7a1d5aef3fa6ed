"""The shared memory that images are written into, and who may use which part of it.

The parent owns one `Arena`: a memory file that has no name, so that the kernel frees it with the last process. It is
as large as `memory_limit_bytes` allows but sparse: only what is in use takes memory. Its first pages hold a progress
cell for each worker; the rest is handed out in `Slot`s. A slot holds the cells of one batch, or a single image.
Workers map the arena and write where their task says; they never allocate. A slot is acquired by `SlotAssignment`,
filled by workers, published with its batch, released when the last array that views it is gone.
"""

import contextlib
import mmap
import os
import struct
import sys
import time
from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate
from multiprocessing import reduction
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.errors import LoaderClosedError
from inspector.files import memory_file
from inspector.loader.workers.messages import NO_SAMPLE
from inspector.resource_limits import MAX_WORKERS
from inspector.sources.structure import ArrayForm

_GENERIC_READ, _GENERIC_WRITE = 0x80000000, 0x40000000  # as Windows has them
_PROGRESS = struct.Struct("<qd")  # sample id, time.monotonic() when it was begun
_PROGRESS_BYTES = 64  # a cache line each, so that workers do not slow each other
HEADER_BYTES = MAX_WORKERS * _PROGRESS_BYTES
ALIGNMENT = 64
_GROWTH_BYTES = 1 << 24
_ROOMY = 3
_FEW_RANGES = 64

Forms = tuple[ArrayForm, ...]


def above_standard(fd: int) -> int:
    """The same file under a descriptor that is not 0, 1 or 2, which a child process gets others for.

    They are free where a program has closed its own, as daemons do.
    """
    if fd > 2 or sys.platform == "win32":
        return fd
    import fcntl

    higher = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3)
    os.close(fd)
    return higher


class Arena:
    """A mapped memory file, in the parent or in a worker."""

    def __init__(self, fd: int, size: int) -> None:
        self.fd = fd
        self.size = size
        self._memory: mmap.mmap | None = mmap.mmap(fd, size)

    @property
    def memory(self) -> mmap.mmap:
        """The mapped file. It stays mapped for as long as an array views it, whatever becomes of the arena.

        Raises:
            LoaderClosedError: after `close`.
        """
        if self._memory is None:
            raise LoaderClosedError("this loader is closed: make a new one")
        return self._memory

    @classmethod
    def create(cls, capacity: int) -> "Arena":
        """A new arena for slots of `capacity` bytes together.

        It has more room than that where the system allows, because slots are never moved to close gaps.

        Raises:
            OSError: when the system has no memory file or no address space of that size.
        """
        fd = above_standard(memory_file("inspector"))
        try:
            arena = cls._with_room(fd, capacity)
        except BaseException:
            os.close(fd)
            raise
        for worker_id in range(MAX_WORKERS):
            arena.end_sample(worker_id)
        return arena

    @classmethod
    def _with_room(cls, fd: int, capacity: int) -> "Arena":
        sparse = sys.platform != "win32"  # there, every byte of the file is taken from the disk at once
        for room in (_ROOMY * capacity, capacity) if sparse else (capacity,):
            try:
                os.ftruncate(fd, HEADER_BYTES + room)
                return cls(fd, HEADER_BYTES + room)
            except OSError:  # limited address space, or a limit of the size of files
                if room == capacity:
                    raise
        raise AssertionError("unreachable")

    def __reduce__(self) -> tuple[Any, ...]:
        """Sent to a process that is being spawned, it is the same arena there."""
        if sys.platform == "win32":
            import msvcrt

            access = _GENERIC_READ | _GENERIC_WRITE
            return _attach, (reduction.DupHandle(msvcrt.get_osfhandle(self.fd), access), self.size)
        return _attach, (reduction.DupFd(self.fd), self.size)

    def view(self, offset: int, shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """An array of `shape` over the bytes from `offset` on."""
        return np.ndarray(shape, dtype, self.memory, offset)

    def begin_sample(self, worker_id: int, sample_id: int) -> None:
        """Worker: say which sample is being loaded from now on. Survives the worker's death."""
        _PROGRESS.pack_into(self.memory, worker_id * _PROGRESS_BYTES, sample_id, time.monotonic())

    def end_sample(self, worker_id: int) -> None:
        """Say that no sample is being loaded."""
        self.begin_sample(worker_id, NO_SAMPLE)

    def progress(self, worker_id: int) -> tuple[int, float]:
        """Parent: the sample that a worker is at (or NO_SAMPLE), and since when (`time.monotonic()`)."""
        sample_id, since = _PROGRESS.unpack_from(self.memory, worker_id * _PROGRESS_BYTES)
        return sample_id, since

    def commit(self, offset: int, nbytes: int) -> None:
        """Take the pages now, so that a lack of memory is an OSError here and not a SIGBUS in a worker.

        Raises:
            OSError: when the system has no memory left.
        """
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(self.fd, offset, nbytes)

    def discard(self, offset: int, nbytes: int) -> None:
        """Give the pages back to the system; they read as zeros afterwards."""
        if hasattr(mmap, "MADV_REMOVE") and nbytes:
            with contextlib.suppress(OSError):  # only costs memory where the file system cannot do it
                self.memory.madvise(mmap.MADV_REMOVE, offset, nbytes)

    def close(self) -> None:
        """Close the descriptor. The mapping itself ends with the last array that views it."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
        self._memory = None  # not mmap.close(): NumPy does not inform mmap of the arrays that view it


def _attach(duplicate: Any, size: int) -> Arena:
    if sys.platform == "win32":
        import msvcrt

        return Arena(msvcrt.open_osfhandle(duplicate.detach(), os.O_RDWR), size)
    return Arena(duplicate.detach(), size)


def aligned(nbytes: int) -> int:
    """Bytes up to where something else may begin."""
    return -(-nbytes // ALIGNMENT) * ALIGNMENT


def places_in_row(offset: int, forms: Forms, cells: int = 1) -> tuple[int, ...]:
    """Where the first array of so many samples begins, then the second of each, and so on, from `offset` on."""
    if len(forms) < 2:  # most samples: fast
        return (offset,) if forms else ()
    return tuple(accumulate((aligned(cells * form.nbytes) for form in forms[:-1]), initial=offset))


@lru_cache(maxsize=256)
def bytes_in_row(forms: Forms) -> int:
    """What a place of its own takes."""
    return sum(aligned(form.nbytes) for form in forms)


class Slot:
    """A piece of the arena: a place of its own for one sample, or `cells` places for those of a batch.

    The arrays of a batch lie side by side: first the first array of each cell, then the second of each, and so on.

    Attributes:
        forms: of the arrays in a cell; (): the slot is for one sample, whatever it is made of.
        occupants: per cell, the id of the sample that is or will be written there, or None.
        planned: a batch will be formed here, so it stays even while it is empty.
    """

    __slots__ = ("_sizes", "cells", "forms", "live", "nbytes", "occupants", "offset", "planned", "starts")

    def __init__(self, offset: int, nbytes: int, cells: int, forms: Forms, *, planned: bool) -> None:
        self.offset = offset
        self.nbytes = nbytes
        self.cells = cells
        self.forms = forms
        self._sizes = tuple([form.nbytes for form in forms])
        self.starts = places_in_row(offset, forms, cells)
        self.occupants: list[int | None] = [None] * cells
        self.live = 0
        self.planned = planned

    def occupy(self, cell: int, sample_id: int) -> None:
        """Reserve a free cell."""
        self.occupants[cell] = sample_id
        self.live += 1

    def vacate(self, cell: int) -> None:
        """Give a cell up."""
        self.occupants[cell] = None
        self.live -= 1

    @property
    def first_bytes(self) -> int:
        """Of the first array in a cell."""
        return self._sizes[0]

    def place_of_first(self, cell: int) -> int:
        """Where the first array of the cell begins in the arena."""
        return self.offset + cell * self._sizes[0]

    def places(self, cell: int) -> tuple[int, ...]:
        """Where each array of the cell begins."""
        return tuple(start + cell * size for start, size in zip(self.starts, self._sizes, strict=True))


class SlotPool:
    """Hands out slots of an arena. Not thread-safe: the supervisor's lock guards it.

    Free space is a sorted list of ranges within a limit that grows only when nothing fits, so little more memory is
    touched than is in use. When there are many ranges the search continues where the last one ended, as in a ring.
    """

    def __init__(self, arena: Arena, capacity: int) -> None:
        self._arena = arena
        self.capacity = capacity
        self.used_bytes = 0
        self._starts: list[int] = []
        self._sizes: dict[int, int] = {}
        self._limit = HEADER_BYTES  # end of the part in use
        self._next = 0
        self._discarded = False  # some free pages were given back to the system

    def acquire_batch(self, cells: int, forms: Forms) -> Slot | None:
        """A slot for a batch of `cells` samples that are to be formed there, or None when there is no room now."""
        nbytes = sum(aligned(cells * form.nbytes) for form in forms)
        return self._acquire(max(nbytes, ALIGNMENT), cells, forms, planned=True)

    def acquire(self, nbytes: int) -> Slot | None:
        """A slot for one sample, or None when there is no room now."""
        return self._acquire(aligned(max(nbytes, 1)), 1, (), planned=False)

    def _acquire(self, nbytes: int, cells: int, forms: Forms, *, planned: bool) -> Slot | None:
        if self.used_bytes + nbytes > self.capacity:
            return None
        offset = self._find(nbytes)
        if offset is None:
            return None
        if self._discarded:
            self._arena.commit(offset, nbytes)
        self.used_bytes += nbytes
        return Slot(offset, nbytes, cells, forms, planned=planned)

    def trim(self, slot: Slot, nbytes: int) -> None:
        """Give back what a slot for one sample has beyond `nbytes`."""
        keep = aligned(max(nbytes, 1))
        if keep < slot.nbytes:
            self._put_back(slot.offset + keep, slot.nbytes - keep)
            self.used_bytes -= slot.nbytes - keep
            slot.nbytes = keep

    def release(self, slot: Slot) -> None:
        """Give a slot back; nothing may use it any more."""
        self.used_bytes -= slot.nbytes
        self._put_back(slot.offset, slot.nbytes)
        slot.nbytes = 0

    def copy(self, source: int, destination: int, nbytes: int) -> None:
        """Copy bytes within the arena; the two parts do not overlap."""
        np.copyto(self._arena.view(destination, (nbytes,), "uint8"), self._arena.view(source, (nbytes,), "uint8"))

    def give_back_free_pages(self) -> None:
        """Return all memory that is not in use to the system."""
        page = mmap.PAGESIZE
        for start in self._starts:
            first = -(-start // page) * page
            end = (start + self._sizes[start]) // page * page
            if end > first:
                self._arena.discard(first, end - first)
        self._discarded = True
        self._next = 0

    def _find(self, nbytes: int) -> int | None:
        count = len(self._starts)
        first = self._next if count > _FEW_RANGES else 0  # low places first keeps slots together
        for step in range(count):
            position = (first + step) % count
            start = self._starts[position]
            size = self._sizes[start]
            if size >= nbytes:
                self._next = position
                self._take(position, start, size, nbytes)
                return start
        return self._grow(nbytes)

    def _take(self, position: int, start: int, size: int, nbytes: int) -> None:
        del self._sizes[start]
        if size == nbytes:
            del self._starts[position]
        else:
            self._starts[position] = start + nbytes
            self._sizes[start + nbytes] = size - nbytes

    def _grow(self, nbytes: int) -> int | None:
        """Extend the part in use so far that `nbytes` fit at its end."""
        start = self._limit
        if self._starts and self._starts[-1] + self._sizes[self._starts[-1]] == self._limit:
            start = self._starts[-1]
        if start + nbytes > self._arena.size:
            return None
        if self._limit > HEADER_BYTES + self.capacity:
            self.give_back_free_pages()  # so scattered that none fits: take no more memory than was asked for
        spare = min(_GROWTH_BYTES, self._arena.size - start - nbytes)
        end = -(-(start + nbytes + spare) // mmap.PAGESIZE) * mmap.PAGESIZE
        end = min(end, self._arena.size)
        try:
            self._arena.commit(self._limit, end - self._limit)
        except OSError:
            return None
        old_limit, self._limit = self._limit, end
        self._put_back(old_limit, end - old_limit)
        position = bisect_left(self._starts, start)
        self._take(position, start, self._sizes[start], nbytes)
        self._next = min(position, max(len(self._starts) - 1, 0))
        return start

    def _put_back(self, start: int, size: int) -> None:
        position = bisect_left(self._starts, start)
        if position < len(self._starts) and self._starts[position] == start + size:
            size += self._sizes.pop(self._starts.pop(position))
        if position > 0:
            before = self._starts[position - 1]
            if before + self._sizes[before] == start:
                self._sizes[before] += size
                return
        self._starts.insert(position, start)
        self._sizes[start] = size
