"""The sweep: which setting is measured when, and when there is enough evidence.

After a warm-up that is thrown away, every setting is measured once a round, in random order, so that whatever else the
machine does meets them alike. Worker counts are added while the curve still rises, and between two counts where the
answer lies between them; settings that are out of the question are left out of later rounds. It ends when the answer
is clear, when the time is up, or when it is cancelled, with what is known by then.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from inspector import formatting as fmt
from inspector.errors import InspectorError
from inspector.tuner.measurements import Measurements, middle
from inspector.tuner.recommend import MOST_WAIT, Recommendation, curve_of, in_words, recommend
from inspector.tuner.trials import Setting, Trial, Window
from inspector.tuner.worker_counts import above, between, first_counts

FEWEST_ROUNDS = 4
_LONGEST_WINDOW_S, _SHORTEST_WINDOW_S = 1.0, 0.25
_WARM_UP_SHARE, _LONGEST_WARM_UP_S = 0.1, 4.0  # of the time there is
_CHECK_SHARE, _LONGEST_CHECK_S = 0.1, 5.0
_OUT_OF_THE_QUESTION = 0.85  # of the fastest
_NARROW = 0.04  # half an interval, as a share of the rate
_CLEARLY_MORE, _MORE = 1.25, 1.05  # how much twice the workers must bring to try still more: seen once, or credibly
_MOST_OF_MEMORY = 0.5
_CHECKS = 3
_SLACK = 0.01  # a few steps measured tell the waiting no better


class SweepCancelled(Exception):
    """Raised by a bench that is cancelled in the middle of a measurement."""


class Bench(Protocol):
    """What measures. Every method raises SweepCancelled soon after `cancel`, which any thread may call."""

    def warm_up(self, setting: Setting, seconds: float) -> None:
        """Load for so long, to no account."""

    def window(self, setting: Setting, seconds: float) -> Window:
        """Measure a setting for about so long, after it has settled.

        Raises:
            InspectorError: where it cannot work.
        """

    def waits(self, setting: Setting, step_ms: float, seconds: float) -> float | None:
        """Share of the time that training waits, 0 to 1, with simulated steps; None: too few of them."""

    def cancel(self) -> None:
        """End what is being measured."""


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """What is to be swept.

    Attributes:
        now: what is set now; also what a step takes a batch of.
        curves: for each curve a setting that stands for it; its number of workers does not matter.
        usable_cores, usable_memory_bytes: of the machine; None: not known.
        budget_s: it takes no longer than that, but for a window. step_ms: the training step; 0: none.
        most_workers: no more are tried.
    """

    now: Setting
    curves: tuple[Setting, ...]
    usable_cores: float
    usable_memory_bytes: int | None = None
    budget_s: float = 60.0
    step_ms: float = 0.0
    most_workers: int = 256

    @property
    def needed_per_s(self) -> float | None:
        """Images per second that training takes; the step of another batch size takes in proportion."""
        return self.now.batch_size / self.step_ms * 1000 if self.step_ms > 0 else None


@dataclass(frozen=True, slots=True)
class SweepProgress:
    """How far a sweep is.

    Attributes:
        doing: a few words, such as "2 workers, round 3". share_done: of its time, 0 to 1.
        left_s: it takes no longer than this, in seconds; less where the answer is clear before.
        trials, recommendation: as far as they are known.
    """

    doing: str
    share_done: float
    left_s: float
    trials: tuple[Trial, ...] = ()
    recommendation: Recommendation | None = None


@dataclass(frozen=True, slots=True)
class SweepOutcome:
    """What came out.

    Attributes:
        complete: it was not cancelled. clear: it ended because the answer was clear, not because the time was up.
        rounds: how many were begun. seconds: how long it took.
        notes: what could not be measured and why, a sentence each.
        other_cores: cores' worth of CPU that other programs used meanwhile; None: not known.
    """

    trials: tuple[Trial, ...]
    recommendation: Recommendation | None
    complete: bool
    clear: bool
    rounds: int
    seconds: float
    notes: tuple[str, ...]
    other_cores: float | None = None


class Sweep:
    """One sweep; `run` it once.

    Args:
        report: called with the progress after every window, in the thread that runs it.
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
        self._settings = [
            replace(curve, num_workers=count)
            for curve in plan.curves
            for count in first_counts(plan.usable_cores, plan.most_workers)
        ]
        self._settings = list(dict.fromkeys(self._settings))  # without workers, some are the same
        self._refused: set[Setting] = set()  # that could not be measured
        self._notes: list[str] = []
        self._round = 0
        self._began = self._end = 0.0
        self._too_slow: dict[Setting, float] = {}
        self._known = SweepProgress("", 0.0, plan.budget_s)

    def run(self) -> SweepOutcome:
        """Measure, and say what came out. What the user cancels ends early, with what is known.

        Raises:
            InspectorError: where no setting could be measured.
        """
        plan = self._plan
        self._began = self._clock()
        self._end = self._began + plan.budget_s
        complete = clear = False
        recommendation = None
        try:
            self._tell("warming up")
            warm_up_s = min(_LONGEST_WARM_UP_S, _WARM_UP_SHARE * plan.budget_s)
            self._bench.warm_up(
                max(self._settings, key=lambda each: each.num_workers * (each.engine != "torch")), warm_up_s
            )
            self._first_round()
            while True:
                new = self._steps_up() + self._steps_between()
                clear = not new and self._is_clear()
                if clear or not self._has_time():
                    break
                self._round += 1
                self._measure_all([*self._contenders(new), *new])
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
            other_cores=middle(self._measurements.middle(each, "other_cores") for each in self._measurements.settings),
        )

    # --- rounds --------------------------------------------------------------------------------------------

    def _first_round(self) -> None:
        """Every setting once, and more workers while they bring much."""
        self._measure_all(self._settings)
        if not self._measurements.settings:
            raise InspectorError(self._notes[0] if self._notes else "there was no time to measure anything")
        while self._has_time() and (new := self._steps_up()):
            self._measure_all(new)

    def _measure_all(self, settings: Sequence[Setting]) -> None:
        """A window of each, as long as there is time; one of ours in any case."""
        settings = self._order.sample(settings, len(settings))
        for done, setting in enumerate(settings):
            seconds = self._window_s(len(settings) - done)
            if not self._has_time() and self._recommendation() is not None:
                return
            self._tell(f"{in_words(setting)}, round {self._round + 1}")
            try:
                self._measurements.add(setting, self._round, self._bench.window(setting, seconds))
            except InspectorError as error:
                self._notes.append(f"{in_words(setting)} could not be measured: {error}")
                self._settings.remove(setting)
                self._refused.add(setting)
            self._tell(f"{in_words(setting)}, round {self._round + 1}", news=True)

    def _note_unmeasured(self) -> None:
        left_out = [each for each in self._settings if not self._measurements.windows(each)]
        if left_out:
            self._notes.append(
                f"There was no time for {fmt.plural(len(left_out), 'setting')}, such as {in_words(left_out[0])}."
            )

    def _window_s(self, settings: int) -> float:
        """So long that the fewest rounds fit into what is left."""
        rounds = max(1, FEWEST_ROUNDS - self._round)
        share = (self._left_s() - self._reserve_s()) / (rounds * settings) * 0.6  # the rest is for settling
        return min(_LONGEST_WINDOW_S, max(_SHORTEST_WINDOW_S, share))

    # --- which settings ------------------------------------------------------------------------------------

    def _steps_up(self) -> list[Setting]:
        """More workers for each curve that still rises at its end."""
        new = []
        levels = self._measurements.levels()
        for curve in self._curves():
            if len(curve) < 2:
                continue
            top = curve[-1]
            below = next(each for each in reversed(curve[:-1]) if 3 * each.num_workers <= 2 * top.num_workers)
            ratio = levels.ratio(top, below)
            rises = ratio.value > (_CLEARLY_MORE if self._round == 0 else _MORE) and (self._round == 0 or ratio.low > 1)
            more = above(top.num_workers, self._plan.most_workers)
            if rises and more is not None and self._affords(curve, more) and not self._keeps_up(top):
                new.append(replace(top, num_workers=more))
        return self._admit(new)

    def _admit(self, new: list[Setting]) -> list[Setting]:
        """Those of `new` that are not measured anyway, and were not refused."""
        new = [each for each in new if each not in self._settings and each not in self._refused]
        self._settings += new
        return new

    def _keeps_up(self, setting: Setting) -> bool:
        need = self._plan.needed_per_s
        return need is not None and self._measurements.levels().rate(setting).low > need

    def _affords(self, curve: Sequence[Setting], workers: int) -> bool:
        """Whether so many workers would leave enough memory, judged by what the others took."""
        limit = self._plan.usable_memory_bytes
        few, many = curve[0], curve[-1]
        at_few, at_many = (self._measurements.middle(each, "memory_bytes") for each in (few, many))
        if limit is None or at_few is None or at_many is None:
            return True
        a_worker = max(0.0, at_many - at_few) / (many.num_workers - few.num_workers)
        return at_many + a_worker * (workers - many.num_workers) < _MOST_OF_MEMORY * limit

    def _steps_between(self) -> list[Setting]:
        """A count between the last that is too slow and the first that is good enough."""
        recommendation = self._recommendation()
        if recommendation is None:
            return []
        chosen = recommendation.setting
        fewer = [each for each in curve_of(chosen, self._ours()) if each.num_workers < chosen.num_workers]
        count = between(fewer[-1].num_workers, chosen.num_workers) if fewer else None
        return self._admit([] if count is None else [replace(chosen, num_workers=count)])

    def _contenders(self, new: Sequence[Setting]) -> list[Setting]:
        """The settings, besides `new`, that may still be the answer, and those that it is compared with."""
        if self._round < FEWEST_ROUNDS:
            return [each for each in self._settings if each not in new]
        measured = [each for each in self._settings if self._measurements.windows(each)]
        levels = self._measurements.levels()
        recommendation = self._recommendation()
        chosen = recommendation.setting if recommendation else None
        close = recommendation.cannot_tell_from if recommendation else ()
        kept = []
        for group in (self._ours(), [each for each in measured if each.engine == "torch"]):
            if not group:
                continue
            best = levels.best(group)
            need = self._plan.needed_per_s
            for each in group:
                if need is not None and levels.rate(best).low > need and each not in (chosen, *close):
                    share = levels.rate(each)
                    near = share.high > 0.75 * need and share.low < 1.35 * need
                else:
                    near = levels.ratio(each, best).high > _OUT_OF_THE_QUESTION or each in (chosen, *close)
                if near:
                    kept.append(each)
        return kept

    def _ours(self) -> list[Setting]:
        return [each for each in self._settings if each.engine != "torch" and self._measurements.windows(each)]

    def _curves(self) -> list[list[Setting]]:
        measured = [each for each in self._settings if self._measurements.windows(each)]
        some = {each.curve: each for each in measured if each.num_workers}
        return [curve_of(each, measured) for each in some.values()]

    # --- the answer ----------------------------------------------------------------------------------------

    def _recommendation(self) -> Recommendation | None:
        return recommend(self._measurements, self._plan.now, self._plan.usable_cores, self._too_slow)

    def _is_clear(self) -> bool:
        recommendation = self._recommendation()
        if self._round + 1 < FEWEST_ROUNDS or recommendation is None or recommendation.cannot_tell_from:
            return False
        rate = self._measurements.levels().rate(recommendation.setting)
        return rate.high - rate.low < 2 * _NARROW * rate.value

    def _checked(self) -> Recommendation | None:
        """With a training step: the recommendation, after a look at what it does with real steps."""
        recommendation = self._recommendation()
        if not self._plan.step_ms:
            return recommendation
        for _ in range(_CHECKS):
            if recommendation is None or recommendation.data_wait is None or recommendation.data_wait >= MOST_WAIT:
                return recommendation  # it was not expected to keep up
            setting = recommendation.setting
            self._tell(f"{in_words(setting)}, with training steps")
            step_ms = self._plan.step_ms * setting.batch_size / self._plan.now.batch_size
            waits = self._bench.waits(setting, step_ms, min(_LONGEST_CHECK_S, _CHECK_SHARE * self._plan.budget_s))
            if waits is None:
                return recommendation
            if waits <= MOST_WAIT + _SLACK:
                return replace(recommendation, data_wait=waits, checked=True)
            self._too_slow[setting] = waits
            seen = replace(
                recommendation,
                data_wait=waits,
                checked=True,
                cautions=(
                    *recommendation.cautions,
                    f"Seen with training steps, it waits {fmt.percent(waits)} of the time.",
                ),
            )
            recommendation = self._recommendation()
            if recommendation is None or recommendation.data_wait is None or recommendation.data_wait >= MOST_WAIT:
                return seen  # nothing else is better
        return seen

    def _tell(self, doing: str, *, news: bool = False) -> None:
        """Report; `news`: there is a new window, so that the trials are others."""
        left_s = max(0.0, self._left_s())
        known = self._known
        if news:
            known = replace(known, trials=self._measurements.trials(), recommendation=self._recommendation())
        self._known = replace(known, doing=doing, share_done=1 - left_s / self._plan.budget_s, left_s=left_s)
        self._report(self._known)

    def _left_s(self) -> float:
        return self._end - self._clock()

    def _has_time(self) -> bool:
        return self._left_s() >= self._reserve_s() + _SHORTEST_WINDOW_S

    def _reserve_s(self) -> float:
        """For the look at real steps at the end."""
        return min(_LONGEST_CHECK_S, _CHECK_SHARE * self._plan.budget_s) if self._plan.step_ms else 0.0
