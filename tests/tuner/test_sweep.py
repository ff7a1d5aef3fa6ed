"""When a sweep measures what, and how it ends."""

import random
from dataclasses import replace
from typing import Any

import pytest

from inspector.errors import InspectorError, MemoryLimitError
from inspector.tuner.sweep import Sweep
from inspector.tuner.sweep_plan import SweepOutcome, SweepPlan
from inspector.tuner.sweep_state import SweepProgress
from inspector.tuner.trials import Measurement, TrialSetting
from tests.tuner.simulated import SimulatedBench

NOW = TrialSetting(2)


def overlaps(setting: TrialSetting) -> float:
    return 50.0 * max(1, setting.num_workers)


def computes(setting: TrialSetting) -> float:
    return min(200.0, 100.0 * max(1, setting.num_workers))


def no_cpu(setting: TrialSetting) -> float:
    return 0.05


def run(bench: SimulatedBench, reports: list[SweepProgress] | None = None, **changes: Any) -> SweepOutcome:
    plan = replace(SweepPlan(NOW, (NOW,), 2, None, 60.0), **changes)
    follow = (lambda progress: None) if reports is None else reports.append
    return Sweep(plan, bench, follow, clock=bench.clock, order=random.Random(0)).run()


def counts(outcome: SweepOutcome) -> list[int]:
    return [trial.setting.num_workers for trial in outcome.trials]


def test_a_flat_curve_is_tried_up_to_twice_the_cores() -> None:
    assert counts(run(SimulatedBench(computes, computes, disturbed=0))) == [0, 1, 2, 3, 4]


def test_a_curve_that_rises_is_followed_up_to_the_limit() -> None:
    outcome = run(SimulatedBench(overlaps, no_cpu, disturbed=0), most_workers=40)
    assert counts(outcome)[-2:] == [32, 40]


def test_the_answer_is_looked_for_between_two_counts() -> None:
    """The curve ends at 6 workers, which lies between 4 and 8."""
    outcome = run(SimulatedBench(lambda setting: min(300.0, overlaps(setting)), no_cpu, disturbed=0))
    assert outcome.recommendation is not None
    assert outcome.recommendation.setting.num_workers == 6


def test_memory_is_not_overdrawn() -> None:
    """A worker takes 10 MB; half of the memory may be used."""
    outcome = run(SimulatedBench(overlaps, no_cpu, disturbed=0), usable_memory_bytes=500_000_000)
    assert counts(outcome)[-1] == 8


def test_each_round_has_every_setting_once_in_an_order_of_its_own() -> None:
    bench = SimulatedBench(computes, computes)
    run(bench)
    rounds = [tuple(bench.asked[start : start + 5]) for start in (0, 5, 10)]
    assert {frozenset(each) for each in rounds} == {frozenset(TrialSetting(count) for count in range(5))}
    assert len(set(rounds)) > 1


def test_what_is_out_of_the_question_is_not_measured_for_ever() -> None:
    bench = SimulatedBench(computes, computes, noise=0.1)
    run(bench)
    assert bench.asked.count(TrialSetting(1)) < bench.asked.count(TrialSetting(2))


def test_it_ends_when_the_answer_is_clear() -> None:
    bench = SimulatedBench(computes, computes, noise=0.005, disturbed=0)
    outcome = run(bench)
    assert outcome.complete
    assert outcome.clear
    assert outcome.seconds < 40


def test_it_ends_when_the_time_is_up() -> None:
    bench = SimulatedBench(computes, computes, noise=0.3)
    outcome = run(bench, budget_s=20.0)
    assert outcome.complete
    assert not outcome.clear
    assert 18 < outcome.seconds < 22
    assert outcome.recommendation is not None
    assert outcome.recommendation.cautions


def test_cancelled_it_tells_what_is_known() -> None:
    outcome = run(SimulatedBench(computes, computes, cancel_after=7))
    assert not outcome.complete
    assert sum(trial.windows for trial in outcome.trials) == 7
    assert outcome.recommendation is not None
    assert "only once" in outcome.recommendation.cautions[0] or "only twice" in outcome.recommendation.cautions[0]


def test_cancelled_at_once_there_is_nothing_to_tell() -> None:
    outcome = run(SimulatedBench(computes, computes, cancel_after=0))
    assert (outcome.trials, outcome.recommendation, outcome.complete) == ((), None, False)


def test_progress_goes_from_0_to_1() -> None:
    reports: list[SweepProgress] = []
    run(SimulatedBench(computes, computes, noise=0.3), reports)
    shares = [report.share_done for report in reports]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] > 0.9
    assert [len(report.trials) for report in reports][-1] == 5
    assert reports[-1].left_s < 5
    assert reports[-1].recommendation is not None


class Refuses(SimulatedBench):
    """Cannot do batches of 64."""

    def measure(self, setting: TrialSetting, seconds: float) -> Measurement:
        if setting.batch_size == 64:
            raise MemoryLimitError("a batch does not fit")
        return super().measure(setting, seconds)


def test_what_cannot_be_measured_is_told_and_left_out() -> None:
    large = replace(NOW, batch_size=64)
    outcome = run(Refuses(computes, computes), curves=(NOW, large))
    assert all(trial.setting.batch_size == 32 for trial in outcome.trials)
    assert "2 workers could not be measured: a batch does not fit" in outcome.notes
    with pytest.raises(InspectorError, match="a batch does not fit"):
        run(Refuses(computes, computes), curves=(large,))


def test_with_little_time_it_measures_what_it_can_and_says_so() -> None:
    curves = tuple(replace(NOW, batch_size=size) for size in range(1, 30))
    outcome = run(SimulatedBench(computes, computes), curves=curves, budget_s=3.0)
    assert outcome.seconds < 4
    assert outcome.recommendation is not None
    assert "There was no time for" in outcome.notes[-1]


class RefusesMany(SimulatedBench):
    """Cannot start more than 8 workers."""

    def measure(self, setting: TrialSetting, seconds: float) -> Measurement:
        if setting.num_workers > 8:
            raise InspectorError("too many open files")
        return super().measure(setting, seconds)


def test_what_was_refused_is_not_tried_again() -> None:
    outcome = run(RefusesMany(overlaps, no_cpu, disturbed=0))
    assert outcome.notes == ("16 workers could not be measured: too many open files",)
    assert outcome.recommendation is not None
    assert outcome.recommendation.setting.num_workers == 8


def test_a_recommendation_that_keeps_training_waiting_gives_way_to_the_next() -> None:
    bench = SimulatedBench(
        overlaps, no_cpu, disturbed=0, waits_more=lambda setting: 0.1 if setting.num_workers < 6 else 0.0
    )
    outcome = run(bench, step_ms=170.0)  # needs 188 images per second
    assert outcome.recommendation is not None
    assert outcome.recommendation.setting.num_workers >= 6
    assert outcome.recommendation.checked
    assert outcome.recommendation.data_wait == 0


def test_a_step_that_nothing_keeps_up_with() -> None:
    found = run(SimulatedBench(computes, computes, disturbed=0), step_ms=80.0).recommendation  # needs 400
    assert found is not None
    assert found.setting.num_workers == 2
    assert found.data_wait == pytest.approx(0.5, abs=0.05)
    assert not found.checked
    assert "No setting keeps up with training, which takes 400" in found.reason
