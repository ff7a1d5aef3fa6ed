"""Rates by the fixed definitions, from totals whose right answer is known."""

from dataclasses import replace

import pytest

from inspector.loader.counters import LoaderSnapshot, Rates, WorkerSnapshot, WorkerState
from inspector.monitor.rates import RateWindow
from inspector.monitor.system import ProcessUse
from inspector.monitor.time_series import PERIOD_S, TimeSeries

WORKER = WorkerSnapshot(0, 1, WorkerState.BUSY, 0, 0, 0.0, 0.0, (), "")
START = LoaderSnapshot(100.0, 0, 0, 0, 0.0, 0.0, 0.0, 0, 8, 16, 1, 0, 0, 0, 0, (WORKER,))


def at(seconds: float, *, per_s: float = 10.0) -> LoaderSnapshot:
    """After `seconds` of `per_s` batches of 16, each 1 MB; the consumer waits a quarter, the queue holds 3."""
    batches = int(seconds * per_s)
    worker = replace(WORKER, images=16 * batches, busy_s=0.8 * seconds, alive_s=seconds)
    return replace(
        START,
        time_s=START.time_s + seconds,
        batches=batches,
        images=16 * batches,
        bytes_read=batches * 1_000_000,
        wait_s=0.25 * seconds,
        consumer_s=seconds,
        queue_depth_s=3.0 * seconds,
        workers=(worker,),
    )


def test_rates_are_means_over_the_last_two_seconds() -> None:
    window = RateWindow()
    for tick in range(101):
        window.add(at(tick / 10))
    rates = window.rates()
    assert rates.span_s == pytest.approx(2.0)
    assert rates.batches_per_s == pytest.approx(10.0)
    assert rates.images_per_s == pytest.approx(160.0)
    assert rates.read_mb_per_s == pytest.approx(10.0)
    assert rates.queue_depth == pytest.approx(3.0)
    assert rates.data_wait == pytest.approx(0.25)
    assert rates.worker_busy == pytest.approx(0.8)
    row = window.worker_row(at(10).workers[0], ProcessUse(0.5, 7))
    assert row.images_per_s == pytest.approx(160.0)
    assert row.busy == pytest.approx(0.8)
    assert (row.cpu, row.memory_bytes) == (0.5, 7)


def test_a_slow_loader_is_looked_at_for_longer() -> None:
    window = RateWindow()
    for tick in range(301):
        window.add(at(tick / 10, per_s=0.5))
    rates = window.rates()
    assert rates.span_s == pytest.approx(7.5, abs=1.0)
    assert rates.batches_per_s == pytest.approx(0.5, rel=0.2)


def test_what_is_not_known_is_none_and_not_zero() -> None:
    window = RateWindow()
    assert window.rates().batches_per_s is None
    window.add(START)
    window.add(replace(START, time_s=105.0))
    assert window.rates().images_per_s is None
    assert window.rates().data_wait is None
    assert window.worker_row(WORKER, ProcessUse()).busy is None


def test_starting_up_does_not_lower_the_rate() -> None:
    window = RateWindow()
    for tick in range(20):
        window.add(replace(START, time_s=98.0 + tick / 10))
    for tick in range(1, 10):
        window.add(at(tick / 10))
    assert window.rates().batches_per_s == pytest.approx(10.0, rel=0.15)


def test_history_keeps_a_minute_and_its_marks() -> None:
    history = TimeSeries()
    for tick in range(1000):
        history.add(tick * PERIOD_S, Rates(0.0) if tick % 2 else Rates(2.0, 5.0, 160.0), 1.0, 8)
        if tick in (5, 900):
            history.mark(tick * PERIOD_S, "num_workers", 1, 2)
    series = history.series()
    assert series.time_s[-1] - series.time_s[0] == pytest.approx(60.0 - PERIOD_S)
    assert series.batches_per_s[-2:].tolist() == pytest.approx([5.0, float("nan")], nan_ok=True)
    assert series.images_per_s[-2:].tolist() == pytest.approx([160.0, float("nan")], nan_ok=True)
    assert [change.text for change in series.changes] == ["workers 1→2"]
    end_s = 1000 * PERIOD_S
    history.mark(end_s, "num_workers", 2, 4)
    history.mark(end_s + 0.5, "num_workers", 4, 7)
    history.mark(end_s + 0.9, "num_workers", 7, 2)  # back where it began: no change
    assert len(history.changes()) == 1
