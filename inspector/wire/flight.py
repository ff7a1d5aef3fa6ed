"""How much may be under way: what the line takes, learnt from how long it is until the other side has it.

Like LEDBAT: as long as bytes arrive about as quickly as on an empty line, more may be under way; when they begin to
wait somewhere on the way, less. So what is urgent finds a short queue, on a slow line, too.
"""

import time
from collections import deque

_LEAST_BYTES, _MOST_BYTES = 64 << 10, 8 << 20
_WAITS_S = 0.06  # longer than on an empty line: enough under way
_WAITS_LONG_S = 0.15  # too much
_REMEMBER_S = 60.0  # a route may change
_RATE_SPAN_S = 2.0
_BURST_S, _DEBT_S = 0.1, 10.0  # of a limit: at once, and at most to be made up for


class FlightWindow:
    """For one thread, but for the properties.

    Attributes:
        sent, acked: bytes so far.
        window: how many may be under way.
        most_bytes_per_s: that may be sent, however much the line takes; 0: no limit.
    """

    def __init__(self) -> None:
        self.sent = self.acked = 0
        self.window = _LEAST_BYTES
        self._times: deque[tuple[int, float]] = deque()  # (bytes sent by then, when)
        self._least_s, self._least_at_s = float("inf"), 0.0
        self._shrunk_at_s = 0.0
        self._received: deque[tuple[float, int]] = deque()  # (when, acked by then)
        self.most_bytes_per_s = 0
        self._allowed, self._allowed_at_s = 0.0, 0.0

    def room(self) -> int:
        """How many bytes may be sent now. What is urgent does not ask, but counts."""
        limit, now = self.most_bytes_per_s, time.monotonic()
        if not limit:
            self._allowed = 0.0
            return self.window - self.in_flight
        self._allowed = min(limit * _BURST_S, self._allowed + limit * (now - self._allowed_at_s))
        self._allowed_at_s = now
        return min(self.window - self.in_flight, round(self._allowed))

    @property
    def in_flight(self) -> int:
        """Bytes that the other side has not acknowledged."""
        return self.sent - self.acked

    @property
    def bytes_per_s(self) -> float:
        """Over the last seconds; 0 where nothing was sent."""
        received = [*self._received]
        if len(received) < 2 or time.monotonic() - received[-1][0] > _RATE_SPAN_S:
            return 0.0
        (began, first), (ended, last) = received[0], received[-1]
        return (last - first) / max(ended - began, 0.05)

    def note_sent(self, count: int) -> None:
        self.sent += count
        self._allowed = max(self._allowed - count, -_DEBT_S * self.most_bytes_per_s)
        self._times.append((self.sent, time.monotonic()))
        if len(self._times) > 4096:  # of an other side that acknowledges nothing; the window bounds it anyway
            self._times.popleft()

    def note_acked(self, total: int) -> None:
        """The other side has `total` bytes by now; what makes no sense is ignored."""
        now = time.monotonic()
        if not self.acked < total <= self.sent:
            return
        fresh, was_full = total - self.acked, self.in_flight > self.window // 2
        self.acked = total
        took_s = None
        while self._times and self._times[0][0] <= total:
            took_s = now - self._times.popleft()[1]
        self._received.append((now, total))
        while now - self._received[0][0] > _RATE_SPAN_S:
            self._received.popleft()
        if took_s is None:
            return
        if took_s < self._least_s or now - self._least_at_s > _REMEMBER_S:
            self._least_s, self._least_at_s = took_s, now
        waits_s = took_s - self._least_s
        if waits_s < _WAITS_S and was_full:
            self.window = min(_MOST_BYTES, self.window + fresh)
        elif waits_s > _WAITS_LONG_S and now - self._shrunk_at_s > took_s:
            self._shrunk_at_s = now
            self.window = max(_LEAST_BYTES, self.window * 3 // 4)
