"""The worker: take tasks, load their samples, report.

The same code runs in a child process, in a thread, and in the consumer's own thread (`num_workers=0`); only who
calls it differs. A worker keeps nothing between samples but scratch memory, so it can be killed at any time.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from inspector.error_texts import in_words
from inspector.errors import InspectorError
from inspector.formats.decoder_log import DecoderLog
from inspector.loader.memory.slots import Arena
from inspector.loader.workers.channel import Channel
from inspector.loader.workers.function_runner import FunctionRunner
from inspector.loader.workers.messages import (
    NO_SAMPLE,
    Hello,
    LoadSamples,
    Message,
    SampleResult,
    SampleResults,
    SampleTask,
    WorkerFailed,
    WorkerSpec,
)
from inspector.loader.workers.patience import Patience, sleep
from inspector.loader.workers.random_state import OwnGenerator
from inspector.loader.workers.read_ahead import ReadAhead
from inspector.loader.workers.sample_loader import SampleLoader
from inspector.loader.workers.worker_id import set_worker_id
from inspector.sources.remote.counts import ReadCounter

_FLUSH_EVERY_S = 0.001  # it takes as long as the emptiest sample
_LOOK_EVERY_S = 0.01  # for tasks, while samples are read
_REPORT_EVERY_S = 0.025  # usually all of a message's tasks are reported at once; slow ones are before that


class TaskRunner(Protocol):
    """Does one task.

    Attributes:
        generators: of random numbers, that the user's code holds and that are seeded for each task.
        ahead: to be given tasks as soon as they arrive; None: that is of no use.
        counter: of what it has read over a network; None: nothing.
    """

    generators: Sequence[OwnGenerator]
    ahead: ReadAhead | None
    counter: ReadCounter | None

    def run(self, task: SampleTask) -> SampleResult:
        """Whatever is wrong with the sample comes back as data; nothing is raised."""


def make_runner(
    spec: WorkerSpec,
    arena: Arena,
    decoder_log: DecoderLog | None,
    *,
    seeded: bool,
    interruptible: bool = False,
    pause: Callable[[float], bool] = sleep,
    beat: Callable[[int], object] = lambda sample_id: None,
) -> TaskRunner:
    """What does the tasks of a loader.

    Args:
        seeded, interruptible, beat: see `SampleLoader`.
        pause: see `Patience`.

    Raises:
        Exception: whatever the module of a "module:function" raises on import.
    """
    if spec.function is not None:
        return FunctionRunner(spec.function)
    patience = Patience(pause, spec.sample_timeout_s / 2)
    return SampleLoader(spec, arena, decoder_log, patience, seeded=seeded, interruptible=interruptible, beat=beat)


def describe(error: BaseException) -> str:
    """An error as text: our own are whole sentences, others need their type's name."""
    return str(error) if isinstance(error, InspectorError) else in_words(error)


def work(
    channel: Channel,
    spec: WorkerSpec | WorkerFailed,
    arena: Arena,
    decoder_log: DecoderLog | None,
    worker_id: int,
    pid: int,
    pause: Callable[[float], bool] = sleep,
    after_sample: Callable[[], object] = lambda: None,
) -> None:
    """Be a worker until the other side closes the channel; or report why that cannot be. `pid`: 0 for a thread."""
    alone = pid != 0  # threads share the generators of their process
    if isinstance(spec, WorkerSpec):
        try:
            if alone:
                set_worker_id(worker_id)
            beat = partial(arena.begin_sample, worker_id)
            runner = make_runner(spec, arena, decoder_log, seeded=alone, pause=pause, beat=beat)
        except Exception as error:  # whatever the user's module raises on import is reported, not lost
            spec = WorkerFailed(describe(error))
    after_sample()  # what was written by what was imported
    if isinstance(spec, WorkerFailed):
        channel.send(spec)
        return
    try:
        serve(channel, runner, arena, worker_id, pid, after_sample)
    finally:
        if runner.ahead is not None and not alone:
            runner.ahead.close()  # a process just ends


class _Inbox:
    """The tasks for a worker, as they come."""

    waiting = 0

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def next(self) -> Sequence[SampleTask] | None:
        """The next ones, waiting for them; None: the other side is gone."""
        message = self._channel.receive()
        return message.tasks if isinstance(message, LoadSamples) else None

    def look(self) -> None:
        """Nothing: what has arrived since is in time when its turn comes."""


class _ReadInbox:
    """The same where samples are read ahead: those whose bytes are there come first.

    Attributes:
        waiting: how many tasks are still being read.
    """

    def __init__(self, channel: Channel, ahead: ReadAhead, begin_sample: Callable[[int], object]) -> None:
        self._channel = channel
        self._ahead = ahead
        self._begin_sample = begin_sample
        self._tasks: dict[int, SampleTask] = {}
        self._alive = True
        self._shown = NO_SAMPLE, 0.0

    @property
    def waiting(self) -> int:
        return len(self._tasks)

    def next(self) -> Sequence[SampleTask] | None:
        """The next ones, () after a short while without; None: the other side is gone."""
        if not self._tasks:
            self._take(self._channel.receive())
        self.look()
        if not self._alive:
            return None
        self._show_progress()
        ready = [self._tasks.pop(task) for task in self._ahead.ready(_LOOK_EVERY_S) if task in self._tasks]
        if ready:
            self._shown = NO_SAMPLE, 0.0
        return ready

    def look(self) -> None:
        """Begin to read for what has arrived since."""
        messages, alive = self._channel.receive_ready()
        for message in messages:
            self._take(message)
        self._alive = self._alive and alive

    def _take(self, message: Message | None) -> None:
        if not isinstance(message, LoadSamples):
            self._alive = False
            return
        self._ahead.use(message.reads_in_flight)
        for task in message.tasks:
            self._tasks[task.sample_id] = task
            self._ahead.expect(task.sample_id, task.file_index)

    def _show_progress(self) -> None:
        """While it waits, a worker is at the first of its samples. Those have a limit of their own: all is well."""
        first, now_s = next(iter(self._tasks)), time.monotonic()
        if self._shown[0] != first or now_s - self._shown[1] > self._ahead.limit_s / 4:
            self._shown = first, now_s
            self._begin_sample(first)


def serve(
    channel: Channel, runner: TaskRunner, arena: Arena, worker_id: int, pid: int, after_sample: Callable[[], object]
) -> None:
    """Work until the other side closes the channel."""
    channel.send(Hello(pid))
    begin_sample = partial(arena.begin_sample, worker_id)
    inbox: _Inbox | _ReadInbox = _Inbox(channel)
    if runner.ahead is not None:
        inbox = _ReadInbox(channel, runner.ahead, begin_sample)
    results: list[SampleResult] = []
    reported = flushed = 0.0
    while (tasks := inbox.next()) is not None:
        if not results:
            reported = flushed = time.monotonic()
        for task in tasks:
            begin_sample(task.sample_id)
            inbox.look()
            results.append(runner.run(task))
            now = time.monotonic()
            if now - flushed > _FLUSH_EVERY_S:
                after_sample()
                flushed = now
            if now - reported > _REPORT_EVERY_S:
                channel.send(_report(results, runner))
                results.clear()
                reported = now
        after_sample()
        if not inbox.waiting:
            arena.end_sample(worker_id)
        if results and not (tasks and inbox.waiting):  # what hangs holds back nothing that is done
            channel.send(_report(results, runner))
            results.clear()


def _report(results: list[SampleResult], runner: TaskRunner) -> SampleResults:
    return SampleResults(tuple(results), runner.counter.counts() if runner.counter is not None else None)
