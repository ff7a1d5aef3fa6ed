"""The heartbeat measures how long the GUI thread was kept busy."""

import time
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from inspector.ui.stall_monitor import BEAT_MS, StallMonitor

BUSY_MS = 150.0


@pytest.fixture
def heart(qapp: object) -> Iterator[StallMonitor]:
    heart = StallMonitor()
    yield heart
    heart.stop()


def keep_busy(milliseconds: float) -> None:
    until = time.monotonic() + milliseconds / 1e3
    while time.monotonic() < until:
        pass


def wait_for_beats(heart: StallMonitor, qtbot: QtBot, count: int) -> None:
    """So many more than there are."""
    wanted = len(heart.stalls_ms()) + count
    qtbot.waitUntil(lambda: len(heart.stalls_ms()) >= wanted, timeout=60_000)


def test_nothing_is_known_before_it_beats(heart: StallMonitor) -> None:
    assert (heart.longest_ms(), heart.p99_ms(), len(heart.stalls_ms())) == (0.0, 0.0, 0)
    heart.start()
    assert (heart.longest_ms(), heart.p99_ms(), len(heart.stalls_ms())) == (0.0, 0.0, 0)


def test_a_stall_is_found_among_many_beats(heart: StallMonitor, qtbot: QtBot) -> None:
    heart.start()
    wait_for_beats(heart, qtbot, 2)
    keep_busy(BUSY_MS)
    wait_for_beats(heart, qtbot, 2)
    assert heart.longest_ms() >= BUSY_MS - BEAT_MS
    assert heart.longest_ms() == heart.stalls_ms().max()
    assert 0 <= heart.p99_ms() <= heart.longest_ms()


def test_figures_stay_when_it_stops_and_go_when_it_starts_again(heart: StallMonitor, qtbot: QtBot) -> None:
    heart.start()
    keep_busy(BUSY_MS)
    wait_for_beats(heart, qtbot, 1)
    heart.stop()
    longest = heart.longest_ms()
    keep_busy(2 * BUSY_MS)
    qtbot.wait(2 * BEAT_MS)
    assert heart.longest_ms() == longest > 0
    heart.start()
    assert heart.longest_ms() == 0


def test_what_is_older_than_asked_for_is_forgotten(qtbot: QtBot) -> None:
    heart = StallMonitor(keep_s=1.0)
    heart.start()
    keep_busy(BUSY_MS)
    wait_for_beats(heart, qtbot, 1)
    assert heart.longest_ms() >= BUSY_MS - BEAT_MS
    qtbot.waitUntil(lambda: heart.longest_ms() < BUSY_MS - BEAT_MS, timeout=60_000)
    heart.stop()
