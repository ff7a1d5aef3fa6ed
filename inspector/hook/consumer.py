"""Follows every iterator of a DataLoader: who waits in `next()`, for how long, and what it finds.

Time belongs to one loader at a time in each thread: a validation loop inside a training loop has its own waits and
steps, and the training step around it is what is left.
"""

from __future__ import annotations

import os
import threading
import weakref
from time import monotonic
from typing import Any

from . import batches, handover, layout, naming, past, sweep
from . import replay as replaying
from .rings import Ring

(
    BATCHES, IMAGES, WAIT, STEP, STEPS, START_UP, STARTS, FIRST_WAIT, SHUTDOWN, EPOCHS, DEPTH_SUM, DEPTHS,
    HELD_BACK_SUM, IN_FLIGHT_SUM, ERRORS, PICTURES, BEGAN, LAST, DEPTH, HELD_BACK, IN_FLIGHT, PIN, PINS, OTHER_THREAD,
    NESTED, WAITING_SINCE, EPOCH_BATCHES, HANDED, HANDED_WAIT, HANDED_STEP, HANDED_FIRST, REPLAYED, REPLAY, BEGIN,
) = range(len(layout.LOADER_TOTALS))  # fmt: skip

_MOST_LOADERS = 64  # rings a process
_MOST_CALLERS = 24
_MARK = "_inspector_iteration"


_MOST_TRACEBACK = 2000


class _Thread(threading.local):
    """What one thread does: which iteration its time belongs to, since when."""

    def __init__(self) -> None:
        self.stack: list[Iteration] = []
        self.since = 0.0
        self.running: list[Iteration] = []  # whose next() it is in, outermost first
        self.pinning = 0
        self.is_other = threading.current_thread() is not threading.main_thread()


thread = _Thread()


class LoaderRing:
    """A loader's ring, and what is known of it. A loader that is made again takes the place of the one before."""

    def __init__(self, key: Any, about: dict[str, Any]) -> None:
        self.key = key
        self.about = about
        self.ring = Ring(layout.KIND_LOADER, len(layout.LOADER_TOTALS))
        self.pictures = batches.Pictures(self.ring.number)
        self.owner: Any = None  # weak reference to the loader
        self.workers: list[tuple[int, int]] = []  # (process id, number) of those that may run
        self.past = past.PastWorkers(self.ring.number)
        self.errors = 0
        self.begun = False
        self.replay = replaying.wanted()
        self.show()

    def show(self) -> None:
        self.ring.describe({**self.about, "workers": self.workers})

    def handed_over(self, wait: float, step: float, first: bool) -> None:
        """A thread had taken a batch, and now it is used."""
        with self.ring.lock:
            totals = self.ring.totals
            totals[HANDED] += 1
            totals[HANDED_WAIT] += wait
            totals[HANDED_STEP] += step
            totals[HANDED_FIRST] += wait if first else 0.0

    def note_error(self, content: dict[str, Any]) -> None:
        place = layout.SLOWEST_NOTES + self.errors % (layout.NOTES - layout.SLOWEST_NOTES)
        self.errors += 1
        self.ring.totals[ERRORS] += 1
        self.ring.note(place, content)


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


_loaders: weakref.WeakKeyDictionary[Any, LoaderRing] = weakref.WeakKeyDictionary()
_watched: list[LoaderRing] = []
_lock = threading.Lock()
thread_workers: dict[int, tuple[int, int]] = {}  # by thread: number of the loader's ring, and the worker's
_generation = 0  # rises in each forked child


def _after_fork() -> None:
    """A child's loaders are its own: it must not write into its parent's rings."""
    global _loaders, _watched, _lock, thread, _generation
    _loaders, _watched, _lock, thread = weakref.WeakKeyDictionary(), [], threading.Lock(), _Thread()
    _generation += 1


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


def _number(name: str) -> int | None:
    text = os.environ.get(name, "")
    return int(text) if text.isdigit() else None


def _rank() -> int:
    return _number("RANK") or 0


def _world_size() -> int:
    return _number("WORLD_SIZE") or 1


# --- making an iterator ------------------------------------------------------------------------------------


def start(iterator: Any, loader: Any) -> None:
    """An iterator is being made for this loader."""
    _iteration(iterator, loader)


