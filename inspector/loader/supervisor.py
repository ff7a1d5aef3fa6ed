"""The one waiting point: results, deaths, changed settings and freed memory all wake the same thread.

It keeps each worker of its `WorkerPool` supplied with a few milliseconds of work: enough to bridge the time until it is
asked again, little enough that a slow image holds nothing else back. It hands results to the planner, and sends the
samples of a worker that died again.
"""

import contextlib
import logging
import os
import selectors
import socket
import threading
import time
from collections import deque
from dataclasses import replace

from inspector.config import LoaderConfig
from inspector.errors import InspectorError, MemoryLimitError, WorkerStartError
from inspector.formats.problems import Problem
from inspector.loader.memory.slot_array import SlotRelease
from inspector.loader.memory.slots import Arena, Slot, SlotPool
from inspector.loader.planning.planner import Planner
from inspector.loader.planning.samples import Sample
from inspector.loader.slowest import SlowestSamples
from inspector.loader.workers.chunking import ChunkSizer
from inspector.loader.workers.handle import WorkerHandle
from inspector.loader.workers.messages import (
    Exited,
    Hello,
    LoadSamples,
    Message,
    SampleResult,
    SampleResults,
    SampleTask,
    WorkerFailed,
    WorkerSpec,
)
from inspector.loader.workers.pool import WorkerPool
from inspector.loader.workers.retry_policy import blame_death, blame_timeout
from inspector.loader.workers.starter import start_failure
from inspector.sources.dataset import Index

_log = logging.getLogger(__name__)

_WATCH_S = 0.5
_LOOK_FOR_MEMORY_S = 0.01


def _working_folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was deleted: paths that start from it lead nowhere, which their problems tell
        return ""


