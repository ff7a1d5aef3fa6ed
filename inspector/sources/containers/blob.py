"""One file of which any range of bytes can be read, on this machine; those elsewhere have the same methods."""

import os
import stat
from typing import Protocol

from inspector.formats.problems import BadFile, ProblemKind

_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class Blob(Protocol):
    """A file as an object store has it: a location, a size, and a tag that changes with its content.

    Safe to read from several threads.

    Attributes:
        location: as a person writes it: a path or a URL, without credentials.
        size: in bytes.
        etag: another one wherever the content may be another.
    """

    location: str
    size: int
    etag: str

    def read(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes from `offset` on.

        Raises:
            BadFile: VANISHED, UNREADABLE, or TRUNCATED where there are fewer.
        """

    def close(self) -> None:
        """Give back what it holds."""


class LocalBlob:
    """A regular file on this machine. A pipe or device is refused and never waited for.

    Raises:
        OSError: where it cannot be opened, or is not a regular file.
    """

    def __init__(self, path: str) -> None:
        self.location = path
        self._descriptor = os.open(path, _OPEN_FLAGS)
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            self.close()
            raise OSError(f"{path} is not a regular file")
        self.size = status.st_size
        self.etag = f"{status.st_mtime_ns:x}-{status.st_ino:x}-{status.st_dev:x}"

    def read(self, offset: int, length: int) -> bytes:
        """See `Blob.read`."""
        try:
            data = os.pread(self._descriptor, length, offset)
            while len(data) < length and (more := os.pread(self._descriptor, length - len(data), offset + len(data))):
                data += more
        except OSError as error:
            raise BadFile(ProblemKind.UNREADABLE, f"{self.location} could not be read: {error.strerror}.") from error
        if len(data) < length:
            reason = f"{self.location} ends at byte {self.size:,}, within the sample: it is cut, or was replaced."
            raise BadFile(ProblemKind.TRUNCATED, reason)
        return data

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
