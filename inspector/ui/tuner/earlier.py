"""Earlier sweeps of what is open, which are read from files while nobody waits."""

import contextlib
from concurrent.futures import Future

from inspector.session.protocol import TuneControl
from inspector.session.records import Report


class EarlierSweeps:
    """Asks for them once a source.

    Attributes:
        reports: those with a recommendation, the newest first.
    """

    def __init__(self, tune: TuneControl) -> None:
        self._tune = tune
        self._asked = False
        self._future: Future[list[Report]] | None = None
        self.reports: list[Report] = []

    @property
    def pending(self) -> bool:
        """They are being read."""
        return self._future is not None

    def forget(self) -> None:
        """There is another source, or another report."""
        self._asked, self._future, self.reports = False, None, []

    def ask(self) -> None:
        """Have them read, where that was not asked for yet."""
        if not self._asked:
            self._asked = True
            self._future = self._tune.earlier()

    def arrived(self) -> bool:
        """Whether they have come since this was asked last. Where they cannot be read there are none."""
        if self._future is None or not self._future.done():
            return False
        future, self._future = self._future, None
        with contextlib.suppress(OSError):
            self.reports = [report for report in future.result() if report.recommended is not None]
        return True
