"""Transforms that misbehave on a few images, for the tests of what a loader does then."""

import os
import signal
import sys
import time

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]


def chosen(rng: np.random.Generator) -> bool:
    """True for about one image in forty, and always for the same ones: `rng` depends on seed, epoch and image."""
    return bool(rng.random() < 1 / 40)


def crash(rgb: Image, rng: np.random.Generator) -> Image:
    """Die of a segmentation fault."""
    if chosen(rng):
        os.kill(os.getpid(), signal.SIGSEGV)
    return rgb


def hang(rgb: Image, rng: np.random.Generator) -> Image:
    """Never come back."""
    if chosen(rng):
        time.sleep(3600)
    return rgb


def fail(rgb: Image, rng: np.random.Generator) -> Image:
    """Raise."""
    if chosen(rng):
        raise ZeroDivisionError("made for the test")
    return rgb


def seen_modules(rgb: Image, rng: np.random.Generator) -> Image:
    """Raise, with the name of a module that no worker should have."""
    found = [name for name in sys.modules if name.startswith(("PySide6", "pyqtgraph"))]
    if found:
        raise AssertionError(f"a worker has imported {found}")
    return rgb
