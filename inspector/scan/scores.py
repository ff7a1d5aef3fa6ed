"""A score for each sample and check that has one: what its limit is compared with, so that the limit can be moved."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspector.scan.measure_table import MeasureTable

FEWEST = 10  # images that say what is ordinary
_LEAST_SPREAD = 0.1  # of the median: where most sizes are equal, those a little off are no outliers
LEAST_LEVELS = 10.0  # the same for colours

Scores = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Score:
    """What a check measures.

    Attributes:
        limit: its name in `LIMITS`.
        above: an image is found where its score is above the limit; else where it is below. `reaching`: or equal.
        of: of all files of a table; NaN where it is unknown.
        of_set: it depends on the other files.
    """

    limit: str
    above: bool
    of: Callable[[MeasureTable], Scores]
    reaching: bool = False
    of_set: bool = False

    def found(self, scores: Scores, limit: float) -> npt.NDArray[np.bool_]:
        """Which scores are beyond a limit; unknown ones never are."""
        if self.reaching:
            return np.asarray(scores <= limit)
        return np.asarray(scores > limit if self.above else scores < limit)


def axes_of_colours(measures: MeasureTable) -> tuple[Scores, Scores]:
    """How much more red than green, and blue than yellow, the mean colour of each file is, in levels."""
    red, green, blue = (measures.column(name).astype(np.float64) for name in ("red", "green", "blue"))
    return red - green, blue - (red + green) / 2


def beyond_quartiles(values: Scores, known: npt.NDArray[np.bool_], least: float | None = None) -> Scores:
    """How far beyond the quartiles each value is, in their distance; NaN where too few are known.

    Args:
        least: the distance is at least that; None: a share of the median.
    """
    beyond = np.full(len(values), np.nan)
    if known.sum() < FEWEST:
        return beyond
    first, middle, third = np.percentile(values[known], [25, 50, 75])
    distance = max(third - first, _LEAST_SPREAD * middle if least is None else least)
    beyond[known] = np.maximum(np.maximum(first - values[known], values[known] - third), 0) / distance
    return beyond


def _figure(name: str) -> Callable[[MeasureTable], Scores]:
    def of(measures: MeasureTable) -> Scores:
        return _known(measures, measures.column(name).astype(np.float64))

    return of


def _known(measures: MeasureTable, values: Scores) -> Scores:
    return np.where(measures.measured, values, np.nan)


def _shape(measures: MeasureTable, of: Callable[[Scores, Scores], Scores]) -> Scores:
    width, height = measures.column("width").astype(np.float64), measures.column("height").astype(np.float64)
    return np.where(height > 0, of(width, np.where(height > 0, height, 1)), np.nan)


def _aspect(measures: MeasureTable) -> Scores:
    return _shape(measures, lambda width, height: np.maximum(width, height) / np.maximum(np.minimum(width, height), 1))


def _odd_colours(measures: MeasureTable) -> Scores:
    first, second = (beyond_quartiles(axis, measures.measured, LEAST_LEVELS) for axis in axes_of_colours(measures))
    return np.maximum(first, second)


SCORES = {
    "blurry": Score("min_sharpness", False, _figure("sharpness")),
    "dark": Score("min_highlights", False, _figure("highlights")),
    "bright": Score("max_shadows", True, _figure("shadows")),
    "low-information": Score("min_entropy", False, _figure("entropy")),
    "grey": Score("max_grey", False, _figure("colour"), reaching=True, of_set=True),
    "odd-size": Score("size_range", True, lambda table: beyond_quartiles(table.side, table.measured), of_set=True),
    "odd-colours": Score("colour_range", True, _odd_colours, of_set=True),
    "small": Score("min_side", False, lambda table: _shape(table, np.minimum)),
    "aspect": Score("max_aspect", True, _aspect),
}
