"""Suspects are loaded alone, and blamed only for what happened then."""

import signal

import numpy as np
import pytest

from inspector.formats.problems import ProblemKind
from inspector.loader.planning.samples import EpochPlan, Sample, SampleState
from inspector.loader.workers.isolation import Isolation
from inspector.loader.workers.messages import Exited
from inspector.loader.workers.running_clock import RunningClock

KILLED = Exited(1, signal.SIGKILL, 0)
CRASHED = Exited(1, signal.SIGSEGV, 0)


class Case:
    """An isolation, with a clock of its own, and what it gave back to be loaded with the others."""

    def __init__(self) -> None:
        self.clock = RunningClock()
        self.released: list[Sample] = []
        self.isolation = Isolation(self.clock, self.released.append)
        self.epoch = EpochPlan(0, np.arange(10))

    def sample(self) -> Sample:
        sample = Sample(self.epoch.cursor, self.epoch, 0)
        self.epoch.cursor += 1
        sample.state = SampleState.SENT
        return sample

    def next(self) -> Sample:
        """The sample that is to be loaded, after the workers' rest."""
        assert self.isolation.next(busy=False) is None
        self.clock.now_s += self.isolation.wait_s
        found = self.isolation.next(busy=False)
        assert found is not None
        assert found[1] is None
        return found[0]


def test_a_suspect_waits_for_the_others_and_for_a_rest() -> None:
    case = Case()
    sample = case.sample()
    case.isolation.suspect(sample, KILLED)
    assert case.isolation.next(busy=True) is None
    assert case.isolation.wait_s == float("inf")
    assert case.next() is sample
    assert case.isolation.running is sample
    assert case.isolation.next(busy=False) is None
    case.isolation.finish()
    assert not case.isolation.active
    assert not case.released


@pytest.mark.parametrize(("exited", "times"), [(KILLED, 5), (CRASHED, 1)])
def test_it_is_blamed_for_deaths_alone_and_after_another_rest(exited: Exited, times: int) -> None:
    case = Case()
    sample = case.sample()
    case.isolation.suspect(sample, exited)
    for _ in range(times):
        assert case.next() is sample
        case.clock.now_s += 0.1
        case.isolation.died(exited)
    assert case.isolation.next(busy=False) is None
    case.clock.now_s += case.isolation.wait_s
    found = case.isolation.next(busy=False)
    assert found is not None
    assert found[1] is not None
    assert found[1].kind is ProblemKind.CRASHED
    assert not case.isolation.active


def test_a_death_of_somebody_else_clears_all() -> None:
    case = Case()
    first, second = case.sample(), case.sample()
    first.kills = second.kills = 3
    for sample in (first, second):
        case.isolation.suspect(sample, KILLED)
    case.next()
    case.isolation.died(KILLED)
    case.isolation.release()
    assert case.released == [first, second]
    assert (first.kills, second.kills, case.isolation.active) == (0, 0, False)


def test_one_that_is_being_loaded_when_all_are_cleared_is_not_loaded_twice() -> None:
    case = Case()
    first, second = case.sample(), case.sample()
    for sample in (first, second):
        case.isolation.suspect(sample, KILLED)
    assert case.next() is first
    case.isolation.release()
    assert case.released == [second]


def test_one_that_nobody_waits_for_any_more_is_let_go_once_no_worker_has_it() -> None:
    case = Case()
    sample = case.sample()
    case.isolation.suspect(sample, KILLED)
    case.next()
    sample.state = SampleState.DROPPED
    assert case.isolation.next(busy=False) is None
    assert not case.released
    case.isolation.died(KILLED)
    assert case.isolation.next(busy=False) is None
    assert case.released == [sample]
    assert not case.isolation.active


def test_a_worker_that_had_not_begun_with_it_proves_nothing() -> None:
    case = Case()
    sample = case.sample()
    case.isolation.suspect(sample, CRASHED)
    case.next()
    case.isolation.died(None)
    assert case.next() is sample
