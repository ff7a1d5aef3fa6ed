"""Which setting to use: the smallest that is good enough, and which others might be it as well.

Without a training step that is the smallest setting that is not credibly worse than 95 % of the fastest; with one, the
smallest that keeps the share of waiting under 1 %. Smallest: fewest workers; of these the one with the fewest changes
of what is set now, then with the least memory.
"""

from collections.abc import Collection, Sequence
from typing import Any

from inspector.tuner.rate_estimates import Estimate, RateEstimates
from inspector.tuner.scaling_curves import scaling_curve
from inspector.tuner.setting_names import VARIED_FIELDS
from inspector.tuner.trials import TrialSetting, expected_wait

GOOD_ENOUGH = 0.95  # of the fastest
MOST_WAIT = 0.01
_LEAST_MEASURED = 0.90  # of the fastest, however wide the intervals are
_CLOSE = 0.02  # a share so close to what decides could be on its other side next time


def size_key(setting: TrialSetting, now: TrialSetting) -> tuple[Any, ...]:
    """Smaller settings sort first; `now`: what is set now."""
    changes = sum(getattr(setting, name) != getattr(now, name) for name in VARIED_FIELDS if setting.num_workers)
    return (setting.num_workers, changes, setting.batch_size * setting.prefetch_batches, setting.engine, setting.decode)


class Candidates:
    """Settings compared with what is needed.

    Args:
        settings: the smallest first.
        needed_per_s: images per second that training takes; None: as many as there are.
        too_slow: settings with which training was seen to wait.

    Attributes:
        best: the fastest. keeps_up: some setting is fast enough for training.
    """

    def __init__(
        self,
        rates: RateEstimates[TrialSetting],
        settings: Sequence[TrialSetting],
        needed_per_s: float | None,
        too_slow: Collection[TrialSetting],
    ) -> None:
        self.rates = rates
        self.settings = settings
        self.needed_per_s = needed_per_s
        self.best = rates.best(settings)
        self._too_slow = too_slow
        self.keeps_up = needed_per_s is not None and any(self._wait_is_short(each) for each in settings)
        self._enough = 1 - MOST_WAIT if self.keeps_up else GOOD_ENOUGH

    def smallest_sufficient(self) -> TrialSetting:
        """The setting to use."""
        return next(each for each in self.settings if self._is_sufficient(each))

    def close_to(self, chosen: TrialSetting) -> list[TrialSetting]:
        """What might be chosen next time: smaller settings that may be enough, or a larger one, as `chosen` may not."""
        position = self.settings.index(chosen)
        smaller = [each for each in self.settings[:position] if self._is_close(each)]
        larger = scaling_curve(chosen, self.settings[position + 1 :])[:1] if self._is_close(chosen) else []
        return smaller + larger

    def next_fewer(self, chosen: TrialSetting) -> TrialSetting | None:
        """The same with the next smaller number of workers."""
        fewer = [each for each in scaling_curve(chosen, self.settings) if each.num_workers < chosen.num_workers]
        return fewer[-1] if fewer else None

    def _is_sufficient(self, setting: TrialSetting) -> bool:
        if self.keeps_up:
            return self._wait_is_short(setting)
        share = self._share(setting)
        return share.high >= self._enough and share.value >= _LEAST_MEASURED

    def _share(self, setting: TrialSetting) -> Estimate:
        """Of what is needed: of training's rate where a setting reaches it, else of the fastest."""
        if not self.keeps_up:
            return self.rates.ratio(setting, self.best)
        assert self.needed_per_s is not None
        rate, needed = self.rates.rate(setting), self.needed_per_s
        return Estimate(rate.value / needed, rate.low / needed, rate.high / needed)

    def _wait_is_short(self, setting: TrialSetting) -> bool:
        assert self.needed_per_s is not None
        rate = self.rates.rate(setting).value
        return setting not in self._too_slow and (
            expected_wait(rate, self.needed_per_s, setting.num_workers) < MOST_WAIT
        )

    def _is_close(self, setting: TrialSetting) -> bool:
        """The decision about it could come out the other way."""
        if setting in self._too_slow:
            return False
        share = self._share(setting)
        return share.low < self._enough and share.high > self._enough - _CLOSE
