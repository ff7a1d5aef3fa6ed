"""The parts of the window are brought up to date at their own paces, and together where they can be."""

import pytest

from inspector.monitor.records import Snapshot
from inspector.session.local import LocalSession
from inspector.ui.shell.refresh_schedule import RefreshSchedule, RefreshTask


@pytest.fixture
def snapshot() -> Snapshot:
    session = LocalSession()
    try:
        return session.snapshot()
    finally:
        session.close()


def test_each_part_keeps_its_pace_and_the_slow_ones_fall_in_with_the_fast(snapshot: Snapshot) -> None:
    now_s, done = 0.0, list[tuple[str, float]]()
    often = RefreshTask(0.25, lambda _: done.append(("often", now_s)))
    seldom = RefreshTask(1.0, lambda _: done.append(("seldom", now_s)))
    paces = RefreshSchedule([often, seldom])
    for tick in range(1, 101):
        now_s = 100.03 + tick * 0.05
        paces.keep(snapshot, now_s)
    times = {name: [at for which, at in done if which == name] for name in ("often", "seldom")}
    assert (len(times["often"]), len(times["seldom"])) == (21, 6)  # in 5 s, and the first
    assert set(times["seldom"]) <= set(times["often"])


def test_in_a_hurry_all_are_due(snapshot: Snapshot) -> None:
    done: list[Snapshot] = []
    paces = RefreshSchedule([RefreshTask(1.0, done.append), RefreshTask(3600.0, done.append)])
    paces.keep(snapshot, 10.1)
    paces.keep(snapshot, 10.2)
    assert len(done) == 2
    paces.hurry()
    paces.keep(snapshot, 10.3)
    assert done == [snapshot] * 4
