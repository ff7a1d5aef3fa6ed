"""Which numbers of workers are tried: steps of a third to a half of what is below."""

import math

from inspector.settings import MAX_WORKERS

STEPS = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, MAX_WORKERS)


def first_counts(usable_cores: float, most: int) -> list[int]:
    """From 0 up to twice the usable cores, the cores themselves among them; none above `most`."""
    cores = math.ceil(usable_cores)
    counts = {count for count in STEPS if count <= 2 * cores} | {cores, 2 * cores}
    return sorted(count for count in counts if count <= min(most, MAX_WORKERS))


def above(count: int, most: int) -> int | None:
    """What to try when the highest count is still faster than the one before: twice as many; None: no more."""
    double = next((step for step in STEPS if step >= 2 * count), MAX_WORKERS)
    return next((step for step in (double, most) if count < step <= min(most, MAX_WORKERS)), None)


def between(low: int, high: int) -> int | None:
    """The step in the middle between two counts; None where they are neighbours."""
    inner = [step for step in STEPS if low < step < high]
    return inner[len(inner) // 2] if inner else None
