"""What reading over a network amounts to, in one process: totals, and how long requests take."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

_TIMED_REQUESTS = 256


class ReadCounts(NamedTuple):
    """Totals of one process, and the times of its last requests.

    Attributes:
        requests: that were answered, or failed for good. retries: of requests that failed at first.
        nbytes: read so far. in_flight, nbytes_in_flight: asked for at this moment.
        latency_p50_ms, latency_p95_ms: from a request to all of its answer; 0 before the first.
        first_byte_ms: mean from a request to the beginning of its answer.
    """

    requests: int = 0
    retries: int = 0
    nbytes: int = 0
    in_flight: int = 0
    nbytes_in_flight: int = 0
    latency_p50_ms: float = 0.0
    latency_p95_ms: float = 0.0
    first_byte_ms: float = 0.0


class ReadCounter:
    """Counts; for all threads of a process."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """As new, whoever holds the lock."""
        self._lock = threading.Lock()
        self._requests = self._retries = self._nbytes = self._in_flight = self._nbytes_in_flight = 0
        self._times: deque[tuple[float, float]] = deque(maxlen=_TIMED_REQUESTS)

    @contextmanager
    def in_flight(self, nbytes: int) -> Iterator[None]:
        """While a read of `nbytes` is under way, with its retries."""
        with self._lock:
            self._in_flight += 1
            self._nbytes_in_flight += nbytes
        try:
            yield
        finally:
            with self._lock:
                self._in_flight -= 1
                self._nbytes_in_flight -= nbytes
                self._requests += 1

    def answered(self, nbytes: int, first_byte_s: float, took_s: float) -> None:
        """A request has all of its answer."""
        with self._lock:
            self._nbytes += nbytes
            self._times.append((took_s, first_byte_s))

    def retried(self) -> None:
        """A request failed, and is made again."""
        with self._lock:
            self._retries += 1

    def counts(self) -> ReadCounts:
        """So far."""
        with self._lock:
            times = list(self._times)
            counts = ReadCounts(self._requests, self._retries, self._nbytes, self._in_flight, self._nbytes_in_flight)
        if not times:
            return counts
        took = sorted(time for time, _ in times)
        return counts._replace(
            latency_p50_ms=1e3 * took[len(took) // 2],
            latency_p95_ms=1e3 * took[len(took) * 95 // 100],
            first_byte_ms=1e3 * sum(first for _, first in times) / len(times),
        )
