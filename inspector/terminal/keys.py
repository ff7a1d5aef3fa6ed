"""The keyboard, key by key, without waiting for Return; the terminal is put back as it was in every case."""

import os
import select
import sys
import time
from types import TracebackType
from typing import Any


class Keyboard:
    """While entered, `read` gives what was typed. Does nothing where standard input is no terminal, or on Windows."""

    def __init__(self) -> None:
        self._fd: int | None = None
        self._before: list[Any] = []

    @property
    def listens(self) -> bool:
        """Whether keys can arrive."""
        return self._fd is not None

    def __enter__(self) -> "Keyboard":
        if sys.platform != "win32" and sys.stdin is not None and sys.stdin.isatty():
            import termios
            import tty

            self._fd = sys.stdin.fileno()
            self._before = termios.tcgetattr(self._fd)
            tty.setcbreak(self._fd)  # Ctrl+C still interrupts
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if sys.platform != "win32" and self._before:
            import termios

            termios.tcsetattr(sys.stdin.fileno(), termios.TCSAFLUSH, self._before)
            self._before = []
        self._fd = None

    def read(self, timeout_s: float) -> str:
        """What is typed within `timeout_s` seconds, as soon as something is; else "" after that time."""
        if self._fd is None:
            time.sleep(timeout_s)
            return ""
        if not select.select([self._fd], [], [], timeout_s)[0]:
            return ""
        typed = os.read(self._fd, 1024)
        if not typed:  # the terminal has gone
            self._fd = None
        return typed.decode("ascii", "ignore")
