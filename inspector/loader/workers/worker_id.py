"""Which worker this process is; known to the user's code by way of the loaders that have such a notion."""

_number = 0


def worker_id() -> int:
    """From 0 on; 0 also outside of workers. A worker that takes the place of another has its number."""
    return _number


def set_worker_id(number: int) -> None:
    """Once, at the start of a worker's process."""
    global _number
    _number = number
