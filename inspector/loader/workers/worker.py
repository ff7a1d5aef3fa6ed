"""The worker: take tasks, load their samples, report.

The same code runs in a child process, in a thread, and in the consumer's own thread (`num_workers=0`); only who
calls it differs. A worker keeps nothing between samples but scratch memory, so it can be killed at any time.
"""

import time
from collections import deque
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
    patience = Patience(pause, spec.patience_s)
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
    """The messages for a worker, in order. Where samples are read ahead, their tasks are looked at as they arrive."""

    def __init__(self, channel: Channel, ahead: ReadAhead | None) -> None:
        self._channel = channel
        self._ahead = ahead
        self._waiting: deque[Message] = deque()

    def next(self) -> Message | None:
        """The next one, waiting for it; None: the other side is gone."""
        if self._waiting:
            return self._waiting.popleft()
        message = self._channel.receive()
        self._announce(message)
        return message

    def look(self) -> None:
        """Look at what has arrived since."""
        if self._ahead is not None:
            for message in self._channel.receive_ready()[0]:
                self._announce(message)
                self._waiting.append(message)

    def _announce(self, message: Message | None) -> None:
        if self._ahead is not None and isinstance(message, LoadSamples):
            self._ahead.use(message.reads_in_flight)
            for task in message.tasks:
                self._ahead.expect(task.sample_id, task.file_index)


def serve(
    channel: Channel, runner: TaskRunner, arena: Arena, worker_id: int, pid: int, after_sample: Callable[[], object]
) -> None:
    """Work until the other side closes the channel."""
    channel.send(Hello(pid))
    inbox = _Inbox(channel, runner.ahead)
    while True:
        message = inbox.next()
        if not isinstance(message, LoadSamples):
            return
        results: list[SampleResult] = []
        reported = flushed = time.monotonic()
        for task in message.tasks:
            arena.begin_sample(worker_id, task.sample_id)
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
        arena.end_sample(worker_id)
        if results:
            channel.send(_report(results, runner))


def _report(results: list[SampleResult], runner: TaskRunner) -> SampleResults:
    return SampleResults(tuple(results), runner.counter.counts() if runner.counter is not None else None)
