"""The random state of a sample: what the user's code draws depends on (seed, epoch, sample) and on nothing else.

`random`, `numpy.random` and torch keep one global generator each in a process. Workers would share or repeat its
numbers; so all of them are seeded before each sample, in whichever process it is loaded. Threads share one process, and
so one generator: there, only the `rng` that a transform is given is a sample's own.
"""

import random
import sys
from types import ModuleType
from typing import Any, Self

import numpy as np

_MASK = (1 << 64) - 1


def sample_seed(seed: int, epoch: int, index: int) -> int:
    """A number of 63 bits; neighbours have nothing in common. In microseconds, unlike NumPy's `SeedSequence`."""
    mixed = 0
    for part in (seed, epoch, index):
        mixed = (mixed + part + 0x9E3779B97F4A7C15) & _MASK  # SplitMix64
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        mixed ^= mixed >> 31
    return mixed >> 1


def seed_sample(seed: int, epoch: int, index: int) -> None:
    """Seed the global generators of this process for one sample."""
    seed_generators(sample_seed(seed, epoch, index))


def seed_generators(number: int) -> None:
    """Seed the global generators of this process."""
    random.seed(number)
    np.random.seed(number >> 31)  # other bits than torch's: both have the same generator, and would draw the same
    if (torch := _torch()) is not None:
        torch.default_generator.manual_seed(number)


class KeptRandomState:
    """Keeps the generators of the user's own program as they were, where samples are loaded in its own process."""

    def __init__(self) -> None:
        self._kept: tuple[Any, Any, Any] | None = None

    def keep(self) -> None:
        """Before the first sample is loaded; nothing more happens where it was called before."""
        if self._kept is None:
            torch = _torch()
            state = torch.default_generator.get_state() if torch is not None else None
            self._kept = random.getstate(), np.random.get_state(), state

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._kept is None:
            return
        python, numpy, state = self._kept
        random.setstate(python)
        np.random.set_state(numpy)
        if state is not None and (torch := _torch()) is not None:
            torch.default_generator.set_state(state)


def _torch() -> ModuleType | None:
    """Torch, where this process has imported it to the end."""
    torch = sys.modules.get("torch")
    return torch if hasattr(torch, "default_generator") else None
