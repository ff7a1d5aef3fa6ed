"""A text file that is written as a whole or not at all."""

import contextlib
import os
import threading
from collections.abc import Iterable


def write_atomically(path: str | os.PathLike[str], pieces: Iterable[str]) -> None:
    """Replace the file by the text. A device or a pipe is written to, and a link stays a link.

    It is UTF-8; names of files in it that are no text keep their bytes.

    Raises:
        OSError: where it cannot be written; a file that was there is unchanged then, and no part of a new one is left.
    """
    if is_special(path):
        _write(os.fspath(path), pieces)
        return
    target = os.path.realpath(path)
    part = os.path.join(os.path.dirname(target), f".inspector-{os.getpid()}-{threading.get_ident()}.part")
    try:
        _write(part, pieces)
        os.replace(part, target)
    except BaseException:
        with contextlib.suppress(OSError):  # it could not even be made
            os.unlink(part)
        raise


def is_special(path: str | os.PathLike[str]) -> bool:
    """It is there, and no regular file."""
    return os.path.exists(path) and not os.path.isfile(path)


def _write(path: str, pieces: Iterable[str]) -> None:
    with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        file.writelines(pieces)
