"""Transforms that take too much: time, or memory."""

import time

import numpy as np
import numpy.typing as npt

from tests.loader.killers import chosen

Image = npt.NDArray[np.uint8]


def sleep(rgb: Image, rng: np.random.Generator) -> Image:
    """Never come back, whichever the image."""
    time.sleep(3600)
    return rgb


def hog(rgb: Image, rng: np.random.Generator) -> Image:
    """Take 1 GB of memory, and use it, for about one image in forty."""
    if chosen(rng):
        np.ones(1_000_000_000, np.uint8)
    return rgb
