"""Which files have the same content, for hundreds of millions of them: 22 bytes a file and no Python objects.

Where a digest goes in the table depends on secrets of this process: nobody can choose files whose digests are all in
one another's way.
"""

import secrets

import numpy as np

from inspector.scan.checks import DIGEST_BYTES
from inspector.scan.perceptual_hash import Hashes

_TOGETHER = 1 << 16
_SECRETS = np.array([secrets.randbits(64) | 1 for _ in range(2)], np.uint64)


class DigestTable:
    """A hash table over the digests of up to `files` files, with open addressing.

    Attributes:
        halves: (files, 2) of each digest; zeros for files that have none.
    """

    def __init__(self, files: int) -> None:
        self.halves: Hashes = np.zeros((files, 2), np.uint64)
        self._slots = np.zeros(files + files // 2 + 1, np.uint32)  # number of a file + 1; 0: free

    def add(self, first: int, packed: bytes) -> dict[int, int]:
        """Note the digests of the files from `first` on, end to end; zeros for those that have none.

        Returns:
            For each of them that has the same as an earlier one: the first file that has it.
        """
        came = np.frombuffer(packed, "<u8").reshape(-1, 2)
        self.halves[first : first + len(came)] = came
        files = first + np.flatnonzero(came.any(axis=1))
        slots = self._first_slots(files)
        found: dict[int, int] = {}
        while len(files):
            free = self._slots[slots] == 0
            self._slots[slots[free][::-1]] = files[free][::-1] + 1  # of several that want it the first one has it
            holders = self._slots[slots].astype(np.int64) - 1
            equal = (self.halves[holders] == self.halves[files]).all(axis=1)
            same = equal & (holders != files)
            found.update(zip(files[same].tolist(), holders[same].tolist(), strict=True))
            files, slots = files[~equal], (slots[~equal] + 1) % len(self._slots)
        return found

    def _first_slots(self, files: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Hashes:
        mixed = (self.halves[files] * _SECRETS).sum(axis=1, dtype=np.uint64) >> np.uint64(32)
        return np.asarray(mixed * np.uint64(len(self._slots)) >> np.uint64(32))

    @property
    def nbytes(self) -> int:
        """Memory that it takes, in bytes."""
        return self.halves.nbytes + self._slots.nbytes

    def packed(self, files: int) -> bytes:
        """The digests of the first `files` files, end to end; zeros for those that have none."""
        return np.asarray(self.halves[:files], "<u8").tobytes()

    def unpack(self, packed: bytes) -> None:
        """Add what `packed` gave. Raises ValueError where it is something else."""
        if len(packed) % DIGEST_BYTES or len(packed) > self.halves.nbytes:
            raise ValueError("these are not the digests of these files")
        for at in range(0, len(packed), DIGEST_BYTES * _TOGETHER):
            self.add(at // DIGEST_BYTES, packed[at : at + DIGEST_BYTES * _TOGETHER])
