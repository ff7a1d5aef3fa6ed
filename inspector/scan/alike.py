"""Which files of a set look alike, and which of those are somewhere that they should not be: packed, for millions."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from inspector.scan.perceptual_hash import MIRROR, NO_HASH, Hashes, groups, mirrored_pairs, near_pairs

Numbers = npt.NDArray[np.int64]
_NONE = -1
_CHUNK_FILES = 256


class Alike:
    """Files with the same content, or with hashes in which few bits differ.

    Files with equal content or hash are one node; nodes whose hashes are near are linked. About 60 bytes a file while
    it is made, and 24 to the end.

    Args:
        digests: (n, 2) halves of each file's digest; zeros for files that have none.
        hashes: (n,) of each file; NO_HASH where it shows nothing. None: only the content counts.
        limit: bits that may differ.
        mirrored: an image is like its mirror image, too.
    """

    def __init__(
        self,
        digests: npt.NDArray[np.uint64],
        hashes: npt.NDArray[np.uint64] | None,
        limit: int,
        cancelled: Callable[[], bool],
        mirrored: bool = False,
    ) -> None:
        size = len(digests)
        self._first_copy = _first_equal(digests[:, 0], digests[:, 1])  # by content
        keys = self._first_copy
        self._hashes, self._limit, self._mirrored = hashes, limit, mirrored
        pairs = (np.empty(0, np.int64), np.empty(0, np.int64))
        if hashes is not None:
            keys = np.where(hashes == NO_HASH, self._first_copy, _first_equal(hashes))
            nodes = np.flatnonzero((keys == np.arange(size)) & (hashes != NO_HASH))
            near = (mirrored_pairs if mirrored else near_pairs)(hashes[nodes], limit, cancelled)
            pairs = nodes[near[0]], nodes[near[1]]
        self._node = keys  # of each file: the first file of its node
        self._pairs = pairs
        self.group = groups(size, pairs)[self._node]  # of each file: the first file of its group
        self._members = np.argsort(self._node, kind="stable")
        self._starts = self._node[self._members]
        both = np.concatenate([pairs[0], pairs[1]]), np.concatenate([pairs[1], pairs[0]])
        order = np.lexsort((both[1], both[0]))
        self._linked, self._links = both[0][order], both[1][order]

    def near_duplicates(self) -> Numbers:
        """The files that look nearly like an earlier one, and are no copy of it."""
        return np.flatnonzero(
            (self.group != np.arange(len(self.group))) & (self._first_copy == np.arange(len(self.group)))
        )

    def nearest(self) -> npt.NDArray[np.float64]:
        """(n,) bits that differ from the most similar other file, 0 for copies; NaN where none is within the limit."""
        bits = np.full(len(self._node), np.inf)
        if self._hashes is not None and len(self._links):
            differ = self._differ(self._hashes[self._linked], self._hashes[self._links])
            np.minimum.at(bits, self._linked, differ)
        bits[np.bincount(self._node, minlength=len(bits)) > 1] = 0
        found = bits[self._node]
        found[np.isinf(found)] = np.nan
        return found

    def mixed(self, values: npt.NDArray[np.int32]) -> Numbers:
        """The files that are like one of another value, both not negative."""
        size = len(values)
        least, most = np.full(size, np.iinfo(np.int32).max), np.full(size, _NONE)
        known = np.flatnonzero(values >= 0)
        np.minimum.at(least, self._node[known], values[known])
        np.maximum.at(most, self._node[known], values[known])
        around_least, around_most = least.copy(), most.copy()
        np.minimum.at(around_least, self._linked, least[self._links])
        np.maximum.at(around_most, self._linked, most[self._links])
        nodes = self._node[known]
        return known[(around_least[nodes] < values[known]) | (around_most[nodes] > values[known])]

    def likest(self, file: int, wanted: Callable[[Numbers], npt.NDArray[np.bool_]]) -> tuple[int, int]:
        """The first of the files most like `file` that are wanted, and how many bits differ. There must be one."""
        node = int(self._node[file])
        around = self._links[np.searchsorted(self._linked, node) : np.searchsorted(self._linked, node, "right")]
        best: tuple[int, int] | None = None
        for other in (node, *around.tolist()):
            member = self._first_member(other, lambda members: wanted(members) & (members != file))
            if member is not None:
                found = (self._distance(node, other), member)
                best = found if best is None else min(best, found)
        assert best is not None
        return best[1], best[0]

    def is_mirrored(self, file: int, other: int) -> bool:
        """They are alike only as mirror images."""
        if self._hashes is None or not self._mirrored:
            return False
        return int(np.bitwise_count(self._hashes[file] ^ self._hashes[other])) > self._limit

    def are_copies(self, files: Numbers, of: int) -> npt.NDArray[np.bool_]:
        """Which of the files have the same content as file `of`."""
        return np.asarray(self._first_copy[files] == self._first_copy[of])

    def _first_member(self, node: int, wanted: Callable[[Numbers], npt.NDArray[np.bool_]]) -> int | None:
        start, end = np.searchsorted(self._starts, node), np.searchsorted(self._starts, node, "right")
        for at in range(int(start), int(end), _CHUNK_FILES):  # thousands may be equal, and the first few will do
            members = self._members[at : min(at + _CHUNK_FILES, int(end))]
            if len(members := members[wanted(members)]):
                return int(members[0])
        return None

    def _distance(self, node: int, other: int) -> int:
        return int(self._differ(self._hashes[node], self._hashes[other])) if self._hashes is not None else 0

    def _differ(self, first: Hashes, second: Hashes) -> npt.NDArray[np.uint8]:
        bits = np.bitwise_count(first ^ second)
        return np.asarray(np.minimum(bits, np.bitwise_count(first ^ second ^ MIRROR)) if self._mirrored else bits)


def _first_equal(*columns: npt.NDArray[np.uint64]) -> Numbers:
    """(n,) the first row that is equal to each; zeros are equal to nothing."""
    size = len(columns[0])
    order = np.lexsort(columns)  # stable: equal rows stay in order
    starts = np.zeros(size, np.bool_)
    starts[:1] = True
    for column in columns:
        ordered = column[order]
        starts[1:] |= ordered[1:] != ordered[:-1]
    found = np.empty(size, np.int64)
    found[order] = order[np.maximum.accumulate(np.where(starts, np.arange(size), 0))]
    zero = np.logical_and.reduce([column == 0 for column in columns])
    found[zero] = np.flatnonzero(zero)
    return found
