"""Does each class come as often as its size says? And how unequal are the classes themselves?"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspector.monitor.sample_counts import ClassCounts

_UNUSUAL = 6.0  # standard deviations: the farthest of a thousand classes, looked at again and again
_BY_CHANCE = 5  # images: so many more may come of a class that is hardly expected
_FEWEST_EXPECTED = 10.0  # of the largest class; with fewer, nothing speaks against or for it


@dataclass(frozen=True, slots=True)
class ClassFinding:
    """How the classes came. Files that were skipped have come, too: their place in the order was reached.

    Attributes:
        farthest: number of the class that is farthest from what is expected; None with too few images to tell.
        came, expected: of that class, images.
        unusual: a shuffle would not do that.
        largest, smallest: number of files of the largest and of the smallest class.
    """

    farthest: int | None
    came: int
    expected: float
    unusual: bool
    largest: int
    smallest: int


def expected_of_each(classes: ClassCounts) -> npt.NDArray[np.float64]:
    """(classes,) how many files of each should have come so far, if all classes came alike."""
    came = int(classes.delivered.sum() + classes.skipped.sum())
    share = came / max(1, int(classes.sizes.sum()))
    return classes.sizes.astype(np.float64) * share


def examine_classes(classes: ClassCounts) -> ClassFinding:
    """Against drawing without replacement (hypergeometric), which is what a shuffled epoch does."""
    came = classes.delivered + classes.skipped
    largest, smallest = int(classes.sizes.max()), int(classes.sizes.min())
    expected = expected_of_each(classes)
    total, files = int(came.sum()), int(classes.sizes.sum())
    left = max(0.0, 1 - total / files)
    variance = expected * left * (files - classes.sizes) / max(1, files - 1)
    deviations = (np.abs(came - expected) - _BY_CHANCE) / np.sqrt(np.maximum(variance, 1.0))
    farthest = int(deviations.argmax())
    unusual = bool(deviations[farthest] > _UNUSUAL)
    if not unusual and expected.max() < _FEWEST_EXPECTED:
        return ClassFinding(None, 0, 0.0, False, largest, smallest)
    return ClassFinding(farthest, int(came[farthest]), float(expected[farthest]), unusual, largest, smallest)
