"""The worker: take tasks, load their samples, report.

The same code runs in a child process, in a thread, and in the consumer's own thread (`num_workers=0`); only who
calls it differs. A worker keeps nothing between samples but scratch memory, so it can be killed at any time.
"""

import time
from collections.abc import Callable, Sequence
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
    SampleResult,
    SampleResults,
    SampleTask,
    WorkerFailed,
    WorkerSpec,
)
from inspector.loader.workers.patience import Patience, sleep
from inspector.loader.workers.random_state import OwnGenerator
from inspector.loader.workers.sample_loader import SampleLoader
from inspector.loader.workers.worker_id import set_worker_id

_FLUSH_EVERY_S = 0.001  # it takes as long as the emptiest sample
_REPORT_EVERY_S = 0.025  # usually all of a message's tasks are reported at once; slow ones are before that


class Runner(Protocol):
    """Does one task.

    Attributes:
        generators: of random numbers, that the user's code holds and that are seeded for each task.
    """

    generators: Sequence[OwnGenerator]

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
) -> Runner:
    """What does the tasks of a loader. `seeded`, `interruptible`: see `SampleLoader`; `pause`: see `Patience`.

    Raises:
        Exception: whatever the module of a "module:function" raises on import.
    """
    if spec.function is not None:
        return FunctionRunner(spec.function)
    patience = Patience(pause, spec.patience_s)
    return SampleLoader(spec, arena, decoder_log, patience, seeded=seeded, interruptible=interruptible)


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
    if isinstance(spec, WorkerSpec):
        try:
            alone = pid != 0  # threads share the generators of their process
            if alone:
                set_worker_id(worker_id)
            runner = make_runner(spec, arena, decoder_log, seeded=alone, pause=pause)
        except Exception as error:  # whatever the user's module raises on import is reported, not lost
            spec = WorkerFailed(describe(error))
    after_sample()  # what was written by what was imported
    if isinstance(spec, WorkerFailed):
        channel.send(spec)
        return
    serve(channel, runner, arena, worker_id, pid, after_sample)


def serve(
    channel: Channel, runner: Runner, arena: Arena, worker_id: int, pid: int, after_sample: Callable[[], object]
) -> None:
    """Work until the other side closes the channel."""
    channel.send(Hello(pid))
    while True:
        message = channel.receive()
        if not isinstance(message, LoadSamples):
            return
        results: list[SampleResult] = []
        reported = flushed = time.monotonic()
        for task in message.tasks:
            arena.begin_sample(worker_id, task.sample_id)
            results.append(runner.run(task))
            now = time.monotonic()
            if now - flushed > _FLUSH_EVERY_S:
                after_sample()
                flushed = now
            if now - reported > _REPORT_EVERY_S:
                channel.send(SampleResults(tuple(results)))
                results.clear()
                reported = now
        after_sample()
        arena.end_sample(worker_id)
        if results:
            channel.send(SampleResults(tuple(results)))
