"""What a loader counts while it runs."""

import time


class RunningTotals:
    """Counts and times since the loader began. Not thread-safe: the loader's lock guards it.

    Attributes:
        batches, images: delivered. epoch: of the last batch.
        bytes_read: from files.
        wait_s: seconds spent in `next()`, without the one that is on now.
        first_next_s: when the first `next()` was called, `time.monotonic()`; None: not yet.
        queue_depth_s: integral of the number of complete batches over time, up to the last `count_depth`.
    """

    def __init__(self) -> None:
        self.batches = self.images = self.epoch = 0
        self.bytes_read = 0
        self.wait_s = 0.0
        self.first_next_s: float | None = None
        self.queue_depth_s = 0.0
        self._waiting_since_s: float | None = None
        self._depth_since_s = time.monotonic()

    def begin_wait(self, now_s: float) -> None:
        """`next()` was called."""
        self._waiting_since_s = now_s
        if self.first_next_s is None:
            self.first_next_s = now_s

    def end_wait(self, now_s: float) -> None:
        """It returns."""
        self.wait_s = self.waited_s(now_s)
        self._waiting_since_s = None

    def waited_s(self, now_s: float) -> float:
        """Seconds spent in `next()` until now."""
        return self.wait_s + (now_s - self._waiting_since_s if self._waiting_since_s is not None else 0.0)

    def count_depth(self, depth: int, now_s: float) -> None:
        """There have been `depth` complete batches since the last call."""
        self.queue_depth_s += depth * (now_s - self._depth_since_s)
        self._depth_since_s = now_s
