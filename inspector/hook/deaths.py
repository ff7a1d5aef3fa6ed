"""Errors of `next()` and deaths of workers, each noted once, whichever loader's `next()` they are raised in."""

from __future__ import annotations

import atexit
from time import monotonic
from typing import Any

from . import failures
from .loaders import LoaderRing, every
from .safely import safely


def note_error(loader: LoaderRing, iterator: Any, sent: dict[int, Any], error: Exception, now: float) -> None:
    """What `next()` of a loader has raised. `sent`: indices by task."""
    noted = failures.note(iterator, error, now, sent, loader.oom_kills)
    if "exit_status" in noted:
        loader.alive = []
    elif "DataLoader worker (pid" in noted["message"]:  # torch raises it wherever the main thread is
        bereaved = [each for each in every() if any(failures.died(worker) for _, worker in each.alive)]
        for each in bereaved:
            note_deaths(each)
        if bereaved:
            return
    loader.note_error(noted)
    loader.about["traceback"] = failures.traceback_of(error)
    loader.show()


def note_deaths(loader: LoaderRing) -> None:
    """Of workers that died while nobody was in `next()`."""
    for number, worker in loader.alive:
        if failures.died(worker) and loader.last is not None:
            iterator, sent = loader.last.iterator(), loader.last.sent
            noted = failures.note_of_death(iterator, number, worker, monotonic(), sent, loader.oom_kills)
            loader.note_error(noted)
            break  # the others have died of that
    loader.alive = []


def at_exit() -> None:
    """This process ends."""
    for loader in every():
        safely(note_deaths, loader)


atexit.register(at_exit)
