"""A file that is written as a whole or not at all."""

import contextlib
import os
from collections.abc import Iterable
from typing import BinaryIO

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL
for _flag in ("O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"):
    _NEW_FILE |= getattr(os, _flag, 0)


def write_atomically(path: str | os.PathLike[str], content: str | bytes | Iterable[str]) -> None:
    """Replace the file by the content; it keeps its permissions. A device or a pipe is written to; a link stays a link.

    Text is written as UTF-8 with its line ends as they are; names in it that are no text keep their bytes.

    Raises:
        OSError: where it cannot be written; a file that was there is unchanged then, and no part of a new one is left.
    """
    try:
        if is_special(path):
            with open(path, "wb") as device:
                _write(device, content)
        else:
            _replace(os.path.realpath(path), content)
    except OSError as error:
        error.filename, error.filename2 = os.fspath(path), None  # not the name of the part
        raise


def _replace(target: str, content: str | bytes | Iterable[str]) -> None:
    part = os.path.join(os.path.dirname(target), f".inspector-{os.urandom(8).hex()}.part")
    permissions = _permissions(target)
    descriptor = os.open(part, _NEW_FILE, 0o666 if permissions is None else permissions)
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


def _write(file: BinaryIO, content: str | bytes | Iterable[str]) -> None:
    if isinstance(content, bytes):
        file.write(content)
        return
    for piece in (content,) if isinstance(content, str) else content:
        file.write(piece.encode("utf-8", "surrogateescape"))
