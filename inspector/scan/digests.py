"""Which files have the same content, for millions of them: 24 to 32 bytes a file and no Python objects.

Where a digest goes in the table depends on a secret of this process, which Python makes: nobody can choose files whose
digests are all in one another's way.
"""

from array import array

from inspector.scan.checks import DIGEST_BYTES


class DigestTable:
    """A hash table over the digests of up to `files` files, with open addressing."""

    def __init__(self, files: int) -> None:
        self._digests = bytearray(DIGEST_BYTES * files)
        slots = 1 << (2 * files).bit_length()
        self._mask = slots - 1
        self._slots = array("I", bytes(4 * slots))  # number of a file + 1; 0: free

    def add(self, file: int, digest: bytes) -> int | None:
        """Note a file's digest; the number of the first file that has the same, or None."""
        self._digests[DIGEST_BYTES * file : DIGEST_BYTES * (file + 1)] = digest
        slot = hash(digest) & self._mask
        while taken := self._slots[slot]:
            if self._of(taken - 1) == digest:
                return taken - 1
            slot = (slot + 1) & self._mask
        self._slots[slot] = file + 1
        return None

    def _of(self, file: int) -> bytes:
        return bytes(self._digests[DIGEST_BYTES * file : DIGEST_BYTES * (file + 1)])

    @property
    def nbytes(self) -> int:
        """Memory that it takes, in bytes."""
        return len(self._digests) + 4 * len(self._slots)

    def packed(self, files: int) -> bytes:
        """The digests of the first `files` files, end to end; zeros for those that have none."""
        return bytes(self._digests[: DIGEST_BYTES * files])

    def unpack(self, packed: bytes) -> None:
        """Add what `packed` gave. Raises ValueError where it is something else."""
        if len(packed) % DIGEST_BYTES or len(packed) > len(self._digests):
            raise ValueError("these are not the digests of these files")
        for file in range(len(packed) // DIGEST_BYTES):
            digest = packed[DIGEST_BYTES * file : DIGEST_BYTES * (file + 1)]
            if any(digest):
                self.add(file, digest)
