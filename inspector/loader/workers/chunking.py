"""How much work a worker is given at once: enough to pay for a message, little enough that nothing waits behind it."""

from operator import mul

_CHUNK_US = 18_000.0  # work sent in one message: with its answer it costs 0.5 ms, as decoding empties the caches
_BUFFERED_US = 42_000.0  # work that a worker has at hand
_LEAST_SHARE = 0.33  # of these two, where the times of the samples differ widely: many would wait behind a slow one
_MOST_BUFFERED = 64
_KEPT = 0.995  # of what is known, with another sample
_MOST_TINY, _TINY_US = 192, 4_000.0  # of samples that take no longer than this together: a message costs more


class ChunkSizer:
    """Mean and spread of the time that samples take, over about the last 200, and what follows for messages."""

    def __init__(self) -> None:
        self._mean_us = 0.0
        self._mean_square = 0.0
        self._count = 0

    def add(self, *times_us: float) -> None:
        """Take in the times of other samples."""
        count = len(times_us)
        if not count:
            return
        self._count += count
        weight = max(count / self._count, 1 - _KEPT**count)
        self._mean_us += (sum(times_us) / count - self._mean_us) * weight
        self._mean_square += (sum(map(mul, times_us, times_us)) / count - self._mean_square) * weight

    def samples(self, share: int = _MOST_BUFFERED) -> tuple[int, int]:
        """How many samples to send in one message, and how many a worker may have at hand.

        `share`: a worker's part of all that may be under way. Where more are sent, nothing is left for the others.
        """
        if not self._mean_us:
            return 1, 2
        alike = min(1.0, 2 * self._mean_us * self._mean_us / self._mean_square)  # less the more they differ
        per_us = max(_LEAST_SHARE, alike) / self._mean_us
        most = max(_MOST_BUFFERED, min(_MOST_TINY, int(_TINY_US / self._mean_us), share))
        chunk = max(1, min(most // 3, int(_CHUNK_US * per_us)))
        return chunk, max(2, min(most, int(_BUFFERED_US * per_us)))
