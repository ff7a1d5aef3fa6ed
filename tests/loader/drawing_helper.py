"""A module of a user's that holds a generator, and makes another when it is asked first."""

import random
from typing import Any

import numpy as np

_lazy: list[random.Random] = []


class Jitter:
    """Holds its generator in an object of the module."""

    def __init__(self) -> None:
        self.options = {"rng": np.random.default_rng(0)}

    def __call__(self) -> float:
        return float(self.options["rng"].random())


jitter = Jitter()


def lazily() -> float:
    """From a generator that is made at the first call, in the same state in each process."""
    if not _lazy:
        _lazy.append(random.Random(0))
    return _lazy[0].random()


def draw() -> Any:
    """A number of each."""
    return jitter(), lazily()
