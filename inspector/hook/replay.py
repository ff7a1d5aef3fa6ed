"""Hands the first batches again and again, to see how fast the training would be if data were free.

Only where it was asked for: what the training learns from then on is worth nothing.
"""

from __future__ import annotations

import json
import os
from typing import Any

from . import layout, rings

_WITHOUT_LENGTH_S = 10.0  # an epoch of a loader that does not know how many batches it has


class Replay:
    """The batches of one loader that are handed out again."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._batches: list[Any] = []
        self._next = 0
        self.active = False

    def keep(self, batch: Any) -> None:
        """One that the loader gave."""
        if len(self._batches) < self._count:
            self._batches.append(batch)

    @property
    def ready(self) -> bool:
        return len(self._batches) >= self._count

    def next(self) -> Any:
        """The next one, round and round."""
        self._next += 1
        return self._batches[self._next % self._count]

    def is_over(self, iterator: Any, batches: int, began: float, now: float) -> bool:
        """Whether the epoch ends here: after as many batches as it has."""
        try:
            return batches >= len(iterator)
        except TypeError:
            return now - began > _WITHOUT_LENGTH_S


def wanted() -> Replay | None:
    """What `inspector run` has written into the folder."""
    place = rings.folder()
    try:
        with open(os.path.join(place, layout.REPLAY_NAME), encoding="ascii") as file:
            return Replay(int(json.load(file)["batches"])) if place else None
    except (OSError, ValueError):
        return None
