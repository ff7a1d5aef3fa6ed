"""`ClusterRunner`: chunks checked by an engine's workers; one that is lost with its worker is tried again, in parts."""

import os
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from inspector.errors import InspectorError, LoaderClosedError
from inspector.formats.problems import ProblemKind
from inspector.scan.check_file import FileReport
from inspector.scan.near_pairs import BandSearch
from inspector.scan.perceptual_hash import Hashes
from inspector.scan.progress import EngineWorker
from inspector.scan.runners.check import WorkerBlind
from inspector.scan.runners.chunk import Chunk
from inspector.scan.runners.driver import Done, Said, Shared, Start, Workers, cannot_read
from inspector.scan.runners.driver_process import DriverProcess
from inspector.scan.runners.engine import EngineLostError, EngineStartError, Outcome, WorkerDied
from inspector.scan.runners.partial import Partial
from inspector.scan.runners.search_task import SearchTask

_POLL_S = 0.1
_AHEAD = 2  # chunks for each that a worker can take: the next one is there when it is done with one
_DEATHS_ALONE = 3


class ClusterRunner:
    """Has chunks checked. Starts a driver, and waits until its workers are there.

    A chunk whose worker ended is checked again in parts. A single file is, too, but alone, while no other chunk is at
    any worker: so no other can be what ended the worker. After the third time it is CRASHED.

    Args:
        start: what the driver is to do.
        say: takes sentences for the user.

    Raises:
        EngineStartError: where the cluster cannot be used; says why.
        LoaderClosedError: where `cancelled` said so meanwhile.
    """

    def __init__(self, start: Start, say: Callable[[str], object], cancelled: Callable[[], bool]) -> None:
        self._on = start.on
        self._cancelled = threading.Event()
        self._workers: tuple[EngineWorker, ...] = ()
        self._at_workers: dict[int, Chunk] = {}
        self._parts: deque[Chunk] = deque()
        self._suspects: deque[Chunk] = deque()
        self._alone: Chunk | None = None  # the last one that was sent while no other was at any worker
        self._deaths: Counter[int] = Counter()
        self._has_known_files = True
        try:
            self._driver = DriverProcess(start)
        except OSError as error:
            raise EngineStartError(f"{start.on}: no process can be started for it: {error.strerror}") from error
        try:
            while not self._workers:
                if cancelled() or self._cancelled.is_set():
                    raise LoaderClosedError("the scan was cancelled")
                self._hear(_POLL_S, say)
        except BaseException as error:
            said = self._driver.last_words()
            self.close()
            if isinstance(error, EOFError | OSError):
                raise EngineStartError(f"{start.on}: it could not be started{': ' if said else ''}{said}") from error
            raise

    def workers(self) -> tuple[EngineWorker, ...]:
        """Those there are now."""
        return self._workers

    @property
    def threads(self) -> int:
        """How many chunks are checked at a time."""
        return sum(worker.threads for worker in self._workers)

    def cancel(self) -> None:
        """Begin to stop, from any thread: `run` raises LoaderClosedError soon."""
        self._cancelled.set()

    def close(self) -> None:
        """Leave nothing behind."""
        self._driver.close()

    def run(self, chunks: Iterator[Chunk]) -> Iterator[Partial]:
        """What comes of each chunk, or of parts of it, in any order. Takes a chunk when there is somebody for it.

        Raises:
            EngineLostError: where the cluster is gone, or a worker does not have the files.
            LoaderClosedError: after `cancel`.
            InspectorError: that checking a chunk raised.
        """
        try:
            while self._send_more(chunks):
                if self._cancelled.is_set():
                    raise LoaderClosedError("the scan was cancelled")
                for first, outcome in self._hear(_POLL_S):
                    partial = self._taken(self._at_workers.pop(first), outcome)
                    if partial is not None:
                        yield partial
        except (EOFError, OSError) as error:
            raise self._lost() from error

    def compare(self, hashes: Hashes, searches: Sequence[BandSearch]) -> Iterator[tuple[BandSearch, Hashes]]:
        """What each search finds, in any order. One whose worker ended is made again.

        Raises:
            EngineLostError: where the cluster is gone, or has ended too many workers meanwhile.
            LoaderClosedError: after `cancel`.
        """
        waiting = deque(SearchTask(number, search) for number, search in enumerate(searches))
        at_workers: dict[int, SearchTask] = {}
        deaths = 0
        try:
            self._driver.send(Shared(hashes))
            while waiting or at_workers:
                if self._cancelled.is_set():
                    raise LoaderClosedError("the scan was cancelled")
                while waiting and len(at_workers) < max(1, self.threads):
                    task = waiting.popleft()
                    at_workers[task.first] = task
                    self._driver.send(task)
                for number, outcome in self._hear(_POLL_S):
                    task = at_workers.pop(number)
                    if isinstance(outcome, np.ndarray):
                        yield task.search, outcome
                    elif isinstance(outcome, InspectorError):
                        raise outcome
                    else:
                        deaths += 1
                        waiting.append(task)
                if deaths > _DEATHS_ALONE:
                    raise EngineLostError(f"{self._on}: workers ended while they compared hashes")
        except (EOFError, OSError) as error:
            raise self._lost() from error

    def _lost(self) -> EngineLostError:
        return EngineLostError(f"{self._on} was lost: what spoke to it has ended")

    def _send_more(self, chunks: Iterator[Chunk]) -> bool:
        """Give workers what to do; whether there is still something to wait for."""
        if self._suspects:
            if not self._at_workers:
                self._alone = self._suspects.popleft()
                self._send(self._alone)
            return True
        while len(self._at_workers) < max(1, _AHEAD * self.threads):
            chunk = self._parts.popleft() if self._parts else next(chunks, None)
            if chunk is None:
                break
            self._send(chunk)
        return bool(self._at_workers)

    def _send(self, chunk: Chunk) -> None:
        self._at_workers[chunk.first] = chunk
        self._driver.send(chunk if self._has_known_files else chunk._replace(known_files=()))

    def _hear(self, timeout_s: float, say: Callable[[str], object] = lambda text: None) -> list[tuple[int, Outcome]]:
        match self._driver.received(timeout_s):
            case Done(outcomes):
                return outcomes
            case Workers(workers):
                self._workers = tuple(workers)
            case Said(text):
                say(text)
            case Exception() as error:
                raise error
        return []

    def _taken(self, chunk: Chunk, outcome: Outcome) -> Partial | None:
        if isinstance(outcome, Partial):
            return outcome
        if isinstance(outcome, InspectorError):
            raise outcome
        if isinstance(outcome, WorkerBlind):
            if os.access(outcome.path, os.R_OK):
                raise EngineLostError(cannot_read(self._on, *outcome))
            self._has_known_files = False  # it is there no longer, wherever one looks
            self._parts.append(chunk)
            return None
        assert isinstance(outcome, WorkerDied)
        return self._after_death(chunk, outcome)

    def _after_death(self, chunk: Chunk, died: WorkerDied) -> Partial | None:
        if chunk.files > 1:
            self._parts.extend(chunk.split())
            return None
        if chunk is self._alone:
            self._deaths[chunk.first] += 1
        if self._deaths[chunk.first] < _DEATHS_ALONE:
            self._suspects.append(chunk)
            return None
        reason = f"it ended the cluster's worker that had it {_DEATHS_ALONE} times, while nothing else was checked"
        if died.reason:
            reason = f"{reason}: {died.reason}"
        return Partial.of(chunk.first, [FileReport(None, kind=ProblemKind.CRASHED, reason=reason)])