class Supervisor:
    """Keeps one loader going, in a thread of its own.

    `changed` guards all state, the planner's and the workers's included, and is notified whenever a batch has become
    complete or nothing more will. Without it the thread does only what may take long: wait, send, receive, make an
    epoch's order, and wait for a process that ended. `stopping` needs no lock, because finalizers use it, which may run
    in a thread that holds it.

    Attributes:
        workers: the workers.
        bytes_read: from files so far.
        queue_depth_s: integral of the number of complete batches over time, up to the last `count_depth`.
        held_bytes: in delivered batches that the consumer still holds.
        consumer_waits: the consumer is in `next()`.
        starved: workers have room for more samples than there is memory for, or than are to be prefetched.
        stopping: nothing more is delivered.
    """

    def __init__(
        self,
        config: LoaderConfig,
        spec: WorkerSpec,
        index: Index,
        planner: Planner,
        arena: Arena,
        pool: SlotPool,
    ) -> None:
        self.changed = threading.Condition(threading.Lock())
        self.planner = planner
        self.bytes_read = 0
        self.queue_depth_s = 0.0
        self.held_bytes = 0
        self.consumer_waits = False
        self.starved = False
        self.stopping = False
        self._timeout_s = config.sample_timeout_s
        self._index = index
        self._arena = arena
        self._pool = pool
        self._folder = _working_folder() if spec.dataset is None else ""
        self._held: dict[int, tuple[Slot, SlotRelease]] = {}  # delivered and not yet given back, by offset
        self._returned: deque[SlotRelease] = deque()
        self._next_watch_s = 0.0
        self._pace = ChunkSizer()
        self._depth_since = time.monotonic()
        try:
            self._selector = selectors.DefaultSelector()
            self._wake_read, self._wake_write = socket.socketpair()
        except OSError as error:
            raise WorkerStartError(f"the loader could not be started: {start_failure(error)}") from error
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._selector.register(self._wake_read, selectors.EVENT_READ, None)
        self.workers = WorkerPool(config, spec, arena, self._selector)
        self.slowest = SlowestSamples()
        self._thread = threading.Thread(target=self._run, name="inspector-supervisor", daemon=True)

    # --- called by the loader, from any thread -------------------------------------------------------------

    def start(self) -> None:
        """Begin to supervise.

        Raises:
            WorkerStartError: when the system allows no other thread.
        """
        try:
            self._thread.start()
        except RuntimeError as error:
            raise WorkerStartError(f"the loader's thread could not be started: {start_failure(error)}") from error

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

    def count_depth(self) -> None:
        """Bring the integral of the queue depth up to now; before every change of it, with `changed` held."""
        now = time.monotonic()
        self.queue_depth_s += len(self.planner.complete) * (now - self._depth_since)
        self._depth_since = now

    def task(self, sample: Sample) -> SampleTask:
        """The order to load a sample into the place that is reserved for it. With `changed` held."""
        assert sample.slot is not None
        slot = sample.slot
        capacity = self.planner.cell_bytes or slot.nbytes
        path = os.path.join(self._folder, self._index.path(sample.index))  # a worker's own folder may be another
        return SampleTask(
            sample.sample_id, path, sample.index, sample.epoch.number, slot.cell_offset(sample.cell), capacity
        )

    def hold(self, slot: Slot, lease: object) -> None:
        """A delivered slot is the consumer's for as long as `lease` lives. With `changed` held."""
        self._held[slot.offset] = slot, SlotRelease(lease, self._returned.append, slot.offset)
        self.held_bytes += slot.nbytes

    def reclaim(self) -> None:
        """Make memory that was given back usable again. With `changed` held."""
        while self._returned:
            slot, _ = self._held.pop(self._returned.popleft().offset)
            self.held_bytes -= slot.nbytes
            self.planner.reclaim(slot)

    def resolve(self, result: SampleResult) -> None:
        """Hand one result to the planner, with the path that the index has for a file. With `changed` held."""
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
        self._arena.close()

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
            if error := self.workers.adjust(may_start=self.planner.error is None):
                self._fail(error)
            idle_starters = self.workers.idle_starters()
            orders = self._plan()
            if self.planner.complete or self.planner.error or self.planner.finished:
                self.changed.notify_all()
        for worker, tasks in orders:
            self._send(worker, tasks)
        for starter in idle_starters:
            starter.close()
        # Nothing wakes us when memory is given back, see LeaseEnd; where it is short, we look.
        wait_s = _LOOK_FOR_MEMORY_S if self.starved and self.planner.short_of_memory else _WATCH_S
        for key, _ in self._selector.select(wait_s):
            if key.data is None:
                self._drain_wakes()
            elif isinstance(key.data, WorkerHandle):
                self._receive(key.data)
            else:
                self._receive_deaths()
        self._watch()
        return True

    def _drain_wakes(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._wake_read.recv(4096)

    # --- work out ------------------------------------------------------------------------------------------

    def _plan(self) -> list[tuple[WorkerHandle, list[SampleTask]]]:
        """Who gets which samples now. The least supplied worker is served first."""
        orders: dict[int, tuple[WorkerHandle, list[SampleTask]]] = {}
        chunk, most = self._pace.samples()
        able = self.workers.able()
        self.starved = False
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
                self.starved = True
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
        """Nothing is being loaded: fine where enough is complete; else memory is short, and something must go.

        With `changed` held.
        """
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
            limit, held = self._pool.capacity / 1e6, self.held_bytes / 1e6
            holds = f" (batches that the program still holds take {held:.0f} MB of it)" if held else ""
            planner.error = MemoryLimitError(
                f"the next batch does not fit into memory_limit_bytes = {limit:.0f} MB{holds}: raise the limit, "
                "or lower batch_size or image_size"
            )

    def _send(self, worker: WorkerHandle, tasks: list[SampleTask]) -> None:
        if worker.channel is not None:
            with contextlib.suppress(OSError):  # its death is noticed by the selector, and the samples sent again
                worker.channel.send(LoadSamples(tuple(tasks)))

    # --- what workers say ----------------------------------------------------------------------------------

    def _receive(self, worker: WorkerHandle) -> None:
        if worker.channel is None:
            return
        messages, alive = worker.channel.receive_ready()
        if messages:
            with self.changed:
                for message in messages:
                    self._handle(worker, message)
        if not alive:
            exits = self.workers.hung_up(worker)
            if exits is None:
                with self.changed:
                    self._lose(worker, None)
            else:
                self._bury(exits)

    def _handle(self, worker: WorkerHandle, message: Message) -> None:
        if isinstance(message, SampleResults):
            now_s = time.monotonic()
            for result in message.results:
                sample = worker.outstanding.pop(result.sample_id, None)
                if sample is None:
                    continue
                if not result.needs_bytes:
                    worker.count(result, sample.index)
                    self.slowest.add(sample.index, result, now_s, worker.worker_id)
                self._pace.add(result.total_us)
                self.resolve(result)
            worker.seen_s = now_s
        elif isinstance(message, Hello):
            self.workers.greet(worker, message.pid)
        elif isinstance(message, WorkerFailed):
            self._fail(WorkerStartError(f"a worker could not start to work: {message.reason}"))

    def _fail(self, error: Exception) -> None:
        if self.planner.error is None:
            self.planner.error = error
        self.changed.notify_all()

    # --- deaths --------------------------------------------------------------------------------------------

    def _receive_deaths(self) -> None:
        exits, alive = self.workers.poll()
        self._bury(exits)
        if not alive:
            words = self.workers.close_starter()
            with self.changed:
                for worker in self.workers.ended_with_starter():
                    self._lose(worker, None)
                if error := self.workers.forget_starter(words):
                    self._fail(error)

    def _bury(self, exits: list[Exited]) -> None:
        for exited in exits:
            with self.changed:
                worker = self.workers.of_life(exited.life)
                if worker is None:
                    continue
                self._read_last_results(worker)
                self._lose(worker, exited)

    def _read_last_results(self, worker: WorkerHandle) -> None:
        if worker.channel is not None:
            for message in worker.channel.receive_ready()[0]:
                self._handle(worker, message)

    def _lose(self, worker: WorkerHandle, exited: Exited | None) -> None:
        """A worker is gone: its samples are loaded again, unless the one it died at did so too often."""
        at_sample, _ = self._arena.progress(worker.worker_id)
        self.count_depth()
        for sample in worker.outstanding.values():
            problem = None
            if exited is not None and sample.sample_id == at_sample:
                problem = self._blame(sample, worker, exited)
            if problem is None:
                self.planner.retry(sample)
            else:
                self.planner.skip(sample, problem)
        worker.outstanding.clear()
        if error := self.workers.lose(worker, exited):
            self._fail(error)

    def _blame(self, sample: Sample, worker: WorkerHandle, exited: Exited) -> Problem | None:
        path = self._index.path(sample.index)
        if worker.kill_requested:
            return blame_timeout(sample, path, self._timeout_s)
        return blame_death(sample, path, exited)

    def _watch(self) -> None:
        now = time.monotonic()
        if now >= self._next_watch_s:
            self._next_watch_s = now + _WATCH_S
            with self.changed:
                self.workers.kill_hanging()

    def _end_all(self) -> None:
        with self.changed:
            self.changed.notify_all()
            starters = self.workers.disband()
        for starter in starters:
            starter.close()
        with self.changed:
            self.changed.notify_all()
