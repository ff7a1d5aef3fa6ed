"""Watches a few files, to open a data set again when one of them has changed, or is back."""

import contextlib
import importlib.util
import os
import threading
from collections.abc import Callable, Iterable, Sequence

from inspector.step_thread import start_steps

POLL_S = 0.25
_CLOSE_S = 2.0  # a disk that does not answer holds up nothing but the thread

_Stamps = dict[str, object]


class FileWatch:
    """Calls `on_change` when one of the files was written, moved or removed, and rests again. From its own thread."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._changed = threading.Condition()
        self._seen: _Stamps = {}
        self._moving: _Stamps | None = None  # as they were at the last look, where that differs from `_seen`
        self._closing = False
        self._thread: threading.Thread | None = None

    def follow(self, files: Sequence[str]) -> None:
        """Watch these from now on; none: watch nothing. Of those that were watched before, no change is missed."""
        with self._changed:
            before = self._seen
        seen = {file: before[file] if file in before else _stamp(file) for file in files}
        with self._changed:
            self._seen = seen
            self._moving = None
            if self._seen and self._thread is None and not self._closing:
                self._thread = start_steps(self._step, "inspector-file-watch")
            self._changed.notify_all()

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(_CLOSE_S)

    def _step(self) -> bool:
        with self._changed:
            self._changed.wait(POLL_S if self._seen else None)
            if self._closing:
                return False
            followed = self._seen
        now = {file: _stamp(file) for file in followed}
        with self._changed:
            if self._seen is not followed:
                return True
            settled = now != self._seen and now == self._moving  # an editor may still be writing
            self._moving = now
            if settled:
                _forget_compiled(file for file in now if now[file] != self._seen[file])
                self._seen = now
        if settled:
            self._on_change()
        return True


def _stamp(file: str) -> object:
    try:
        status = os.stat(file)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino, status.st_dev, status.st_mode


def _forget_compiled(files: Iterable[str]) -> None:
    """Python takes a compiled file for that of its source if both have one size and one second."""
    for file in files:
        with contextlib.suppress(OSError, NotImplementedError):
            os.unlink(importlib.util.cache_from_source(file))
