"""The one waiting point: results, deaths, changed settings and freed memory all wake the same thread.

It starts, watches, replaces and stops workers, and keeps each supplied with a few milliseconds of work: enough to
bridge the time until it is asked again, little enough that a slow image holds nothing else back.
"""

import contextlib
import logging
import os
import selectors
import signal
import socket
import threading
import time
from collections import deque
from dataclasses import replace
from typing import cast

from inspector.config import Engine, LoaderConfig
from inspector.dataset.index import FileIndex
from inspector.dataset.problems import Problem, ProblemKind
from inspector.errors import InspectorError, MemoryLimitError, WorkerStartError
from inspector.loader.channel import Channel
from inspector.loader.counters import WorkerSnapshot
from inspector.loader.crew import Worker
from inspector.loader.messages import (
    Exited,
    Hello,
    LoadSamples,
    Message,
    Results,
    SampleResult,
    SampleTask,
    WorkerFailed,
    WorkerSpec,
)
from inspector.loader.planner import Planner, Sample
from inspector.loader.slots import Arena, Slot, SlotPool
from inspector.loader.starter import Starter, make_starter

_log = logging.getLogger(__name__)

_CHUNK_US = 5_000.0  # work sent in one message
_BUFFERED_US = 15_000.0  # work that a worker has at hand
_MOST_BUFFERED = 64
_CRASHES_ALLOWED = 2  # deaths from within (a segmentation fault) before a sample is given up
_KILLS_ALLOWED = 9  # deaths from outside (SIGKILL, SIGTERM: an operator, or no memory left)
_TIMEOUTS_ALLOWED = 1
_START_FAILURES_ALLOWED = 3
_WATCH_S = 0.5


