"""The loaders of this process: what each is called, and the ring that its totals are in."""

from __future__ import annotations

import os
import threading
import weakref
from time import monotonic
from typing import Any

from . import batches, cores, failures, layout, naming, past
from . import replay as replaying
from .rings import Ring

(
    BATCHES, IMAGES, WAIT, STEP, STEPS, START_UP, STARTS, FIRST_WAIT, SHUTDOWN, EPOCHS, DEPTH_SUM, DEPTHS,
    HELD_BACK_SUM, IN_FLIGHT_SUM, ERRORS, PICTURES, BEGAN, LAST, DEPTH, HELD_BACK, IN_FLIGHT, PIN, PINS, OTHER_THREAD,
    NESTED, WAITING_SINCE, EPOCH_BATCHES, HANDED, HANDED_WAIT, HANDED_STEP, HANDED_FIRST, REPLAYED, REPLAY, BEGIN,
    PROCESS_CPU, PROCESS, START_UP_AHEAD,
) = range(len(layout.LOADER_TOTALS))  # fmt: skip

_MOST_LOADERS = 64  # rings a process
_MOST_CALLERS = 24
_LOOK_EVERY_S = 0.5
_SAME_DEATH_S = 5.0  # so long after what it caused may a worker's death be found out


class LoaderRing:
    """A loader's ring, and what is known of it. A loader that is made again takes the place of the one before."""

    def __init__(self, key: Any, about: dict[str, Any]) -> None:
        self.key = key
        self.about = about
        self.ring = Ring(layout.KIND_LOADER, len(layout.LOADER_TOTALS))
        self.pictures = batches.Pictures(self.ring.number)
        self.owner: Any = None  # weak reference to the loader
        self.workers: list[tuple[int, int]] = []  # (process id, number) of those that may run
        self.last: Any = None  # the last iteration that has started workers
        self.alive: list[tuple[int, Any]] = []  # (number, process) of those whose end nobody has looked at
        self.past = past.PastWorkers(self.ring.number)
        self.errors = 0
        self.dead: set[int] = set()  # workers whose death is noted
        self.unexplained_at = float("-inf")  # when an error was noted that may turn out to be a death
        self.oom_kills: int | None = None  # before its workers began
        self.begun = False
        self.replay = replaying.wanted()
        self._began, self._began_cpu = monotonic(), cores.process_cpu_s()
        self.look_at = 0.0  # when to look at the process's CPU time again
        self.show()

    def show(self) -> None:
        self.ring.describe({**self.about, "workers": self.workers})

    def handed_over(self, wait: float, *, first: bool) -> None:
        """A thread had taken a batch, and now it is used."""
        with self.ring.lock:
            totals = self.ring.totals
            totals[HANDED] += 1
            totals[HANDED_WAIT] += wait
            totals[HANDED_FIRST] += wait if first else 0.0

    def handed_step(self, step: float) -> None:
        """The next one is asked for, or the end of the epoch."""
        with self.ring.lock:
            self.ring.totals[HANDED_STEP] += step

    def look_at_cores(self, now: float) -> None:
        """Take in how much of the cores this process uses."""
        self.look_at = now + _LOOK_EVERY_S
        totals = self.ring.totals
        totals[PROCESS_CPU], totals[PROCESS] = cores.process_cpu_s() - self._began_cpu, now - self._began

    def note_error(self, content: dict[str, Any]) -> None:
        """A worker's death is one error, however often it is raised, and also where it is understood only later."""
        pid = content.get("pid")
        if pid is not None and pid in self.dead:
            return
        if pid is not None:
            self.dead.add(pid)
        if pid is None or content["time_s"] - self.unexplained_at > _SAME_DEATH_S:
            self.errors += 1
            self.ring.totals[ERRORS] += 1
        self.unexplained_at = content["time_s"] if pid is None and not failures.is_workers(content) else float("-inf")
        self.ring.note(layout.SLOWEST_NOTES + (self.errors - 1) % (layout.NOTES - layout.SLOWEST_NOTES), content)


_loaders: weakref.WeakKeyDictionary[Any, LoaderRing] = weakref.WeakKeyDictionary()
_watched: list[LoaderRing] = []
_lock = threading.Lock()


def _after_fork() -> None:
    """A child's loaders are its own: it must not write into its parent's rings."""
    global _loaders, _watched, _lock
    _loaders, _watched, _lock = weakref.WeakKeyDictionary(), [], threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def watched_loader(loader: Any) -> LoaderRing:
    """The ring of a loader; made at its first iterator."""
    with _lock:
        try:
            found = _loaders.get(loader)
        except TypeError:  # neither hashable nor weakly referenced
            found = None
        if found is not None:
            return found
        names, stack = naming.callers(loader)
        about = naming.describe(loader)
        users = tuple(each for each in stack if not naming.is_librarys(each[0]))
        key = (tuple(names), users or tuple(stack), tuple(sorted((k, str(v)) for k, v in about.items())))
        same = [each for each in _watched if each.key == key]
        free = [each for each in same if each.owner is None or each.owner() is None]
        if free or (same and len(_watched) >= _MOST_LOADERS):
            found = (free or same)[0]
        elif len(_watched) >= _MOST_LOADERS:
            found = _watched[-1]
        else:
            about.update(names=names, rank=_rank(), world_size=_world_size(), number=len(_watched))
            about["stack"] = (list(users) + [each for each in stack if each not in users])[:_MOST_CALLERS]
            about["users"] = len(users)
            found = LoaderRing(key, about)
            _watched.append(found)
        try:
            found.owner = weakref.ref(loader)
            _loaders[loader] = found
        except TypeError:
            pass
        return found


def every() -> list[LoaderRing]:
    """All of this process."""
    return list(_watched)


def _number(name: str) -> int | None:
    text = os.environ.get(name, "")
    return int(text) if text.isdigit() else None


def _rank() -> int:
    return _number("RANK") or 0


def _world_size() -> int:
    return _number("WORLD_SIZE") or 1
