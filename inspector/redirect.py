"""Where a file descriptor of this process leads: C libraries write to descriptor 2 and know nothing of `sys.stderr`."""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TextIO


class Redirection:
    """Until it is closed, descriptor `fd` leads where `target` leads, for the whole process and all its threads.

    Raises:
        OSError: where one of them is closed.
    """

    def __init__(self, fd: int, target: int) -> None:
        self._fd = fd
        self._before = os.dup(fd)
        try:
            os.dup2(target, fd)
        except OSError:
            os.close(self._before)
            raise

    def close(self) -> None:
        """Point the descriptor back to where it was. Closing twice does nothing."""
        if self._before >= 0:
            os.dup2(self._before, self._fd)
            os.close(self._before)
            self._before = -1


@contextlib.contextmanager
def decoders_silenced() -> Iterator[None]:
    """What C libraries write to descriptor 2 is dropped; what Python prints to `sys.stderr` still comes out.

    Decoders complain of the same bad file each time they read it. That takes nothing away: its Problem says the same.
    """
    ours = sys.stderr
    with contextlib.suppress(AttributeError, ValueError, OSError):  # there is none, it is closed, or no file
        ours.flush()
    try:
        python = os.fdopen(os.dup(2), "w", buffering=1, encoding="utf-8", errors="backslashreplace")
    except OSError:  # standard error is closed: nobody hears anything
        yield
        return
    with python, open(os.devnull, "wb") as nowhere:
        if _writes_to(2, ours):
            sys.stderr = python
        redirection = Redirection(2, nowhere.fileno())
        try:
            yield
        finally:
            redirection.close()
            if sys.stderr is python:
                sys.stderr = ours


@contextlib.contextmanager
def prints_apart(wanted: bool) -> Iterator[TextIO]:
    """Standard output for what a program is to read; what the user's code prints meanwhile goes to descriptor 2.

    Args:
        wanted: False: give `sys.stdout` as it is.
    """
    if not wanted or not _writes_to(1, sys.stdout):
        yield sys.stdout
        return
    sys.stdout.flush()
    encoding, errors = sys.stdout.encoding, sys.stdout.errors
    with os.fdopen(os.dup(1), "w", encoding=encoding, errors=errors) as ours:
        redirection = Redirection(1, 2)
        try:
            yield ours
        finally:
            sys.stdout.flush()
            redirection.close()


def _writes_to(descriptor: int, stream: object) -> bool:
    try:
        return stream.fileno() == descriptor  # type: ignore[attr-defined, no-any-return]
    except (AttributeError, OSError, ValueError):  # no file behind it
        return False
