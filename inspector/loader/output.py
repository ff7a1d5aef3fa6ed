"""Says what workers wrote, as the program's own: on `sys.stdout` and `sys.stderr`, as warnings, in its logs."""

import builtins
import contextlib
import logging
import sys
import threading
import warnings
from collections import deque
from typing import Any

from inspector.loader.workers.messages import WorkerLine, WorkerLogRecord, WorkerWarning

_MOST_WAITING = 5000
_END_WAIT_S = 1.0

Output = WorkerLine | WorkerWarning | WorkerLogRecord


class OutputPrinter:
    """Writes in a thread of its own: the program's output may be a pipe that nobody reads, and loading continues.

    The thread begins with the first output. Thread-safe.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[int, Output]] = deque(maxlen=_MOST_WAITING)
        self._changed = threading.Condition()
        self._closing = False
        self._thread: threading.Thread | None = None
        self._known_warnings: dict[Any, Any] = {}

    def put(self, worker_id: int, output: Output) -> None:
        """Say it soon."""
        with self._changed:
            self._waiting.append((worker_id, output))
            self._changed.notify_all()
            if self._thread is None and not self._closing:
                self._thread = threading.Thread(target=self._run, name="inspector-output", daemon=True)
                with contextlib.suppress(RuntimeError):  # the system has no room for another thread
                    self._thread.start()

    def close(self) -> None:
        """Say what is left, as far as that is possible within a second."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None and self._thread.ident is not None:
            self._thread.join(_END_WAIT_S)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._closing:
                    self._changed.wait()
                if not self._waiting:
                    return
                taken, self._waiting = list(self._waiting), deque(maxlen=_MOST_WAITING)
            for worker_id, output in taken:
                with contextlib.suppress(Exception):  # the program's own stream, filter or handler failed
                    self._say(f"[worker {worker_id}] ", output)
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(Exception):
                    stream.flush()

    def _say(self, prefix: str, output: Output) -> None:
        if isinstance(output, WorkerLine):
            _write(sys.stdout if output.descriptor == 1 else sys.stderr, f"{prefix}{output.text}\n")
        elif isinstance(output, WorkerWarning):
            self._warn(prefix, output)
        else:
            record = logging.makeLogRecord({**output.attributes, "processName": prefix.strip("[] ")})
            record.msg = f"{prefix}{record.msg}"
            logger = logging.getLogger(record.name if record.name != "root" else None)
            if logger.isEnabledFor(record.levelno):
                logger.handle(record)

    def _warn(self, prefix: str, warning: WorkerWarning) -> None:
        category, text = getattr(builtins, warning.category, None), warning.text
        if not (isinstance(category, type) and issubclass(category, Warning)):  # a class of the user's
            category, text = UserWarning, f"{warning.category}: {text}"
        message, registry = f"{prefix}{text}", self._known_warnings
        try:
            warnings.warn_explicit(message, category, warning.filename, warning.lineno, registry=registry)
        except Warning:  # the program's filter makes errors of them; here is nobody whom one could reach
            _write(sys.stderr, f"{warning.filename}:{warning.lineno}: {warning.category}: {message}\n")


def _write(stream: Any, text: str) -> None:
    if stream is None:  # as under pythonw
        return
    try:
        stream.write(text)
    except UnicodeEncodeError:
        stream.write(text.encode("ascii", "backslashreplace").decode())
