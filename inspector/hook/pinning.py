"""Times how long batches are pinned, in whichever thread that is."""

from __future__ import annotations

import threading
from time import monotonic
from typing import Any

from .loaders import PIN, PINS


class _PinningThread(threading.local):
    depth = 0  # pinning calls itself for what is in a batch


_thread = _PinningThread()
pinned: dict[int, list[float]] = {}  # thread -> (seconds, batches), until its loader's next batch is taken


def begin() -> float | None:
    """A batch, or a part of one, is being pinned."""
    _thread.depth += 1
    return monotonic() if _thread.depth == 1 else None


def end(began: float | None) -> None:
    """It is pinned."""
    _thread.depth -= 1
    if began is not None:
        sums = pinned.setdefault(threading.get_ident(), [0.0, 0.0])
        sums[0] += monotonic() - began
        sums[1] += 1


def take(iterator: Any, totals: Any) -> None:
    pinner = getattr(iterator, "_pin_memory_thread", None)
    sums = pinned.get(threading.get_ident() if pinner is None else pinner.ident or 0)
    if sums is not None:
        totals[PIN] += sums[0]
        totals[PINS] += sums[1]
        sums[0] = sums[1] = 0.0
