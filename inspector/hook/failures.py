"""What is noted of an exception that `next()` raises, and of workers that have died."""

from __future__ import annotations

import os
import signal
from typing import Any

from . import layout, memory, rings

_MOST_TRACEBACK = 2000
_MOST_INDICES = 32


def note(iterator: Any, error: Exception, now: float, sent: dict[int, Any], oom_kills: int | None) -> dict[str, Any]:
    """What the training gets; where a worker has died, which one, and how. `oom_kills`: when the workers began."""
    text = str(error)
    found: dict[str, Any] = {
        "time_s": now,
        "type": type(error).__name__,
        "message": text[-1200:] if len(text) > 1200 else text,
    }
    for number, worker in enumerate(getattr(iterator, "_workers", ())):
        if died(worker):
            found.update(_death(iterator, number, worker, sent, oom_kills))
            break
    return found


def died(worker: Any) -> bool:
    """Whether a worker has ended by itself, and not as the loader ends it."""
    return getattr(worker, "exitcode", None) not in (None, 0, -signal.SIGTERM)


def note_of_death(
    iterator: Any, number: int, worker: Any, now: float, sent: dict[int, Any], oom_kills: int | None
) -> dict[str, Any]:
    """Of a worker that has died while nobody was in `next()`."""
    said = f"DataLoader worker (pid {worker.pid}) has died"
    return {"time_s": now, "type": "RuntimeError", "message": said, **_death(iterator, number, worker, sent, oom_kills)}


def _death(iterator: Any, number: int, worker: Any, sent: dict[int, Any], oom_kills: int | None) -> dict[str, Any]:
    found = {"worker": number, "pid": worker.pid, "exit_status": worker.exitcode, "index": _sample_of(worker.pid)}
    found["shm_free_bytes"] = _free_bytes("/dev/shm")  # a full one is a common reason
    kills = memory.oom_kills()
    found["oom"] = None if kills is None or oom_kills is None else kills > oom_kills
    found["peak_bytes"], found["memory_bytes"] = memory.peak_of_children_bytes(), memory.total_bytes()
    return {**found, **_in_hand(iterator, number, worker.pid, sent)}


def is_workers(note: dict[str, Any]) -> bool:
    """Whether a worker has noted it, too: it was raised there."""
    return "in DataLoader worker process" in str(note.get("message"))


def _in_hand(iterator: Any, number: int, pid: int, sent: dict[int, Any]) -> dict[str, Any]:
    """The batch that this worker was at: the one with the sample that it was at, or the first of which nothing came.

    `iterator`: may be None: gone. `sent`: indices by task.
    """
    try:
        given = {task: list(each) if isinstance(each, (list, tuple)) else [each] for task, each in sent.items()}
        at = _sample_of(pid)
        batch = next((indices for indices in given.values() if at in indices), None)
        if batch is None:
            tasks = iterator._task_info.items()
            batch = given[min(task for task, info in tasks if len(info) == 1 and info[0] == number)]
        return {"indices": [int(index) for index in batch[:_MOST_INDICES]], "batch_size": len(batch)}
    except Exception:  # it had none, no whole numbers, or names have changed
        return {}


def _sample_of(pid: int) -> int:
    """The sample that a worker was at, from its ring; -1: none."""
    place = rings.folder()
    try:
        for name in os.listdir(place) if place else ():
            if name.startswith(f"worker-{pid}-"):
                with open(os.path.join(place, name), "rb") as file:
                    file.seek(layout.TOTALS_AT)
                    totals = layout.WORKER_TOTALS_FORMAT.unpack(file.read(layout.WORKER_TOTALS_FORMAT.size))
                return int(totals[layout.WORKER_TOTALS.index("current")])
    except Exception:  # the folder is gone, or the file was just made
        pass
    return -1


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
