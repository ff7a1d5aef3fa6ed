"""Silence for decoders, which complain of bad files on standard error.

That is thousands of times, when a sweep reads them again and again in this process, with threads or without workers. It
takes nothing away: what is wrong with a file is told by its Problem.
"""

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def decoders_silenced() -> Iterator[None]:
    """What is written to file descriptor 2 meanwhile goes nowhere; what Python prints to `sys.stderr` goes on."""
    ours = sys.stderr
    with contextlib.suppress(ValueError, OSError):  # closed, or no file
        ours.flush()
    try:
        before = os.dup(2)
    except OSError:  # standard error is closed: nobody hears anything
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    python = None
    try:
        if _writes_to_2(ours):
            python = os.fdopen(os.dup(before), "w", buffering=1, encoding="utf-8", errors="backslashreplace")
            sys.stderr = python
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(before, 2)
        if python is not None:
            if sys.stderr is python:
                sys.stderr = ours
            python.close()
        os.close(nowhere)
        os.close(before)


def _writes_to_2(stream: object) -> bool:
    try:
        return stream.fileno() == 2  # type: ignore[attr-defined, no-any-return]
    except (AttributeError, OSError, ValueError):  # no file behind it
        return False
