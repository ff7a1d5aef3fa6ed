"""Work that must not hold up the window: one job at a time in a thread, looked at by a timer."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from inspector.errors import InspectorError

Result = TypeVar("Result")
LOOK_MS = 40


class JobProgress:
    """What a job and the window tell each other; either may write, both may read."""

    def __init__(self) -> None:
        self.done = 0
        self._cancelled = threading.Event()

    def report(self, done: int) -> None:
        """Called by the job."""
        self.done = done

    def cancel(self) -> None:
        self._cancelled.set()

    def cancelled(self) -> bool:
        """Asked by the job."""
        return self._cancelled.is_set()


class BackgroundJob(QObject):
    """Runs jobs. No signal leaves the thread: the timer finds out, in the GUI thread, that it has ended."""

    progressed = Signal(int)
    busy_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: threading.Thread | None = None
        self._progress = JobProgress()
        self._finish: Callable[[], None] = lambda: None
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)

    @property
    def busy(self) -> bool:
        """A job is at work; no other can be started."""
        return self._thread is not None

    def start(
        self, job: Callable[[JobProgress], Result], done: Callable[[Result], None], failed: Callable[[str], None]
    ) -> None:
        """Do `job` in a thread, then call `done` with its result, or `failed` with a sentence, in this one."""
        assert not self.busy
        progress = self._progress = JobProgress()
        outcome = _Outcome[Result]()
        self._finish = lambda: outcome.tell(done, failed)
        self._thread = threading.Thread(target=outcome.run, args=(job, progress), name="inspector-job")
        self._thread.start()
        self._timer.start()
        self.busy_changed.emit()

    def cancel(self) -> None:
        """Ask the job to stop soon."""
        self._progress.cancel()

    def stop(self) -> None:
        """Stop the job and wait for that; nobody is told its result."""
        self._timer.stop()
        self._progress.cancel()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _look(self) -> None:
        thread = self._thread
        if thread is None or thread.is_alive():
            self.progressed.emit(self._progress.done)
            return
        thread.join()
        self._timer.stop()
        self._thread = None
        self.busy_changed.emit()
        self._finish()


class _Outcome(Generic[Result]):
    """What the thread leaves: a result, or why there is none."""

    def __init__(self) -> None:
        self._results: list[Result] = []
        self._error: Exception | None = None

    def run(self, job: Callable[[JobProgress], Result], progress: JobProgress) -> None:
        try:
            self._results.append(job(progress))
        except Exception as error:  # told, or raised again, in the GUI thread
            self._error = error

    def tell(self, done: Callable[[Result], None], failed: Callable[[str], None]) -> None:
        if isinstance(self._error, InspectorError | ValueError):
            failed(str(self._error))
        elif isinstance(self._error, OSError):
            failed(f"{self._error.filename or 'The file'}: {self._error.strerror}")
        elif self._error is not None:
            raise self._error
        else:
            done(self._results[0])
