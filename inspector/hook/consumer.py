"""Follows every iterator of a DataLoader: who waits in `next()`, for how long, and what it finds.

Time belongs to one loader at a time in each thread: a validation loop inside a training loop has its own waits and
steps, and the training step around it is what is left.

One file, as its functions share what a thread knows, and are called in turn within microseconds of a training.
"""

from __future__ import annotations

import os
import threading
import weakref
from time import monotonic
from typing import Any

from . import batches, deaths, handover, memory, pinning, sweep
from .loaders import (
    BATCHES,
    BEGAN,
    BEGIN,
    DEPTH,
    DEPTH_SUM,
    DEPTHS,
    EPOCH_BATCHES,
    EPOCHS,
    FIRST_WAIT,
    HELD_BACK,
    HELD_BACK_SUM,
    IMAGES,
    IN_FLIGHT,
    IN_FLIGHT_SUM,
    LAST,
    NESTED,
    OTHER_THREAD,
    PICTURES,
    REPLAY,
    REPLAYED,
    SHUTDOWN,
    START_UP,
    STARTS,
    STEP,
    STEPS,
    WAIT,
    WAITING_SINCE,
    LoaderRing,
    watched_loader,
)  # fmt: skip

_MARK = "_inspector_iteration"
_SELDOM_S = 0.001  # of quicker batches only some are looked at closely; the totals have them all


class _ConsumerThread(threading.local):
    """What one thread does: which iteration its time belongs to, since when."""

    def __init__(self) -> None:
        self.stack: list[Iteration] = []
        self.since = 0.0
        self.running: list[Iteration] = []  # whose next() it is in, outermost first
        self.is_other = threading.current_thread() is not threading.main_thread()


thread = _ConsumerThread()


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


thread_workers: dict[int, tuple[int, int]] = {}  # by thread: number of the loader's ring, and the worker's
_generation = 0  # rises in each forked child


def _after_fork() -> None:
    global thread, _generation
    thread = _ConsumerThread()
    _generation += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


# --- making an iterator ------------------------------------------------------------------------------------


def start(iterator: Any, loader: Any) -> None:
    """An iterator is being made for this loader."""
    _iteration(iterator, loader)


def begin_start_up(loader: Any = None) -> float:
    """Before an iterator is made or reset; what passes until `end_start_up` is start-up.

    Before the first of a loader is the place to measure it with other settings, which is not. `loader`: where it may be
    the first.
    """
    now = monotonic()
    if not thread.running:
        _charge(now)
    watched = None if loader is None else watched_loader(loader)
    if watched is None or watched.begun or thread.running:
        return now
    watched.begun = True
    began = monotonic()
    sweep.sweep(loader, watched.ring.number)
    swept = monotonic() - began
    thread.since += swept  # nobody's step
    return now + swept


def end_start_up(began: float, iterator: Any, loader: Any) -> None:
    """It is made: its workers run. What is done here is a part of it, as a stopwatch around `iter()` has it, too."""
    iteration = _iteration(iterator, loader)
    iteration.batches, iteration.ended = 0, False
    totals = iteration.loader.ring.totals
    with iteration.loader.ring.lock:
        _know_workers(iteration, iterator)
        now = monotonic()
        totals[START_UP] += now - began
        totals[STARTS] += 1
        if totals[STARTS] == 1:
            totals[BEGIN] += now - began
        totals[EPOCH_BATCHES] = 0
        if not totals[BEGAN]:
            totals[BEGAN] = began
    if not thread.running:
        thread.since = now


def _iteration(iterator: Any, loader: Any = None) -> Iteration:
    found: Iteration | None = getattr(iterator, _MARK, None)
    if found is None or found.generation != _generation:  # made before we were there, or this process was forked since
        found = Iteration(watched_loader(loader if loader is not None else iterator), iterator)
        setattr(iterator, _MARK, found)
    return found


