"""A session's sweeps: they belong to what is open, are kept for later, and fail alone."""

from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest

from inspector.session.local import LocalSession
from inspector.session.tune_control import LocalTune
from inspector.tuner.loader_bench import LoaderBench
from inspector.tuner.report_archive import ReportArchive
from inspector.tuner.sweep_state import SweepState
from inspector.tuner.variations import Variations
from tests.session.waiting import wait_for_more_batches, wait_until

OpenSession = Callable[[Path], LocalSession]


class BrokenDeque(deque[object]):
    """Takes nothing."""

    def append(self, _item: object) -> None:
        raise RuntimeError("broken on purpose")


def fail(*_args: object, **_more: object) -> None:
    raise RuntimeError("broken on purpose")


def start(session: LocalSession, budget_s: float) -> LocalTune:
    wait_until(lambda: session.snapshot().batches > 0)
    session.tune.start(Variations(), budget_s=budget_s, cold=False)
    return session.tune


@pytest.mark.slow
def test_from_start_to_report(open_session: OpenSession, sample: Path) -> None:
    session = open_session(sample)
    assert session.tune.state() == SweepState()
    tune = start(session, 1.0)
    assert tune.state().runs
    wait_until(lambda: not tune.state().runs)
    report = tune.state().report
    assert report is not None
    assert report.files == session.snapshot().files
    assert report.step_ms == 30.0
    assert tune.earlier().result(60) == [report]
    tune.clear()
    assert tune.state() == SweepState()


@pytest.mark.slow
def test_cancelled_there_is_a_partial_report(open_session: OpenSession, sample: Path) -> None:
    tune = start(open_session(sample), 20.0)
    wait_until(lambda: (progress := tune.state().progress) is not None and progress.trials)
    tune.cancel()
    wait_until(lambda: not tune.state().runs)
    report = tune.state().report
    assert report is not None
    assert not report.complete


def test_another_source_ends_it(open_session: OpenSession, sample: Path, photos: Path) -> None:
    session = open_session(sample)
    tune = start(session, 60.0)
    session.open(photos)
    assert tune.state().progress is None
    wait_until(lambda: tune.state() == SweepState())
    wait_until(lambda: session.snapshot().batches > 0)
    assert tune.earlier().result(60) == []


def test_before_anything_is_known(tmp_path: Path) -> None:
    tune = LocalTune(lambda: None, ReportArchive(tmp_path))
    tune.start(Variations(), budget_s=1.0, cold=False)
    assert "nothing to measure" in tune.state().error
    assert not tune.state().runs
    assert tune.earlier().result(0) == []
    tune.close()


@pytest.mark.slow
@pytest.mark.parametrize("thread", ["sweep", "consumer", "end"])
def test_an_error_in_its_threads_stays_there(
    thread: str,
    open_session: OpenSession,
    sample: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    session = open_session(sample)
    with monkeypatch.context() as patch:
        if thread == "sweep":
            patch.setattr(LoaderBench, "warm_up", fail)
        elif thread == "consumer":
            patch.setattr("inspector.tuner.consumer.deque", BrokenDeque)
        else:
            patch.setattr("inspector.tuner.tuner.Report.of", fail)
        tune = start(session, 1.0)
        wait_until(lambda: not tune.state().runs)
    state = tune.state()
    assert state.report is None
    assert "broken on purpose" in state.error
    wait_for_more_batches(session)
    tune = start(session, 1.0)
    wait_until(lambda: tune.state().report is not None)
    caplog.clear()  # a traceback keeps a batch


@pytest.mark.slow
def test_a_sweep_that_does_not_end_well_holds_up_nobody(
    open_session: OpenSession, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing its loaders fails, after they were closed."""
    close = LoaderBench.close

    def close_badly(bench: LoaderBench) -> None:
        close(bench)
        raise RuntimeError("broken on purpose")

    session = open_session(sample)
    monkeypatch.setattr(LoaderBench, "close", close_badly)
    tune = start(session, 1.0)
    wait_until(lambda: not tune.state().runs)
    assert tune.state().report is not None
    wait_for_more_batches(session)
