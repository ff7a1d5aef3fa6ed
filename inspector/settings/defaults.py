"""Defaults that depend on the machine, or on what started this process."""

import math
import os

from inspector.errors import SettingsError
from inspector.resource_limits import usable_cores, usable_memory_bytes

_MOST_INITIAL_WORKERS = 8
_GIB = 1 << 30


def default_memory_limit_bytes() -> int:
    """A quarter of the memory that this process may use, at most 4 GiB; in bytes."""
    usable = usable_memory_bytes()
    return _GIB if usable is None else max(_GIB // 8, min(4 * _GIB, usable // 4))


def environment_rank() -> tuple[int, int]:
    """(rank, world size) as torchrun sets them; (0, 1) where it does not.

    Raises:
        SettingsError: when they cannot be, or only one is set. All ranks would load the same samples otherwise.
    """
    rank, world_size = os.environ.get("RANK"), os.environ.get("WORLD_SIZE")
    if not rank and not world_size:
        return 0, 1
    if not rank or not world_size:
        there, absent = (f"RANK={rank}", "WORLD_SIZE") if rank else (f"WORLD_SIZE={world_size}", "RANK")
        raise SettingsError(
            f"the environment has {there} and no {absent}, so it is unknown which part of each epoch to load: set both "
            "RANK and WORLD_SIZE, as torchrun does, or unset both, or give rank and world_size"
        )
    if not (rank.isdecimal() and world_size.isdecimal() and int(rank) < int(world_size)):
        raise SettingsError(
            f"the environment has RANK={rank!r} and WORLD_SIZE={world_size!r}, which are no rank and number of ranks: "
            "correct or unset them, or give rank and world_size"
        )
    return int(rank), int(world_size)


def initial_workers() -> int:
    """Workers to begin with where nobody says how many: one for each core that this process may use, at most 8."""
    return min(math.ceil(usable_cores()), _MOST_INITIAL_WORKERS)
