"""How far two numbers of workers are apart, for tests that allow for a neighbour of the right one."""

from inspector.settings import MAX_WORKERS
from inspector.tuner.worker_counts import STEPS


def steps_apart(one: int, other: int) -> int:
    """How many of the sweep's steps lie between two counts; a count between two steps belongs to the higher."""
    return abs(_position(one) - _position(other))


def _position(count: int) -> int:
    return next(position for position, step in enumerate(STEPS) if step >= min(count, MAX_WORKERS))
