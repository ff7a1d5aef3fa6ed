"""A fault in one thread of a session stops no other: each is made to raise, and the rest continues."""

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inspector.loader.loader import Loader
from inspector.loader.supervisor import Supervisor
from inspector.monitor import channel_statistics
from inspector.monitor.moments import moments_of
from inspector.monitor.rates import RateWindow
from inspector.monitor.system import SystemProbe
from inspector.session import thumbnails
from inspector.session.batch_history import make_view
from inspector.session.examiner.second_look import look_again
from inspector.session.local import LocalSession
from inspector.session.records import RunState
from inspector.settings import SessionConfig
from tests.session.waiting import wait_for_more_batches, wait_until


class Broken:
    """Raises the first times that it is called, then does what it stands for."""

    def __init__(self, original: Callable[..., object], times: int = 2) -> None:
        self._original, self.left = original, times
        self.threads: set[str] = set()

    def __get__(self, instance: object, owner: object) -> Callable[..., object]:
        return lambda *args, **named: self(instance, *args, **named)

    def __call__(self, *args: object, **named: object) -> object:
        if self.left > 0:
            self.left -= 1
            self.threads.add(threading.current_thread().name)
            raise ZeroDivisionError("made to fail")
        return self._original(*args, **named)


@pytest.fixture
def session(photos: Path, caplog: pytest.LogCaptureFixture) -> Iterator[LocalSession]:
    session = LocalSession(SessionConfig(batch_size=8, num_workers=1, image_size=(48, 64), step_ms=50.0))
    session.open(photos)
    wait_until(lambda: session.snapshot().batches > 5)
    yield session
    session.close()
    caplog.get_records("call").clear()  # their tracebacks hold what the failed steps worked on


@pytest.mark.slow
def test_the_recorder(session: LocalSession, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    broken = Broken(RateWindow.add, times=30)
    monkeypatch.setattr(RateWindow, "add", broken)
    wait_until(lambda: broken.left == 0)
    assert broken.threads == {"inspector-recorder"}
    moments = len(session.series().time_s)
    wait_until(lambda: len(session.series().time_s) > moments + 2)  # the plots continue
    session.change(num_workers=2)  # and settings apply
    wait_until(lambda: len(session.snapshot().workers) == 2)
    wait_for_more_batches(session)
    assert "made to fail" in caplog.text
    assert {record.levelno for record in caplog.records} == {logging.ERROR}
    assert len(caplog.records) < 15  # not once for each time


@pytest.mark.slow
def test_the_probe_of_the_machine(session: LocalSession, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Broken(SystemProbe.sample)
    monkeypatch.setattr(SystemProbe, "sample", broken)
    wait_until(lambda: broken.left == 0)
    moments = len(session.series().time_s)
    wait_until(lambda: len(session.series().time_s) > moments + 2)
    wait_for_more_batches(session)


def test_thumbnails(session: LocalSession, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Broken(make_view)
    monkeypatch.setattr(thumbnails, "make_view", broken)
    wait_until(lambda: broken.left == 0)
    serial = session.snapshot().batch_serial
    wait_until(lambda: session.snapshot().batch_serial > serial)
    wait_for_more_batches(session)


def test_statistics(session: LocalSession, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Broken(moments_of)
    monkeypatch.setattr(channel_statistics, "moments_of", broken)
    session.change(seed=7)  # a new run, which is counted from the beginning
    wait_until(lambda: broken.left == 0)
    assert broken.threads == {"inspector-statistics"}
    wait_until(lambda: session.statistics().images > 0)
    wait_for_more_batches(session)


def test_proofs(session: LocalSession, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Broken(look_again)
    monkeypatch.setattr(session._examinations._prover, "_look", broken)
    session.pause()
    wait_until(lambda: session.snapshot().state is RunState.PAUSED)
    view = session.batch_view()
    assert view is not None
    wait_until(lambda: None not in session.proofs(view.key))
    found = session.proofs(view.key)
    assert broken.threads == {"inspector-prover"}
    assert ["made to fail" in proof.reason for proof in found if proof is not None] == [True] * 2 + [False] * 6
    session.run()
    wait_for_more_batches(session)


@pytest.mark.slow
def test_the_consumer_and_the_supervisor(session: LocalSession, monkeypatch: pytest.MonkeyPatch, photos: Path) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Loader, "__next__", Broken(Loader.__next__, times=1))
        wait_until(lambda: session.snapshot().state is RunState.FAILED)
    assert "made to fail" in session.snapshot().message
    session.open(photos)
    wait_for_more_batches(session)
    with monkeypatch.context() as patched:
        patched.setattr(Supervisor, "_step", Broken(Supervisor._step, times=1))
        wait_until(lambda: session.snapshot().state is RunState.FAILED)
    session.change(batch_size=4)  # on a loader whose supervisor is gone: another one begins
    wait_for_more_batches(session)
    assert session.snapshot().state is RunState.RUNNING


def test_a_change_on_a_loader_that_is_just_closed(session: LocalSession) -> None:
    for number in range(50):
        session.change(seed=number)  # makes a new loader
        session.change(batch_size=1 + number % 7, num_workers=number % 3)
    wait_until(lambda: session.snapshot().batch_size == 1 + 49 % 7)
    wait_for_more_batches(session)
    moments = len(session.series().time_s)
    wait_until(lambda: len(session.series().time_s) > moments)
