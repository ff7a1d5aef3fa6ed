"""The process of a watched training: where its output is, and how to end it."""

import threading
from collections.abc import Callable

from inspector.watched.output import OutputTail
from inspector.watched.process import CommandState
from inspector.watched.stopping import STEPS, send


class WatchedProcess:
    """`state`: the command as it is now."""

    def __init__(self, state: Callable[[], CommandState]) -> None:
        self._state = state
        self._sent = 0
        first = state()
        self.words, self.folder, self.output = first.words, first.folder, first.output
        self.by_window = first.by_window

    @property
    def runs(self) -> bool:
        return not self._state().ended

    @property
    def stopping(self) -> str:
        """The signal that was sent last; "" for none."""
        return STEPS[self._sent - 1].name if self._sent else ""

    def stop(self) -> None:
        """SIGINT, as Ctrl+C; SIGTERM from the second time on."""
        self._sent = min(self._sent + 1, len(STEPS))
        name = "inspector-stop"  # a look at all processes takes its time
        threading.Thread(target=send, args=(self._state(), STEPS[self._sent - 1]), name=name, daemon=True).start()

    def tail(self) -> OutputTail:
        return OutputTail(self.output)
