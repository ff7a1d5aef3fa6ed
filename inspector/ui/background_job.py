"""Work that must not hold up the window: one job at a time, looked at by a timer."""

from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from inspector.errors import InspectorError
from inspector.session.job import Job

Result = TypeVar("Result")
POLL_MS = 40


class BackgroundJob(QObject):
    """Follows a job. No signal leaves its thread: the timer finds out, in the GUI thread, that it has ended."""

    progressed = Signal(int)
    busy_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job: Job[Any] | None = None
        self._done: Callable[[Any], None] = lambda result: None
        self._failed: Callable[[str], None] = lambda message: None
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._look)

    @property
    def busy(self) -> bool:
        """A job is at work; no other can be started."""
        return self._job is not None

    def start(
        self, work: Callable[[Job[Result]], Result], done: Callable[[Result], None], failed: Callable[[str], None]
    ) -> None:
        """Do `work` in a thread, then call `done` with its result, or `failed` with a sentence, in this one."""
        self.follow(Job(work), done, failed)

    def follow(self, job: Job[Result], done: Callable[[Result], None], failed: Callable[[str], None]) -> None:
        """The same for a job that the session has begun."""
        assert not self.busy
        self._job, self._done, self._failed = job, done, failed
        self._timer.start()
        self.busy_changed.emit()

    def cancel(self) -> None:
        """Ask the job to stop soon."""
        if self._job is not None:
            self._job.cancel()

    def stop(self) -> None:
        """Stop the job and wait for that; nobody gets its result."""
        self._timer.stop()
        if self._job is not None:
            self._job.close()
            self._job = None

    def _look(self) -> None:
        job = self._job
        if job is None or not job.result.done():
            self.progressed.emit(job.done if job is not None else 0)
            return
        self.stop()
        self.busy_changed.emit()
        error = job.result.exception()
        if isinstance(error, InspectorError | ValueError):
            self._failed(str(error))
        elif isinstance(error, OSError):
            self._failed(f"{error.filename or 'The file'}: {error.strerror}")
        else:
            self._done(job.result.result())
