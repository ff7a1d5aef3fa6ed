"""The child process that speaks to a cluster. It has a session of its own: Ctrl+C in a terminal is not for it.

Whatever its engine does (print, log, abort, hang) happens here; whoever started it sees a channel, and its end.
"""

import contextlib
import os
import queue
import sys
import threading
import time
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from inspector.errors import InspectorError
from inspector.scan.perceptual_hash import Hashes
from inspector.scan.progress import EngineWorker
from inspector.scan.runners.engine import Engine, EngineLostError, EngineStartError, Outcome, Task

_POLL_S = 0.05
_WORKERS_S = 1.0
_END_S = 20.0


class Start(NamedTuple):
    """The first message to it.

    Attributes:
        on: "dask", "ray", or a cluster's address.
        num_workers: of a cluster that it starts.
        known_files: see `Chunk`.
    """

    on: str
    num_workers: int
    known_files: tuple[str, ...]


class Said(NamedTuple):
    """From it: a sentence for the user."""

    text: str


class Workers(NamedTuple):
    """From it: who is there. The first one says that chunks can be sent."""

    workers: list[EngineWorker]


class Shared(NamedTuple):
    """To it: what `SearchTask`s that follow look through."""

    hashes: Hashes


class Done(NamedTuple):
    """From it: what came of some tasks, with their first files or numbers."""

    outcomes: list[tuple[int, Outcome]]


def engine_of(on: str, num_workers: int) -> Engine:
    """The engine that `on` names.

    Raises:
        EngineStartError: where it is not installed.
    """
    if on == "ray" or on.startswith("ray:"):
        from inspector.scan.runners.ray_engine import RayEngine

        return RayEngine(on, num_workers)
    from inspector.scan.runners.dask_engine import DaskEngine

    return DaskEngine(on, num_workers)


def main() -> None:
    """Serve whoever is at the other end of a descriptor, until it is closed."""
    channel = Connection(int(sys.argv[1]))
    start: Start = channel.recv()
    tasks: queue.SimpleQueue[Task | Shared | None] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(channel, tasks), daemon=True).start()
    engine = engine_of(start.on, start.num_workers)
    serves = False
    try:
        _connect(engine, channel, start)
        serves = True
        _serve(engine, channel, tasks)
    except InspectorError as error:
        _send(channel, error)
    except Exception as error:  # of the engine, of its many types
        why = f"{type(error).__name__}: {_first_line(error)}"
        lost = EngineLostError(f"{start.on} was lost: {why}")
        _send(channel, lost if serves else EngineStartError(f"{start.on} cannot be used: {why}"))
    finally:
        try:
            engine.close()
        finally:
            sys.stderr.flush()
            os._exit(0)


def _connect(engine: Engine, channel: Connection, start: Start) -> None:
    engine.connect(lambda text: channel.send(Said(text)))
    blind = engine.blind(start.known_files)
    if blind is not None:
        raise EngineStartError(cannot_read(start.on, *blind))


def _serve(engine: Engine, channel: Connection, tasks: "queue.SimpleQueue[Task | Shared | None]") -> None:
    shown: list[EngineWorker] | None = None
    looked_s = 0.0
    while True:
        now = time.monotonic()
        if now - looked_s > _WORKERS_S:
            looked_s, found = now, engine.workers()
            if found != shown:
                shown = found
                channel.send(Workers(found))
        while not tasks.empty():
            task = tasks.get()
            if task is None:
                return
            if isinstance(task, Shared):
                engine.share(task.hashes)
            else:
                engine.submit(task)
        done = engine.completed(_POLL_S)
        if done:
            channel.send(Done([(each.first, outcome) for each, outcome in done]))


def cannot_read(on: str, host: str, path: str) -> str:
    """A sentence on a worker that has not the same disks."""
    return (
        f"{on}: a worker on {host} cannot read {path}: put the data where all machines have it at the same path, "
        "such as on a shared disk or in an object store"
    )


def _receive(channel: Connection, tasks: "queue.SimpleQueue[Task | Shared | None]") -> None:
    try:
        while True:
            tasks.put(channel.recv())
    except (EOFError, OSError):
        tasks.put(None)
        time.sleep(_END_S)  # an engine that hangs must not outlive those it works for
        os._exit(1)


def _send(channel: Connection, message: Any) -> None:
    with contextlib.suppress(OSError):  # whoever wanted to know has gone
        channel.send(message)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["it gave no reason"])[0]
