"""Where a worker's time goes."""

import pytest

from inspector.loader.counters import StageTimes, WorkerSnapshot, WorkerState
from inspector.monitor.records import WorkerRow
from inspector.ui.measurements.stage_strip import stage_shares, stages_in_words


def worker(busy: float | None, *p50_ms: float | None) -> WorkerRow:
    read, decode, transform, write = (None if p50 is None else StageTimes(p50, 2 * p50) for p50 in p50_ms)
    totals = WorkerSnapshot(0, 1, WorkerState.BUSY, 0, 1, 1.0, 1.0, read, decode, transform, write, "")
    return WorkerRow(totals, 1.0, busy, None, None)


def test_shares_divide_the_busy_time() -> None:
    assert stage_shares(worker(0.8, 1.0, 6.0, None, 1.0)) == pytest.approx((0.1, 0.6, 0.0, 0.1))


def test_words_name_each_stage_that_is_known_and_the_rest() -> None:
    lines = stages_in_words(worker(0.8, 1.0, 6.0, None, 1.0)).splitlines()
    assert [line.split(":")[0] for line in lines] == ["read", "decode", "write", "idle"]
    assert "60 % of its time; p50 6.0 ms, p95 12 ms" in lines[1]
    assert "20 %" in lines[-1]


@pytest.mark.parametrize("row", [worker(None, 1.0, 1.0, None, 1.0), worker(0.5, None, None, None, None)])
def test_what_is_not_known_is_not_made_up(row: WorkerRow) -> None:
    assert stage_shares(row) is None
    assert "not known" in stages_in_words(row)
