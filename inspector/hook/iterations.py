"""Whose time it is: in each thread time belongs to one iteration of a loader at a time.

A validation loop inside a training loop has its own waits and steps, and the training step around it is what is left.
Batches that follow each other quickly are only counted, and their time is added up until more is asked for: a training
of such batches would notice what more costs.
"""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from typing import Any

from .loaders import LAST, REPLAY, STEP, STEPS, WAIT, LoaderRing, watched_loader
from .safely import safely

MARK = "_inspector_iteration"
QUICK_S = 0.005  # in which several batches come, where they are quick
_LONGEST_S = 0.05  # without a close look, where batches come
_MOST = 64


class _ConsumerThread(threading.local):
    """What one thread does: which iteration its time belongs to, since when."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.stack: list[Iteration] = []
        self.since = 0.0
        self.running: list[Iteration] = []  # whose next() it is in, outermost first
        self.quick: Iteration | None = None  # whose batches are only counted at the moment
        self.is_other = threading.current_thread() is not threading.main_thread()


thread = _ConsumerThread()
_generation = 0  # rises in each forked child


def _after_fork() -> None:
    global _generation
    thread.forget()
    _generation += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class Iteration:
    """One iterator of a loader."""

    def __init__(self, loader: LoaderRing, iterator: Any) -> None:
        self.loader = loader
        self.iterator = weakref.ref(iterator)
        self.batches = 0  # of this epoch
        self.generation = _generation
        self.ended = False
        self.stepping = False  # its last batch is being used
        self.step_s = 0.0  # since that batch
        self.sent: dict[int, Any] = {}  # number of a task -> its indices
        self.qsize_fails = False
        self.workers_known = False
        self.wait_began = 0.0
        self.closely = True  # its queue is looked at, and its batch is an event
        self.closely_at = 0.0  # when that was so last
        self.closely_every = self.closely_in = 1  # batches: from one to the next, and until the next
        self.quick_until = 0.0  # a batch that is there by then is only counted
        self.quick_most = 0  # so many of them
        self.quick_at = 0.0  # when the last batch was there
        self.quick_steps = 0  # up to that batch, of those that are not settled
        self.quick_step_s = self.quick_wait_s = 0.0

    def is_looked_at(self, now: float) -> bool:
        """Whether its next batch is looked at closely: each where they take long, else one of several."""
        self.closely_in -= 1
        since = now - self.closely_at
        if self.batches and self.closely_in > 0 and since < _LONGEST_S:
            return False
        passed = self.closely_every - self.closely_in
        every = max(1, min(int(QUICK_S * passed / max(since, 1e-6)), 2 * self.closely_every, _MOST))
        if every > 1 and every == self.closely_every:
            every += 1  # or it might always be the same worker's
        self.closely_at, self.closely_every, self.closely_in = now, every, every
        return True

    def be_quick(self, now: float) -> None:
        """Only count the batches that come from now on, for a short time; not the next one that is looked at."""
        self.quick_at, self.quick_until, self.quick_most = now, now + QUICK_S, self.closely_in - 1
        thread.quick = self


def iteration_of(iterator: Any, loader: Any = None) -> Iteration:
    """Of this iterator, in this process. `loader`: where it is known."""
    found: Iteration | None = getattr(iterator, MARK, None)
    if found is None or found.generation != _generation:  # made before we were there, or this process was forked since
        found = Iteration(watched_loader(loader if loader is not None else iterator), iterator)
        setattr(iterator, MARK, found)
    return found


def charge(now: float) -> None:
    """What has passed since the last batch was the step of whoever got it."""
    if thread.quick is not None:
        _settle(thread.quick)
    stack = thread.stack
    while stack:
        iteration = stack[-1]
        if iteration.ended or iteration.iterator() is None:
            stack.pop()
            continue
        replay = iteration.loader.replay
        passed = now - thread.since
        iteration.step_s += passed
        iteration.loader.ring.totals[STEP if replay is None or not replay.active else REPLAY] += passed
        break
    thread.since = now


def end_step(iteration: Iteration) -> None:
    """Its next batch is asked for."""
    if iteration.stepping:
        iteration.stepping = False
        iteration.loader.ring.totals[STEPS] += 1


def _settle(iteration: Iteration) -> None:
    """Take in the batches that were only counted."""
    thread.quick = None
    thread.since = iteration.quick_at
    ring = iteration.loader.ring
    with ring.lock:
        totals = ring.totals
        totals[WAIT] += iteration.quick_wait_s
        totals[STEP] += iteration.quick_step_s
        totals[STEPS] += iteration.quick_steps
        totals[LAST] = iteration.quick_at
    iteration.closely_in -= iteration.quick_steps
    iteration.quick_steps, iteration.quick_step_s, iteration.quick_wait_s = 0, 0.0, 0.0


def _at_exit() -> None:
    if thread.quick is not None:
        _settle(thread.quick)


atexit.register(safely, _at_exit)
