"""The parent's end of the `driver`."""

import os
import signal
import socket
import subprocess
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from inspector.child_process import module_path, start_python
from inspector.files import memory_file
from inspector.scan.runners.driver import Start

_END_S = 30.0
_SHOWN_BYTES = 4000


class DriverProcess:
    """A child with a channel. Only `send` and `received` may raise, EOFError or OSError: it has ended."""

    def __init__(self, start: Start) -> None:
        ours, theirs = socket.socketpair()
        self._errors = os.fdopen(memory_file("inspector-driver"), "w+b")
        with theirs:
            boot = (
                f"import sys; sys.path[:] = {module_path()!r}; from inspector.scan.runners.driver import main; main()"
            )
            self._process = start_python(
                *("-W", "ignore", "-c", boot, str(theirs.fileno())),
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=self._errors,
                stderr=self._errors,
                start_new_session=True,
            )
        self._channel = Connection(ours.detach())
        self.send(start)

    def send(self, message: Any) -> None:
        """Give it a message."""
        self._channel.send(message)

    def received(self, timeout_s: float) -> Any:
        """Its next message; None where there is none within the time."""
        return self._channel.recv() if self._channel.poll(timeout_s) else None

    def last_words(self) -> str:
        """The last line that it wrote to standard error; "" where there is none."""
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - _SHOWN_BYTES))
        lines = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1].strip() if lines else ""

    def close(self) -> None:
        """End it, and what it started. May be called twice."""
        self._channel.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_S)
        with suppress(ProcessLookupError, PermissionError):  # mostly nobody is left in its group
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if not self._errors.closed:
            self._errors.close()
