"""Files that are written as a whole or not at all, files that have no name, and files of others read with care."""

import contextlib
import ctypes
import errno
import mmap
import os
import stat
import sys
import tempfile
import weakref
from collections.abc import Iterable
from typing import BinaryIO

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL
for _flag in ("O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"):
    _NEW_FILE |= getattr(os, _flag, 0)


def memory_file(name: str) -> int:
    """The descriptor of a new file that has no name in any folder, and is gone with its last user.

    In memory, where the system allows: not under the limit of /dev/shm. Sandboxes and old kernels refuse it.

    Raises:
        OSError: where a temporary file is refused, too.
    """
    if hasattr(os, "memfd_create"):
        try:
            return os.memfd_create(name, os.MFD_CLOEXEC)
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):  # then a temporary file cannot be opened either
                raise
    with tempfile.TemporaryFile(prefix="inspector-") as file:
        return os.dup(file.fileno())


Content = str | bytes | Iterable[str | bytes]


def write_atomically(path: str | os.PathLike[str], content: Content, *, mode: int = 0o666) -> None:
    """Replace the file by the content; it keeps its permissions. A device or a pipe is written to; a link stays a link.

    Text is written as UTF-8 with its line ends as they are; names in it that are no text keep their bytes.

    Args:
        mode: the permissions of a new file, of which the umask takes some away.

    Raises:
        OSError: where it cannot be written; a file that was there is unchanged then, and no part of a new one is left.
    """
    try:
        if is_special(path):
            with open(path, "wb") as device:
                _write(device, content)
        else:
            _replace(os.path.realpath(path), content, mode)
    except OSError as error:
        error.filename, error.filename2 = os.fspath(path), None  # not the name of the part
        raise


def _replace(target: str, content: Content, mode: int) -> None:
    part = os.path.join(os.path.dirname(target), f".inspector-{os.urandom(8).hex()}.part")
    permissions = _permissions(target)
    descriptor = os.open(part, _NEW_FILE, mode if permissions is None else permissions)
    try:
        with open(descriptor, "wb") as file:
            if permissions is not None and os.chmod in os.supports_fd:  # the umask took some of them away
                os.chmod(descriptor, permissions)
            _write(file, content)
        os.replace(part, target)
    except BaseException:
        with contextlib.suppress(OSError):  # somebody was quicker
            os.unlink(part)
        raise


def is_special(path: str | os.PathLike[str]) -> bool:
    """It is there, and no regular file."""
    return os.path.exists(path) and not os.path.isfile(path)


def _permissions(file: str) -> int | None:
    try:
        return os.stat(file).st_mode & 0o777
    except FileNotFoundError:
        return None


def _write(file: BinaryIO, content: Content) -> None:
    for piece in (content,) if isinstance(content, str | bytes) else content:
        file.write(piece.encode("utf-8", "surrogateescape") if isinstance(piece, str) else piece)


def read_regular(
    path: str | os.PathLike[str], most_bytes: int, *, own: bool = False, first: int | None = None
) -> bytes:
    """The content of a regular file. Never waits for a pipe, and never takes more memory than allowed.

    Args:
        own: only a file of this user's, and not through a link: for folders that others can write to.
        first: only so many bytes at its beginning.

    Raises:
        OSError: where it cannot be read, or is not such a file; `strerror` says what it is.
    """
    descriptor = open_regular(path, own=own)
    try:
        size = os.fstat(descriptor).st_size
        with open(descriptor, "rb", closefd=False) as file:  # to ask for more than there is takes that memory, too
            content = file.read(min(most_bytes, size) + 1 if first is None else first)
            if first is None and size < len(content) <= most_bytes:  # it has more than it says, as those of /proc
                content += file.read(most_bytes + 1 - len(content))
    finally:
        os.close(descriptor)
    if len(content) > most_bytes:
        raise OSError(errno.EFBIG, f"the file is larger than {most_bytes:,} bytes", os.fspath(path))
    return content


def map_own_file(path: str | os.PathLike[str]) -> memoryview:
    """The content of a regular file of this user's, mapped: it takes memory only where it is looked at.

    It takes no descriptor, so that ten thousand files can be mapped at once.

    Raises:
        OSError: see `read_regular`.
        ValueError: where it is empty.
    """
    descriptor = open_regular(path, own=True)
    try:
        if sys.version_info >= (3, 13):
            return memoryview(mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ, trackfd=False))
        if sys.platform == "win32":
            return memoryview(mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ))
        return _mapped(descriptor)
    finally:
        os.close(descriptor)


def _mapped(descriptor: int) -> memoryview:
    """As `mmap.mmap`, which keeps a descriptor of its own before Python 3.13."""
    length = os.fstat(descriptor).st_size
    if not length:
        raise ValueError("an empty file cannot be mapped")
    library = ctypes.CDLL(None, use_errno=True)
    library.mmap.restype = ctypes.c_void_p
    library.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long)
    address = library.mmap(None, length, mmap.PROT_READ, mmap.MAP_PRIVATE, descriptor, 0)
    if address is None or address == ctypes.c_void_p(-1).value:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    library.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
    content = (ctypes.c_ubyte * length).from_address(address)
    weakref.finalize(content, library.munmap, address, length).atexit = False  # views of it keep it
    return memoryview(content).toreadonly().cast("B")


def open_regular(path: str | os.PathLike[str], *, own: bool) -> int:
    """A descriptor of a regular file; see `read_regular`."""
    flags = os.O_RDONLY
    for name in ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY", "O_NOCTTY", *(("O_NOFOLLOW",) if own else ())):
        flags |= getattr(os, name, 0)
    descriptor = os.open(path, flags)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "this is not a regular file", os.fspath(path))
        if own and hasattr(os, "getuid") and status.st_uid != os.getuid():
            raise OSError(errno.EPERM, "the file belongs to another user", os.fspath(path))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
