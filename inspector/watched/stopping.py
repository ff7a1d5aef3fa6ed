"""Ends a training as its terminal would: Ctrl+C goes to every process of its group, and so does what comes after it."""

import os
import signal
from contextlib import suppress

import psutil

from inspector.watched.process import CommandState, lives

STEPS = (signal.SIGINT, signal.SIGTERM)


def send(state: CommandState, number: signal.Signals) -> None:
    """Send a signal to the command and to those of its children that are in its process group, while it runs."""
    if not lives(state.pid, state.pid_mark):
        return
    with suppress(OSError, psutil.Error):
        group = os.getpgid(state.pid)
        command = psutil.Process(state.pid)
        for process in [command, *command.children(recursive=True)]:
            with suppress(OSError, psutil.Error):
                if os.getpgid(process.pid) == group:
                    process.send_signal(number)
