"""The sweep: how long each setting is measured, and when there is enough evidence.

After a warm-up that is not counted, every setting is measured once a round, in random order, so that whatever else the
machine does affects all alike. It ends when the answer is clear, when the time is up, or when it is cancelled, with
what is known by then.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from inspector import formatting as fmt
from inspector.errors import InspectorError
from inspector.tuner.bench import Bench, SweepCancelled
from inspector.tuner.candidates import MOST_WAIT
from inspector.tuner.measurements import Measurements, known_median
from inspector.tuner.recommend import recommend
from inspector.tuner.recommendation import Recommendation
from inspector.tuner.schedule import FEWEST_ROUNDS, Schedule
from inspector.tuner.setting_names import short_name
from inspector.tuner.sweep_plan import SweepOutcome, SweepPlan
from inspector.tuner.sweep_state import SweepProgress
from inspector.tuner.trials import TrialSetting

_LONGEST_MEASUREMENT_S, _SHORTEST_MEASUREMENT_S = 1.0, 0.25
_WARM_UP_SHARE, _LONGEST_WARM_UP_S = 0.1, 4.0  # of the time there is
_CHECK_SHARE, _LONGEST_CHECK_S = 0.1, 5.0
_NARROW = 0.04  # half an interval, as a share of the rate
_CHECKS = 3
_SLACK = 0.01  # a few steps measure the waiting no better


class Sweep:
    """One sweep; `run` it once.

    Args:
        report: called with the progress after every measurement, in the thread that runs it.
        clock: seconds, for the budget. order: shuffles the settings of a round.
    """

    def __init__(
        self,
        plan: SweepPlan,
        bench: Bench,
        report: Callable[[SweepProgress], None] = lambda progress: None,
        *,
        clock: Callable[[], float] = time.monotonic,
        order: random.Random | None = None,
    ) -> None:
        self._plan = plan
        self._bench = bench
        self._report = report
        self._clock = clock
        self._order = order or random.Random()
        self._measurements = Measurements(plan.needed_per_s)
        self._schedule = Schedule(plan, self._measurements)
        self._notes: list[str] = []
        self._round = 0
        self._began = self._end = 0.0
        self._too_slow: set[TrialSetting] = set()
        self._progress = SweepProgress("", 0.0, plan.budget_s)

    def run(self) -> SweepOutcome:
        """Measure, and return what came out. What the user cancels ends early, with what is known.

        Raises:
            InspectorError: where no setting could be measured.
        """
        self._began = self._clock()
        self._end = self._began + self._plan.budget_s
        complete = clear = False
        try:
            self._warm_up()
            self._first_round()
            clear = self._further_rounds()
            recommendation = self._checked()
            self._note_unmeasured()
            complete = True
        except SweepCancelled:
            recommendation = self._recommendation()
        return SweepOutcome(
            trials=self._measurements.trials(),
            recommendation=recommendation,
            complete=complete,
            clear=clear,
            rounds=self._round + 1,
            seconds=self._clock() - self._began,
            notes=tuple(self._notes),
            other_cores=known_median(
                self._measurements.median(each, "other_cores") for each in self._measurements.settings
            ),
        )

    # --- rounds --------------------------------------------------------------------------------------------

    def _warm_up(self) -> None:
        self._report_progress("warming up")
        largest = max(self._schedule.settings, key=lambda each: each.num_workers * (each.engine != "torch"))
        self._bench.warm_up(largest, min(_LONGEST_WARM_UP_S, _WARM_UP_SHARE * self._plan.budget_s))

    def _first_round(self) -> None:
        """Every setting once, and more workers while they bring much."""
        self._measure_all(self._schedule.settings)
        if not self._measurements.settings:
            raise InspectorError(self._notes[0] if self._notes else "there was no time to measure anything")
        while self._has_time() and (new := self._schedule.add_above(self._round)):
            self._measure_all(new)

    def _further_rounds(self) -> bool:
        """Until the answer is clear or the time is up; whether it is clear."""
        while True:
            new = self._schedule.add_above(self._round) + self._schedule.add_between(self._recommendation())
            clear = not new and self._is_clear()
            if clear or not self._has_time():
                return clear
            self._round += 1
            self._measure_all([*self._schedule.contenders(self._round, new, self._recommendation()), *new])

    def _measure_all(self, settings: Sequence[TrialSetting]) -> None:
        """Each once, as long as there is time; one of ours in any case."""
        settings = self._order.sample(settings, len(settings))
        for done, setting in enumerate(settings):
            seconds = self._seconds_each(len(settings) - done)
            if not self._has_time() and self._recommendation() is not None:
                return
            doing = f"{short_name(setting)}, round {self._round + 1}"
            self._report_progress(doing)
            try:
                self._measurements.add(setting, self._round, self._bench.measure(setting, seconds))
            except InspectorError as error:
                self._notes.append(f"{short_name(setting)} could not be measured: {error}")
                self._schedule.refuse(setting)
            self._report_progress(doing, measured=True)

    def _note_unmeasured(self) -> None:
        left_out = self._schedule.unmeasured()
        if left_out:
            self._notes.append(
                f"There was no time for {fmt.plural(len(left_out), 'setting')}, such as {short_name(left_out[0])}."
            )

    def _seconds_each(self, settings: int) -> float:
        """So long that the fewest rounds fit into what is left."""
        rounds = max(1, FEWEST_ROUNDS - self._round)
        share = (self._left_s() - self._reserve_s()) / (rounds * settings) * 0.6  # the rest is for settling
        return min(_LONGEST_MEASUREMENT_S, max(_SHORTEST_MEASUREMENT_S, share))

    # --- the answer ----------------------------------------------------------------------------------------

    def _recommendation(self) -> Recommendation | None:
        return recommend(self._measurements, self._plan.now, self._plan.usable_cores, self._too_slow)

    def _is_clear(self) -> bool:
        recommendation = self._recommendation()
        if self._round + 1 < FEWEST_ROUNDS or recommendation is None or recommendation.cannot_tell_from:
            return False
        rate = self._measurements.rates().rate(recommendation.setting)
        return rate.high - rate.low < 2 * _NARROW * rate.value

    def _checked(self) -> Recommendation | None:
        """The recommendation; with a training step, after it was tried with real steps."""
        recommendation = self._recommendation()
        tried = None
        for _ in range(_CHECKS if self._plan.step_ms else 0):
            if recommendation is None or recommendation.data_wait is None or recommendation.data_wait >= MOST_WAIT:
                break  # nothing is expected to keep up
            wait = self._try_with_steps(recommendation.setting)
            if wait is None:
                return recommendation
            tried = replace(recommendation, data_wait=wait, checked=True)
            if wait <= MOST_WAIT + _SLACK:
                return tried
            caution = f"Seen with training steps, it waits {fmt.percent(wait)} of the time."
            tried = replace(tried, cautions=(*tried.cautions, caution))
            self._too_slow.add(recommendation.setting)
            recommendation = self._recommendation()
        return tried or recommendation

    def _try_with_steps(self, setting: TrialSetting) -> float | None:
        self._report_progress(f"{short_name(setting)}, with training steps")
        step_ms = self._plan.step_ms * setting.batch_size / self._plan.now.batch_size
        return self._bench.data_wait(setting, step_ms, self._reserve_s())

    # --- progress and time ---------------------------------------------------------------------------------

    def _report_progress(self, doing: str, *, measured: bool = False) -> None:
        """`measured`: there is a new measurement, so that the trials have changed."""
        left_s = max(0.0, self._left_s())
        progress = self._progress
        if measured:
            progress = replace(progress, trials=self._measurements.trials(), recommendation=self._recommendation())
        self._progress = replace(progress, doing=doing, share_done=1 - left_s / self._plan.budget_s, left_s=left_s)
        self._report(self._progress)

    def _left_s(self) -> float:
        return self._end - self._clock()

    def _has_time(self) -> bool:
        return self._left_s() >= self._reserve_s() + _SHORTEST_MEASUREMENT_S

    def _reserve_s(self) -> float:
        """For the trial with real steps at the end."""
        return min(_LONGEST_CHECK_S, _CHECK_SHARE * self._plan.budget_s) if self._plan.step_ms else 0.0
