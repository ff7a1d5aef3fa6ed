"""How much work a worker is given at once: enough to pay for a message, little enough that nothing waits behind it."""

_CHUNK_US = 12_000.0  # work sent in one message: waking up for one costs 0.2 ms, as decoding empties the caches
_BUFFERED_US = 36_000.0  # work that a worker has at hand
_LEAST_SHARE = 0.33  # of these two, where the times of the samples differ widely: many would wait behind a slow one
_MOST_BUFFERED = 64
_MOST_TINY, _TINY_US = 128, 4_000.0  # of samples that take no longer than this together: a message costs more


class ChunkSizer:
    """Mean and spread of the time that samples take, over about the last 200, and what follows for messages."""

    def __init__(self) -> None:
        self._mean_us = 0.0
        self._mean_square = 0.0
        self._count = 0

    def add(self, time_us: float) -> None:
        """Take in another sample's time."""
        self._count += 1
        weight = max(1 / self._count, 0.005)
        self._mean_us += (time_us - self._mean_us) * weight
        self._mean_square += (time_us * time_us - self._mean_square) * weight

    def samples(self) -> tuple[int, int]:
        """How many samples to send in one message, and how many a worker may have at hand."""
        if not self._mean_us:
            return 1, 2
        alike = min(1.0, 2 * self._mean_us * self._mean_us / self._mean_square)  # less the more they differ
        per_us = max(_LEAST_SHARE, alike) / self._mean_us
        most = max(_MOST_BUFFERED, min(_MOST_TINY, int(_TINY_US * per_us)))
        chunk = max(1, min(most // 3, int(_CHUNK_US * per_us)))
        return chunk, max(2, min(most, int(_BUFFERED_US * per_us)))
