"""Images that are unlike the rest of their set: in size, in mean colours, or grey where the others are coloured."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from inspector.scan.check_settings import CheckSettings
from inspector.scan.measures import MeasureTable
from inspector.scan.set_finding import SetFinding

_FEWEST = 10  # images that say what is ordinary
_LEAST_SPREAD = 0.1  # of the median: where most sizes are equal, those a little off are no outliers
_LEAST_LEVELS = 10.0  # the same for colours
Values = npt.NDArray[np.float64]


def outlier_findings(measures: MeasureTable, settings: CheckSettings) -> Iterator[SetFinding]:
    """All that the checks of outliers find."""
    files = np.flatnonzero(measures.column("side") > 0)
    if len(files) < _FEWEST:
        return
    for name, find in _CHECKS.items():
        if name in settings.names:
            for file, reason in find(measures, files, settings):
                yield SetFinding(file, name, reason)


def _grey(measures: MeasureTable, files: npt.NDArray[np.int64], settings: CheckSettings) -> Iterator[tuple[int, str]]:
    grey = measures.column("colour")[files] <= settings.max_grey
    if 2 * grey.sum() >= len(files):  # it is a grey set
        return
    share = 100 * (1 - grey.mean())
    for file in files[grey].tolist():
        yield file, f"It is grey, and {share:.3g} % of the images are coloured."


def _odd_size(
    measures: MeasureTable, files: npt.NDArray[np.int64], settings: CheckSettings
) -> Iterator[tuple[int, str]]:
    sides = measures.column("side")[files].astype(np.float64)
    middle = float(np.median(sides))
    low, high = _fences(sides, settings.size_range, _LEAST_SPREAD * middle)
    for file, side in _outside(files, sides, low, high):
        times = f"{side / middle:.3g} times" if side > middle else f"1/{middle / side:.3g} of"
        yield file, f"It has the area of {side:,.0f} x {side:,.0f} pixels: its side is {times} the set's median."


def _odd_colours(
    measures: MeasureTable, files: npt.NDArray[np.int64], settings: CheckSettings
) -> Iterator[tuple[int, str]]:
    red, green, blue = (measures.column(name)[files].astype(np.float64) for name in ("red", "green", "blue"))
    told = np.zeros(len(files), np.bool_)
    for values, more, less in ((red - green, "red", "green"), (blue - (red + green) / 2, "blue", "yellow")):
        low, high = _fences(values, settings.colour_range, _LEAST_LEVELS)
        for sign, odd in ((1, values > high), (-1, values < low)):
            middle = float(np.median(values))
            for place in np.flatnonzero(odd & ~told).tolist():
                off = sign * (values[place] - middle)
                what = more if sign > 0 else less
                yield (
                    int(files[place]),
                    f"It is {off:,.0f} levels more {what} than the set's median.",
                )
            told |= odd


def _fences(values: Values, times: float, least: float) -> tuple[float, float]:
    """What lies beyond is an outlier: quartiles, and so many times their distance, which is at least `least`."""
    first, third = np.percentile(values, [25, 75])
    reach = times * max(third - first, least)
    return float(first - reach), float(third + reach)


def _outside(files: npt.NDArray[np.int64], values: Values, low: float, high: float) -> Iterator[tuple[int, float]]:
    odd = (values < low) | (values > high)
    return zip(files[odd].tolist(), values[odd].tolist(), strict=True)


_CHECKS = {"grey": _grey, "odd-size": _odd_size, "odd-colours": _odd_colours}
