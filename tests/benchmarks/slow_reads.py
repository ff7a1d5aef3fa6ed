"""Reads that take long, as from a network disk: transforms for our loader, and the same as a dataset for PyTorch.

The times are slept, so many workers can read at once on few cores.
"""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

STRAGGLERS = 0.01  # share of the samples
TIMES_AS_LONG = 50


@dataclass(frozen=True)
class Slowness:
    """A transform that makes each sample take `read_s`, and some `TIMES_AS_LONG` that."""

    read_s: float
    stragglers: float = 0.0

    def __call__(self, rgb: Any, random: np.random.Generator) -> Any:
        """`random` belongs to the sample."""
        straggles = self.stragglers and random.random() < self.stragglers
        time.sleep(self.read_s * (TIMES_AS_LONG if straggles else 1))
        return rgb

    @property
    def mean_s(self) -> float:
        return self.read_s * (1 + self.stragglers * (TIMES_AS_LONG - 1))


class SlowImages:
    """A map-style dataset: images of `images`, slowed down."""

    def __init__(self, images: Any, slowness: Slowness) -> None:
        self._images = images
        self._slowness = slowness

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, number: int) -> Any:
        return self._slowness(self._images[number], np.random.default_rng([0, 0, number]))
