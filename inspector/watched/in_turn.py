"""Loaders whose batches are taken in turn, as of `zip(photos, masks)`: they share one step, and their waits add up."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from inspector.watched.records import LoaderTotals, WatchedLoader

_LEAST = 4  # batches of each
_MOST = 64
_ADDED = ("wait_s", "step_s", "start_up_s", "first_wait_s", "begin_s")


def taken_in_turn(loader: WatchedLoader, loaders: Iterable[WatchedLoader]) -> list[WatchedLoader]:
    """The others of its process that gave one batch for each of its own."""
    return [
        other
        for other in loaders
        if other.key != loader.key
        and other.key.pid == loader.key.pid
        and abs(other.totals.batches - loader.totals.batches) <= max(1, loader.totals.starts)
        and other.totals.batches > other.totals.nested
        and _alternate(loader, other)
    ]


def together(loader: WatchedLoader, loaders: Iterable[WatchedLoader]) -> LoaderTotals | None:
    """Its totals, with the time of those that are taken in turn with it; None: there is none."""
    others = taken_in_turn(loader, loaders)
    if not others:
        return None
    parts = [loader.totals, *(other.totals for other in others)]
    return replace(loader.totals, **{name: sum(getattr(part, name) for part in parts) for name in _ADDED})


def _alternate(first: WatchedLoader, second: WatchedLoader) -> bool:
    """Whether their last batches came one of each, again and again."""
    one, two = first.events["time_s"][-_MOST:], second.events["time_s"][-_MOST:]
    if min(len(one), len(two)) < _LEAST:
        return False
    since, until = max(one[0], two[0]), min(one[-1], two[-1])
    times = np.concatenate([one, two])
    whose = np.concatenate([np.zeros(len(one)), np.ones(len(two))])
    shared = (times >= since) & (times <= until)
    order = whose[shared][np.argsort(times[shared], kind="stable")]
    return bool(len(order) >= 2 * _LEAST - 2 and (order[1:] != order[:-1]).all())
