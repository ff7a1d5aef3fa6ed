"""Signals by name, as not every system has all of them: Windows has no SIGHUP, for example."""

import signal

ENDING = ("SIGINT", "SIGTERM", "SIGHUP")  # ask a program to end; a terminal sends the first and the last
KILL: int = getattr(signal, "SIGKILL", signal.SIGTERM)  # on Windows, the latter kills


def available(*names: str) -> list[signal.Signals]:
    """Those of these signals that this system has."""
    return [getattr(signal, name) for name in names if hasattr(signal, name)]


def ignore(*names: str) -> None:
    """Let these signals do nothing from now on."""
    for number in available(*names):
        signal.signal(number, signal.SIG_IGN)
