"""The launcher's side of the view beside a training: starts it as a process of its own, and knows when it is gone."""

import os
import shlex
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Literal

from inspector.child_process import start_python
from inspector.watched.process import hold

_ENDS_S = 3.0  # a terminal view that was stopped does not hold up the end of the command
_SCREEN_BACK = "\x1b[?1049l\x1b[?25h\x1b[0m"  # out of the screen of its own, cursor shown


class View:
    """A window, or the terminal view, which writes to standard error."""

    def __init__(self, kind: Literal["window", "terminal"], folder: Path, name: str) -> None:
        """Start it. `name`: of the run.

        Raises:
            OSError: where the system cannot start it.
        """
        self._kind, self._name = kind, name
        self._gone = False
        window = kind == "window"
        lock = hold(folder)  # and pass it on: the window may not be there yet when a short training ends
        try:
            self._process = self._start(window, folder, () if lock is None else (lock,))
        finally:
            if lock is not None:
                os.close(lock)

    def _start(self, window: bool, folder: Path, kept: tuple[int, ...]) -> "subprocess.Popen[bytes]":
        return start_python(
            "-m",
            "inspector.commands.watched_view",
            self._kind,
            str(folder),
            pass_fds=kept,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if window else sys.stderr,
            stderr=subprocess.DEVNULL if window else None,
            start_new_session=window,  # Ctrl+C in the terminal is for the training alone
        )

    def lost(self) -> str:
        """A sentence, once, where it has ended before the training, and not because the user closed it; else ""."""
        status = self._process.poll()
        if status is None or self._gone:
            return ""
        self._gone = True
        self._give_screen_back()
        if status == 0:
            again = f"`inspector attach {shlex.quote(self._name)}` opens it again"
            return f"the window is closed; the training continues, and {again}" if self._is_window else ""
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        what = "window" if self._is_window else "terminal view"
        return f"the {what} has ended ({how}); the training continues, and its summary comes at the end"

    def end(self) -> None:
        """The training has ended: a window stays until it is closed, the terminal view ends by itself."""
        if self._is_window or self._gone:
            return
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENDS_S)
            return
        self._process.kill()
        self._process.wait()
        self._give_screen_back()

    @property
    def _is_window(self) -> bool:
        return self._kind == "window"

    def _give_screen_back(self) -> None:
        if not self._is_window and sys.stderr is not None and sys.stderr.isatty():
            with suppress(OSError):
                print(_SCREEN_BACK, end="", file=sys.stderr, flush=True)
