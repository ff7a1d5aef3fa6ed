"""Results that are still to come, brought to the GUI thread when they are there."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer

Result = TypeVar("Result")
POLL_MS = 20


class FutureWatcher(QObject):
    """Hands over results in the order in which they were asked for. No signal leaves another thread: a timer looks."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[tuple[Future[Any], Callable[[Any], None], Callable[[Exception], None] | None]] = deque()
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._look)

    @property
    def busy(self) -> bool:
        """Results are still to come."""
        return bool(self._waiting)

    def watch(
        self,
        future: Future[Result],
        take: Callable[[Result], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Call `take` with the result, at once where it is there already and none is waited for.

        `failed` is called with an exception in its place; None: it is raised.
        """
        self._waiting.append((future, take, failed))
        self._look()

    def forget(self) -> None:
        """Nobody wants the results any more."""
        waiting, self._waiting = self._waiting, deque()
        self._timer.stop()
        for future, *_ in waiting:
            future.cancel()

    def _look(self) -> None:
        while self._waiting and self._waiting[0][0].done():
            future, take, failed = self._waiting.popleft()
            try:
                result = future.result()
            except CancelledError:  # the session was closed meanwhile
                continue
            except Exception as error:
                if failed is None:
                    raise
                failed(error)
                continue
            take(result)
        if not self._waiting:
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()