class Supervisor:
    """Runs the workers of one loader in a thread of its own.

    `changed` guards all state, the planner's included, and is notified whenever a batch has become complete.
    """

    def __init__(self, config: LoaderConfig, index: FileIndex, planner: Planner, arena: Arena, pool: SlotPool) -> None:
        self.changed = threading.Condition(threading.Lock())
        self.planner = planner
        self.engine: Engine = config.engine
        self.num_workers = config.num_workers
        self.restarts = 0
        self.bytes_read = 0
        self.queue_depth_s = 0.0
        self.held_bytes = 0  # in delivered batches that the consumer still holds
        self.consumer_waits = False
        self.arena = arena
        self._config = config
        self._index = index
        self._pool = pool
        self._folder = os.getcwd()
        self.spec = WorkerSpec(
            config.image_size, config.dtype, config.transform, config.on_damaged, config.max_pixels, config.seed
        )
        self._held: dict[int, Slot] = {}  # delivered and not yet given back, by offset
        self._returned: deque[int] = deque()  # offsets
        self._workers: dict[int, Worker] = {}
        self._next_life = 0
        self._next_watch_s = 0.0
        self._starter_failures = 0
        self._starter: Starter | None = None
        self._mean_us = 0.0
        self._depth_since = time.monotonic()
        self.stopping = False
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._selector.register(self._wake_read, selectors.EVENT_READ, None)
        self._thread = threading.Thread(target=self._run, name="inspector-supervisor", daemon=True)

    # --- called by the loader, from any thread -------------------------------------------------------------

    def start(self) -> None:
        """Begin to supervise."""
        self._thread.start()

    def wake(self) -> None:
        """Make the supervisor look again soon. Safe in finalizers: takes no lock."""
        with contextlib.suppress(OSError):  # full: it will wake anyway; closed: nothing to wake
            self._wake_write.send(b"w")

    def request_stop(self) -> None:
        """Begin to stop; returns at once."""
        self.stopping = True  # without the lock: a finalizer may run this in a thread that holds it
        self.wake()

    def close(self) -> None:
        """Stop all workers and wait until they are gone."""
        self.request_stop()
        if self._thread.ident is None:  # it was never started
            self._release()
        elif self._thread is not threading.current_thread():
            self._thread.join()

    def worker_snapshots(self) -> tuple[WorkerSnapshot, ...]:
        """The live workers, by number. Call with `changed` held."""
        now = time.monotonic()
        snapshots = []
        for number, worker in sorted(self._workers.items()):
            at_sample, since = self.arena.progress(number)
            current_s = max(0.0, now - since) if at_sample in worker.outstanding else 0.0
            snapshots.append(worker.snapshot(self._index, current_s))
        return tuple(snapshots)

    def count_depth(self) -> None:
        """Bring the integral of the queue depth up to now; before every change of it, with `changed` held."""
        now = time.monotonic()
        self.queue_depth_s += len(self.planner.complete) * (now - self._depth_since)
        self._depth_since = now

    def task(self, sample: Sample) -> SampleTask:
        """The order to load a sample into the place that is reserved for it."""
        assert sample.slot is not None
        slot = sample.slot
        capacity = self.planner.cell_bytes or slot.nbytes
        path = os.path.join(self._folder, self._index.path(sample.index))  # a worker's own folder may be another
        return SampleTask(
            sample.sample_id, path, sample.index, sample.epoch.number, slot.cell_offset(sample.cell), capacity
        )

    def hold(self, slot: Slot) -> None:
        """A delivered slot is the consumer's until `give_back`. With `changed` held."""
        self._held[slot.offset] = slot
        self.held_bytes += slot.nbytes

    def give_back(self, offset: int) -> None:
        """The last array in a slot is gone. Called by finalizers at any moment, so it takes no lock."""
        self._returned.append(offset)
        if len(self._returned) == 1:  # else a wake-up is on its way already
            self.wake()

    def reclaim(self) -> None:
        """Make memory that was given back usable again. With `changed` held."""
        while self._returned:
            slot = self._held.pop(self._returned.popleft(), None)
            if slot is not None:
                self.held_bytes -= slot.nbytes
                self.planner.reclaim(slot)

    def resolve(self, result: SampleResult) -> None:
        """Hand one result to the planner and wake the consumer. With `changed` held."""
        self.bytes_read += result.file_bytes
        if result.problem is not None:
            problem = replace(result.problem, path=self._index.path(result.problem.index))
            result = result._replace(problem=problem)
        self.count_depth()
        self.planner.resolve(result)

    def _release(self) -> None:
        self._wake_read.close()
        self._wake_write.close()
        self._selector.close()
        self.arena.close()

    # --- the thread ----------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while self._step():
                pass
        except Exception as error:  # a fault of ours must reach the consumer, or it would wait for ever
            _log.exception("the loader's supervisor failed")
            with self.changed:
                self.planner.error = InspectorError(f"the loader failed unexpectedly: {type(error).__name__}: {error}")
                self.changed.notify_all()
        finally:
            self._end_all()
            self._release()

    def _step(self) -> bool:
        self.planner.prepare_order()
        with self.changed:
            if self.stopping:
                return False
            self.reclaim()
            self._adjust_workers()
            orders = self._plan()
            if self.planner.complete or self.planner.error or self.planner.finished:
                self.changed.notify_all()
        for worker, tasks in orders:
            self._send(worker, tasks)
        for key, _ in self._selector.select(_WATCH_S):
            if key.data is None:
                self._drain_wakes()
            elif isinstance(key.data, Worker):
                self._receive(key.data)
            else:
                self._receive_deaths(cast("Starter", key.data))
        self._watch()
        return True

    def _drain_wakes(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._wake_read.recv(4096)

    # --- work out ------------------------------------------------------------------------------------------

    def _plan(self) -> list[tuple[Worker, list[SampleTask]]]:
        """Who gets which samples now. The least supplied worker is served first."""
        orders: dict[int, tuple[Worker, list[SampleTask]]] = {}
        chunk = max(1, min(_MOST_BUFFERED // 3, int(_CHUNK_US / self._mean_us))) if self._mean_us else 1
        most = max(2, min(_MOST_BUFFERED, int(_BUFFERED_US / self._mean_us))) if self._mean_us else 2
        able = [worker for worker in self._workers.values() if worker.wanted and worker.ready_since is not None]
        while able:
            worker = min(able, key=lambda each: len(each.outstanding))
            room = most - len(worker.outstanding)
            if room < min(chunk, most // 2):
                break
            samples = self._take(min(chunk, room))
            if samples and not worker.outstanding:
                worker.seen_s = time.monotonic()
            for sample in samples:
                worker.outstanding[sample.sample_id] = sample
                orders.setdefault(worker.worker_id, (worker, []))[1].append(self.task(sample))
            if not samples:
                break
        if able and not self.planner.sent:
            self.resolve_blockade()
        return list(orders.values())

    def _take(self, count: int) -> list[Sample]:
        samples: list[Sample] = []
        while len(samples) < count and (sample := self.planner.take()) is not None:
            samples.append(sample)
        return samples

    def resolve_blockade(self) -> None:
        """Nothing is being loaded: fine where enough is complete; else memory is short, and something must go."""
        planner = self.planner
        if planner.complete or planner.error or planner.finished:
            return
        self.count_depth()
        planner.form()
        if planner.complete or planner.error or planner.finished:
            return
        if planner.make_room():
            self.wake()
        elif self.consumer_waits:
            held, limit = self.held_bytes / 1e6, self._pool.capacity / 1e6
            planner.error = MemoryLimitError(
                f"the next batch does not fit into memory_limit_bytes = {limit:.0f} MB, of which batches that the "
                f"program still holds take {held:.0f} MB: raise the limit, or lower batch_size or image_size"
            )

    def _send(self, worker: Worker, tasks: list[SampleTask]) -> None:
        if worker.channel is not None:
            with contextlib.suppress(OSError):  # its death is noticed by the selector, and the samples sent again
                worker.channel.send(LoadSamples(tuple(tasks)))

    # --- what workers say ----------------------------------------------------------------------------------

    def _receive(self, worker: Worker) -> None:
        if worker.channel is None:
            return
        messages, alive = worker.channel.receive_ready()
        if messages:
            with self.changed:
                for message in messages:
                    self._handle(worker, message)
        if not alive:
            self._selector.unregister(worker.channel)
            worker.ended = True
            if worker.starter is self._starter and worker.starter is not None:
                exits, _ = worker.starter.poll((worker.life,))
                self._bury(exits)
            else:
                with self.changed:
                    self._lose(worker, None)

    def _handle(self, worker: Worker, message: Message) -> None:
        if isinstance(message, Results):
            for result in message.results:
                sample = worker.outstanding.pop(result.sample_id, None)
                if sample is None:
                    continue
                if not result.needs_bytes:
                    worker.count(result, sample.index)
                self._mean_us += (result.total_us - self._mean_us) * (0.05 if self._mean_us else 1.0)
                self.resolve(result)
            worker.seen_s = time.monotonic()
        elif isinstance(message, Hello):
            worker.ready(message.pid)
            self._starter_failures = 0
        elif isinstance(message, WorkerFailed):
            self._fail(WorkerStartError(f"a worker could not start to work: {message.reason}"))

    def _fail(self, error: Exception) -> None:
        if self.planner.error is None:
            self.planner.error = error
        self.changed.notify_all()

    # --- starting and stopping workers ---------------------------------------------------------------------

    def _adjust_workers(self) -> None:
        """Bring the number of workers to what is asked for; with `changed` held."""
        wanted = 0 if self.engine == "serial" else self.num_workers
        for worker in list(self._workers.values()):
            worker.wanted = worker.worker_id < wanted
            if not worker.wanted and not worker.outstanding and worker.channel is not None:
                self._dismiss(worker)
        for worker_id in range(wanted):
            worker = self._workers.get(worker_id) or Worker(worker_id, self._next_life)
            if worker.channel is None and self.planner.error is None and not self._start(worker):
                break
            self._workers[worker_id] = worker

    def _current_starter(self) -> Starter:
        if self._starter is None:
            self._starter = make_starter(self.engine, self.spec, self.arena)
            waitable = self._starter.waitable()
            if waitable is not None:
                self._selector.register(waitable, selectors.EVENT_READ, self._starter)
        return self._starter

    def _start(self, worker: Worker) -> bool:
        self._next_life += 1
        try:
            worker.starter = self._current_starter()
            channel = worker.starter.start(worker.worker_id, self._next_life)
        except (OSError, WorkerStartError) as error:
            if not self._workers:
                self._fail(
                    WorkerStartError(f"no worker could be started: {error}. Close other programs or raise `ulimit -n`")
                )
            self.num_workers = len(self._workers)  # go on with those that there are
            return False
        worker.begin_life(channel, self._next_life)
        self._selector.register(channel, selectors.EVENT_READ, worker)
        return True

    def _dismiss(self, worker: Worker) -> None:
        """Let an idle worker go: it ends when its channel does."""
        channel = cast("Channel", worker.channel)
        with contextlib.suppress(KeyError):  # unregistered already when it died
            self._selector.unregister(channel)
        worker.end_life()
        del self._workers[worker.worker_id]

    # --- deaths --------------------------------------------------------------------------------------------

    def _receive_deaths(self, starter: Starter) -> None:
        exits, alive = starter.poll(())
        self._bury(exits)
        if not alive:
            self._replace_starter(starter)

    def _bury(self, exits: list[Exited]) -> None:
        for exited in exits:
            with self.changed:
                worker = next((each for each in self._workers.values() if each.life == exited.life), None)
                if worker is None:
                    continue  # it was dismissed
                self._read_last_results(worker)
                self._lose(worker, exited)

    def _read_last_results(self, worker: Worker) -> None:
        if worker.channel is not None:
            for message in worker.channel.receive_ready()[0]:
                self._handle(worker, message)

    def _lose(self, worker: Worker, exited: Exited | None) -> None:
        """A worker is gone: its samples are loaded again, and the one it died on is remembered."""
        was_ready = worker.ready_since is not None
        if worker.channel is not None:
            with contextlib.suppress(KeyError):
                self._selector.unregister(worker.channel)
        worker.end_life()
        at_sample, _ = self.arena.progress(worker.worker_id)
        self.arena.end_sample(worker.worker_id)
        self.count_depth()
        for sample in list(worker.outstanding.values()):
            if sample.sample_id == at_sample and exited is not None and self._give_up(sample, exited, worker):
                continue
            self.planner.retry(sample)
        worker.outstanding.clear()
        if not worker.wanted:
            del self._workers[worker.worker_id]
            return
        worker.restarts += 1
        self.restarts += 1
        worker.failures_in_row += exited is not None and not was_ready  # else its starter was killed
        if worker.failures_in_row > _START_FAILURES_ALLOWED:
            self._fail(
                WorkerStartError(f"worker {worker.worker_id} ended {worker.failures_in_row} times before it could work")
            )

    def _give_up(self, sample: Sample, exited: Exited, worker: Worker) -> bool:
        """Whether this death was one too many for the sample that the worker was at."""
        path = self._index.path(sample.index)
        if worker.kill_requested:
            sample.timeouts += 1
            if sample.timeouts <= _TIMEOUTS_ALLOWED:
                return False
            limit = self._config.sample_timeout_s
            kind, reason = ProblemKind.TIMED_OUT, f"loading it took longer than {limit:g} s, {sample.timeouts} times"
        else:
            outside = exited.signal in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM))
            sample.kills += outside
            sample.crashes += not outside
            if sample.kills <= _KILLS_ALLOWED and sample.crashes <= _CRASHES_ALLOWED:
                return False
            how = signal.Signals(exited.signal).name if exited.signal else f"exit code {exited.exit_code}"
            kind, reason = ProblemKind.CRASHED, f"it ended its worker {sample.kills + sample.crashes} times ({how})"
        self.planner.skip(sample, Problem(path, kind, reason, sample.index, sample.epoch.number))
        return True

    def _replace_starter(self, starter: Starter) -> None:
        """The process that starts workers is gone. Its workers go on; the next one to be started needs a new one."""
        waitable = starter.waitable()
        if waitable is not None:
            self._selector.unregister(waitable)
        words = starter.last_words()
        starter.close()
        with self.changed:
            self._starter = None
            self._starter_failures += 1 if words else 0  # one that was killed has nothing to say, and is tried again
            for worker in list(self._workers.values()):
                if worker.starter is starter and worker.ended:
                    self._lose(worker, None)  # nobody is left who could say what it died of
            if self._starter_failures > _START_FAILURES_ALLOWED and not any(w.pid for w in self._workers.values()):
                self._fail(WorkerStartError(f"the process that starts workers keeps ending. It said: {words}"))

    def _watch(self) -> None:
        """Kill workers that have made no progress for too long."""
        now = time.monotonic()
        if now < self._next_watch_s:
            return
        self._next_watch_s = now + _WATCH_S
        with self.changed:
            for worker in self._workers.values():
                if not worker.outstanding or worker.channel is None or not (worker.starter and worker.starter.can_kill):
                    continue
                at_sample, since = self.arena.progress(worker.worker_id)
                last_sign = max(since, worker.seen_s) if at_sample >= 0 else worker.seen_s
                if now - last_sign > self._config.sample_timeout_s and not worker.kill_requested:
                    worker.kill_requested = True
                    self._kill(worker)

    def _kill(self, worker: Worker) -> None:
        if worker.starter is self._starter and worker.starter is not None:
            worker.starter.kill(worker.life)
        elif worker.pid is not None:  # its starter is gone; it is not, or its channel would have ended
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGKILL)

    def _end_all(self) -> None:
        with self.changed:
            self.changed.notify_all()
            for worker in self._workers.values():
                if worker.starter is not self._starter and not worker.ended:
                    self._kill(worker)
                worker.end_life()
            self._workers.clear()
            starter, self._starter = self._starter, None
        if starter is not None:
            starter.close()
        with self.changed:
            self.changed.notify_all()
