"""Time in which this program runs, for limits on how long its workers may take."""

import time

LONGEST_STEP_S = 0.5


class RunningClock:
    """A clock that stands still while the program is stopped: by Ctrl+Z, by a batch system, or with the whole machine.

    Workers are mostly stopped with it, and look as if they hung. Call `tick` at least every `LONGEST_STEP_S`; what goes
    beyond that between two calls is not counted.

    Attributes:
        now_s: seconds since it was made.
    """

    def __init__(self) -> None:
        self.now_s = 0.0
        self._last_s = time.monotonic()

    def tick(self) -> None:
        """Count the time since the last call."""
        now_s = time.monotonic()
        self.now_s += min(now_s - self._last_s, LONGEST_STEP_S)
        self._last_s = now_s
