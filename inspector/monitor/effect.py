"""What a live change did: the medians before and after it, and whether they differ by more than noise.

Rates are means over a sliding window, so neighbouring points say the same thing twice: only points a window apart count
as evidence, and those whose window holds both settings count for neither side. The two sides are compared by rank
(Wilcoxon's rank sum, exact), which assumes nothing about the noise.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspector.monitor.rates import ENOUGH_BATCHES, LONGEST_WINDOW_S, WINDOW_S
from inspector.monitor.records import Series

STARTING_S = 1.0  # after a change, until workers have started
TOGETHER_S = 1.0  # changes so close to each other are one
FEWEST_POINTS = 4  # of each side: with three even the clearest difference may be chance
MOST_POINTS = 6
_CHANCE = 0.05
_LEAST_DIFFERENCE = 0.02  # of the rate: less is of no use to anybody


@dataclass(frozen=True, slots=True)
class Effect:
    """The rate on both sides of a change.

    Attributes:
        text: what was changed.
        unit: of the rates: batches/s, or images/s where the batch size was changed, as batches are not the same then.
        before, after: medians. None: not known, as nothing was delivered.
        differs: whether by more than noise; None: too early, or too late, to tell.
    """

    text: str
    unit: str
    before: float | None
    after: float | None
    differs: bool | None


def last_effect(series: Series) -> Effect | None:
    """What the newest change of the last minute did, or the newest ones together; None where there was none."""
    if not series.changes or not len(series.time_s):
        return None
    newest = series.changes[-1].time_s
    together = [change for change in series.changes if newest - change.time_s <= TOGETHER_S]
    begin_s = together[0].time_s
    earlier = [change.time_s for change in series.changes if change.time_s < begin_s]
    window_s = _window_s(series)
    unsettled_s = window_s + STARTING_S
    side_s = MOST_POINTS * window_s
    text = ", ".join(change.text for change in together)
    resized = any(change.name == "batch_size" for change in together)
    settled = _Settled(series, series.images_per_s if resized else series.batches_per_s, unsettled_s)
    before = settled.points(max(begin_s - side_s, earlier[-1] + unsettled_s if earlier else -math.inf), begin_s)
    after = settled.points(newest + unsettled_s, newest + unsettled_s + side_s)
    unit = "images/s" if resized else "batches/s"
    return Effect(
        text, unit, _median(before), _median(after), differ(_apart(before, window_s), _apart(after, window_s))
    )


def differ(before: Sequence[float], after: Sequence[float]) -> bool | None:
    """Whether independent measurements differ by more than noise; None where there are too few of them."""
    if min(len(before), len(after)) < FEWEST_POINTS:
        return None
    middles = float(np.median(before)), float(np.median(after))
    if abs(middles[1] - middles[0]) < _LEAST_DIFFERENCE * max(middles):
        return False
    return _chance(before, after) < _CHANCE


def _chance(one: Sequence[float], other: Sequence[float]) -> float:
    """Probability that chance alone sets the ranks of two samples apart at least so far."""
    values = [*one, *other]
    ranks = [sum(each < value for each in values) + (sum(each == value for each in values) + 1) / 2 for value in values]
    expected = len(one) * (len(values) + 1) / 2
    found = abs(sum(ranks[: len(one)]) - expected)
    sums = [abs(sum(some) - expected) for some in itertools.combinations(ranks, len(one))]
    return sum(each >= found - 1e-9 for each in sums) / len(sums)


class _Settled:
    """The rates that mean something: not those soon after a pause, when the full queue is taken at once."""

    def __init__(self, series: Series, rates: npt.NDArray[np.float64], unsettled_s: float) -> None:
        known = np.isfinite(rates)
        last_pause_s = np.maximum.accumulate(np.where(known, -math.inf, series.time_s))
        self._time_s = series.time_s
        self._rates = rates
        self._settled = known & (series.time_s - last_pause_s >= unsettled_s)

    def points(self, begin_s: float, end_s: float) -> npt.NDArray[np.float64]:
        """(n, 2): time in seconds and rate."""
        here = self._settled & (self._time_s >= begin_s) & (self._time_s < end_s)
        return np.column_stack([self._time_s[here], self._rates[here]])


def _median(points: npt.NDArray[np.float64]) -> float | None:
    return float(np.median(points[:, 1])) if len(points) else None


def _window_s(series: Series) -> float:
    """The longest over which any of these rates is a mean, in seconds: a slow loader's is longer."""
    known = series.batches_per_s[np.isfinite(series.batches_per_s) & (series.batches_per_s > 0)]
    slowest = float(np.quantile(known, 0.1)) if known.size else math.inf
    return min(LONGEST_WINDOW_S, max(WINDOW_S, ENOUGH_BATCHES / slowest))


def _apart(points: npt.NDArray[np.float64], window_s: float) -> list[float]:
    """The rates at times at least a window apart, at most MOST_POINTS."""
    rates: list[float] = []
    next_s = -math.inf
    for time_s, rate in points:
        if time_s >= next_s and len(rates) < MOST_POINTS:
            rates.append(float(rate))
            next_s = time_s + window_s
    return rates