def _know_workers(iteration: Iteration, iterator: Any) -> None:
    workers = getattr(iterator, "_workers", None)
    if not workers or iteration.workers_known:
        return
    iteration.workers_known = True
    deaths.note_deaths(iteration.loader)
    iteration.loader.last = iteration
    iteration.loader.oom_kills = memory.oom_kills()
    iteration.loader.workers = iteration.loader.past.take_in(iteration.loader.workers)
    for number, worker in enumerate(workers):
        pid = getattr(worker, "pid", None)
        if isinstance(worker, threading.Thread):
            thread_workers[worker.ident or 0] = (iteration.loader.ring.number, number)
        elif isinstance(pid, int):
            iteration.loader.workers.append((pid, number))
            iteration.loader.alive.append((number, worker))
    iteration.loader.show()


# --- next() ------------------------------------------------------------------------------------------------


def begin_next(iterator: Any) -> Iteration:
    """Somebody asks for a batch."""
    iteration = _iteration(iterator)
    now = monotonic()
    if not thread.running:
        _charge(now)
    thread.running.append(iteration)
    iteration.wait_began = now
    if thread.is_other:
        handover.arm()
    loader = iteration.loader
    totals = loader.ring.totals
    _end_step(iteration)
    iteration.closely = closely = now >= loader.closely_at or not iteration.batches
    if closely:
        loader.closely_at = now + _SELDOM_S
    if closely and iteration.batches:
        depth, held_back, in_flight = _queue(iteration, iterator)
        if depth is not None:
            totals[DEPTH_SUM] += depth
            totals[DEPTHS] += 1
            totals[HELD_BACK_SUM] += held_back
            totals[IN_FLIGHT_SUM] += in_flight
            totals[DEPTH], totals[HELD_BACK], totals[IN_FLIGHT] = depth, held_back, in_flight
    totals[WAITING_SINCE] = now
    return iteration


def _queue(iteration: Iteration, iterator: Any) -> tuple[float | None, float, float]:
    """(complete batches, those of them that wait for an earlier one, all that are on their way)."""
    if iteration.qsize_fails:
        return None, 0.0, 0.0
    try:
        queue = iterator._data_queue
        held_back = len(iterator._task_info) - iterator._tasks_outstanding
        depth = held_back + queue.qsize()
        unpinned = iterator._worker_result_queue
        if unpinned is not queue:
            depth += unpinned.qsize()
        return float(depth), float(held_back), float(iterator._send_idx - iterator._rcvd_idx)
    except Exception:  # no workers, no qsize() on macOS, or names that have changed
        iteration.qsize_fails = True
        return None, 0.0, 0.0


def end_next(iteration: Iteration, iterator: Any, data: Any) -> None:
    """There is a batch."""
    now = monotonic()
    wait = now - iteration.wait_began
    loader = iteration.loader
    ring = loader.ring
    running = thread.running
    if running and running[-1] is iteration:
        running.pop()
    indices = _indices(iteration, iterator)
    images = batches.count(data, indices, loader.about)
    totals = ring.totals
    with ring.lock:
        totals[BATCHES] += 1
        totals[IMAGES] += images
        totals[WAIT] += wait
        if not iteration.batches:
            totals[FIRST_WAIT] += wait
            if totals[STARTS] <= 1:
                totals[BEGIN] += wait
            if not totals[BEGAN]:
                totals[BEGAN] = iteration.wait_began
        iteration.batches += 1
        totals[EPOCH_BATCHES] = iteration.batches
        totals[LAST] = now
        totals[WAITING_SINCE] = 0.0
        if running:
            totals[NESTED] += 1
        if pinning.pinned:
            pinning.take(iterator, totals)
        if thread.is_other:
            totals[OTHER_THREAD] += 1
            handover.send(data, loader)
        if iteration.closely:
            queued = totals[DEPTH], totals[HELD_BACK], totals[IN_FLIGHT]
            ring.event(now, wait, iteration.step_s, images, *queued, totals[STARTS])
        iteration.step_s = 0.0
    if loader.replay is not None:
        loader.replay.keep(data)
    if now >= loader.look_at:
        loader.look_at_cores(now)
    if now >= loader.pictures.next_at:
        taken = loader.pictures.take(now, data, indices, iterator, int(totals[BATCHES]) - 1, int(totals[STARTS]) - 1)
        totals[PICTURES] += taken
    if not running:
        stack = thread.stack
        if not stack or stack[-1] is not iteration:
            if iteration in stack:
                stack.remove(iteration)
            stack.append(iteration)
            del stack[:-16]
        iteration.stepping = True
        thread.since = _waited_for_us(iteration, now)


