"""How long the GUI thread lets its user wait: a timer that should fire every 20 ms, and how late it does."""

import time
from collections import deque

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Qt, QTimer

BEAT_MS = 20


class StallMonitor(QObject):
    """Beats in the thread that starts it, some microseconds each time; to be asked in that thread, too.

    A stall is how much later than expected a beat comes. What keeps the thread busy for so long began at most
    `BEAT_MS` before the beat was due, so that nothing longer than a stall and that goes unnoticed.

    Args:
        keep_s: how far the figures go back, seconds.
    """

    def __init__(self, parent: QObject | None = None, *, keep_s: float = 60.0) -> None:
        super().__init__(parent)
        self.setObjectName("heartbeat")
        self._keep_s = keep_s
        self._beats: deque[float] = deque()  # when, seconds
        self._timer = QTimer(self, interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Start again."""
        self._beats.clear()
        self._timer.start()
        self._beat()

    def stop(self) -> None:
        """Beat no more; the figures stay."""
        self._timer.stop()

    def longest_ms(self) -> float:
        """The longest stall of the last minute; 0 before the second beat."""
        return float(self.stalls_ms().max(initial=0.0))

    def p99_ms(self) -> float:
        """99 of 100 beats of the last minute came no later than this."""
        stalls = self.stalls_ms()
        return float(np.percentile(stalls, 99)) if len(stalls) else 0.0

    def stalls_ms(self) -> npt.NDArray[np.float64]:
        """(beats - 1,) how late each was, milliseconds; 0 where it was on time."""
        gaps_ms = 1e3 * np.diff(np.fromiter(self._beats, np.float64, len(self._beats)))
        return np.maximum(gaps_ms - BEAT_MS, 0.0)

    def _beat(self) -> None:
        now = time.monotonic()
        self._beats.append(now)
        while self._beats[0] < now - self._keep_s:
            self._beats.popleft()
