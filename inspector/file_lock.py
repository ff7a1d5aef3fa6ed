"""Locks on files, between processes: they end with their descriptor, so that no process leaves one behind.

Windows has none of this kind, and neither have some file systems: there, who wants a lock does without.
"""

import errno
import os
import sys

_FLAGS = os.O_RDWR | os.O_CREAT
for _flag in ("O_CLOEXEC", "O_NOFOLLOW"):
    _FLAGS |= getattr(os, _flag, 0)


def locked(path: str | os.PathLike[str], *, shared: bool = False, wait: bool = False) -> int:
    """The descriptor of a locked file, which is made where it is missing; the lock ends when it is closed.

    Args:
        shared: others may hold a shared lock of it at the same time.
        wait: until nobody else holds it.

    Raises:
        BlockingIOError: somebody else holds it, and `wait` is False.
        OSError: it cannot be made, is a link, or cannot be locked here.
    """
    descriptor = os.open(path, _FLAGS, 0o600)
    try:
        lock(descriptor, shared=shared, wait=wait)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def lock(descriptor: int, *, shared: bool = False, wait: bool = False) -> None:
    """Lock a file or folder that is open; see `locked`."""
    if sys.platform == "win32":
        raise OSError(errno.ENOTSUP, "there are no such locks on Windows")
    import fcntl

    fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
