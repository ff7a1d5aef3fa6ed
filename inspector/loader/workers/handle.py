"""The parent's view of one worker: its channel, what it was asked for, and what it has done so far."""

import time
from collections import deque
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from inspector.loader.counters import StageTimes, WorkerSnapshot, WorkerState
from inspector.loader.planning.samples import Sample
from inspector.loader.workers.channel import Channel
from inspector.loader.workers.messages import SampleResult
from inspector.loader.workers.starter import Starter
from inspector.sources.dataset import Index
from inspector.sources.remote.counts import ReadCounts

_TIMED_IMAGES = 256
_STAGES_EVERY_S = 0.5


class WorkerHandle:
    """One worker and its replacements, which keep its number.

    Attributes:
        channel: to the running process, or None while there is none.
        outstanding: samples it was sent and has not reported, in order; the supervisor fills and empties it.
        wanted: False once it is to stop when it has nothing outstanding.
        life: number of the running process, unique in its loader.
        ended: the process has closed its end, and its exit status is still to come.
        failures_in_row: processes that ended before they could work, since the last that finished an image.
        kills_in_row: those that were killed before they could work, since the last that could.
        first_kill_s: when the first of them was.
        began_s: of the running process, seconds of the pool's clock, as the next ones.
        seen_s: the last sign of life.
        progress: what the process had reached then, see `Arena.progress`.
        kill_requested: the process is being killed because it took too long.
        was_stopped: it was found stopped then, so that what it was at is not to blame.
        starter_request_s: since when its starter has been asked for its process, or for news of it; None: it has not.
    """

    def __init__(self, worker_id: int, line: int, stage_names: tuple[str, ...]) -> None:
        self.worker_id = worker_id
        self.line = line
        self._stage_names = stage_names
        self.starter: Starter | None = None
        self.channel: Channel | None = None
        self.outstanding: dict[int, Sample] = {}
        self.wanted = True
        self.pid: int | None = None
        self.ready_since: float | None = None
        self.restarts = 0
        self.failures_in_row = 0
        self.kills_in_row = 0
        self.first_kill_s = 0.0
        self.life = 0
        self.ended = False
        self.began_s = self.seen_s = 0.0
        self.progress = (-1, 0.0)
        self.kill_requested = False
        self.was_stopped = False
        self.starter_request_s: float | None = None
        self._last_index = -1
        self._reads: ReadCounts | None = None
        self._earlier_reads = ReadCounts()  # of processes that are gone
        self._images = 0
        self._busy_s = 0.0
        self._alive_s = 0.0
        self._stages: tuple[StageTimes, ...] = ()
        self._stages_at_s = 0.0
        self._times: deque[tuple[int, ...]] = deque(maxlen=_TIMED_IMAGES)

    def begin_life(self, channel: Channel, life: int, now_s: float) -> None:
        """A process is being started behind `channel`."""
        self.channel = channel
        self.life = life
        self.ended = False
        self.kill_requested = self.was_stopped = False
        self.began_s = self.seen_s = self.starter_request_s = now_s

    def started(self, pid: int) -> None:
        """The process is there, and imports the user's code."""
        self.pid = pid
        self.starter_request_s = None

    def ready(self, pid: int) -> None:
        """The process is there and asks for tasks."""
        self.pid = pid or None
        self.ready_since = time.monotonic()
        self.starter_request_s = None
        self.kills_in_row = 0

    def killed_at_start(self, now_s: float) -> None:
        """The process was killed before it could work."""
        if not self.kills_in_row:
            self.first_kill_s = now_s
        self.kills_in_row += 1

    def end_life(self) -> None:
        """The process is gone."""
        if self.channel is not None:
            self.channel.close()
        if self.ready_since is not None:
            self._alive_s += time.monotonic() - self.ready_since
        self.channel, self.pid, self.ready_since = None, None, None
        if self._reads is not None:
            self._earlier_reads, self._reads = self._earlier_reads.with_totals_of(self._reads), None

    def count(self, results: Sequence[SampleResult], last_index: int, busy_ns: int) -> None:
        """Add finished samples to the totals. `busy_ns`: of all of them; `last_index`: of the last one."""
        self._images += len(results)
        self._busy_s += busy_ns / 1e9
        self._times.extend([result.stages_ns for result in results[-_TIMED_IMAGES:] if result.stages_ns])
        self._last_index = last_index
        self.failures_in_row = 0

    def count_reads(self, reads: ReadCounts | None) -> None:
        """Take in the totals of the running process."""
        if reads is not None:
            self._reads = reads

    @property
    def reads(self) -> ReadCounts | None:
        """Totals of what it has read over a network; None: nothing."""
        return self._reads.with_totals_of(self._earlier_reads) if self._reads is not None else None

    def snapshot(self, index: Index, current_s: float) -> WorkerSnapshot:
        """The totals now; `current_s`: seconds that it has been at its current sample."""
        if self.ready_since is None:
            state = WorkerState.STARTING
        elif not self.wanted:
            state = WorkerState.STOPPING
        else:
            state = WorkerState.BUSY if self.outstanding else WorkerState.IDLE
        alive = self._alive_s + (time.monotonic() - self.ready_since if self.ready_since is not None else 0.0)
        return WorkerSnapshot(
            self.worker_id,
            self.pid,
            state,
            self.restarts,
            self._images,
            self._busy_s + current_s,
            alive,
            self._stage_times(),
            index.path(self._last_index) if self._last_index >= 0 else "",
            self.line,
            reads=self.reads,
        )

    def _stage_times(self) -> tuple[StageTimes, ...]:
        """Computed at most twice a second, as it costs 0.1 ms."""
        now = time.monotonic()
        if self._times and now - self._stages_at_s > _STAGES_EVERY_S:
            self._stages_at_s = now
            milliseconds: npt.NDArray[np.float64] = np.array(self._times) / 1e6
            figures = np.vstack((milliseconds.mean(axis=0), np.percentile(milliseconds, (50, 95, 99), axis=0))).T
            self._stages = tuple(
                StageTimes(name, len(milliseconds), *map(float, row))
                for name, row in zip(self._stage_names, figures, strict=True)
            )
        return self._stages
