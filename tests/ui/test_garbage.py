"""Cycles that hold something of Qt's are deleted in the GUI thread, whichever thread makes how much garbage."""

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from inspector.ui.garbage import GarbageCollector, only_by_hand


class InCycle(QObject):
    """Can only be deleted by a collection."""

    def __init__(self, deleted_in: list[threading.Thread]) -> None:
        super().__init__()
        self.itself = self
        weakref.finalize(self, lambda: deleted_in.append(threading.current_thread()))


@pytest.fixture
def by_hand() -> Iterator[None]:
    with only_by_hand():
        yield
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def make_garbage() -> None:
    """So much that Python's own collector would have come many times."""
    for _ in range(20 * gc.get_threshold()[0]):
        cycle: list[object] = []
        cycle.append(cycle)


@pytest.mark.usefixtures("by_hand")
def test_another_thread_makes_garbage_and_the_gui_thread_collects_it(qtbot: QtBot) -> None:
    deleted_in: list[threading.Thread] = []
    InCycle(deleted_in)
    thread = threading.Thread(target=make_garbage)
    thread.start()
    thread.join()
    assert not deleted_in
    owner = QObject()
    GarbageCollector(owner)
    qtbot.waitUntil(lambda: bool(deleted_in), timeout=60_000)
    assert deleted_in == [threading.main_thread()]


@pytest.mark.usefixtures("by_hand")
def test_what_was_put_aside_is_not_looked_at_again(qapp: object) -> None:
    deleted_in: list[threading.Thread] = []
    living = InCycle(deleted_in)
    GarbageCollector(QObject()).put_aside()
    assert gc.get_freeze_count() > 0
    del living
    gc.collect()
    assert not deleted_in
    gc.unfreeze()
    gc.collect()
    assert deleted_in == [threading.main_thread()]
