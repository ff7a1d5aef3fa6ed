"""Collects what happened, in any thread, until the window shows it. Free of Qt."""

import logging
import time
from collections import deque

from inspector import formatting as fmt

MOST_LINES = 2000


class LogCollector(logging.Handler):
    """Collects records of any thread; the window fetches them from its own."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._lines: deque[str] = deque(maxlen=MOST_LINES)  # append and popleft are atomic

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(_line(record.created, f"{record.levelname.lower()}: {self.format(record)}"))

    def add(self, text: str) -> None:
        """A line of the window's own."""
        self._lines.append(_line(time.time(), text))

    def take(self) -> list[str]:
        """The lines since the last call, oldest first."""
        return [self._lines.popleft() for _ in range(len(self._lines))]


def _line(at_s: float, text: str) -> str:
    return f"{time.strftime('%H:%M:%S', time.localtime(at_s))}  {fmt.readable(text)}"