def before_first(loader: Any) -> None:
    """Before the first iterator of a loader: the place to measure it with other settings."""
    watched = watched_loader(loader)
    if watched.begun or thread.running:
        return
    watched.begun = True
    began = monotonic()
    sweep.sweep(loader, watched.ring.number)
    thread.since += monotonic() - began  # nobody's step


def begin_start_up() -> float:
    """Before an iterator is made or reset; what passes until `end_start_up` is start-up."""
    now = monotonic()
    if not thread.running:
        _charge(now)
    return now


def end_start_up(began: float, iterator: Any, loader: Any) -> None:
    """It is made: its workers run."""
    iteration = _iteration(iterator, loader)
    now = monotonic()
    iteration.batches, iteration.ended = 0, False
    totals = iteration.loader.ring.totals
    with iteration.loader.ring.lock:
        totals[START_UP] += now - began
        totals[STARTS] += 1
        if totals[STARTS] == 1:
            totals[BEGIN] += now - began
        totals[EPOCH_BATCHES] = 0
        if not totals[BEGAN]:
            totals[BEGAN] = began
        _know_workers(iteration, iterator)
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
    iteration.loader.workers = iteration.loader.past.take_in(iteration.loader.workers)
    for number, worker in enumerate(workers):
        pid = getattr(worker, "pid", None)
        if isinstance(worker, threading.Thread):
            thread_workers[worker.ident or 0] = (iteration.loader.ring.number, number)
        elif isinstance(pid, int):
            iteration.loader.workers.append((pid, number))
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
    totals = iteration.loader.ring.totals
    _end_step(iteration)
    if iteration.batches:
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
        if _pinned:
            _take_pinned(iterator, totals)
        if thread.is_other:
            totals[OTHER_THREAD] += 1
            handover.send(data, loader)
        ring.event(
            now, wait, iteration.step_s, images, totals[DEPTH], totals[HELD_BACK], totals[IN_FLIGHT], totals[STARTS]
        )
        iteration.step_s = 0.0
    if loader.replay is not None:
        loader.replay.keep(data)
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
        thread.since = monotonic()


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
            loader.note_error(_error(iterator, error, now))
            loader.about["traceback"] = _traceback(error)
            loader.show()
        iteration.ended = True
        iteration.batches = 0
        iteration.sent.clear()
    if not running:
        if iteration in thread.stack:
            thread.stack.remove(iteration)
        thread.since = now


# --- pinning -----------------------------------------------------------------------------------------------


_pinned: dict[int, list[float]] = {}  # thread -> (seconds, batches), until its loader's next batch is taken


def begin_pin() -> float | None:
    """A batch, or a part of one, is being pinned."""
    thread.pinning += 1
    return monotonic() if thread.pinning == 1 else None


def end_pin(began: float | None) -> None:
    """It is pinned."""
    thread.pinning -= 1
    if began is not None:
        sums = _pinned.setdefault(threading.get_ident(), [0.0, 0.0])
        sums[0] += monotonic() - began
        sums[1] += 1


def _take_pinned(iterator: Any, totals: Any) -> None:
    pinner = getattr(iterator, "_pin_memory_thread", None)
    sums = _pinned.get(threading.get_ident() if pinner is None else pinner.ident or 0)
    if sums is not None:
        totals[PIN] += sums[0]
        totals[PINS] += sums[1]
        sums[0] = sums[1] = 0.0


def _error(iterator: Any, error: Exception, now: float) -> dict[str, Any]:
    text = str(error)
    note = {"time_s": now, "type": type(error).__name__, "message": text[-1200:] if len(text) > 1200 else text}
    for number, worker in enumerate(getattr(iterator, "_workers", ())):
        status = getattr(worker, "exitcode", None)
        if status:  # it has died; a full /dev/shm is a common reason
            note.update(worker=number, pid=worker.pid, exit_status=status, shm_free_bytes=_free_bytes("/dev/shm"))
            break
    return note


def _free_bytes(place: str) -> int | None:
    try:
        status = os.statvfs(place)
    except (AttributeError, OSError):
        return None
    return status.f_bavail * status.f_frsize


def _traceback(error: Exception) -> str:
    """The end of it; a worker's is in the message."""
    import traceback  # only here: not at the start of every Python of a training

    try:
        return "".join(traceback.format_exception(type(error), error, error.__traceback__))[-_MOST_TRACEBACK:]
    except Exception:  # an error whose text cannot be made
        return ""


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
