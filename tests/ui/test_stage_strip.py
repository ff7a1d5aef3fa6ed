"""Where a worker's time goes."""

import pytest

from inspector.loader.counters import StageTimes, WorkerSnapshot, WorkerState
from inspector.monitor.records import WorkerRow
from inspector.ui.measurements.stage_strip import stage_shares, stages_in_words


def worker(busy: float | None, **p50_ms: float) -> WorkerRow:
    stages = tuple(StageTimes(name, 9, p50, p50, 2 * p50, 3 * p50) for name, p50 in p50_ms.items())
    totals = WorkerSnapshot(0, 1, WorkerState.BUSY, 0, 1, 1.0, 1.0, stages, "")
    return WorkerRow(totals, 1.0, busy, None, None)


def test_shares_divide_the_busy_time() -> None:
    assert stage_shares(worker(0.8, read=1.0, decode=6.0, write=1.0)) == pytest.approx((0.1, 0.6, 0.1))


@pytest.mark.parametrize("names", [("read", "decode", "write"), ("fetch", "collate", "pin")])
def test_words_name_each_stage_that_there_is_and_the_rest(names: tuple[str, ...]) -> None:
    lines = stages_in_words(worker(0.8, **dict(zip(names, (1.0, 6.0, 1.0), strict=True)))).splitlines()
    assert [line.split(":")[0] for line in lines] == [*names, "idle"]
    assert "60 % of its time; p50 6.0 ms, p95 12 ms" in lines[1]
    assert "20 %" in lines[-1]


@pytest.mark.parametrize("row", [worker(None, read=1.0, decode=1.0), worker(0.5)])
def test_what_is_not_known_is_not_made_up(row: WorkerRow) -> None:
    assert stage_shares(row) is None
    assert "not known" in stages_in_words(row)
