"""One file of which any range of bytes can be read, on this machine; those elsewhere have the same methods."""

import os
import stat
from typing import Protocol

from inspector.errors import StaleIndexError
from inspector.formats.problems import BadFile, ProblemKind

_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class Blob(Protocol):
    """A file as an object store has it: a location, a size, and a tag that changes with its content.

    Safe to read from several threads.

    Attributes:
        location: as a person writes it: a path or a URL, without credentials.
        size: in bytes.
        etag: another one wherever the content may be another.
        block_bytes: how much to ask for at once when small parts are wanted one after the other, as an index does.
    """

    location: str
    size: int
    etag: str
    block_bytes: int

    def read(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes from `offset` on.

        Raises:
            BadFile: VANISHED, UNREADABLE, or TRUNCATED where there are fewer.
            StaleIndexError: where the content is no longer what it was when the blob was opened.
        """

    def close(self) -> None:
        """Give back what it holds."""


class LocalBlob:
    """A regular file on this machine. A pipe or device is refused and never waited for.

    Raises:
        OSError: where it cannot be opened, or is not a regular file.
    """

    block_bytes = 1 << 13

    def __init__(self, path: str) -> None:
        self.location = path
        self._descriptor = -1
        self._descriptor = os.open(path, _OPEN_FLAGS)
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            self.close()
            raise OSError(f"{path} is not a regular file")
        self.size = status.st_size
        self.etag = _etag(status)
        self._written = status.st_mtime_ns

    def read(self, offset: int, length: int) -> bytes:
        """See `Blob.read`."""
        if offset + length > self.size:
            reason = f"{self.location} ends at byte {self.size:,}, within the sample: it is cut, or was replaced."
            raise BadFile(ProblemKind.TRUNCATED, reason)
        try:
            data = os.pread(self._descriptor, length, offset)
            while len(data) < length and (more := os.pread(self._descriptor, length - len(data), offset + len(data))):
                data += more
            status = os.fstat(self._descriptor)
        except OSError as error:
            raise BadFile(ProblemKind.UNREADABLE, f"{self.location} could not be read: {error.strerror}.") from error
        if status.st_mtime_ns != self._written or status.st_size != self.size:
            raise StaleIndexError.of(self.location)
        return data

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __del__(self) -> None:
        self.close()


def open_blob(location: str, known: tuple[int, str] | None = None) -> Blob:
    """The blob at a path, or at a URL.

    Args:
        known: its size and tag, where it was opened before: a store need not be asked for them then.

    Raises:
        BadFile: VANISHED or UNREADABLE.
        SourceError: where a store cannot be reached at all.
    """
    if "://" in location:
        from inspector.sources.remote.opening import is_remote, open_remote_blob

        if is_remote(location):
            return open_remote_blob(location, known)
    try:
        return LocalBlob(location)
    except FileNotFoundError as error:
        raise BadFile(ProblemKind.VANISHED, f"{location} is no longer there.") from error
    except (OSError, ValueError) as error:
        reason = f"{location} could not be opened: {getattr(error, 'strerror', None) or error}."
        raise BadFile(ProblemKind.UNREADABLE, reason) from error


def _etag(status: os.stat_result) -> str:
    return f"{status.st_mtime_ns:x}-{status.st_ino:x}"
