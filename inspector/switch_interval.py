"""Threads take turns with the interpreter more often, while one of them computes in pure Python for seconds."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

TURN_S = 0.00005  # Python's own is 5 ms; whoever draws a window would wait so long after each call into C


@contextmanager
def short_switch_interval() -> Iterator[None]:
    """For the whole process; one at a time."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
