"""A file's content, or the reason why there is none."""

import os
import stat

from inspector.formats.problems import BadFile, ProblemKind

MAX_FILE_BYTES = (1 << 31) - 1  # OpenCV counts the bytes of a buffer in 32 bits
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def read_file(path: str) -> bytes:
    """The content of a regular file; a pipe or device is refused and never waited for.

    Raises:
        BadFile: EMPTY, VANISHED, UNREADABLE or TOO_LARGE.
    """
    try:
        descriptor = os.open(path, _OPEN_FLAGS)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise BadFile(ProblemKind.UNREADABLE, f"It is {_sort_of_file(status.st_mode)}, not a regular file.")
            if status.st_size > MAX_FILE_BYTES:
                reason = f"The file has {status.st_size / 1e9:,.1f} GB; decoders take no more than 2.1 GB."
                raise BadFile(ProblemKind.TOO_LARGE, reason)
            data = _read_to_end(descriptor, status.st_size)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise BadFile(ProblemKind.VANISHED, "The file was listed, but is no longer there.") from None
    except IsADirectoryError:
        raise BadFile(ProblemKind.UNREADABLE, "It is a folder, not a regular file.") from None
    except PermissionError as error:
        reason = f"The system does not let this user read the file ({error.strerror}); check its permissions."
        raise BadFile(ProblemKind.UNREADABLE, reason) from None
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        reason = f"The file could not be read: {getattr(error, 'strerror', None) or error}."
        raise BadFile(ProblemKind.UNREADABLE, reason) from None
    if not data:
        raise BadFile(ProblemKind.EMPTY, "The file is empty: 0 bytes.")
    return data


def _read_to_end(descriptor: int, size: int) -> bytes:
    data = os.read(descriptor, size + 1)  # one more than there is, so that one call also shows the end
    if len(data) == size:
        return data
    parts = [data]
    while part := os.read(descriptor, 1 << 20):
        parts.append(part)
    return b"".join(parts)


def _sort_of_file(mode: int) -> str:
    for test, words in (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    ):
        if test(mode):
            return words
    return "something special"
