"""(seed, epoch) -> the order of samples; (seed, epoch, index) -> one sample's random generator."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.random  # now, and not by the first thread that uses it
import numpy.typing as npt


def epoch_order(length: int, *, shuffle: bool, seed: int, epoch: int) -> npt.NDArray[np.int64]:
    """The indices 0 .. length-1 in the order in which `epoch` goes through them, shape (length,)."""
    if not shuffle:
        return np.arange(length, dtype=np.int64)
    return np.random.Generator(np.random.PCG64([seed, epoch])).permutation(length)


def block_order(
    length: int, starts: npt.NDArray[np.int64], window: int, *, seed: int, epoch: int
) -> npt.NDArray[np.int64]:
    """The same where samples are read in blocks: the blocks in a random order, the samples of `window` of them mixed.

    Args:
        starts: (blocks,) where each block begins; the first one is 0.
    """
    chance = np.random.Generator(np.random.PCG64([seed, epoch]))
    ends = np.append(starts[1:], length)
    blocks = chance.permutation(len(starts))
    order = np.empty(length, np.int64)
    done = 0
    for first in range(0, len(blocks), window):
        parts = [np.arange(starts[block], ends[block], dtype=np.int64) for block in blocks[first : first + window]]
        mixed = chance.permutation(np.concatenate(parts))
        order[done : done + len(mixed)] = mixed
        done += len(mixed)
    return order


def sampled_order(sampler: Callable[..., Any], length: int, *, seed: int, epoch: int) -> npt.NDArray[np.int64]:
    """The order that the user's sampler gives for an epoch, (n,) indices of 0 .. length-1.

    Raises:
        Exception: what the sampler raises; a ValueError where it gives something else.
    """
    given = sampler(epoch, np.random.default_rng([seed, epoch]))
    order = np.asarray(given if isinstance(given, np.ndarray) else list(given))
    if order.ndim != 1 or order.dtype.kind not in "iu" or not len(order):
        raise ValueError(f"it must give a sequence of indices, not {order.dtype} of shape {order.shape}")
    if order.min() < 0 or order.max() >= length:
        raise ValueError(f"it gave {order.min():,} to {order.max():,}, and there are samples 0 to {length - 1:,}")
    return order.astype(np.int64)
