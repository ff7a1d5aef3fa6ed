"""Watches the files of the user's code, to make a data set again when one of them has changed."""

import os
import threading
from collections.abc import Callable, Sequence

from inspector.step_thread import start_steps

POLL_S = 0.25


class CodeWatch:
    """Calls `on_change` when one of the files was written, moved or removed, and rests again. From its own thread."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._changed = threading.Condition()
        self._files: tuple[str, ...] = ()
        self._seen: object = None
        self._moving: object = None  # as they were at the last look, where that differs from `_seen`
        self._closing = False
        self._thread: threading.Thread | None = None

    def follow(self, files: Sequence[str]) -> None:
        """Watch these from now on; none: watch nothing."""
        with self._changed:
            if self._files == tuple(files):
                return
            self._files = tuple(files)
            self._seen, self._moving = _state(self._files), None
            if self._files and self._thread is None and not self._closing:
                self._thread = start_steps(self._step, "inspector-code-watch")
            self._changed.notify_all()

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _step(self) -> bool:
        with self._changed:
            self._changed.wait(POLL_S if self._files else None)
            if self._closing:
                return False
            now = _state(self._files)
            settled = now != self._seen and now == self._moving  # an editor may still be writing
            self._moving = now
            if settled:
                self._seen = now
        if settled:
            self._on_change()
        return True


def _state(files: Sequence[str]) -> tuple[object, ...]:
    return tuple(map(_stamp, files))


def _stamp(file: str) -> object:
    try:
        status = os.stat(file)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
