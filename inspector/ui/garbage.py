"""Garbage in cycles is collected by the GUI thread alone, at a calm pace.

Python collects in whatever thread happens to allocate. Where a cycle holds something of Qt's, a widget or a timer, that
thread would delete it beside the GUI thread, and the program may crash. And a collection looks at all objects there
are, tens of milliseconds long, in which no other thread gets on: what exists after the start is put aside once, so that
later ones are short.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 250


class GarbageCollector(QObject):
    """Does what Python's own collector does, by the same thresholds, in the thread that makes it."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        timer = QTimer(self, interval=_EVERY_MS)
        timer.timeout.connect(self._collect)
        timer.start()

    def put_aside(self) -> None:
        """Never look again at what exists now."""
        gc.collect()
        gc.freeze()

    def _collect(self) -> None:
        due = [generation for generation in range(3) if gc.get_count()[generation] > gc.get_threshold()[generation]]
        if due:
            gc.collect(max(due))


@contextmanager
def only_by_hand() -> Iterator[None]:
    """Python's own collector rests."""
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.enable()
