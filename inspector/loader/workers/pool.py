"""The workers of one loader: started, let go, replaced when they die, killed when they hang.

The pool owns the processes and the starter that makes them, and their places in the supervisor's waiting point. What
they are to load, and what becomes of it when they die, is the supervisor's matter.
"""

import logging
import os
import signal
import time

from inspector.errors import WorkerStartError
from inspector.loader.counters import WorkerSnapshot
from inspector.loader.memory.slots import Arena
from inspector.loader.waiting_point import WaitingPoint
from inspector.loader.workers.descendants import end_families
from inspector.loader.workers.handle import WorkerHandle
from inspector.loader.workers.messages import Exited
from inspector.loader.workers.retry_policy import may_be_from_outside
from inspector.loader.workers.running_clock import RunningClock
from inspector.loader.workers.spec_transfer import SpecTransfer
from inspector.loader.workers.starter import Starter, is_stopped, make_starter, start_failure
from inspector.settings import Engine, LoaderConfig
from inspector.sources.dataset import Index

_log = logging.getLogger(__name__)

_START_FAILURES_ALLOWED = 3
_START_TIMEOUT_S = 60.0  # at least
_KILLED_STARTS_S = 60.0  # so long may workers be killed, by somebody or for want of memory, before they can work


class WorkerPool:
    """Workers by number, and how they come and go.

    It takes no lock itself. The supervisor's thread alone calls what changes it: with the supervisor's lock held, since
    other threads ask for `snapshots`; but without it for `on_hangup`, `poll` and `close_starter`, which may wait for a
    process. Why workers cannot work at all is returned, not raised, because it is kept for the consumer, and a
    traceback would keep all that is in its frames.

    Args:
        waiting_point: each worker's channel is registered with its `WorkerHandle` as data, the starter with this pool.

    Attributes:
        engine: what the workers are to be; those of another engine go as soon as they are done.
        num_workers: how many are asked for; lowered when the system has no room for more.
        fewer_workers: why the system gave fewer than were asked for, or "".
        restarts: how many were replaced so far.
        clock: what the times that workers may take are measured with; the supervisor calls its `tick`.
    """

    def __init__(self, config: LoaderConfig, transfer: SpecTransfer, arena: Arena, waiting_point: WaitingPoint) -> None:
        self.num_workers = config.num_workers
        self.fewer_workers = ""
        self.restarts = 0
        self.clock = RunningClock()
        self.engine: Engine = config.engine
        self._timeout_s = config.sample_timeout_s
        self._transfer = transfer
        self._arena = arena
        self._waiting_point = waiting_point
        self._workers: dict[int, WorkerHandle] = {}
        self._next_life = 0
        self._starter: Starter | None = None
        self._starter_engine: Engine = config.engine
        self._retired: list[Starter] = []  # of another engine, until their last worker is gone
        self._starter_failures = 0
        self._starter_hangs = False
        self._warned_of_slow_start = False

    # --- looking; with the lock ----------------------------------------------------------------------------

    def able(self) -> list[WorkerHandle]:
        """Workers that may be given samples."""
        return [worker for worker in self._workers.values() if worker.wanted and worker.ready_since is not None]

    @property
    def busy(self) -> bool:
        """Some of them have samples."""
        return any(worker.outstanding for worker in self._workers.values())

    def of_life(self, life: int) -> WorkerHandle | None:
        """The worker whose running process has this number; None: it was dismissed."""
        return next((worker for worker in self._workers.values() if worker.life == life), None)

    def snapshots(self, index: Index) -> tuple[WorkerSnapshot, ...]:
        """The live workers, by number."""
        now = time.monotonic()
        snapshots = []
        for number, worker in sorted(self._workers.items()):
            at_sample, since = self._arena.progress(number)
            current_s = max(0.0, now - since) if at_sample in worker.outstanding else 0.0
            snapshots.append(worker.snapshot(index, current_s))
        return tuple(snapshots)

    # --- starting and letting go; with the lock ------------------------------------------------------------

    def adjust(self, *, may_start: bool) -> WorkerStartError | None:
        """Bring the number of workers to what is asked for; those that are busy go when they are done.

        Returns:
            Why there is none and none can be started, or None.
        """
        if self._starter is not None and self._starter_engine != self.engine:
            self._retire_starter(self._starter)
        wanted = 0 if self.engine == "serial" else self.num_workers
        for worker in list(self._workers.values()):
            worker.wanted = worker.worker_id < wanted and worker.starter not in self._retired
            if not worker.wanted and not worker.outstanding:
                self._disconnect(worker)  # it ends when its channel does
                del self._workers[worker.worker_id]
        for worker_id in range(wanted):
            worker = self._workers.get(worker_id) or WorkerHandle(
                worker_id, self._next_life, self._transfer.spec.stages
            )
            if worker.channel is None and may_start:
                try:
                    self._start(worker)
                except (OSError, RuntimeError, ImportError, WorkerStartError) as error:  # RuntimeError: no new thread
                    self._workers.pop(worker_id, None)
                    return self._settle_for_fewer(error)
            self._workers[worker_id] = worker
        return None

    def _settle_for_fewer(self, error: Exception) -> WorkerStartError | None:
        """The system has no room for another worker: work with those that there are; without any, say why."""
        self.num_workers = len(self._workers)
        if self._workers:
            self.fewer_workers = start_failure(error)
            return None
        return WorkerStartError(f"no worker could be started: {start_failure(error)}")

    def _start(self, worker: WorkerHandle) -> None:
        self._next_life += 1
        worker.starter = self._current_starter()
        channel = worker.starter.start(worker.worker_id, self._next_life)
        worker.begin_life(channel, self._next_life, self.clock.now_s)
        self._waiting_point.register(channel, worker)

    def _current_starter(self) -> Starter:
        if self._starter is None:
            self._starter = make_starter(self.engine, self._transfer, self._arena)
            self._starter_engine = self.engine
            waitable = self._starter.waitable()
            if waitable is not None:
                self._waiting_point.register(waitable, self)
        return self._starter

    def _retire_starter(self, starter: Starter) -> None:
        waitable = starter.waitable()
        if waitable is not None:
            self._waiting_point.unregister(waitable)
        self._retired.append(starter)
        self._starter = None

    def idle_starters(self) -> list[Starter]:
        """Retired starters that no worker needs any more. They are to be closed then, without the lock."""
        if not self._retired:
            return []
        in_use = [worker.starter for worker in self._workers.values()]
        idle = [starter for starter in self._retired if starter not in in_use]
        self._retired = [starter for starter in self._retired if starter in in_use]
        return idle

    def on_ready(self, worker: WorkerHandle, pid: int) -> None:
        """A worker can be given samples."""
        worker.ready(pid)
        self._starter_failures = 0

    def _disconnect(self, worker: WorkerHandle) -> None:
        if worker.channel is not None:
            self._waiting_point.unregister(worker.channel)
        worker.end_life()

    def release_all(self) -> list[Starter]:
        """Let all workers go. The starters are to be closed then, without the lock: that waits until they are gone."""
        for worker in self._workers.values():
            if worker.starter is not self._starter and not worker.ended:
                self._kill(worker)
            worker.end_life()
        self._workers.clear()
        starters = [*self._retired, *([self._starter] if self._starter is not None else [])]
        self._retired, self._starter = [], None
        return starters

    # --- exits --------------------------------------------------------------------------------------------

    def on_hangup(self, worker: WorkerHandle) -> list[Exited] | None:
        """A worker has closed its channel: who has exited, as far as is known yet. None: nobody will ever know.

        Without the lock.
        """
        if worker.channel is not None:
            self._waiting_point.unregister(worker.channel)
        worker.ended = True
        worker.starter_request_s = self.clock.now_s
        if worker.starter is self._starter and worker.starter is not None:
            return worker.starter.poll((worker.life,))[0]
        return None

    def poll(self) -> tuple[list[Exited], bool]:
        """Who has exited, and whether the starter still works. Without the lock."""
        return self._starter.poll(()) if self._starter is not None else ([], True)

    def on_exit(self, worker: WorkerHandle, exited: Exited | None) -> WorkerStartError | None:
        """A worker is gone: make room for its replacement, if it is still wanted. With the lock.

        `exited`: how it ended; None: not known, because its starter is gone, too.

        Returns:
            Why it is not to be replaced, or None. It ended too often before it could work.
        """
        was_ready = worker.ready_since is not None
        self._disconnect(worker)
        self._arena.end_sample(worker.worker_id)
        refused = exited.errno if exited is not None else 0
        if refused or not worker.wanted:
            del self._workers[worker.worker_id]
            return self._settle_for_fewer(OSError(refused, os.strerror(refused))) if refused else None
        worker.restarts += 1
        self.restarts += 1
        if exited is None or was_ready:  # None: its starter was killed
            return None
        if may_be_from_outside(exited):
            return self._killed_at_start(worker, exited)
        worker.failures_in_row += 1
        if worker.failures_in_row <= _START_FAILURES_ALLOWED:
            return None
        return WorkerStartError(f"worker {worker.worker_id} ended {worker.failures_in_row} times before it could work")

    def _killed_at_start(self, worker: WorkerHandle, exited: Exited) -> WorkerStartError | None:
        worker.killed_at_start(self.clock.now_s)
        since_s = self.clock.now_s - worker.first_kill_s
        if worker.kills_in_row <= _START_FAILURES_ALLOWED or since_s < _KILLED_STARTS_S:
            return None
        return WorkerStartError(
            f"worker {worker.worker_id} was killed {worker.kills_in_row} times in {since_s:.0f} s before it could work "
            f"({signal.Signals(exited.signal).name}): by the system, if there is too little memory for it"
        )

    def close_starter(self) -> str:
        """The process that starts workers is gone: close it. Without the lock.

        Returns:
            What it wrote to its standard error.
        """
        starter = self._starter
        if starter is None:
            return ""
        waitable = starter.waitable()
        if waitable is not None:
            self._waiting_point.unregister(waitable)
        error_output = starter.error_output()
        starter.close()
        return error_output

    def ended_with_starter(self) -> list[WorkerHandle]:
        """Workers that have ended and whose starter is gone: nobody is left who could say how. With the lock."""
        return [worker for worker in self._workers.values() if worker.starter is self._starter and worker.ended]

    def on_starter_exit(self, error_output: str) -> WorkerStartError | None:
        """Make a new starter when the next worker is to be started; the living ones continue. With the lock.

        `error_output`: what it wrote. One that was killed wrote nothing, and is tried again without end.

        Returns:
            Why there is no use in another, or None. They keep ending, and no worker is left.
        """
        for worker in self._workers.values():
            if worker.starter is self._starter:
                worker.kill_requested = False  # it may not have come to that
                worker.starter_request_s = None
        self._starter = None
        if self._starter_hangs:
            limit_s = max(_START_TIMEOUT_S, self._timeout_s)
            error_output = f"it was stopped, and did not respond for {limit_s:g} s (sample_timeout_s, at least 60)"
        self._starter_failures += 1 if error_output else 0
        self._starter_hangs = False
        if self._starter_failures <= _START_FAILURES_ALLOWED or any(w.pid for w in self._workers.values()):
            return None
        said = error_output.splitlines()[-1]
        if said.startswith(("ImportError", "MemoryError", "OSError")):
            said += ". There may be too little memory, address space (`ulimit -v`) or descriptors (`ulimit -n`) for it"
        return WorkerStartError(f"the process that starts workers keeps ending: {said}")

    # --- time-outs; with the lock --------------------------------------------------------------------------

    def kill_hanging(self) -> None:
        """Kill workers that have made no progress for too long; their exits are reported later, like all others."""
        now = self.clock.now_s
        for worker in self._workers.values():
            if worker.starter is None or worker.channel is None:
                continue
            if worker.starter is self._starter and self._is_overdue(worker, worker.starter, now):
                self._starter_hangs = True
                self._starter.abort()
                return
            if worker.ready_since is None:
                self._check_start(worker, worker.starter, now - worker.began_s)
                continue
            if not worker.outstanding or not worker.starter.can_kill:
                continue
            progress = self._arena.progress(worker.worker_id)
            if progress != worker.progress:
                worker.progress, worker.seen_s = progress, now
            if now - worker.seen_s > self._timeout_s and not worker.kill_requested:
                worker.was_stopped = is_stopped(worker.pid)
                self._kill_hanging(worker)

    def _kill_hanging(self, worker: WorkerHandle) -> None:
        worker.kill_requested = True
        worker.starter_request_s = self.clock.now_s
        self._kill(worker)

    def _check_start(self, worker: WorkerHandle, starter: Starter, took_s: float) -> None:
        """Its imports may take as long as they like, unless somebody has stopped it."""
        if took_s > self._timeout_s and starter.can_kill and not worker.kill_requested and is_stopped(worker.pid):
            self._kill_hanging(worker)
        elif took_s > _START_TIMEOUT_S:
            self._warn_of_slow_start(worker)

    def _is_overdue(self, worker: WorkerHandle, starter: Starter, now: float) -> bool:
        requested_s = worker.starter_request_s
        if requested_s is None or self._starter_hangs:
            return False
        starts = worker.ready_since is None
        limit_s = max(_START_TIMEOUT_S, self._timeout_s) if starts else self._timeout_s
        return now - requested_s > limit_s and not starter.imports()

    def _warn_of_slow_start(self, worker: WorkerHandle) -> None:
        if not self._warned_of_slow_start:
            self._warned_of_slow_start = True
            process = f" (process {worker.pid})" if worker.pid else ""
            _log.warning(
                "Workers have been starting for %.0f s. They are waited for: imports may take long where the disk is "
                "slow. `py-spy dump` shows what worker %d%s is at.", _START_TIMEOUT_S, worker.worker_id, process,
            )  # fmt: skip

    def _kill(self, worker: WorkerHandle) -> None:
        if worker.starter is self._starter and worker.starter is not None:
            worker.starter.kill(worker.life)
        elif worker.pid is not None:  # its starter is gone; it is not, or its channel would have ended
            end_families({worker.pid})
