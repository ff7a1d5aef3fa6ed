"""Images that are unlike the rest of their set: in size, in mean colours, or grey where the others are coloured."""

from collections.abc import Iterator

import numpy as np

from inspector.scan.check_settings import CheckSettings
from inspector.scan.measure_table import MeasureTable
from inspector.scan.scores import FEWEST, LEAST_LEVELS, SCORES, axes_of_colours, beyond_quartiles
from inspector.scan.set_finding import SetFinding


def outlier_findings(measures: MeasureTable, settings: CheckSettings) -> Iterator[SetFinding]:
    """All that the checks of outliers find."""
    if measures.measured.sum() < FEWEST:
        return
    for name, find in _CHECKS.items():
        if name in settings.names:
            for file, reason in find(measures, settings):
                yield SetFinding(file, name, reason)


def _grey(measures: MeasureTable, settings: CheckSettings) -> Iterator[tuple[int, str]]:
    grey = SCORES["grey"].found(SCORES["grey"].of(measures), settings.max_grey)
    files = int(measures.measured.sum())
    if 2 * (count := int(grey.sum())) >= files:  # it is a grey set
        return
    share = 100 * (1 - count / files)
    for file in np.flatnonzero(grey).tolist():
        yield file, f"It is grey, and {share:.3g} % of the images are coloured."


def _odd_size(measures: MeasureTable, settings: CheckSettings) -> Iterator[tuple[int, str]]:
    sides = measures.side
    middle = float(np.median(sides[measures.measured]))
    for file in np.flatnonzero(SCORES["odd-size"].of(measures) > settings.size_range).tolist():
        side = float(sides[file])
        times = f"{side / middle:.3g} times" if side > middle else f"1/{middle / side:.3g} of"
        yield file, f"It has the area of {side:,.0f} x {side:,.0f} pixels: its side is {times} the set's median."


def _odd_colours(measures: MeasureTable, settings: CheckSettings) -> Iterator[tuple[int, str]]:
    found = np.zeros(len(measures), np.bool_)
    for values, more, less in zip(axes_of_colours(measures), ("red", "blue"), ("green", "yellow"), strict=True):
        odd = beyond_quartiles(values, measures.measured, LEAST_LEVELS) > settings.colour_range
        middle = float(np.median(values[measures.measured]))
        for file in np.flatnonzero(odd & ~found).tolist():
            off = float(values[file]) - middle
            yield file, f"It is {abs(off):,.0f} levels more {more if off > 0 else less} than the set's median."
        found |= odd


_CHECKS = {"grey": _grey, "odd-size": _odd_size, "odd-colours": _odd_colours}
