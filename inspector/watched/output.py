"""The end of a file that a training prints to, as a terminal would show it."""

import os
import re
from contextlib import suppress

from inspector.files import open_regular

MOST_BYTES = 64_000
MOST_LINES = 500
_MOST_COLUMNS = 2000
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class OutputTail:
    """Looks at the file again and again. Not for the GUI thread."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None

    def read(self) -> str | None:
        """Its last lines; None: as before.

        Raises:
            OSError: where it cannot be read.
        """
        with open(open_regular(self._path, own=False), "rb") as file:
            status = os.fstat(file.fileno())
            if (status.st_size, status.st_mtime_ns) == self._seen:
                return None
            self._seen = status.st_size, status.st_mtime_ns
            start = max(0, status.st_size - MOST_BYTES)
            file.seek(start)
            text = file.read(MOST_BYTES).decode("utf-8", "replace")
        return as_shown(text.partition("\n")[2] if start and "\n" in text else text)


def as_shown(text: str) -> str:
    """What of a text stays on a terminal: a progress bar is there once, colours and other controls are not."""
    lines = _ESCAPES.sub("", text).replace("\r\n", "\n").split("\n")
    return "\n".join(_shown(line) for line in lines[-MOST_LINES - 1 :])


def _shown(line: str) -> str:
    last = line.rstrip("\r").rpartition("\r")[2]
    return _CONTROLS.sub("", last)[:_MOST_COLUMNS]


def last_line(path: str) -> str:
    """The last that was printed; "" where nothing was."""
    with suppress(OSError):
        return next((line for line in reversed((OutputTail(path).read() or "").splitlines()) if line.strip()), "")
    return ""
