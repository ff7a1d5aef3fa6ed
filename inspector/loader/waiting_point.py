"""The one place where a loader's supervisor waits."""

import contextlib
import selectors
import socket
from typing import Any

from inspector.errors import WorkerStartError
from inspector.loader.workers.starter import start_failure


class WaitingPoint:
    """Waits for any of several sockets, or for a call of `wake`. Only the supervisor's thread waits and registers.

    Raises:
        WorkerStartError: when the system has no descriptors left.
    """

    def __init__(self) -> None:
        try:
            self._selector = selectors.DefaultSelector()
            self._wake_read, self._wake_write = socket.socketpair()
        except OSError as error:
            raise WorkerStartError(f"the loader could not be started: {start_failure(error)}") from error
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._selector.register(self._wake_read, selectors.EVENT_READ, self)

    def register(self, source: Any, data: object) -> None:
        """From now on, `wait` gives `data` while `source` (a socket, or what has a `fileno`) can be read."""
        self._selector.register(source, selectors.EVENT_READ, data)

    def unregister(self, source: Any) -> None:
        """Forget `source`, if it is known."""
        with contextlib.suppress(KeyError):
            self._selector.unregister(source)

    def wake(self) -> None:
        """End the wait that is on now, or the next. From any thread, finalizers included: it takes no lock."""
        with contextlib.suppress(OSError):  # full: it will wake anyway; closed: nothing to wake
            self._wake_write.send(b"w")

    def wait(self, timeout_s: float) -> list[Any]:
        """The data of all sources that can be read."""
        ready = [key.data for key, _ in self._selector.select(timeout_s)]
        if self in ready:
            ready.remove(self)
            with contextlib.suppress(BlockingIOError):
                self._wake_read.recv(4096)
        return ready

    def close(self) -> None:
        """Give the descriptors back."""
        self._wake_read.close()
        self._wake_write.close()
        self._selector.close()
