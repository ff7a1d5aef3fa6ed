"""(seed, epoch) -> the order of samples; (seed, epoch, index) -> one sample's random generator."""

import numpy as np
import numpy.random  # now, and not by the first thread that uses it
import numpy.typing as npt


def epoch_order(length: int, *, shuffle: bool, seed: int, epoch: int) -> npt.NDArray[np.int64]:
    """The indices 0 .. length-1 in the order in which `epoch` goes through them, shape (length,)."""
    if not shuffle:
        return np.arange(length, dtype=np.int64)
    return np.random.Generator(np.random.PCG64([seed, epoch])).permutation(length)
