"""Collects what happened, in any thread, until the window shows it. Free of Qt."""

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from inspector import formatting as fmt

MOST_LINES = 2000
Level = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class LogLine:
    """One thing that happened. `at_s`: seconds as `time.time()` counts them; `source`: which part of the program."""

    at_s: float
    level: Level
    source: str
    text: str

    def as_text(self) -> str:
        """Time, level, source and message, with tabs between them."""
        at = time.strftime("%H:%M:%S", time.localtime(self.at_s))
        return f"{at}\t{self.level}\t{self.source}\t{self.text}"


class LogCollector(logging.Handler):
    """Collects records of any thread; the window fetches them from its own.

    `on_exception` is called with an exception that was logged, and its source; in the thread that logged it.
    """

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._lines: deque[LogLine] = deque(maxlen=MOST_LINES)  # append and popleft are atomic
        self.on_exception: Callable[[BaseException, str], None] | None = None

    def emit(self, record: logging.LogRecord) -> None:
        source = record.name.rpartition(".")[2]
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and self.on_exception is not None:
            self.on_exception(error, source)  # reported with all it has, which a line has no room for
            return
        level: Level = (
            "error" if record.levelno >= logging.ERROR else "warning" if record.levelno >= logging.WARNING else "info"
        )
        self._append(record.created, level, source, record.getMessage())

    def add(self, text: str, level: Level = "info", source: str = "window") -> None:
        """A line of the program's own."""
        self._append(time.time(), level, source, text)

    def take(self) -> list[LogLine]:
        """The lines since the last call, oldest first."""
        return [self._lines.popleft() for _ in range(len(self._lines))]

    def _append(self, at_s: float, level: Level, source: str, text: str) -> None:
        self._lines.append(LogLine(at_s, level, source, fmt.readable(" ".join(text.split("\n")))))
