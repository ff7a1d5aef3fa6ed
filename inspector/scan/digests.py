"""Which files have the same content, for millions of them: 16 to 24 bytes a file and no Python objects.

A digest is short and quick to make. It finds the files that may be equal; those are compared byte by byte.
"""

from array import array
from collections.abc import Callable

from inspector.scan.checks import DIGEST_BYTES

_CHUNK_BYTES = 1 << 20


class DigestTable:
    """A hash table over the digests of up to `files` files, with open addressing."""

    def __init__(self, files: int) -> None:
        self._digests = bytearray(DIGEST_BYTES * files)
        slots = 1 << (2 * files).bit_length()
        self._mask = slots - 1
        self._slots = array("I", bytes(4 * slots))  # number of a file + 1; 0: free

    def add(self, file: int, digest: bytes, is_same: Callable[[int], bool]) -> int | None:
        """Note a file's digest; the number of the first file that has the same content, or None.

        Args:
            is_same: asked of a file with the same digest: whether the content is the same, too.
        """
        self._digests[DIGEST_BYTES * file : DIGEST_BYTES * (file + 1)] = digest
        slot = int.from_bytes(digest[:8], "little") & self._mask
        while taken := self._slots[slot]:
            if self._of(taken - 1) == digest and is_same(taken - 1):
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
        """Add what `packed` gave."""
        for file in range(len(packed) // DIGEST_BYTES):
            digest = packed[DIGEST_BYTES * file : DIGEST_BYTES * (file + 1)]
            if any(digest):
                self.add(file, digest, lambda other: True)


def same_content(first: str, second: str) -> bool:
    """Whether two files are equal, byte by byte; False where one can no longer be read."""
    try:
        with open(first, "rb") as one, open(second, "rb") as other:
            while (chunk := one.read(_CHUNK_BYTES)) == other.read(_CHUNK_BYTES):
                if not chunk:
                    return True
    except OSError:
        pass  # a duplicate is not worth an error
    return False
