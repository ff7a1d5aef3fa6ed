"""Folders below a root, entered without a link on the way and held open: what is in them cannot be swapped for a link.

Between the list that a user agrees to and the move, and between a look and a rename, somebody may put a link in a
folder's place. So a file is named by a descriptor of its folder, which stays that folder.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from inspector.errors import QuarantineError
from inspector.formatting import readable
from inspector.quarantine.transfer import sync_folder

_DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_DESCRIPTORS = "/proc/self/fd"  # a name there stands for the open folder itself
_BY_DESCRIPTOR = os.open in os.supports_dir_fd and os.path.isdir(_DESCRIPTORS)


@dataclass(frozen=True, slots=True)
class FileId:
    """What a file was when it was looked at: the same name may stand for another one later."""

    device: int
    inode: int
    file_bytes: int
    modified_ns: int

    @classmethod
    def of(cls, path: str) -> "FileId":
        """Of the file, or of the link itself. Raises OSError."""
        status = os.lstat(path)
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)

    def may_be(self, moved: "FileId") -> bool:
        """Whether it is that file after a move: a rename keeps its number, a copy its time of change."""
        return self.file_bytes == moved.file_bytes and (
            self.device != moved.device or self.inode == moved.inode or self.modified_ns == moved.modified_ns
        )


@dataclass(frozen=True, slots=True)
class OpenFolder:
    """A folder; `path` stays valid while it is open, even where the folder is renamed."""

    path: str

    def at(self, name: str) -> str:
        """The path of what is called `name` in it."""
        return os.path.join(self.path, name)


def folder_id(folder: str) -> tuple[int, int]:
    """Device and number of a folder; zeros where it is not there."""
    with suppress(OSError):
        status = os.stat(folder)
        return status.st_dev, status.st_ino
    return 0, 0


@contextmanager
def opened(root: str, relative: str, *, make: bool = False) -> Iterator[OpenFolder]:
    """The folder `relative` below `root`; with `make`, those that are missing are made.

    Raises:
        QuarantineError: where a link is on the way.
        OSError: for any other reason.
    """
    parts = [part for part in relative.split(os.sep) if part]
    if not _BY_DESCRIPTOR:
        yield OpenFolder(_checked(root, parts, make))
        return
    descriptor = os.open(root, _DIRECTORY)
    try:
        for number, part in enumerate(parts):
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=descriptor)
                    sync_folder(f"{_DESCRIPTORS}/{descriptor}")
            try:
                inner = os.open(part, _DIRECTORY | _NO_LINK, dir_fd=descriptor)
            except OSError as error:
                if error.errno in (errno.ELOOP, errno.ENOTDIR) and _is_link(part, descriptor):
                    raise _link(os.path.join(root, *parts[: number + 1])) from error
                raise
            os.close(descriptor)
            descriptor = inner
        yield OpenFolder(f"{_DESCRIPTORS}/{descriptor}")
    finally:
        os.close(descriptor)


def _is_link(name: str, folder: int) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _checked(root: str, parts: list[str], make: bool) -> str:
    folder = root
    for part in parts:
        folder = os.path.join(folder, part)
        if make:
            with suppress(FileExistsError):
                os.mkdir(folder)
        if os.path.islink(folder):
            raise _link(folder)
    if not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), folder)
    return folder


def _link(path: str) -> QuarantineError:
    return QuarantineError(f"{readable(path)} is a link, and leads elsewhere. Nothing is moved through links.")
