"""Follows every iterator of a DataLoader: who waits in `next()`, for how long, and what it finds.

One file, as its functions are called in turn within microseconds of a training.
"""

from __future__ import annotations

import threading
from time import monotonic
from typing import Any

from . import batches, deaths, handover, memory, pinning, sweep
from .iterations import MARK, Iteration, charge, end_step, iteration_of, thread
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
    REPLAYED,
    SHUTDOWN,
    START_UP,
    START_UP_AHEAD,
    STARTS,
    WAIT,
    WAITING_SINCE,
    watched_loader,
)  # fmt: skip

thread_workers: dict[int, tuple[int, int]] = {}  # by thread: number of the loader's ring, and the worker's


# --- making an iterator ------------------------------------------------------------------------------------


def start(iterator: Any, loader: Any) -> None:
    """An iterator is being made for this loader."""
    iteration_of(iterator, loader)


def begin_start_up(loader: Any = None) -> float:
    """Before an iterator is made or reset; what passes until `end_start_up` is start-up.

    Before the first of a loader is the place to measure it with other settings, which is not. `loader`: where it may be
    the first.
    """
    now = monotonic()
    if not thread.running:
        charge(now)
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
    iteration = iteration_of(iterator, loader)
    iteration.batches, iteration.ended = 0, False
    totals = iteration.loader.ring.totals
    with iteration.loader.ring.lock:
        _know_workers(iteration, iterator)
        now = monotonic()
        totals[START_UP] += now - began
        if thread.is_other:
            totals[START_UP_AHEAD] += now - began
        totals[STARTS] += 1
        if totals[STARTS] == 1:
            totals[BEGIN] += now - began
        totals[EPOCH_BATCHES] = 0
        if not totals[BEGAN]:
            totals[BEGAN] = began
    if not thread.running:
        thread.since = now


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
    iteration: Iteration | None = getattr(iterator, MARK, None)
    now = monotonic()
    if (
        iteration is not None
        and thread.quick is iteration
        and now < iteration.quick_until
        and iteration.quick_steps < iteration.quick_most
    ):
        thread.running.append(iteration)
        iteration.wait_began = iteration.loader.ring.totals[WAITING_SINCE] = now
        return iteration
    iteration = iteration_of(iterator)
    if not thread.running:
        charge(now)
    thread.running.append(iteration)
    iteration.wait_began = now
    if thread.is_other:
        handover.expect()
    loader = iteration.loader
    totals = loader.ring.totals
    end_step(iteration)
    iteration.closely = iteration.is_looked_at(now)
    if iteration.closely and iteration.batches:
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
    if thread.quick is iteration:
        if now < iteration.quick_until:
            _only_count(iteration, images)
            return
        charge(iteration.wait_began)  # it was not quick
        end_step(iteration)
        iteration.closely = False
        iteration.closely_in -= 1
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
        if iteration.closely_in > 1 and not thread.is_other and loader.replay is None and not pinning.pinned:
            iteration.be_quick(thread.since)


def _only_count(iteration: Iteration, images: int) -> None:
    """A batch soon after another one; `charge` takes in its time."""
    ring = iteration.loader.ring
    totals = ring.totals
    with ring.lock:
        totals[BATCHES] += 1
        totals[IMAGES] += images
        iteration.batches += 1
        totals[EPOCH_BATCHES] = iteration.batches
        totals[WAITING_SINCE] = 0.0
    now = monotonic()
    iteration.quick_steps += 1
    iteration.quick_step_s += iteration.wait_began - iteration.quick_at
    iteration.quick_wait_s += now - iteration.wait_began
    iteration.quick_at = now


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
    iteration: Iteration | None = getattr(iterator, MARK, None)
    again = None if iteration is None else iteration.loader.replay
    if iteration is None or again is None or not again.ready or thread.running:
        return None
    now = monotonic()
    charge(now)
    end_step(iteration)
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
    iteration: Iteration | None = getattr(iterator, MARK, None)
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
    if thread.quick is iteration:
        charge(iteration.wait_began)
        end_step(iteration)
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
