"""Which images look nearly the same: a hash of 64 bits for each, and all pairs that differ in a few bits.

The hash is that of the discrete cosine transform: the 64 coarsest waves of a small grey picture, without the mean, and
for each whether it is stronger than the median. It stays nearly the same when an image is resized, compressed again, or
made somewhat brighter.

Pairs are found by bands: in pairs that differ in at most d bits, at least m - d of m bands of the 64 bits are equal.
So the hashes are sorted by each choice of m - d bands, and only neighbours are compared: no pair is missed.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import combinations
from math import comb

import numpy as np
import numpy.typing as npt

NO_HASH = 0  # of an image that shows nothing; half of the bits of any other are set
BITS = 64
_SIDE = 32  # of the small picture
_WAVES = 11  # in each direction, of which the coarsest are taken
_FLAT = 1.0  # standard deviation of grey levels, as far as these waves make it, that shows nothing
_SORT_COST, _COMPARE_COST = 90.0, 6.0  # nanoseconds a hash, or a pair
_CHUNK_PAIRS = 1 << 21

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]
Pairs = tuple[Numbers, Numbers]


@lru_cache(maxsize=512)
def _waves_along(length: int) -> npt.NDArray[np.float32]:
    """(_WAVES, length) the coarsest of the transform's of _SIDE means, taken of so many pixels at once."""
    places = (np.arange(_SIDE) + 0.5) * np.pi / _SIDE
    waves = np.cos(np.arange(_WAVES)[:, None] * places) * np.sqrt(2 / _SIDE)
    waves[0] /= np.sqrt(2)
    edges, pixels = np.arange(_SIDE + 1) * length / _SIDE, np.arange(length)
    shared = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.asarray(waves @ (np.maximum(0, shared) * _SIDE / length), np.float32)


def _coarsest() -> Numbers:
    """Where they are in a flattened transform: by the sum of their frequencies."""
    waves = sorted((row + column, row, column) for row in range(_WAVES) for column in range(_WAVES))
    return np.array([row * _WAVES + column for _, row, column in waves[1 : BITS + 1]])


def _odd_across() -> int:
    """Bits of the waves that a mirror turns round."""
    odd = np.array([place % _WAVES % 2 == 1 for place in _coarsest().tolist()])
    return int.from_bytes(np.packbits(odd).tobytes(), "little")


MIRROR = np.uint64(_odd_across())  # a hash and this: nearly the hash of the mirrored picture
_PLACES = _coarsest()


def perceptual_hash(grey: npt.NDArray[np.uint8]) -> int:
    """Of (h, w) grey levels; NO_HASH where they hardly differ."""
    height, width = grey.shape
    waves = (_waves_along(height) @ grey.astype(np.float32) @ _waves_along(width).T).ravel()[_PLACES]
    if waves @ waves < (_FLAT * _SIDE) ** 2:
        return NO_HASH
    bits = waves > np.partition(waves, BITS // 2)[BITS // 2 - 1]
    return int.from_bytes(np.packbits(bits).tobytes(), "little")


def near_pairs(hashes: Hashes, limit: int, cancelled: Callable[[], bool] = lambda: False) -> Pairs:
    """All pairs of different hashes in which at most `limit` bits differ.

    Args:
        hashes: (n,), all different.
        cancelled: asked now and then; True ends the search, with the pairs so far.

    Returns:
        Positions of the first and of the second of each pair, (p,) each; each pair once, in ascending order.
    """
    size = len(hashes)
    found: list[Numbers] = []
    if size < 2 or limit < 1:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    bands = _bands(size, limit)
    widths = [BITS // bands + (band < BITS % bands) for band in range(bands)]
    starts = np.cumsum([0, *widths[:-1]])
    for chosen in combinations(range(bands), bands - limit):
        mask = sum(((1 << widths[band]) - 1) << int(starts[band]) for band in chosen)
        keys = hashes & np.uint64(mask)
        order = np.argsort(keys)
        for first, second in _neighbours(keys[order]):
            if cancelled():
                break
            a, b = order[first], order[second]
            near = np.bitwise_count(hashes[a] ^ hashes[b]) <= limit
            found.append(np.minimum(a[near], b[near]) * size + np.maximum(a[near], b[near]))
    pairs = np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)
    return pairs // size, pairs % size


def mirrored_pairs(hashes: Hashes, limit: int, cancelled: Callable[[], bool] = lambda: False) -> Pairs:
    """As `near_pairs`, with those of which one is nearly the mirror image of the other."""
    size = len(hashes)
    first, second = near_pairs(np.concatenate([hashes, hashes ^ MIRROR]), limit, cancelled)
    second = second % max(1, size)
    wanted = (first < size) & (first != second)
    pairs = np.unique(np.minimum(first, second)[wanted] * size + np.maximum(first, second)[wanted])
    return pairs // max(1, size), pairs % max(1, size)


def _bands(size: int, limit: int) -> int:
    """How many are quickest: few sorts of long buckets, or many of short ones."""

    def cost(bands: int) -> float:
        equal = bands - limit
        bucket: float = size / 2.0 ** (BITS * equal / bands)
        return float(comb(bands, equal) * size) * (_SORT_COST + _COMPARE_COST * bucket / 2)

    return min(range(limit + 1, limit + 8), key=cost)


def _neighbours(keys: Hashes) -> Iterator[Pairs]:
    """Every pair of places with equal keys in sorted ones, some at a time: each with the next, with the one after..."""
    distance = 1
    places = np.arange(len(keys) - 1)
    while True:
        places = places[: np.searchsorted(places, len(keys) - distance)]
        places = places[keys[places] == keys[places + distance]]
        if not len(places):
            return
        for start in range(0, len(places), _CHUNK_PAIRS):
            part = places[start : start + _CHUNK_PAIRS]
            yield part, part + distance
        distance += 1


def groups(size: int, pairs: Pairs) -> Numbers:
    """(size,) the lowest number that each is linked to by pairs, one after the other; its own where there are none."""
    first, second = pairs
    lowest = np.arange(size)
    while True:
        before = lowest.copy()
        least = np.minimum(lowest[first], lowest[second])
        np.minimum.at(lowest, lowest[first], least)
        np.minimum.at(lowest, lowest[second], least)
        lowest = lowest[lowest]
        if np.array_equal(lowest, before):
            return lowest
