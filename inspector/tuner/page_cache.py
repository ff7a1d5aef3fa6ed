"""Whether files lie in memory already (the page cache), and how to drop them from it."""

import errno
import os
from collections.abc import Iterable

_NOT_CACHED = (errno.EAGAIN,)
CAN_DROP = hasattr(os, "posix_fadvise")


def cached_share(paths: Iterable[str]) -> float | None:
    """Share of these files, 0 to 1, that can be read without waiting for a disk; None where that is unknown.

    The first and the last page of each are asked for, on the condition that they are there.
    """
    if not hasattr(os, "preadv") or not hasattr(os, "RWF_NOWAIT"):
        return None
    asked = cached = 0
    for path in paths:
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:  # gone, or not ours to read: no matter here
            continue
        try:
            places = {0, max(0, os.fstat(fd).st_size - 1)}
            here = all(_is_cached(fd, place) for place in places)
        except OSError:  # a file system that does not report it
            return None
        finally:
            os.close(fd)
        asked += 1
        cached += here
    return cached / asked if asked else None


def _is_cached(fd: int, place: int) -> bool:
    try:
        os.preadv(fd, [bytearray(1)], place, os.RWF_NOWAIT)
    except OSError as error:
        if error.errno in _NOT_CACHED:
            return False
        raise
    return True


def drop(paths: Iterable[str]) -> None:
    """Ask the system to forget the contents of these files; they stay as they are. It may keep some that are in use."""
    if not CAN_DROP:
        return
    for path in paths:
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:  # gone, or not ours to read: no matter here
            continue
        try:
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(fd)
