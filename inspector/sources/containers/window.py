"""Small parts of a blob, read one after the other: a few at a time are fetched together."""

from inspector.sources.containers.blob import Blob


class Window:
    """The part of a blob that was looked at last. Not for several threads."""

    def __init__(self, blob: Blob) -> None:
        self._blob = blob
        self._start = 0
        self._data = b""

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset` on: fewer at the blob's end.

        Raises:
            BadFile: where they cannot be read.
            StaleIndexError: where the blob is no longer what it was.
        """
        length = max(0, min(length, self._blob.size - offset))
        begin = offset - self._start
        if begin < 0 or begin + length > len(self._data):
            wanted = min(max(length, self._blob.block_bytes), self._blob.size - offset)
            self._data, self._start, begin = self._blob.read(offset, max(0, wanted)), offset, 0
        return self._data[begin : begin + length]
