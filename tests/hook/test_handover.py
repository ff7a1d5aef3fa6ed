"""Batches that a thread takes ahead: the time of whoever uses them."""

import queue
import threading
import time
from collections.abc import Iterator

import pytest

from inspector.hook import handover
from inspector.hook.loaders import HANDED, HANDED_FIRST, HANDED_STEP, HANDED_WAIT, LoaderRing

BATCHES, STEP_S, LOAD_S = 3, 0.02, 0.03


@pytest.fixture
def armed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(queue.Queue, "get", queue.Queue.get)
    monkeypatch.setattr(queue.Queue, "empty", queue.Queue.empty)
    monkeypatch.setattr(handover, "_armed", False)
    monkeypatch.setattr(handover, "_expected", False)
    handover.arm()
    yield
    handover._queues.clear()


def epoch(loader: LoaderRing) -> None:
    """As MONAI's ThreadDataLoader does: a thread and a queue for each epoch."""
    ahead: queue.Queue[object] = queue.Queue(1)

    def produce() -> None:
        handover.expect()
        for _ in range(BATCHES):
            time.sleep(LOAD_S)
            batch = object()
            handover.send(batch, loader)
            ahead.put(batch)
        ahead.put(None)

    thread = threading.Thread(target=produce)
    thread.start()
    while ahead.get() is not None:
        time.sleep(STEP_S)
    thread.join()


def test_the_first_wait_and_the_last_step_of_each_epoch_are_counted(armed: None) -> None:
    loader = LoaderRing("key", {})
    for _ in range(2):
        epoch(loader)
    totals = loader.ring.totals
    assert totals[HANDED] == 2 * BATCHES
    assert totals[HANDED_STEP] >= 2 * BATCHES * STEP_S
    assert totals[HANDED_FIRST] >= 2 * LOAD_S * 0.99
    assert totals[HANDED_WAIT] >= totals[HANDED_FIRST]


def test_a_wait_that_began_before_such_a_thread_was_seen_is_counted(armed: None) -> None:
    loader = LoaderRing("key", {})
    ahead: queue.Queue[object] = queue.Queue(1)

    def produce() -> None:
        time.sleep(LOAD_S)
        handover.expect()
        batch = object()
        handover.send(batch, loader)
        ahead.put(batch)

    thread = threading.Thread(target=produce)
    thread.start()
    ahead.get()
    thread.join()
    assert loader.ring.totals[HANDED] == 1
    assert loader.ring.totals[HANDED_FIRST] == loader.ring.totals[HANDED_WAIT] > 0


def test_the_last_step_ends_where_the_queue_is_found_empty(armed: None) -> None:
    """MONAI's buffer does not ask a thread that has ended for another batch."""
    loader = LoaderRing("key", {})
    ahead: queue.Queue[object] = queue.Queue(1)
    handover.expect()
    batch = object()
    handover.send(batch, loader)
    ahead.put(batch)
    ahead.get()
    time.sleep(STEP_S)
    assert ahead.empty()
    counted = loader.ring.totals[HANDED_STEP]
    assert counted >= STEP_S
    assert ahead.empty()
    with pytest.raises(queue.Empty):
        ahead.get_nowait()
    assert loader.ring.totals[HANDED_STEP] == counted
