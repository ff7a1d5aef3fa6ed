"""How far a recommended number of workers is from the right one."""

from inspector.settings import MAX_WORKERS
from inspector.tuner.worker_counts import LADDER


def steps_apart(one: int, other: int) -> int:
    """How many steps of the ladder lie between two counts; a count between two steps belongs to the higher."""
    return abs(_position(one) - _position(other))


def _position(count: int) -> int:
    return next(position for position, step in enumerate(LADDER) if step >= min(count, MAX_WORKERS))
