"""One file from one name to another: never over another file, and complete under one of the names at every moment."""

import contextlib
import ctypes
import errno
import hashlib
import os
import shutil
import stat
import sys
from collections.abc import Callable

CHUNK_BYTES = 1 << 20
_NO_SUCH_RENAME = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)
_NO_LINKS = (*_NO_SUCH_RENAME, errno.EPERM, errno.EACCES, errno.EMLINK, errno.EXDEV)
_BINARY = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_NOT_THROUGH_LINKS = getattr(os, "O_NOFOLLOW", 0)


class MoveCancelled(Exception):
    """Raised when the user stops a move in the middle of a copy; the file is still in its old place."""


def move_file(source: str, target: str, *, part: str, cancelled: Callable[[], bool] = lambda: False) -> None:
    """Give the file `source` the name `target`, in a folder that exists.

    Args:
        part: a name in `target`'s folder that nobody else uses, for a copy that is not yet complete.
        cancelled: asked at every megabyte of a copy.

    Raises:
        FileExistsError: where there is something called `target`.
        MoveCancelled: where `cancelled` returned True.
        OSError: for any other reason; the file is in its old place.
    """
    try:
        rename_to_free_name(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy_then_remove(source, target, part, cancelled)


def rename_to_free_name(source: str, target: str) -> None:
    """Rename within a file system.

    Raises:
        FileExistsError: where there is something called `target`.
        OSError: EXDEV where the two are on different file systems, or where this one cannot rename without overwriting.
    """
    try:
        _rename_exclusively(source, target)
        return
    except OSError as error:
        if error.errno not in _NO_SUCH_RENAME:
            raise
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), source, None, target) from error
    sync_folder(os.path.dirname(target))
    _remove_old(source, target)


def _remove_old(source: str, target: str) -> None:
    """The last step of a move; where it fails, the file stays in its old place only."""
    try:
        os.unlink(source)
    except OSError:
        os.unlink(target)
        raise


def _rename_exclusively(source: str, target: str) -> None:
    if sys.platform == "win32":
        os.rename(source, target)  # there it never replaces
    elif _RENAME is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), source, None, target)
    elif _RENAME(os.fsencode(source), os.fsencode(target)):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), source, None, target)


def _system_rename() -> Callable[[bytes, bytes], int] | None:
    """The system's rename that fails where the new name is taken, which Python does not offer; None: there is none."""
    if sys.platform == "win32":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "darwin":
        exclusive = 4  # RENAME_EXCL
        call = libc.renamex_np
        call.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_uint]
        return lambda source, target: int(call(source, target, exclusive))
    if not hasattr(libc, "renameat2"):
        return None
    here, no_replace = -100, 1  # AT_FDCWD, RENAME_NOREPLACE
    call = libc.renameat2
    call.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
    return lambda source, target: int(call(here, source, here, target, no_replace))


_RENAME = _system_rename()


def _copy_then_remove(source: str, target: str, part: str, cancelled: Callable[[], bool]) -> None:
    before = os.lstat(source)
    if os.path.lexists(target):  # checked before gigabytes are copied, and again below
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
    if stat.S_ISLNK(before.st_mode):
        os.symlink(os.readlink(source), target)
        if os.utime in os.supports_follow_symlinks:
            os.utime(target, ns=(before.st_atime_ns, before.st_mtime_ns), follow_symlinks=False)
    else:
        try:
            digest = _copy(source, part, cancelled)
            _keep_attributes(source, part, before)
            if content_digest(part) != digest:
                raise OSError(errno.EIO, "the copy read back differs from the file", target)
            _place(part, target)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(part)
            raise
    sync_folder(os.path.dirname(target))
    after = os.lstat(source)
    if (after.st_size, after.st_mtime_ns, after.st_ino) != (before.st_size, before.st_mtime_ns, before.st_ino):
        os.unlink(target)
        raise OSError(errno.EBUSY, "the file was written to while it was copied", source)
    _remove_old(source, target)


def _copy(source: str, part: str, cancelled: Callable[[], bool]) -> bytes:
    """Copy the content to a new file, through to the disk; the content's digest."""
    digest = hashlib.blake2b()
    reading = os.open(source, os.O_RDONLY | _NOT_THROUGH_LINKS | _BINARY)
    try:
        writing = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)
        try:
            while chunk := os.read(reading, CHUNK_BYTES):
                if cancelled():
                    raise MoveCancelled(source)
                digest.update(chunk)
                write_all(writing, chunk)
            os.fsync(writing)
        finally:
            os.close(writing)
    finally:
        os.close(reading)
    return digest.digest()


def _keep_attributes(source: str, part: str, status: os.stat_result) -> None:
    if hasattr(os, "chown"):
        with contextlib.suppress(PermissionError):  # only root may give files away
            os.chown(part, status.st_uid, status.st_gid)
    shutil.copystat(source, part, follow_symlinks=False)


def _place(part: str, target: str) -> None:
    try:
        rename_to_free_name(part, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        raise OSError(errno.ENOTSUP, "this file system cannot rename without overwriting", target) from error


def content_digest(path: str) -> bytes:
    """A digest of a regular file's content."""
    digest = hashlib.blake2b()
    descriptor = os.open(path, os.O_RDONLY | _NOT_THROUGH_LINKS | _BINARY)
    try:
        while chunk := os.read(descriptor, CHUNK_BYTES):
            digest.update(chunk)
    finally:
        os.close(descriptor)
    return digest.digest()


def same_content(first: str, second: str) -> bool:
    """Whether two names stand for the same file, the same link, or files with the same bytes."""
    a, b = os.lstat(first), os.lstat(second)
    if stat.S_IFMT(a.st_mode) != stat.S_IFMT(b.st_mode) or a.st_size != b.st_size:
        return False
    if os.path.samestat(a, b):
        return True
    if stat.S_ISLNK(a.st_mode):
        return os.readlink(first) == os.readlink(second)
    return stat.S_ISREG(a.st_mode) and content_digest(first) == content_digest(second)


def write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def make_folder(path: str) -> None:
    """Make a folder and those above it that are missing, through to the disk."""
    if os.path.isdir(path):
        return
    above = os.path.dirname(path)
    make_folder(above)
    with contextlib.suppress(FileExistsError):  # somebody else was quicker
        os.mkdir(path)
    sync_folder(above)


def sync_folder(path: str) -> None:
    """Write a folder's names through to the disk, where the system can."""
    if sys.platform == "win32":
        return
    descriptor = os.open(path or os.curdir, os.O_RDONLY | _BINARY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EROFS):  # some file systems cannot
            raise
    finally:
        os.close(descriptor)
