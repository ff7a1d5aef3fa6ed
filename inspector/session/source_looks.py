"""Looks at sources before they are opened, in threads: of a store that does not answer, nobody waits for the answer."""

import threading
from concurrent.futures import Future
from functools import partial
from typing import TypeVar

from inspector.errors import SourceError
from inspector.session.job import Job
from inspector.settings import LoaderConfig
from inspector.sources.parts import SourceParts, parts_of
from inspector.sources.remote.secrets import shown_source

Result = TypeVar("Result")


class SourceLooks:
    """One look at a time is of interest: the one before is cancelled. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._job: Job[SourceParts] | None = None

    def parts(self, source: str, config: LoaderConfig) -> Future[SourceParts]:
        """See `Session.parts`."""
        job = Job(partial(_look, source, config), "inspector-look")
        with self._lock:
            before, self._job = self._job, job
        if before is not None:
            before.cancel()
        return job.result

    def close(self) -> None:
        """Cancel the last one. It ends by itself, perhaps after what it waits for."""
        with self._lock:
            if self._job is not None:
                self._job.cancel()


def _look(source: str, config: LoaderConfig, job: Job[SourceParts]) -> SourceParts:
    try:
        return parts_of(shown_source(source), config, job.cancelled)
    except OSError as error:
        raise SourceError(f"{source}: cannot be read: {error.strerror or error}") from error