def _waited_for_us(iteration: Iteration, since: float) -> float:
    """What was done here is a part of the wait, too: a stopwatch around `next()` has it. The time now."""
    now = monotonic()
    totals, own = iteration.loader.ring.totals, now - since
    totals[WAIT] += own
    if iteration.batches == 1:
        totals[FIRST_WAIT] += own
        if totals[STARTS] <= 1:
            totals[BEGIN] += own
    return now


class End:
    """In place of a batch: the epoch is over."""


def replay(iterator: Any) -> Any:
    """(a batch that was given before,) or `End`, where batches are handed out again; else None."""
    iteration: Iteration | None = getattr(iterator, _MARK, None)
    again = None if iteration is None else iteration.loader.replay
    if iteration is None or again is None or not again.ready or thread.running:
        return None
    now = monotonic()
    _charge(now)
    _end_step(iteration)
    again.active = True
    totals = iteration.loader.ring.totals
    if not iteration.batches:
        iteration.wait_began = now
    if again.is_over(iterator, iteration.batches, iteration.wait_began, now):
        iteration.ended, iteration.batches = True, 0
        thread.stack.clear()
        return End
    iteration.batches += 1
    iteration.ended = False
    totals[REPLAYED] += 1
    if iteration not in thread.stack:
        thread.stack.append(iteration)
    thread.since = monotonic()
    return (again.next(),)


def _indices(iteration: Iteration, iterator: Any) -> Any:
    """The indices of the batch that was just given; None where they are not known."""
    sent = iteration.sent
    if not sent:
        return None
    received = getattr(iterator, "_rcvd_idx", None)
    if received is None:  # no workers
        return sent.pop(-1, None)
    if not getattr(iterator, "_in_order", True):
        sent.clear()
        return None
    found = sent.pop(received - 1, None)
    if len(sent) > 4096:
        sent.clear()
    return found


def note_index(iterator: Any, index: Any) -> None:
    """These samples are asked for next."""
    iteration: Iteration | None = getattr(iterator, _MARK, None)
    if iteration is not None:
        iteration.sent[getattr(iterator, "_send_idx", -1)] = index


def fail_next(iteration: Iteration, iterator: Any, error: BaseException) -> None:
    """There is no batch: the epoch has ended, or something went wrong."""
    now = monotonic()
    loader = iteration.loader
    ring = loader.ring
    running = thread.running
    if running and running[-1] is iteration:
        running.pop()
    totals = ring.totals
    iteration.step_s = 0.0
    with ring.lock:
        totals[WAITING_SINCE] = 0.0
        totals[SHUTDOWN] += now - iteration.wait_began
        if isinstance(error, StopIteration):
            if not iteration.ended:
                totals[EPOCHS] += 1
        elif isinstance(error, Exception):
            deaths.note_error(loader, iterator, iteration.sent, error, now)
        iteration.ended = True
        iteration.batches = 0
        if isinstance(error, StopIteration):
            iteration.sent.clear()
    if not running:
        if iteration in thread.stack:
            thread.stack.remove(iteration)
        thread.since = now


def _charge(now: float) -> None:
    """What has passed since the last batch was the step of whoever got it."""
    stack = thread.stack
    while stack:
        iteration = stack[-1]
        if iteration.ended or iteration.iterator() is None:
            stack.pop()
            continue
        replay = iteration.loader.replay
        iteration.step_s += now - thread.since
        iteration.loader.ring.totals[STEP if replay is None or not replay.active else REPLAY] += now - thread.since
        break
    thread.since = now


def _end_step(iteration: Iteration) -> None:
    if iteration.stepping:
        iteration.stepping = False
        iteration.loader.ring.totals[STEPS] += 1
