"""Pairs of hashes: none is missed and none is found twice, whatever they are; and what such pairs link."""

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from inspector.scan.alike import Alike
from inspector.scan.near_pairs import _searches, first_equal, groups, mirrored_pairs, near_pairs
from inspector.scan.perceptual_hash import MIRROR, NO_HASH

Hashes = npt.NDArray[np.uint64]


def some_hashes(seed: int, size: int, *, flips: float = 0.2) -> Hashes:
    """Of which many are near others."""
    random = np.random.default_rng(seed)
    bits = random.integers(0, 2, (max(1, size // 6), 64)).astype(bool)
    bits = bits[random.integers(0, len(bits), size)] ^ (random.random((size, 64)) < random.uniform(0, flips))
    return np.packbits(bits, axis=1).view(np.uint64).ravel()


def as_set(pairs: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]) -> set[tuple[int, int]]:
    found = list(zip(*map(np.ndarray.tolist, pairs), strict=True))
    assert found == sorted(set(found))
    return set(found)


def all_pairs(hashes: Hashes, limit: int) -> set[tuple[int, int]]:
    near = np.triu(np.bitwise_count(hashes[:, None] ^ hashes) <= limit, 1)
    return {(int(a), int(b)) for a, b in zip(*np.nonzero(near), strict=True)}


@given(st.integers(0, 2**32), st.integers(0, 16), st.integers(0, 60))
def test_no_pair_is_missed(seed: int, limit: int, size: int) -> None:
    hashes = some_hashes(seed, size)
    assert as_set(near_pairs(hashes, limit)) == all_pairs(hashes, limit)


@given(st.integers(0, 2**32), st.integers(0, 8), st.integers(0, 40))
def test_mirrored_pairs(seed: int, limit: int, size: int) -> None:
    hashes = some_hashes(seed, size)
    hashes[::3] ^= MIRROR
    near = np.bitwise_count(hashes[:, None] ^ hashes) <= limit
    near |= np.bitwise_count(hashes[:, None] ^ hashes ^ MIRROR) <= limit
    wanted = {(int(a), int(b)) for a, b in zip(*np.nonzero(np.triu(near, 1)), strict=True)}
    assert as_set(mirrored_pairs(hashes, limit)) == wanted


def test_no_pair_is_missed_among_many() -> None:
    random = np.random.default_rng(0)
    hashes = random.integers(0, 2**64, 100_000, np.uint64)
    planted = random.choice(len(hashes), 2000, replace=False)
    flipped = np.zeros(1000, np.uint64)
    for _ in range(4):
        flipped |= np.uint64(1) << random.integers(0, 64, 1000, np.uint64)
    hashes[planted[:1000]] = hashes[planted[1000:]] ^ flipped
    first, second = near_pairs(hashes, 4)
    found = set(zip(first.tolist(), second.tolist(), strict=True))
    wanted = zip(np.minimum(planted[:1000], planted[1000:]), np.maximum(planted[:1000], planted[1000:]), strict=True)
    assert {(int(a), int(b)) for a, b in wanted} <= found


def test_thousands_of_hashes_in_one_bucket() -> None:
    hashes = np.arange(3000, dtype=np.uint64)  # the upper bands are equal in all
    assert as_set(near_pairs(hashes, 2)) == all_pairs(hashes, 2)


def test_each_pair_is_found_by_one_search() -> None:
    """So the searches can be made apart, and nobody need bring what they find together."""
    hashes = some_hashes(3, 500, flips=0.05)
    found = np.concatenate([search.pairs(hashes) for search in _searches(len(hashes), 4)])
    assert len(found) == len(np.unique(found)) == len(all_pairs(hashes, 4)) > 100


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=40), st.sampled_from([0, 40]))
def test_the_first_row_that_is_equal(rows: list[tuple[int, int]], shift: int) -> None:
    columns = np.array(rows, np.uint64).reshape(-1, 2) << np.uint64(shift)
    wanted = [rows.index(row) if any(row) else i for i, row in enumerate(rows)]
    assert first_equal(columns[:, 0], columns[:, 1]).tolist() == wanted
    singles = [first for first, _ in rows]
    wanted = [singles.index(value) if value else i for i, value in enumerate(singles)]
    assert first_equal(columns[:, 0]).tolist() == wanted


@given(st.integers(0, 2**32), st.integers(0, 6), st.integers(1, 40), st.booleans())
def test_what_is_alike(seed: int, limit: int, size: int, mirrored: bool) -> None:
    """As the definition says it, for each two of them."""
    random = np.random.default_rng(seed)
    hashes = some_hashes(seed, size, flips=0.1)[random.integers(0, size, size)]
    hashes[random.random(size) < 0.1] = NO_HASH
    digests = np.stack([np.arange(1, size + 1), np.arange(size)], 1).astype(np.uint64)
    for _ in range(size // 4):  # copies
        one, other = random.integers(0, size, 2)
        digests[one], hashes[one] = digests[other], hashes[other]
    digests[random.random(size) < 0.1] = 0
    hashes[~digests.any(axis=1)] = NO_HASH  # a bad file
    bits = np.bitwise_count(hashes[:, None] ^ hashes).astype(float)
    if mirrored:
        bits = np.minimum(bits, np.bitwise_count(hashes[:, None] ^ hashes ^ MIRROR))
    bits[(hashes == NO_HASH)[:, None] | (hashes == NO_HASH)] = np.inf
    copies = (digests[:, None] == digests).all(axis=2) & digests.any(axis=1)
    bits[copies] = 0
    bits[bits > limit] = np.inf
    np.fill_diagonal(bits, np.inf)
    alike = Alike(digests, hashes, limit, lambda: False, mirrored)
    near = np.where(np.isinf(bits.min(axis=1)), np.nan, bits.min(axis=1))
    assert np.array_equal(alike.nearest(), near, equal_nan=True)
    first, second = np.nonzero(np.triu(np.isfinite(bits), 1))
    assert alike.group.tolist() == groups(size, (first, second)).tolist()
    values = random.integers(-1, 3, size).astype(np.int32)
    others = np.isfinite(bits) & (values[:, None] != values) & (values >= 0) & (values >= 0)[:, None]
    assert alike.mixed(values).tolist() == np.flatnonzero(others.any(axis=1)).tolist()
    for file in alike.mixed(values).tolist():
        there = np.where(others[file], bits[file], np.inf)
        other, differ = alike.likest(file, lambda files, file=file: others[file][files])  # type: ignore[misc]
        assert (other, differ) == (int(there.argmin()), int(there.min()))


@given(st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29))))
def test_groups_are_what_pairs_link(pairs: list[tuple[int, int]]) -> None:
    lowest = list(range(30))
    for _ in range(30):
        for a, b in pairs:
            lowest[a] = lowest[b] = min(lowest[a], lowest[b])
    columns = np.array(pairs, np.int64).reshape(-1, 2)
    assert groups(30, (columns[:, 0], columns[:, 1])).tolist() == lowest


def test_a_long_chain_is_one_group() -> None:
    numbers = np.random.default_rng(0).permutation(20_000)
    assert not groups(20_000, (numbers[:-1], numbers[1:])).any()
