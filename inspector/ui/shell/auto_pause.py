"""Quiet for those who need the cores for themselves: the live batches pause meanwhile."""

from inspector.monitor.records import RunState
from inspector.session.protocol import Session


class AutoPause:
    """Pauses the session while anybody asks for it; it continues after the last, unless it was paused before the first.

    All methods return at once.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._askers: set[object] = set()
        self._ran = False

    def ask(self, who: object, wanted: bool) -> None:
        """`who` begins to need quiet, or needs it no more."""
        if wanted:
            if not self._askers:
                self._ran = self._session.snapshot().state is RunState.RUNNING
            self._askers.add(who)
            if self._ran:
                self._session.pause()
        else:
            self._askers.discard(who)
            if self._ran and not self._askers:
                self._session.run()

    def is_asked_by(self, who: object) -> bool:
        """Does `who` need quiet now?"""
        return who in self._askers
