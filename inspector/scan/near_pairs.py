"""All pairs of 64-bit hashes that differ in a few bits, and what pairs link: packed, for hundreds of millions.

Pairs are found by bands: in pairs that differ in at most d bits, at least m - d of m bands of the 64 bits are equal.
So the hashes are sorted by each choice of m - d bands, and only neighbours are compared: no pair is missed. Each choice
is a search of its own, which any machine can make that has the hashes; a pair is found by one of them alone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inspector.resource_limits import usable_cores
from inspector.scan.perceptual_hash import BITS, MIRROR, Hashes

_PLACE_BITS = 32  # of what is sorted, the lower ones: which hash it is
_PLACES = np.uint64((1 << _PLACE_BITS) - 1)
_SORT_COST, _COMPARE_COST = 40.0, 12.0  # nanoseconds a hash, or a pair
_CHUNK = 1 << 18
_MANY, _MOST_THREADS = 1_000_000, 4

Numbers = npt.NDArray[np.int64]
Pairs = tuple[Numbers, Numbers]
Bands = tuple[tuple[int, int], ...]
"""Of each its first bit, and how many it has."""


class BandSearch(NamedTuple):
    """Finds the pairs in which some bands are equal, and none of others.

    Attributes:
        equal, unequal: which; a pair whose `unequal` ones are not is for another search.
        limit: bits that may differ.
    """

    equal: Bands
    unequal: Bands
    limit: int

    def pairs(self, hashes: Hashes, cancelled: Callable[[], bool] = lambda: False) -> Hashes:
        """The position of the first of each pair, shifted by 32 bits, and that of the second. Takes 8 bytes a hash.

        Args:
            cancelled: asked now and then; True ends the search, with the pairs so far.
        """
        found = [np.empty(0, np.uint64)]
        if cancelled():
            return found[0]
        keys = self._keys(hashes)
        keys.sort()
        for first, second in _neighbours(keys):
            if cancelled():
                break
            one, other = keys[first] & _PLACES, keys[second] & _PLACES
            wanted = self._are_wanted(hashes[one] ^ hashes[other])
            one, other = one[wanted], other[wanted]
            found.append(np.minimum(one, other) << np.uint64(_PLACE_BITS) | np.maximum(one, other))
        return np.concatenate(found)

    def _keys(self, hashes: Hashes) -> Hashes:
        """The equal bands of each, as far as there is room, and its place."""
        keys = np.arange(len(hashes), dtype=np.uint64)
        for at in range(0, len(hashes), _CHUNK):
            part, shift = hashes[at : at + _CHUNK], _PLACE_BITS
            for band in self.equal:
                if shift < BITS:
                    keys[at : at + _CHUNK] |= (part & _mask(band)) >> np.uint64(band[0]) << np.uint64(shift)
                    shift += band[1]
        return keys

    def _are_wanted(self, differ: Hashes) -> npt.NDArray[np.bool_]:
        wanted = np.bitwise_count(differ) <= self.limit
        for band in self.equal:
            wanted &= differ & _mask(band) == 0
        for band in self.unequal:
            wanted &= differ & _mask(band) != 0
        return np.asarray(wanted)


Compare = Callable[[Hashes, Sequence[BandSearch], Callable[[], bool]], Iterable[Hashes]]
"""Makes searches among hashes: what each of them finds, in any order."""


def compare_here(
    hashes: Hashes, searches: Sequence[BandSearch], cancelled: Callable[[], bool] = lambda: False
) -> Iterator[Hashes]:
    """In threads where there are millions, of which each takes 8 bytes a hash."""
    threads = min(_MOST_THREADS, int(usable_cores())) if len(hashes) > _MANY else 1
    with ThreadPoolExecutor(max(1, threads), "inspector-compare") as pool:
        yield from pool.map(lambda search: search.pairs(hashes, cancelled), searches)


def near_pairs(
    hashes: Hashes,
    limit: int,
    cancelled: Callable[[], bool] = lambda: False,
    compare: Compare = compare_here,
) -> Pairs:
    """All pairs of hashes in which at most `limit` bits differ.

    Args:
        hashes: (n,), fewer than 2**32.
        cancelled: asked now and then; True ends the search, with the pairs so far.

    Returns:
        Positions of the first and of the second of each pair, (p,) each; each pair once, in ascending order.
    """
    found = np.concatenate([np.empty(0, np.uint64), *compare(hashes, _searches(len(hashes), limit), cancelled)])
    found.sort()
    return (found >> np.uint64(_PLACE_BITS)).astype(np.int64), (found & _PLACES).astype(np.int64)


def mirrored_pairs(
    hashes: Hashes,
    limit: int,
    cancelled: Callable[[], bool] = lambda: False,
    compare: Compare = compare_here,
) -> Pairs:
    """As `near_pairs`, with those of which one is nearly the mirror image of the other."""
    size = len(hashes)
    first, second = near_pairs(np.concatenate([hashes, hashes ^ MIRROR]), limit, cancelled, compare)
    second = second % max(1, size)
    wanted = (first < size) & (first != second)
    pairs = np.unique(np.minimum(first, second)[wanted] * size + np.maximum(first, second)[wanted])
    return pairs // max(1, size), pairs % max(1, size)


def first_equal(*columns: Hashes) -> npt.NDArray[np.uint32]:
    """(n,) the first row that is equal to each; zeros are equal to nothing. Takes 9 bytes a row, and 4 for the result.

    Args:
        columns: (n,) each. Most rows differ in the upper half of the first.
    """
    found = np.arange(len(columns[0]), dtype=np.uint32)
    keys = columns[0] & ~_PLACES
    keys |= found
    keys.sort()
    same = np.zeros(len(keys) + 1, np.bool_)  # as the one before
    for at in range(1, len(keys), _CHUNK):
        part = keys[at : at + _CHUNK]
        same[at : at + len(part)] = part ^ keys[at - 1 : at - 1 + len(part)] <= _PLACES
    rows = np.sort(keys[same[:-1] | same[1:]] & _PLACES)
    rows = rows[np.logical_or.reduce([column[rows] != 0 for column in columns])]
    values = [column[rows] for column in columns]
    order = np.lexsort(values)  # stable: equal rows stay in order
    starts = np.zeros(len(rows), np.bool_)
    starts[:1] = True
    for value in values:
        ordered = value[order]
        starts[1:] |= ordered[1:] != ordered[:-1]
    found[rows[order]] = rows[order[np.maximum.accumulate(np.where(starts, np.arange(len(rows)), 0))]]
    return found


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


def _searches(size: int, limit: int) -> list[BandSearch]:
    """So that each pair is found by the search for the first of its bands that are equal."""
    if size < 2:
        return []
    count = _band_count(size, limit)
    widths = [BITS // count + (band < BITS % count) for band in range(count)]
    bands = [(sum(widths[:band]), widths[band]) for band in range(count)]
    return [
        BandSearch(
            tuple(bands[each] for each in chosen),
            tuple(bands[each] for each in range(chosen[-1]) if each not in chosen),
            limit,
        )
        for chosen in combinations(range(count), count - limit)
    ]


def _band_count(size: int, limit: int) -> int:
    """How many are quickest: few sorts of long buckets, or many of short ones."""

    def cost(count: int) -> float:
        equal = count - limit
        bucket: float = size / 2.0 ** min(BITS - _PLACE_BITS, BITS * equal / count)
        return float(comb(count, equal) * size) * (_SORT_COST + _COMPARE_COST * bucket / 2)

    return min(range(limit + 1, limit + 8), key=cost)


def _neighbours(keys: Hashes) -> Iterator[Pairs]:
    """Every pair of places with equal bands in sorted keys, some at a time: each with the next, the one after..."""
    for at in range(0, len(keys) - 1, _CHUNK):
        part = keys[at : at + _CHUNK]
        following = keys[at + 1 : at + 1 + len(part)]
        places = at + np.flatnonzero(part[: len(following)] ^ following <= _PLACES)
        distance = 1
        while len(places):
            yield places, places + distance
            distance += 1
            places = places[: np.searchsorted(places, len(keys) - distance)]
            places = places[keys[places] ^ keys[places + distance] <= _PLACES]


def _mask(band: tuple[int, int]) -> np.uint64:
    return np.uint64(((1 << band[1]) - 1) << band[0])
