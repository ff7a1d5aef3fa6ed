"""The measurements of a sweep, and the trials they make."""

from collections.abc import Iterable, Sequence
from statistics import median

from inspector.tuner.rate_estimates import RateEstimates
from inspector.tuner.trials import Measurement, Trial, TrialSetting, expected_wait

_DISTURBED_CORES = 0.25  # used by other programs beyond what they used in the two quietest measurements of a setting


class Measurements:
    """All measurements so far, by setting. For one thread.

    Args:
        needed_per_s: images per second that training takes; None: as many as there are.
    """

    def __init__(self, needed_per_s: float | None = None) -> None:
        self.needed_per_s = needed_per_s
        self._all: dict[TrialSetting, list[tuple[int, Measurement]]] = {}
        self._rates: RateEstimates[TrialSetting] | None = None  # of what was added so far

    def add(self, setting: TrialSetting, round_number: int, measurement: Measurement) -> None:
        """Take in a measurement; one without an image is no evidence."""
        if measurement.images_per_s > 0:
            self._rates = None
            self._all.setdefault(setting, []).append((round_number, measurement))

    @property
    def settings(self) -> list[TrialSetting]:
        """Those that were measured, in the order of their first measurement."""
        return list(self._all)

    def of(self, setting: TrialSetting) -> list[Measurement]:
        """The measurements of a setting that count, oldest first."""
        return [measurement for _, measurement in self._undisturbed(setting)]

    def rates(self) -> RateEstimates[TrialSetting]:
        """How fast each is."""
        if self._rates is None:
            self._rates = RateEstimates(
                {
                    setting: [(number, each.images_per_s) for number, each in self._undisturbed(setting)]
                    for setting in self._all
                }
            )
        return self._rates

    def trials(self) -> tuple[Trial, ...]:
        """One for each setting: curve by curve, by the number of workers."""
        rates = self.rates()
        curves = list(dict.fromkeys(setting.curve_key for setting in self._all if setting.num_workers))
        ordered = sorted(
            self._all,
            key=lambda each: (curves.index(each.curve_key) if each.curve_key in curves else -1, each.num_workers),
        )
        return tuple(self._trial(setting, rates) for setting in ordered)

    def median(self, setting: TrialSetting, name: str) -> float | None:
        """The median of an attribute, of the measurements in which it is known."""
        return known_median(getattr(each, name) for each in self.of(setting))

    def _undisturbed(self, setting: TrialSetting) -> list[tuple[int, Measurement]]:
        """Those in which other programs used hardly more of the cores than in the setting's quietest two."""
        measured = self._all.get(setting, [])
        others = sorted(each.other_cores for _, each in measured if each.other_cores is not None)
        if len(others) < max(3, len(measured)):
            return measured
        most = others[1] + _DISTURBED_CORES
        return [(number, each) for number, each in measured if each.other_cores <= most]  # type: ignore[operator]

    def _trial(self, setting: TrialSetting, rates: RateEstimates[TrialSetting]) -> Trial:
        rate = rates.rate(setting)
        cores, memory = self.median(setting, "own_cores"), self.median(setting, "memory_bytes")
        wait = None
        if self.needed_per_s is not None:
            wait = expected_wait(rate.value, self.needed_per_s, setting.num_workers)
        return Trial(
            setting=setting,
            images_per_s=rate.value,
            low=rate.low,
            high=rate.high,
            cpu_percent=None if cores is None else 100 * cores,
            memory_bytes=None if memory is None else round(memory),
            data_wait=wait,
            windows=len(self._undisturbed(setting)),
        )


def known_median(values: Iterable[float | None]) -> float | None:
    """The median of those that are known."""
    known: Sequence[float] = [value for value in values if value is not None]
    return median(known) if known else None
