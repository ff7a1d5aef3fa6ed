"""Mapped memory that this process writes and somebody may read."""

from __future__ import annotations

import itertools
import json
import mmap
import os
import threading
from typing import Any

from . import layout
from .finder import leave_mark

_numbers = itertools.count()


def folder() -> str:
    """Where this run's rings are; "" where nobody watches."""
    return os.environ.get(layout.FOLDER_VARIABLE, "")


def allocate(name: str, size: int) -> Any:
    """A mapped file of `size` bytes that is really there: writing to a sparse one on a full disk would be a SIGBUS.

    Private memory where the folder is gone or full: then nobody reads it, and the writer need not care.
    """
    place = folder()
    if place:
        _hold(place)
        path = os.path.join(place, name)
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
            descriptor = os.open(path, flags, 0o600)
            try:
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(descriptor, 0, size)
                else:
                    written = 0
                    while written < size:
                        written += os.write(descriptor, bytes(size - written))
                return mmap.mmap(descriptor, size)
            except BaseException:
                os.unlink(path)
                raise
            finally:
                os.close(descriptor)
        except (OSError, ValueError):
            leave_mark("full")
    return mmap.mmap(-1, size)


def _hold(place: str) -> None:
    """Keep the folder from being removed while this process lives; children that are forked hold it, too."""
    global _held
    if _held == place:
        return
    _held = place
    try:
        import fcntl

        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
        fcntl.flock(os.open(os.path.join(place, layout.LOCK_NAME), flags, 0o600), fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (ImportError, OSError):
        pass  # the folder goes before us, and takes nothing of the training's with it


_held = ""
_BETWEEN_EVENTS_S = 0.0001  # of quicker ones the totals say enough


class Ring:
    """One ring of this process. Its owner calls; a lock where several threads may."""

    def __init__(self, kind: int, count: int) -> None:
        self.number = next(_numbers)
        self.lock = threading.Lock()
        self._events = 0
        self._event_at = 0.0
        self._notes = 0
        word = "loader" if kind == layout.KIND_LOADER else "worker"
        self._memory = allocate(f"{word}-{os.getpid()}-{self.number}.ring", layout.SIZE)
        # Written where they are read: each number is whole at any moment
        self.totals = memoryview(self._memory)[layout.TOTALS_AT : layout.TOTALS_AT + 8 * count].cast("d")
        layout.HEAD.pack_into(self._memory, 0, layout.MAGIC, kind, os.getpid(), self.number)

    def event(self, *values: float) -> None:
        """Add one of 8 numbers, the first of which is its time; the oldest is forgotten, and what comes too fast."""
        if values[0] - self._event_at < _BETWEEN_EVENTS_S:
            return
        self._event_at = values[0]
        at = layout.EVENTS_AT + self._events % layout.EVENTS * layout.EVENT_BYTES
        layout.EVENT.pack_into(self._memory, at, *values)
        self._events += 1
        layout.SEQUENCE.pack_into(self._memory, layout.EVENT_COUNT_AT, self._events)

    def describe(self, about: dict[str, Any]) -> None:
        """Say what this ring is about, in place of what it said before."""
        text = _json(about, layout.META_END - layout.META_AT - 4)
        layout.LENGTH.pack_into(self._memory, layout.META_AT, 0)
        self._memory[layout.META_AT + 4 : layout.META_AT + 4 + len(text)] = text
        layout.LENGTH.pack_into(self._memory, layout.META_AT, len(text))

    def note(self, place: int, content: dict[str, Any]) -> None:
        """Write the note at `place`."""
        at = layout.NOTES_AT + place * layout.NOTE_BYTES
        text = _json(content, layout.NOTE_BYTES - 4)
        layout.LENGTH.pack_into(self._memory, at, 0)
        self._memory[at + 4 : at + 4 + len(text)] = text
        layout.LENGTH.pack_into(self._memory, at, len(text))
        self._notes += 1
        layout.SEQUENCE.pack_into(self._memory, layout.NOTE_SEQUENCE_AT, self._notes)


def _json(content: dict[str, Any], most: int) -> bytes:
    """At most so many bytes: long texts are cut from the middle, and what then does not fit is left out."""
    for longest in (1 << 20, 2000, 300, 120, 40, 24, 12, 4):
        cut = {key: _cut(value, longest) for key, value in content.items()}
        text = json.dumps(cut, separators=(",", ":")).encode("ascii")
        if len(text) <= most:
            return text
    return b"{}"


def _cut(value: Any, longest: int) -> Any:
    if isinstance(value, str) and len(value) > longest:
        return value[: longest // 3] + "\u2026" + value[-longest * 2 // 3 :]
    if isinstance(value, list) and len(value) > longest:
        return value[:longest]
    return value
