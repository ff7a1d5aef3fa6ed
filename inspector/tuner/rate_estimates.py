"""How fast each setting is, from measurements on a machine that also does other things.

Rates are compared as logarithms. A rate is its setting's level, plus a drift that all settings of the same round share
(a median polish takes it out), plus noise, whose outliers (other programs, time stolen by other virtual machines) do
not count, because level, drift and scale are medians. With few measurements of a setting its own scale is hardly known,
so that of all settings together joins it with the weight of 6 measurements; intervals are Student's, 95 %.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

_POLISHES = 6
_PRIOR_MEASUREMENTS = 6
_SCALE_OF_MAD = 1.4826  # makes the median of absolute deviations a standard deviation, for normal noise
_ERROR_OF_MEDIAN = 1.4  # times that of a mean; 1.25 by theory, and more as the drift is fitted, too: by simulation
_GUESS = 0.2  # of the noise, before anything was measured twice
_LEAST_NOISE = 0.005  # nobody measures better than that
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


class RateEstimates(Generic[Key]):
    """The rates of all settings; to be made again after more measurements.

    Args:
        rates: for each setting its measurements: (round, images per second), the latter above 0.
    """

    def __init__(self, rates: Mapping[Key, Sequence[tuple[int, float]]]) -> None:
        logs = {key: [(number, math.log(rate)) for number, rate in measured] for key, measured in rates.items()}
        self._level = {key: median(value for _, value in measured) for key, measured in logs.items()}
        drift = self._polish(logs)
        self._count = {key: len(measured) for key, measured in logs.items()}
        rests = {
            key: [value - drift[number] - self._level[key] for number, value in measured]
            for key, measured in logs.items()
        }
        self._noise = _noise(rests, len(drift))

    def _polish(self, logs: Mapping[Key, Sequence[tuple[int, float]]]) -> dict[int, float]:
        """Find the levels and each round's drift, which is 0 in the middle."""
        drift: dict[int, float] = dict.fromkeys({number for measured in logs.values() for number, _ in measured}, 0.0)
        for _ in range(_POLISHES):
            rests = defaultdict(list)
            for key, measured in logs.items():
                for number, value in measured:
                    rests[number].append(value - self._level[key])
            drift = {number: median(values) for number, values in rests.items()}
            middle = median(drift.values()) if drift else 0.0
            drift = {number: value - middle for number, value in drift.items()}
            for key, measured in logs.items():
                self._level[key] = median(value - drift[number] for number, value in measured)
        return drift

    def rate(self, key: Key) -> Estimate:
        """Images per second of a setting."""
        return self._estimate(self._level[key], self._error(key), self._count[key])

    def ratio(self, key: Key, to: Key) -> Estimate:
        """How many times as fast as `to` it is."""
        if key == to:
            return Estimate(1.0, 1.0, 1.0)
        error = math.hypot(self._error(key), self._error(to))
        return self._estimate(self._level[key] - self._level[to], error, min(self._count[key], self._count[to]))

    def best(self, keys: Sequence[Key]) -> Key:
        """The fastest of `keys`."""
        return max(keys, key=lambda key: self._level[key])

    def _error(self, key: Key) -> float:
        return _ERROR_OF_MEDIAN * self._noise[key] / math.sqrt(self._count[key])

    def _estimate(self, level: float, error: float, count: int) -> Estimate:
        reach = student_t(count - 1 + _PRIOR_MEASUREMENTS) * error
        return Estimate(math.exp(level), math.exp(level - reach), math.exp(level + reach))


def _noise(rests: Mapping[Key, Sequence[float]], rounds: int) -> dict[Key, float]:
    """The standard deviation of each setting's measurements, with what the others add to it."""
    shared = _scale([rest for each in rests.values() for rest in each], fitted=len(rests) + rounds - 1)
    shared = _GUESS if shared is None else max(_LEAST_NOISE, shared)
    noise = {}
    for key, each in rests.items():
        own = _scale(each, fitted=1) or shared
        noise[key] = math.sqrt(
            (_PRIOR_MEASUREMENTS * shared**2 + len(each) * own**2) / (_PRIOR_MEASUREMENTS + len(each))
        )
    return noise


def _scale(rests: Sequence[float], fitted: int) -> float | None:
    """The standard deviation by the median, without as many as were fitted: medians make those nearly 0."""
    sizes = sorted(map(abs, rests))[fitted:]
    return _SCALE_OF_MAD * median(sizes) if sizes else None


def student_t(freedom: int) -> float:
    """The 97.5 % quantile of Student's t, from 3 degrees of freedom on to 1 % (Cornish and Fisher's expansion)."""
    z, n = _Z, max(1, freedom)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / n + second / n**2 + third / n**3
