"""`check`: what a worker of a cluster is asked to do with a chunk.

The files are decoded in a process of its own, one for each thread that checks: decoders need what belongs to a whole
process (its standard error, a limit on its memory), a file may end the process, and a worker of a cluster is not only
ours. It stays for the next chunk, and ends by itself when there is none for a while, or when the worker ends.
"""

import os
import socket
import subprocess
import threading
import time
from contextlib import closing, suppress
from multiprocessing.connection import Connection
from typing import NamedTuple

from inspector.child_process import module_path, start_python
from inspector.errors import InspectorError
from inspector.formats.problems import Problem
from inspector.loader.map import SampleMap
from inspector.scan.check_file import CheckFiles, FileReport
from inspector.scan.file_groups import FileGroup
from inspector.scan.perceptual_hash import Hashes
from inspector.scan.runners.chunk import Chunk
from inspector.scan.runners.partial import Partial
from inspector.scan.runners.search_task import SearchTask
from inspector.settings import LoaderConfig

_START_S = 60.0


class WorkerBlind(NamedTuple):
    """In place of a chunk's Partial: the worker cannot read one of the files that are known to be there."""

    host: str
    path: str


class BlindWorkerError(Exception):
    """Raised where a worker cannot read what it should. Its arguments: the host, and the path."""


def check(chunk: Chunk) -> Partial:
    """Check the files of a chunk.

    Raises:
        BlindWorkerError: where this machine does not have the files at all.
        StaleIndexError: where a container has changed since its samples were found.
    """
    began_s = time.monotonic()
    host = socket.gethostname()
    for path in chunk.known_files:
        if not os.access(path, os.R_OK):
            raise BlindWorkerError(host, path)
    names = chunk.names()
    reports: list[FileReport] = []
    one_by_one = False  # after the process has ended: at which file, then
    while len(reports) < chunk.files:
        checker = _checker()
        reports += checker.check(chunk.part(len(reports), chunk.files) if reports else chunk, one_by_one)
        if len(reports) < chunk.files and one_by_one:
            at = len(reports)
            reports.append(_carefully(chunk.part(at, at + 1), names[at]))
        one_by_one = not one_by_one and checker.ended
    return Partial.of(chunk.first, reports, f"{host}:{os.getpid()}", host, time.monotonic() - began_s)


def check_files(chunk: Chunk) -> CheckFiles:
    """What checks the files of the chunk, in a process of its own."""
    settings = chunk.settings
    return CheckFiles(
        settings.checks, settings.max_pixels, own_process=True, max_bytes=settings.max_bytes, reader=chunk.reader
    )


def _carefully(chunk: Chunk, name: str) -> FileReport:
    """A file that ended its process, or took too long, as a scan on one machine finds out whether it is to blame."""
    with closing(SampleMap(check_files(chunk), [FileGroup(0, (name,))], num_workers=1)) as found:
        ((_, result),) = found
    if isinstance(result, Problem):
        return FileReport(result.file_bytes, kind=result.kind, reason=result.reason)
    return result[0]


class _Checker:
    """The process that belongs to this thread.

    Attributes:
        ended: it is no longer there.
    """

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            boot = (
                f"import sys; sys.path[:] = {module_path()!r}; from inspector.scan.runners.checker import main; main()"
            )
            threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
            self._process = start_python(
                *("-c", boot, str(theirs.fileno())),
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                environ={**os.environ, **threads},
            )
        self._channel = Connection(ours.detach())
        self.ended = False
        self._wait_s = _START_S  # for the next file; the first one has to wait for imports, too

    def check(self, chunk: Chunk, one_by_one: bool) -> list[FileReport]:
        """Of its files, in order; of fewer where the process ended, or took too long, at one of the next ones.

        Args:
            one_by_one: it was at the very next one.
        """
        reports: list[FileReport] = []
        try:
            self._channel.send((chunk, one_by_one))
            while len(reports) < chunk.files:
                if not self._channel.poll(self._wait_s):
                    break
                self._wait_s = LoaderConfig().sample_timeout_s
                found = self._channel.recv()
                if isinstance(found, Exception):
                    self.end()
                    raise found
                reports += found
        except (EOFError, OSError):
            pass
        if len(reports) < chunk.files:
            self.end()
        return reports

    def idle_end(self) -> bool:
        """It has ended since it was used last."""
        if self._process.poll() is not None:
            self.end()
        return self.ended

    def end(self) -> None:
        """End it now."""
        self.ended = True
        self._channel.close()
        with suppress(OSError):
            self._process.kill()
        self._process.wait()


_own = threading.local()


def _checker() -> _Checker:
    found: _Checker | None = getattr(_own, "checker", None)
    if found is None or found.ended or found.idle_end():
        found = _own.checker = _Checker()
    return found


def outcome(task: Chunk | SearchTask, shared: Hashes | None) -> Partial | Hashes | WorkerBlind | InspectorError:
    """What came of a task, as a value: engines wrap what is raised, each in its own way."""
    if isinstance(task, SearchTask):
        assert shared is not None
        return task.search.pairs(shared)
    try:
        return check(task)
    except BlindWorkerError as blind:
        return WorkerBlind(*blind.args)
    except InspectorError as error:
        return error
