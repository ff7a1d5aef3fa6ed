"""What reading over a network amounts to, in one process: totals, and how long requests take."""

import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

_TIMED_REQUESTS = 256


class ReadCounts(NamedTuple):
    """Totals of one process, and the times of its last requests.

    Attributes:
        requests: that were answered, or failed for good. retries: of requests that failed at first.
        throttled: of these, those that failed because the store asks for fewer.
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
    throttled: int = 0

    def with_totals_of(self, other: "ReadCounts") -> "ReadCounts":
        """With what another process, which is gone, had read."""
        return self._replace(
            requests=self.requests + other.requests,
            retries=self.retries + other.retries,
            nbytes=self.nbytes + other.nbytes,
            throttled=self.throttled + other.throttled,
        )


def sum_of(counts: Sequence[ReadCounts]) -> ReadCounts | None:
    """Of several processes together: times are means of theirs, but for the 95th percentile, of which it is the worst.

    None where there are none.
    """
    if not counts:
        return None
    timed = [each for each in counts if each.latency_p50_ms]
    return ReadCounts(
        sum(each.requests for each in counts),
        sum(each.retries for each in counts),
        sum(each.nbytes for each in counts),
        sum(each.in_flight for each in counts),
        sum(each.nbytes_in_flight for each in counts),
        sum(each.latency_p50_ms for each in timed) / max(1, len(timed)),
        max(each.latency_p95_ms for each in counts),
        sum(each.first_byte_ms for each in timed) / max(1, len(timed)),
        sum(each.throttled for each in counts),
    )


class ReadCounter:
    """Counts; for all threads of a process."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """As new, whoever holds the lock."""
        self._lock = threading.Lock()
        self._requests = self._retries = self._throttled = self._nbytes = self._in_flight = self._nbytes_in_flight = 0
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

    def retried(self, *, throttled: bool) -> None:
        """A request failed, and is made again. `throttled`: the store asks for fewer."""
        with self._lock:
            self._retries += 1
            self._throttled += throttled

    @property
    def throttled(self) -> int:
        """Requests that the store refused because it asks for fewer, so far."""
        return self._throttled

    def counts(self) -> ReadCounts:
        """So far."""
        with self._lock:
            times = list(self._times)
            counts = ReadCounts(
                *(self._requests, self._retries, self._nbytes, self._in_flight, self._nbytes_in_flight),
                throttled=self._throttled,
            )
        if not times:
            return counts
        took = sorted(each for each, _ in times)
        return counts._replace(
            latency_p50_ms=1e3 * took[len(took) // 2],
            latency_p95_ms=1e3 * took[len(took) * 95 // 100],
            first_byte_ms=1e3 * sum(first for _, first in times) / len(times),
        )


_EVERYTHING = ReadCounter()  # but what threads have a counter of their own for
_of_thread = threading.local()


def count_into(counter: ReadCounter) -> None:
    """From now on, what this thread reads is counted there."""
    _of_thread.counter = counter


def current_counter() -> ReadCounter:
    """Where this thread counts."""
    counter: ReadCounter = getattr(_of_thread, "counter", _EVERYTHING)
    return counter


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_EVERYTHING.reset)
