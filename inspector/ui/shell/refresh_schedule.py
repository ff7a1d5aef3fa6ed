"""How often each part of the window is brought up to date: calmly, whatever the rate of the data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inspector.monitor.records import Snapshot


@dataclass(slots=True)
class RefreshTask:
    """How often one part is brought up to date, at most."""

    interval_s: float
    update: Callable[[Snapshot], None]
    due_s: float = 0.0


class RefreshSchedule:
    """Of all parts."""

    def __init__(self, paces: Sequence[RefreshTask]) -> None:
        self._paces = paces

    def hurry(self) -> None:
        """All are due at once."""
        for pace in self._paces:
            pace.due_s = 0.0

    def keep(self, snapshot: Snapshot, now_s: float) -> None:
        """Bring those up to date that are due."""
        for pace in self._paces:
            if now_s >= pace.due_s:
                pace.due_s = (now_s // pace.interval_s + 1) * pace.interval_s  # together: one painting for all
                pace.update(snapshot)
