"""The thread that keeps a loader going: results, deaths, changed settings and freed memory all wake it.

It keeps each worker of the pool supplied with a few milliseconds of work: enough to bridge the time until it is asked
again, little enough that a slow image holds nothing else back. It hands results to the planner, and sends the samples
of a worker that died again.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Iterable

from inspector.errors import WorkerStartError
from inspector.loader.output import OutputPrinter
from inspector.loader.planning.samples import Sample
from inspector.loader.state import LoaderState
from inspector.loader.workers.chunking import ChunkSizer
from inspector.loader.workers.handle import WorkerHandle
from inspector.loader.workers.isolation import Isolation
from inspector.loader.workers.messages import (
    Exited,
    Hello,
    LoadSamples,
    Message,
    SampleResult,
    SampleResults,
    SampleTask,
    Started,
    WorkerFailed,
    WorkerLine,
    WorkerLogRecord,
    WorkerWarning,
)
from inspector.loader.workers.retry_policy import fault_after_timeout, is_suspect
from inspector.loader.workers.running_clock import LONGEST_STEP_S
from inspector.loader.workers.starter import start_failure

_log = logging.getLogger(__name__)

_CHECK_EVERY_S = LONGEST_STEP_S
_LOOK_FOR_MEMORY_S = 0.01


class Supervisor:
    """Moves a `LoaderState` on, in a thread of its own.

    With the state's lock it plans and takes in results; without it, it waits, sends, receives, makes an epoch's order,
    and waits for a process that ended.
    """

    def __init__(self, state: LoaderState) -> None:
        self._state = state
        self._planner = state.planner
        self._workers = state.workers
        self._chunks = ChunkSizer()
        self._clock = state.workers.clock
        self._printer = OutputPrinter()
        self._isolation = Isolation(self._clock, state.planner.retry)
        self._next_check_s = 0.0
        self._thread = threading.Thread(target=self._run, name="inspector-supervisor", daemon=True)

    # --- from any thread -----------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to supervise.

        Raises:
            WorkerStartError: when the system allows no other thread.
        """
        try:
            self._thread.start()
        except RuntimeError as error:
            raise WorkerStartError(f"the loader's thread could not be started: {start_failure(error)}") from error

    def request_stop(self) -> None:
        """Begin to stop; returns at once. Safe in finalizers: it takes no lock."""
        self._state.stopping = True
        self._state.waiting_point.wake()

    def close(self) -> None:
        """Stop all workers and wait until they are gone."""
        self.request_stop()
        if self._thread.ident is None:  # it was never started
            self._state.close()
        elif self._thread is not threading.current_thread():
            self._thread.join()

    # --- the thread ----------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while self._step():
                pass
        except Exception as error:  # a fault of ours must reach the consumer, or it would wait for ever
            _log.exception("the loader's supervisor failed")
            with self._state.changed:
                self._state.fail(error)
        finally:
            self._end_workers()
            self._printer.close()
            self._state.close()

    def _step(self) -> bool:
        state = self._state
        self._planner.prepare_order()
        with state.changed:
            if state.stopping:
                return False
            state.apply_requests()
            state.reclaim()
            if error := self._workers.adjust(may_start=self._planner.error is None):
                state.fail(error)
            idle_starters = self._workers.idle_starters()
            orders = self._plan()
            if self._planner.ready or self._planner.error or self._planner.finished:
                state.changed.notify_all()
        for worker, tasks in orders:
            self._send(worker, tasks)
        for starter in idle_starters:
            starter.close()
        # Nothing wakes us when memory is given back, see `SlotRelease`; where it is short, we look.
        wait_s = _LOOK_FOR_MEMORY_S if state.starved and self._planner.short_of_memory else _CHECK_EVERY_S
        for source in state.waiting_point.wait(min(wait_s, self._isolation.wait_s)):
            if isinstance(source, WorkerHandle):
                self._receive(source)
            else:
                self._receive_exits()
        self._clock.tick()
        self._check_timeouts()
        return True

    def _check_timeouts(self) -> None:
        if self._clock.now_s >= self._next_check_s:
            self._next_check_s = self._clock.now_s + _CHECK_EVERY_S
            with self._state.changed:
                self._workers.kill_hanging()

    def _end_workers(self) -> None:
        with self._state.changed:
            self._state.changed.notify_all()
            starters = self._workers.release_all()
        for starter in starters:
            starter.close()
        with self._state.changed:
            self._state.changed.notify_all()

    # --- tasks ---------------------------------------------------------------------------------------------

    def _plan(self) -> list[tuple[WorkerHandle, list[SampleTask]]]:
        """Who gets which samples now. The worker with the fewest is served first."""
        state = self._state
        orders: dict[int, tuple[WorkerHandle, list[SampleTask]]] = {}
        planned = self._planner.batch_size * self._planner.prefetch_batches
        chunk, most = self._chunks.samples(share=planned // max(1, self._workers.num_workers))
        most += 2 * state.reads_in_flight  # as many are read while those that were read before are decoded
        able = self._workers.able()
        if len(able) < self._workers.num_workers:
            most = chunk  # the others will be there in a moment: nothing waits behind what the first ones are at
        state.starved = False
        if self._isolation.active:
            if self._workers.num_workers and self._workers.engine == "processes":
                return self._plan_alone(able)
            self._isolation.release()
        if state.spec.streamed:
            return self._plan_streams(able, most)
        while able:
            worker = min(able, key=lambda each: len(each.outstanding))
            room = most - len(worker.outstanding)
            if room < max(1, min(chunk, most // 2)):
                break
            samples = self._planner.take_some(min(chunk, room))
            if samples and not worker.outstanding:
                worker.seen_s = self._clock.now_s
            for sample in samples:
                worker.outstanding[sample.sample_id] = sample
            if not samples:
                state.starved = True
                break
            orders.setdefault(worker.worker_id, (worker, []))[1].extend(map(state.task, samples))
        if able and not self._planner.sent:
            state.relieve()
        return list(orders.values())

    def _plan_streams(self, able: list[WorkerHandle], most: int) -> list[tuple[WorkerHandle, list[SampleTask]]]:
        """Of an iterable data set: each stream has its worker, which has an iterator at the right place."""
        orders: dict[int, tuple[WorkerHandle, list[SampleTask]]] = {}
        by_id = {worker.worker_id: worker for worker in able}
        while able:
            sample = self._planner.take()
            if sample is None:
                self._state.starved = True
                if not self._planner.sent:
                    self._state.relieve()
                break
            worker = by_id.get(sample.index % sample.epoch.streams % max(1, self._workers.num_workers))
            if worker is None or len(worker.outstanding) >= most:
                self._planner.retry(sample)  # it stays the next one
                break
            if not worker.outstanding:
                worker.seen_s = self._clock.now_s
            worker.outstanding[sample.sample_id] = sample
            orders.setdefault(worker.worker_id, (worker, []))[1].append(self._state.task(sample))
        return list(orders.values())

    def _plan_alone(self, able: list[WorkerHandle]) -> list[tuple[WorkerHandle, list[SampleTask]]]:
        """The sample that is to be loaded while nothing else is, and the worker that has done least so far."""
        if not able or (chosen := self._isolation.next(busy=self._workers.busy)) is None:
            return []
        sample, fault = chosen
        if fault is not None:
            self._state.count_depth()
            self._planner.skip(sample, fault)
            return []
        worker = max(able, key=lambda each: each.ready_since or 0.0)
        worker.seen_s = self._clock.now_s
        worker.outstanding[sample.sample_id] = sample
        return [(worker, [self._state.task(sample)])]

    def _send(self, worker: WorkerHandle, tasks: list[SampleTask]) -> None:
        if worker.channel is not None:
            with contextlib.suppress(OSError):  # its exit is noticed by the waiting point, and the samples sent again
                worker.channel.send(LoadSamples(tuple(tasks), self._state.reads_in_flight))

    # --- messages ------------------------------------------------------------------------------------------

    def _receive(self, worker: WorkerHandle) -> None:
        if worker.channel is None:
            return
        messages, alive = worker.channel.receive_ready()
        if messages:
            with self._state.changed:
                for message in messages:
                    self._handle(worker, message)
        if not alive:
            exits = self._workers.on_hangup(worker)
            if exits is None:
                with self._state.changed:
                    self._record_exit(worker, None)
            else:
                self._record_exits(exits)

    def _handle(self, worker: WorkerHandle, message: Message) -> None:
        if isinstance(message, SampleResults):
            worker.count_reads(message.reads)
            self._take_results(worker, message.results)
            worker.seen_s = self._clock.now_s
        elif isinstance(message, WorkerLine | WorkerWarning | WorkerLogRecord):
            self._printer.put(worker.worker_id, message)
        elif isinstance(message, Started):
            worker.started(message.pid)
        elif isinstance(message, Hello):
            self._workers.on_ready(worker, message.pid)
        elif isinstance(message, WorkerFailed):
            self._state.fail(WorkerStartError(f"a worker could not start to work: {message.reason}"))

    def _take_results(self, worker: WorkerHandle, results: Iterable[SampleResult]) -> None:
        """The totals are counted together: of the smallest samples, thousands come each second."""
        now_s, running, slowest = time.monotonic(), self._isolation.running, self._state.slowest
        outstanding, least_ns = worker.outstanding, slowest.least_ns(now_s)
        resolved, finished, times_us, index, busy_ns = [], [], [], -1, 0
        for result in results:
            sample = outstanding.pop(result.sample_id, None)
            if sample is None:
                continue
            resolved.append(result)
            total_ns = sum(result.stages_ns)
            times_us.append(total_ns / 1e3)
            if not result.needs_bytes and not result.ended:
                finished.append(result)
                index = sample.index
                busy_ns += total_ns
                if total_ns > least_ns:
                    slowest.add(index, result, now_s, worker.worker_id)
                    least_ns = slowest.least_ns(now_s)
            if sample is running:
                self._isolation.finish()
        if finished:
            worker.count(finished, index, busy_ns)
        self._chunks.add(*times_us)
        self._state.resolve(resolved)

    # --- exits ---------------------------------------------------------------------------------------------

    def _receive_exits(self) -> None:
        exits, alive = self._workers.poll()
        self._record_exits(exits)
        if not alive:
            error_output = self._workers.close_starter()
            with self._state.changed:
                self._isolation.release()
                for worker in self._workers.ended_with_starter():
                    self._record_exit(worker, None)
                if error := self._workers.on_starter_exit(error_output):
                    self._state.fail(error)

    def _record_exits(self, exits: list[Exited]) -> None:
        for exited in exits:
            with self._state.changed:
                worker = self._workers.of_life(exited.life)
                if worker is None:
                    continue
                if worker.channel is not None:  # its last results
                    for message in worker.channel.receive_ready()[0]:
                        self._handle(worker, message)
                for line in exited.last_words.splitlines():
                    self._printer.put(worker.worker_id, WorkerLine(2, line))
                self._record_exit(worker, exited)

    def _record_exit(self, worker: WorkerHandle, exited: Exited | None) -> None:
        """A worker is gone: its samples are loaded again, unless the one it was at has ended too many."""
        self._state.count_depth()
        at_sample, _ = self._state.arena.progress(worker.worker_id)
        if exited is None or (at_sample not in worker.outstanding and not worker.kill_requested):
            self._isolation.release()  # whoever ended it, it was no sample
        for sample in worker.outstanding.values():
            if exited is not None and sample.sample_id == at_sample:
                self._judge(sample, worker, exited)
            elif sample is self._isolation.running:
                self._isolation.died(None)
            else:
                self._planner.retry(sample)
        worker.outstanding.clear()
        if error := self._workers.on_exit(worker, exited):
            self._state.fail(error)

    def _judge(self, sample: Sample, worker: WorkerHandle, exited: Exited) -> None:
        """A worker has ended at this sample: load it again, or look into it, or give it up."""
        alone = sample is self._isolation.running
        if worker.kill_requested and not worker.was_stopped:
            if alone:
                self._isolation.finish()
            fault = fault_after_timeout(sample, self._state.config.sample_timeout_s)
            if fault is None:
                self._planner.retry(sample)
            else:
                self._planner.skip(sample, fault)
        elif alone:
            self._isolation.died(exited)
        elif is_suspect(sample, exited):
            self._isolation.suspect(sample, exited)
        else:
            self._planner.retry(sample)
