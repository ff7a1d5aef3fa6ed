"""What a training waits where a thread takes the batches ahead and hands them over through a `queue.Queue`.

Such wrappers (MONAI's ThreadDataLoader, BackgroundGenerator, many people's own) hide the wait of `next()` in their
thread: what matters is how long the queue is waited for. Nothing is done with it before such a thread is seen, but that
may be while its first batch is waited for.
"""

from __future__ import annotations

import queue
import threading
from time import monotonic
from typing import Any, Callable

from .frames import leave_out_this_frame, stand_in
from .safely import safely

_MOST_BATCHES = 256
_MOST_QUEUES = 64

_on_their_way: dict[int, Any] = {}  # identity of a batch -> its loader
_queues: dict[int, _Handover] = {}  # identity of a queue -> what is known of it
_armed = False
_expected = False  # some thread takes batches ahead


class _Handover:
    """A queue through which batches come."""

    def __init__(self, owner: Any) -> None:
        self.owner = owner  # kept, so that its identity is nobody else's
        self.loader: Any = None  # of the last batch
        self.thread = 0  # that got it
        self.unclaimed_s = 0.0  # waited since that was got
        self.since = 0.0  # when it was got; 0: it is used no more

    def end_step(self, now: float) -> None:
        if self.since:
            self.loader.handed_step(now - self.since)
            self.since = 0.0


def arm() -> None:
    """Look at how batches reach whoever uses them."""
    global _armed
    if not _armed:
        _armed = True
        kind: Any = queue.Queue
        kind.get = stand_in(kind.get, _watching_get(kind.get))
        kind.empty = stand_in(kind.empty, _watching_empty(kind.empty))


def expect() -> None:
    """A thread that is not the main one takes batches."""
    global _expected
    _expected = True


def send(batch: Any, loader: Any) -> None:
    """A batch that such a thread has taken."""
    _on_their_way[id(batch)] = loader
    if len(_on_their_way) > _MOST_BATCHES:
        _on_their_way.pop(next(iter(_on_their_way)))


def _watching_get(original: Callable[..., Any]) -> Callable[..., Any]:
    def get(self: Any, *arguments: Any, **options: Any) -> Any:
        began = monotonic()
        try:
            item = original(self, *arguments, **options)
        except BaseException as error:
            if _expected:
                safely(_waited, self, began)
            leave_out_this_frame(error)
            raise
        if _expected:
            safely(_got, self, item, began)
        return item

    return get


def _watching_empty(original: Callable[..., Any]) -> Callable[..., Any]:
    def empty(self: Any) -> Any:
        if _expected:
            safely(_asked, self)
        return original(self)

    return empty


def _waited(source: Any, began: float) -> _Handover:
    """In vain, so far."""
    found = _queues.get(id(source))
    if found is None:
        found = _queues[id(source)] = _Handover(source)
        if len(_queues) > _MOST_QUEUES:
            _queues.pop(next(iter(_queues)))
    found.end_step(began)
    found.unclaimed_s += monotonic() - began
    return found


def _got(source: Any, item: Any, began: float) -> None:
    loader = _on_their_way.pop(id(item), None)
    found = _waited(source, began)
    if loader is None:
        return
    loader.handed_over(found.unclaimed_s, first=found.loader is None)
    found.loader, found.unclaimed_s, found.since = loader, 0.0, monotonic()
    found.thread = threading.get_ident()
    _queues[id(source)] = _queues.pop(id(source))  # the one that is forgotten last


def _asked(source: Any) -> None:
    """Whether there is another one: whoever got the last is done with it, and may not ask for one that never comes."""
    found = _queues.get(id(source))
    if found is not None and found.thread == threading.get_ident():
        found.end_step(monotonic())
