"""What workers of earlier epochs did: their rings are added up and removed, or a long training would fill the disk."""

from __future__ import annotations

import json
import os
from typing import Any

from . import fetching, layout, rings

_ADDED = (
    fetching.BATCHES, fetching.SAMPLES, fetching.FETCH, fetching.COLLATE, fetching.ALIVE, fetching.CPU,
    fetching.CORE_WAIT,
)  # fmt: skip
_KEPT_PIDS = 64


class PastWorkers:
    """The workers of one loader that have ended, by their number."""

    def __init__(self, loader: int) -> None:
        self._loader = loader
        self._by_number: dict[int, fetching.Fetcher] = {}
        self._pids: dict[int, list[int]] = {}

    def take_in(self, workers: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Add up those of these (process id, number) that have ended; the others are returned."""
        ended = {pid: number for pid, number in workers if not _exists(pid)}
        place = rings.folder()
        if not ended or not place:
            return workers
        for name in os.listdir(place):
            word, _, rest = name.partition("-")
            pid = int(rest.partition("-")[0]) if word == "worker" and rest.partition("-")[0].isdigit() else -1
            if pid in ended:
                path = os.path.join(place, name)
                with open(path, "rb") as file:
                    content = file.read()
                if len(content) == layout.SIZE:
                    self._add(ended[pid], pid, content)
                os.unlink(path)
        return [(pid, number) for pid, number in workers if pid not in ended]

    def _add(self, number: int, pid: int, content: bytes) -> None:
        past = self._by_number.get(number)
        if past is None:
            past = self._by_number[number] = fetching.Fetcher(number, self._loader)
            past.ring.totals[fetching.BEGAN] = 0.0
        pids = self._pids.setdefault(number, [])
        pids.append(pid)
        del pids[:-_KEPT_PIDS]
        past.ring.describe({"pids": pids})  # a reader that still sees the worker's own ring leaves that out
        totals, more = past.ring.totals, layout.WORKER_TOTALS_FORMAT.unpack_from(content, layout.TOTALS_AT)
        for place in _ADDED:
            totals[place] += more[place]
        totals[fetching.BEGAN] = totals[fetching.BEGAN] or more[fetching.BEGAN]
        totals[fetching.LAST] = max(totals[fetching.LAST], more[fetching.LAST])
        for place in range(layout.NOTES):
            note = _note(content, layout.NOTES_AT + place * layout.NOTE_BYTES)
            if not note:
                continue
            if place >= layout.SLOWEST_NOTES:
                past.note_error(note)
            elif past.is_slow(note["ms"] / 1000):
                past.note_slow(note["ms"] / 1000, note)


def _note(content: bytes, at: int) -> dict[str, Any]:
    (length,) = layout.LENGTH.unpack_from(content, at)
    if not 0 < length <= layout.NOTE_BYTES - layout.LENGTH.size:
        return {}
    try:
        found: dict[str, Any] = json.loads(content[at + layout.LENGTH.size : at + layout.LENGTH.size + length])
        return found
    except ValueError:  # it was killed while it wrote
        return {}


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True
