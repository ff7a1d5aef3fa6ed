"""Threads take turns with the interpreter more often, while one of them computes in pure Python for seconds."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

TURN_S = 0.00005  # Python's own is 5 ms; whoever draws a window would wait so long after each call into C
_lock = threading.Lock()
_before: list[float] = []  # what it was, once for each who asked and has not ended


@contextmanager
def short_switch_interval() -> Iterator[None]:
    """For the whole process, until the last of those who asked for it has ended."""
    with _lock:
        _before.append(_before[0] if _before else sys.getswitchinterval())
        sys.setswitchinterval(TURN_S)
    try:
        yield
    finally:
        with _lock:
            before = _before.pop()
            if not _before:
                sys.setswitchinterval(before)
