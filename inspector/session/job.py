"""Work that a view asked for and follows: how far it is, what came of it, and a way to stop it."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

Result = TypeVar("Result")


def answered(result: Result) -> Future[Result]:
    """An answer that is there already, where others take a while."""
    future: Future[Result] = Future()
    future.set_result(result)
    return future


class Job(Generic[Result]):
    """One piece of work in a thread of its own. All methods may be called from any thread.

    Args:
        work: does it; it reports how far it is to the job, and ends early when the job was cancelled.
        name: of the thread.

    Attributes:
        done: how many items are done so far.
        result: becomes what `work` returned, or the error that it raised.
    """

    def __init__(self, work: "Callable[[Job[Result]], Result]", name: str = "inspector-job") -> None:
        self.done = 0
        self.result: Future[Result] = Future()
        self.result.set_running_or_notify_cancel()  # it is ended by `cancel` alone
        self._cancelled = threading.Event()
        self._work = work
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def report(self, done: int) -> None:
        """Called by the work: so many items are done."""
        self.done = done

    def cancel(self) -> None:
        """Ask the work to end soon."""
        self._cancelled.set()

    def cancelled(self) -> bool:
        """Asked by the work: is it to end?"""
        return self._cancelled.is_set()

    def close(self) -> None:
        """Cancel, and wait until the thread has ended."""
        self.cancel()
        self._thread.join()

    def _run(self) -> None:
        try:
            result = self._work(self)
        except BaseException as error:  # it belongs to whoever asks for the result
            self.result.set_exception(error)
        else:
            self.result.set_result(result)
