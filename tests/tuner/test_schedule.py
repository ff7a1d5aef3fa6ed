"""Which settings come next."""

from inspector.tuner.measurements import Measurements
from inspector.tuner.schedule import Schedule
from inspector.tuner.sweep_plan import SweepPlan
from inspector.tuner.trials import Measurement, TrialSetting

PLAN = SweepPlan(TrialSetting(2), (TrialSetting(2),), usable_cores=2)


def test_more_workers_where_the_curve_rises() -> None:
    measurements = Measurements()
    schedule = Schedule(PLAN, measurements)
    for count in (1, 2, 3, 4):
        measurements.add(TrialSetting(count), 0, Measurement(100.0 * count, 1.0))
    assert schedule.add_above(0) == [TrialSetting(8)]
    assert TrialSetting(8) in schedule.settings
    assert schedule.unmeasured() == [TrialSetting(0), TrialSetting(8)]


def test_nothing_to_compare_with() -> None:
    """The time was up when only neighbours had been measured."""
    measurements = Measurements()
    schedule = Schedule(PLAN, measurements)
    for count in (3, 4):
        measurements.add(TrialSetting(count), 0, Measurement(100.0 * count, 1.0))
    assert schedule.add_above(0) == []


def test_what_was_refused_is_not_tried_again() -> None:
    measurements = Measurements()
    schedule = Schedule(PLAN, measurements)
    for count in (1, 2, 3, 4):
        measurements.add(TrialSetting(count), 0, Measurement(100.0 * count, 1.0))
    schedule.add_above(0)
    schedule.refuse(TrialSetting(8))
    assert schedule.add_above(0) == []
