"""Does an order of samples look shuffled? Statistics of the order in which files came, and a sentence about them.

Three things are measured, each against what a shuffle would give, and called unusual only at five standard
deviations, since a running epoch is looked at again and again:

- the rank correlation (Spearman's) of a sample's position in the epoch and its place in the list of files;
- the mean step from one sample's place in the list to the next one's, a third of the list in a shuffle: a shuffle of
  blocks, or one through a small buffer, stays near;
- how often the same class comes in a row.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

FEWEST_IMAGES = 40  # fewer say nothing
_UNUSUAL = 5.0  # standard deviations
_ONE_DIRECTION = 0.99  # share of the steps
_NEAR = 0.85  # of the expected step
_LONG_RUN = 1.3  # times the expected one
_STEP_SD = math.sqrt(1 / 18 + 2 * (7 / 60 - 1 / 9))  # of |u - v| for u, v in 0..1, and of its neighbours with it


class OrderKind(StrEnum):
    """What an order looks like."""

    TOO_FEW = "too few images"
    SHUFFLED = "looks shuffled"
    FILE_ORDER = "in file order"
    REVERSED = "in reversed file order"
    CLASS_RUNS = "comes in runs of a class"
    DRIFTING = "follows the file order"
    NEIGHBOURS = "neighbours stay together"


@dataclass(frozen=True, slots=True, eq=False)
class OrderSample:
    """The last images of an epoch, in the order in which they were delivered.

    Attributes:
        first: position in the epoch of the first of them, from 0.
        indices: (n,) their places in the list of files.
        files: length of that list.
        class_of: (n,) class numbers, or None where there are fewer than two classes.
        class_sizes: (classes,) number of files of each, or None.
    """

    first: int
    indices: npt.NDArray[np.int64]
    files: int
    class_of: npt.NDArray[np.int32] | None = None
    class_sizes: npt.NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True)
class OrderFinding:
    """What was measured. The figures are None where there are too few images, and for classes where there are none.

    Attributes:
        images: how many it rests on.
        rank_correlation: -1 to 1; 0 is expected of a shuffle.
        mean_step, expected_step: in files.
        class_run, expected_run: how many of the same class come in a row, on average.
    """

    kind: OrderKind
    images: int
    rank_correlation: float | None = None
    mean_step: float | None = None
    expected_step: float | None = None
    class_run: float | None = None
    expected_run: float | None = None


def examine(sample: OrderSample) -> OrderFinding:
    """Takes a fraction of a millisecond for some thousand images."""
    count = len(sample.indices)
    if count < FEWEST_IMAGES:
        return OrderFinding(OrderKind.TOO_FEW, count)
    correlation = _rank_correlation(sample.indices)
    steps = np.diff(sample.indices)
    mean_step, expected_step = float(np.abs(steps).mean()), (sample.files + 1) / 3
    run, expected_run, runs_are_long = _runs(sample)
    if float((steps > 0).mean()) >= _ONE_DIRECTION:
        kind = OrderKind.FILE_ORDER
    elif float((steps < 0).mean()) >= _ONE_DIRECTION:
        kind = OrderKind.REVERSED
    elif runs_are_long:
        kind = OrderKind.CLASS_RUNS
    elif abs(correlation) * math.sqrt(count - 1) > _UNUSUAL:
        kind = OrderKind.DRIFTING
    elif _stays_near(mean_step, expected_step, count):
        kind = OrderKind.NEIGHBOURS
    else:
        kind = OrderKind.SHUFFLED
    return OrderFinding(kind, count, correlation, mean_step, expected_step, run, expected_run)


def describe(finding: OrderFinding, *, shuffle: bool) -> str:
    """Two sentences at most, for the user; `shuffle`: whether a shuffled order was asked for."""
    if finding.kind is OrderKind.TOO_FEW:
        return f"Too few images to judge the order: {finding.images} of {FEWEST_IMAGES} so far."
    assert finding.rank_correlation is not None
    assert finding.mean_step is not None
    assert finding.expected_step is not None
    correlation = f"rank correlation of position and file order {finding.rank_correlation:+.2f}"
    runs = ""
    if finding.class_run is not None and finding.expected_run is not None:
        run, expected_run = _figure(finding.class_run), _figure(finding.expected_run)
        runs = f"{run} of the same class come in a row where a shuffle gives {expected_run}"
    evidence = {
        OrderKind.CLASS_RUNS: runs,
        OrderKind.NEIGHBOURS: f"the next image is {finding.mean_step:,.0f} files further in the list on average, "
        f"where a shuffle gives {finding.expected_step:,.0f}",
    }.get(finding.kind, correlation)
    headline = finding.kind[0].upper() + finding.kind[1:]
    if finding.kind is OrderKind.SHUFFLED:
        as_asked = "" if shuffle else ", although shuffle is off"
        return f"{headline}{as_asked}: {evidence}." + (f" {runs}." if runs else "")
    as_asked = ", although shuffle is on" if shuffle else ", as shuffle is off"
    more = f" {runs}." if runs and evidence != runs else ""
    return f"{headline}{as_asked}: {evidence}.{more}"


def _figure(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def _rank_correlation(indices: npt.NDArray[np.int64]) -> float:
    count = len(indices)
    ranks = np.empty(count, np.float64)
    ranks[np.argsort(indices, kind="stable")] = np.arange(count)
    apart = ranks - np.arange(count)
    return float(1 - 6 * (apart @ apart) / (count * (count * count - 1.0)))


def _stays_near(mean_step: float, expected_step: float, count: int) -> bool:
    deviation = 3 * _STEP_SD * expected_step / math.sqrt(count - 1)
    return mean_step < _NEAR * expected_step and mean_step < expected_step - _UNUSUAL * deviation


def _runs(sample: OrderSample) -> tuple[float | None, float | None, bool]:
    """(mean run of the same class, the same in a shuffle, whether it is unusually long)."""
    if sample.class_of is None or sample.class_sizes is None:
        return None, None, False
    pairs = len(sample.class_of) - 1
    sizes, files = sample.class_sizes.astype(np.float64), float(sample.files)
    same = float((sizes * (sizes - 1)).sum() / (files * (files - 1)))
    three_alike = float(((sizes / files) ** 3).sum())
    equal = int((np.diff(sample.class_of) == 0).sum())
    run = (pairs + 1) / (pairs + 1 - equal)
    expected = (pairs + 1) / (1 + pairs * (1 - same))
    variance = pairs * same * (1 - same) + 2 * pairs * max(0.0, three_alike - same * same)
    unusual = equal > pairs * same + _UNUSUAL * math.sqrt(variance) and run > _LONG_RUN * expected
    return run, expected, unusual
