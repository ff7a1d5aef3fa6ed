"""Which files of a set look alike, and which of those are somewhere that they should not be: packed, for millions."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from inspector.scan.near_pairs import Compare, compare_here, first_equal, groups, mirrored_pairs, near_pairs
from inspector.scan.perceptual_hash import MIRROR, NO_HASH, Hashes

Numbers = npt.NDArray[np.int64]
_NONE = -1
_CHUNK_FILES = 256


class Alike:
    """Files with the same content, or with hashes in which few bits differ.

    Files with equal content or hash are one node; nodes whose hashes are near are linked. About 30 bytes a file while
    it is made, and 12 to the end.

    Args:
        digests: (n, 2) halves of each file's digest; zeros for files that have none.
        hashes: (n,) of each file; NO_HASH where it shows nothing. None: only the content counts.
        limit: bits that may differ.
        mirrored: an image is like its mirror image, too.
        compare: who compares the hashes.
    """

    def __init__(
        self,
        digests: npt.NDArray[np.uint64],
        hashes: npt.NDArray[np.uint64] | None,
        limit: int,
        cancelled: Callable[[], bool],
        mirrored: bool = False,
        compare: Compare = compare_here,
    ) -> None:
        self._hashes, self._limit, self._mirrored = hashes, limit, mirrored
        self._first_copy = first_equal(digests[:, 0], digests[:, 1])  # by content
        self._node = self._first_copy  # of each file: the first file of its node
        first = second = np.empty(0, np.int64)
        if hashes is not None:
            shown = hashes != NO_HASH
            self._node = np.where(shown, first_equal(hashes), self._first_copy)
            nodes = np.flatnonzero(shown & (self._node == self._all())).astype(np.uint32)
            first, second = (mirrored_pairs if mirrored else near_pairs)(hashes[nodes], limit, cancelled, compare)
            first, second = nodes[first].astype(np.int64), nodes[second].astype(np.int64)
        self.group = self._grouped(first, second)  # of each file: the first file of its group
        others = np.flatnonzero(self._node != self._all())
        several = np.union1d(others, self._node[others])  # the files of nodes that have several
        self._members = several[np.argsort(self._node[several], kind="stable")]
        self._starts = self._node[self._members].astype(np.int64)
        both = np.concatenate([first, second]), np.concatenate([second, first])
        order = np.lexsort((both[1], both[0]))
        self._linked, self._links = both[0][order], both[1][order]

    def _all(self) -> npt.NDArray[np.uint32]:
        return np.arange(len(self._first_copy), dtype=np.uint32)

    def _grouped(self, first: Numbers, second: Numbers) -> npt.NDArray[np.uint32]:
        linked = np.union1d(first, second)
        pairs = np.searchsorted(linked, first), np.searchsorted(linked, second)
        lowest = self._all()
        lowest[linked] = linked[groups(len(linked), pairs)]
        return lowest[self._node]

    def near_duplicates(self) -> Numbers:
        """The files that look nearly like an earlier one, and are no copy of it."""
        return np.flatnonzero((self.group != self._all()) & (self._first_copy == self._all()))

    def nearest(self) -> npt.NDArray[np.float64]:
        """(n,) bits that differ from the most similar other file, 0 for copies; NaN where none is within the limit."""
        bits = np.full(len(self._node), np.inf)
        if self._hashes is not None and len(self._links):
            differ = self._differ(self._hashes[self._linked], self._hashes[self._links])
            np.minimum.at(bits, self._linked, differ)
        bits[self._starts] = 0
        found = bits[self._node]
        found[np.isinf(found)] = np.nan
        return found

    def mixed(self, values: npt.NDArray[np.int32]) -> Numbers:
        """The files that are like one of another value, both not negative."""
        nodes = np.union1d(self._starts, self._linked)
        files = np.union1d(self._members, self._linked)
        files = files[values[files] >= 0]
        at, own = np.searchsorted(nodes, self._node[files]), values[files]
        least, most = np.full(len(nodes), np.iinfo(np.int32).max), np.full(len(nodes), _NONE)
        np.minimum.at(least, at, own)
        np.maximum.at(most, at, own)
        around_least, around_most = least.copy(), most.copy()
        linked, links = np.searchsorted(nodes, self._linked), np.searchsorted(nodes, self._links)
        np.minimum.at(around_least, linked, least[links])
        np.maximum.at(around_most, linked, most[links])
        return np.asarray(files[(around_least[at] < own) | (around_most[at] > own)], np.int64)

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
        if start == end:  # the node is one file
            return node if wanted(np.array([node])).all() else None
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
