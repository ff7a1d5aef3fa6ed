"""What is noted of an exception that `next()` raises."""

from __future__ import annotations

import os
from typing import Any

_MOST_TRACEBACK = 2000


def note(iterator: Any, error: Exception, now: float) -> dict[str, Any]:
    """What the training gets; where a worker has died, which one, and how."""
    text = str(error)
    found: dict[str, Any] = {
        "time_s": now,
        "type": type(error).__name__,
        "message": text[-1200:] if len(text) > 1200 else text,
    }
    for number, worker in enumerate(getattr(iterator, "_workers", ())):
        status = getattr(worker, "exitcode", None)
        if status:  # it has died; a full /dev/shm is a common reason
            found.update(worker=number, pid=worker.pid, exit_status=status, shm_free_bytes=_free_bytes("/dev/shm"))
            break
    return found


def _free_bytes(place: str) -> int | None:
    try:
        status = os.statvfs(place)
    except (AttributeError, OSError):
        return None
    return status.f_bavail * status.f_frsize


def traceback_of(error: Exception) -> str:
    """The end of it; a worker's is in the message."""
    import traceback  # only here: not at the start of every Python of a training

    try:
        return "".join(traceback.format_exception(type(error), error, error.__traceback__))[-_MOST_TRACEBACK:]
    except Exception:  # an error whose text cannot be made
        return ""
