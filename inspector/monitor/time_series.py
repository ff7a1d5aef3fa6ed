"""The plots' data: fixed-length series, written at a steady pace, and the marks on their time axis."""

from collections import deque

import numpy as np

from inspector.loader.counters import Rates
from inspector.monitor.records import Series, SettingChange
from inspector.settings import SettingValue

HISTORY_S = 60.0
PERIOD_S = 0.2
_MERGE_WITHIN_S = 1.0
_MOST_CHANGES = 200


class TimeSeries:
    """The last minute of a session; not thread-safe."""

    def __init__(self) -> None:
        length = int(HISTORY_S / PERIOD_S)
        self._rows: deque[tuple[float, ...]] = deque(maxlen=length)
        self._changes: deque[SettingChange] = deque(maxlen=_MOST_CHANGES)

    def clear(self) -> None:
        """Start again, for another folder."""
        self._rows.clear()
        self._changes.clear()

    def add(self, time_s: float, rates: Rates, queue_depth: float, prefetch_batches: int) -> None:
        """Append one moment."""
        known = [float("nan") if rate is None else rate for rate in (rates.batches_per_s, rates.images_per_s)]
        self._rows.append((time_s, *known, queue_depth, float(prefetch_batches)))

    def mark(self, time_s: float, name: str, old: SettingValue, new: SettingValue) -> None:
        """Note that a setting changed. A drag of a slider is one change: from its first value to its last."""
        if self._changes:
            last = self._changes[-1]
            if last.name == name and time_s - last.time_s < _MERGE_WITHIN_S:
                self._changes.pop()
                old = last.old
        if old != new:
            self._changes.append(SettingChange(time_s, name, old, new))

    def changes(self) -> tuple[SettingChange, ...]:
        """The marks of the last minute, oldest first."""
        since = self._rows[0][0] if self._rows else 0.0
        return tuple(change for change in self._changes if change.time_s >= since)

    def series(self) -> Series:
        """A copy of the data, as arrays."""
        columns = np.ascontiguousarray(np.array(self._rows, np.float64).reshape(-1, 5).T)
        return Series(columns[0], columns[1], columns[2], columns[3], columns[4], self.changes())
