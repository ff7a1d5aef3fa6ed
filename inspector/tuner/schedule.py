"""Which settings a sweep measures next.

Worker counts are added while the curve still rises, and between two counts where the answer lies between them. What
cannot be the answer is left out of later rounds.
"""

from collections.abc import Sequence
from dataclasses import replace

from inspector.tuner.measurements import Measurements
from inspector.tuner.recommendation import Recommendation
from inspector.tuner.scaling_curves import scaling_curve
from inspector.tuner.sweep_plan import SweepPlan
from inspector.tuner.trials import TrialSetting
from inspector.tuner.worker_counts import above, between, first_counts

FEWEST_ROUNDS = 4
_NO_CANDIDATE = 0.85  # of the fastest: below this a setting cannot be the answer
_CLEARLY_MORE, _MORE = 1.25, 1.05  # how much twice the workers must bring to try still more: seen once, or credibly
_MOST_OF_MEMORY = 0.5


class Schedule:
    """The settings of a sweep, which grow in number with what is measured.

    Attributes:
        settings: all that are measured or to be measured.
    """

    def __init__(self, plan: SweepPlan, measurements: Measurements) -> None:
        self._plan = plan
        self._measurements = measurements
        self._refused: set[TrialSetting] = set()  # that could not be measured
        settings = [
            replace(curve, num_workers=count)
            for curve in plan.curves
            for count in first_counts(plan.usable_cores, plan.most_workers)
        ]
        self.settings = list(dict.fromkeys(settings))  # without workers, some are the same

    def refuse(self, setting: TrialSetting) -> None:
        """It cannot be measured: leave it out from now on."""
        self.settings.remove(setting)
        self._refused.add(setting)

    def unmeasured(self) -> list[TrialSetting]:
        """Those that have not been measured yet."""
        return [each for each in self.settings if not self._measurements.of(each)]

    def add_above(self, round_number: int) -> list[TrialSetting]:
        """More workers for each curve that still rises at its end."""
        new = []
        rates = self._measurements.rates()
        for curve in self._curves():
            top = curve[-1]
            below = next((each for each in reversed(curve[:-1]) if 3 * each.num_workers <= 2 * top.num_workers), None)
            if below is None:  # there was no time for any with clearly fewer workers
                continue
            ratio = rates.ratio(top, below)
            is_first = round_number == 0
            rises = ratio.value > (_CLEARLY_MORE if is_first else _MORE) and (is_first or ratio.low > 1)
            more = above(top.num_workers, self._plan.most_workers)
            if rises and more is not None and self._fits_memory(curve, more) and not self._keeps_up(top):
                new.append(replace(top, num_workers=more))
        return self._add(new)

    def add_between(self, recommendation: Recommendation | None) -> list[TrialSetting]:
        """A count between the last that is too slow and the first that is good enough."""
        if recommendation is None:
            return []
        chosen = recommendation.setting
        fewer = [each for each in scaling_curve(chosen, self._ours()) if each.num_workers < chosen.num_workers]
        count = between(fewer[-1].num_workers, chosen.num_workers) if fewer else None
        return self._add([] if count is None else [replace(chosen, num_workers=count)])

    def contenders(
        self, round_number: int, new: Sequence[TrialSetting], recommendation: Recommendation | None
    ) -> list[TrialSetting]:
        """The settings, besides `new`, that may still be the answer, and those that it is compared with."""
        if round_number < FEWEST_ROUNDS:
            return [each for each in self.settings if each not in new]
        rates = self._measurements.rates()
        answers = (recommendation.setting, *recommendation.cannot_tell_from) if recommendation else ()
        needed = self._plan.needed_per_s
        kept = []
        for group in (self._ours(), [each for each in self._measured() if each.engine == "torch"]):
            if not group:
                continue
            best = rates.best(group)
            for each in group:
                if needed is not None and rates.rate(best).low > needed and each not in answers:
                    rate = rates.rate(each)
                    is_near = rate.high > 0.75 * needed and rate.low < 1.35 * needed
                else:
                    is_near = rates.ratio(each, best).high > _NO_CANDIDATE or each in answers
                if is_near:
                    kept.append(each)
        return kept

    def _add(self, new: list[TrialSetting]) -> list[TrialSetting]:
        """Those of `new` that are not measured anyway, and were not refused."""
        new = [each for each in new if each not in self.settings and each not in self._refused]
        self.settings += new
        return new

    def _keeps_up(self, setting: TrialSetting) -> bool:
        needed = self._plan.needed_per_s
        return needed is not None and self._measurements.rates().rate(setting).low > needed

    def _fits_memory(self, curve: Sequence[TrialSetting], workers: int) -> bool:
        """Whether so many workers would leave enough memory, judged by what the others took."""
        limit = self._plan.usable_memory_bytes
        few, many = curve[0], curve[-1]
        at_few, at_many = (self._measurements.median(each, "memory_bytes") for each in (few, many))
        if limit is None or at_few is None or at_many is None:
            return True
        a_worker = max(0.0, at_many - at_few) / (many.num_workers - few.num_workers)
        return at_many + a_worker * (workers - many.num_workers) < _MOST_OF_MEMORY * limit

    def _measured(self) -> list[TrialSetting]:
        return [each for each in self.settings if self._measurements.of(each)]

    def _ours(self) -> list[TrialSetting]:
        return [each for each in self._measured() if each.engine != "torch"]

    def _curves(self) -> list[list[TrialSetting]]:
        measured = self._measured()
        leaders = {each.curve_key: each for each in measured if each.num_workers}
        return [scaling_curve(each, measured) for each in leaders.values()]
