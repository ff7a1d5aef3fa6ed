"""What one look found."""

import os
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """PROBLEM: something does not work. WARNING: it works with less, or may fail under load."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One line of the report.

    Attributes:
        section: what it belongs to, such as "Versions".
        name: what was looked at. value: what was found.
        advice: what to do about it; "" where there is nothing to do.
    """

    section: str
    name: str
    value: str
    level: Level = Level.OK
    advice: str = ""


def without_home(path: str) -> str:
    """A path for a report that others read: "~" in place of the user's own folder."""
    home = os.path.expanduser("~")
    inside = len(home) > 1 and (path == home or path.startswith(home + os.sep))
    return "~" + path[len(home) :] if inside else path
