"""Work that was cancelled and has not ended yet."""

import logging
import threading
from typing import Protocol

_log = logging.getLogger(__name__)


class Closable(Protocol):
    """A piece of work that takes a while to end."""

    def cancel(self) -> None:
        """Ask it to end soon."""

    def close(self) -> None:
        """Wait until nothing of it is left."""


class Ending:
    """Waits for cancelled work in threads, so that nobody else has to. Any thread may call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def add(self, work: Closable) -> None:
        """Cancel this work and wait for its end; returns at once."""
        work.cancel()
        thread = threading.Thread(target=_close, args=(work,), name="inspector-ending", daemon=True)
        with self._lock:
            self._threads = [*filter(threading.Thread.is_alive, self._threads), thread]
            thread.start()

    def __bool__(self) -> bool:
        """Whether some of it has not ended yet."""
        with self._lock:
            return any(thread.is_alive() for thread in self._threads)

    def join(self) -> None:
        """Wait until all of it has ended."""
        with self._lock:
            threads = self._threads
        for thread in threads:
            thread.join()


def _close(work: Closable) -> None:
    try:
        work.close()
    except Exception:  # it has nobody to report to
        _log.exception("cancelled work did not end well")
