"""One ring as its writer left it. Files that are not whole, or not rings, give None."""

import json
import os
import struct
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.hook import layout
from inspector.watched.run_files import RunFiles

_TRIES = 50
_ANY = 1 << 40  # bytes: only the first ones are read
_LOADER_EVENTS = np.dtype([(name, "<f8") for name in layout.LOADER_EVENT])
_WORKER_EVENTS = np.dtype([(name, "<f8") for name in layout.WORKER_EVENT])


@dataclass(frozen=True, slots=True, eq=False)
class RingContent:
    """What a ring holds.

    Attributes:
        totals: by the names of `layout.LOADER_TOTALS` or `layout.WORKER_TOTALS`.
        about: what its writer said of it. slow, errors: its notes.
        events: (n,) oldest first.
    """

    kind: int
    pid: int
    number: int
    totals: dict[str, float]
    about: dict[str, Any]
    slow: tuple[dict[str, Any], ...]
    errors: tuple[dict[str, Any], ...]
    events: npt.NDArray[np.void]


def parse(content: bytes) -> RingContent | None:
    """The ring that these bytes are."""
    if len(content) != layout.SIZE:
        return None
    magic, kind, pid, number = layout.HEAD.unpack_from(content)
    if magic != layout.MAGIC or kind not in (layout.KIND_LOADER, layout.KIND_WORKER):
        return None
    loader = kind == layout.KIND_LOADER
    totals = _totals(content, loader)
    about = _json(content, layout.META_AT, layout.META_END)
    notes = [
        _json(content, at, at + layout.NOTE_BYTES)
        for at in range(layout.NOTES_AT, layout.NOTES_AT + layout.NOTES * layout.NOTE_BYTES, layout.NOTE_BYTES)
    ]
    (count,) = layout.SEQUENCE.unpack_from(content, layout.EVENT_COUNT_AT)
    return RingContent(
        kind=kind,
        pid=pid,
        number=number,
        totals=totals,
        about=about,
        slow=tuple(note for note in notes[: layout.SLOWEST_NOTES] if note),
        errors=tuple(note for note in notes[layout.SLOWEST_NOTES :] if note),
        events=_events(content, count, _LOADER_EVENTS if loader else _WORKER_EVENTS),
    )


def _totals(content: bytes, loader: bool) -> dict[str, float]:
    names = layout.LOADER_TOTALS if loader else layout.WORKER_TOTALS
    form = layout.LOADER_TOTALS_FORMAT if loader else layout.WORKER_TOTALS_FORMAT
    return dict(zip(names, form.unpack_from(content, layout.TOTALS_AT), strict=True))


def _events(content: bytes, count: int, kind: np.dtype[np.void]) -> npt.NDArray[np.void]:
    every = np.frombuffer(content, kind, layout.EVENTS, layout.EVENTS_AT)
    if count <= layout.EVENTS:
        return every[:count].copy()
    first = count % layout.EVENTS
    # the writer may be at the oldest at this moment
    return np.concatenate([every[first + 1 :], every[:first]])


def _json(content: bytes, begin: int, end: int) -> dict[str, Any]:
    (length,) = layout.LENGTH.unpack_from(content, begin)
    if not 0 < length <= end - begin - layout.LENGTH.size:
        return {}
    start = begin + layout.LENGTH.size
    try:
        found = json.loads(content[start : start + length])
    except (ValueError, RecursionError):  # half written
        return {}
    return found if isinstance(found, dict) else {}


def read_pictures(files: RunFiles, name: str, most_bytes: int) -> tuple[dict[str, Any], bytes, int] | None:
    """(what is said of the pictures, their pixels, a number that rises with each set)."""
    for _ in range(_TRIES):
        try:
            content = files.read(name, most_bytes)
            magic, sequence, length, pixels, room = layout.PICTURES_HEAD.unpack_from(content)
        except (OSError, struct.error):
            return None
        if magic != layout.PICTURES_MAGIC:
            return None
        if sequence % 2:
            continue
        at = layout.PICTURES_AT + room
        try:
            again = layout.PICTURES_HEAD.unpack(files.read(name, most_bytes, layout.PICTURES_HEAD.size))
            about = json.loads(content[layout.PICTURES_AT : layout.PICTURES_AT + length])
        except (OSError, ValueError, RecursionError, struct.error):
            continue
        if again[1] == sequence and isinstance(about, dict) and at + pixels <= len(content):
            return about, content[at : at + pixels], sequence
    return None


def pictures_serial(files: RunFiles, name: str) -> int | None:
    """The number that rises with each set; None where there is none yet."""
    try:
        magic, sequence, *_ = layout.PICTURES_HEAD.unpack(files.read(name, _ANY, layout.PICTURES_HEAD.size))
    except (OSError, struct.error):
        return None
    return sequence if magic == layout.PICTURES_MAGIC and sequence else None


def exists(pid: int) -> bool:
    """Whether this process runs."""
    if sys.platform == "win32":  # there, `os.kill` would end it
        import psutil

        return psutil.pid_exists(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
