"""Which verbs there are, and the class of each."""

import argparse
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inspector.commands.command import Command

_CLASSES = {
    "window": "WindowCommand",  # where no verb is given
    "run": "RunCommand",
    "attach": "AttachCommand",
    "compare": "CompareCommand",
    "watch": "WatchCommand",
    "serve": "ServeCommand",
    "bench": "BenchCommand",
    "tune": "TuneCommand",
    "scan": "ScanCommand",
    "restore": "RestoreCommand",
    "doctor": "DoctorCommand",
    "install-desktop": "InstallDesktopCommand",
}
VERBS = tuple(verb for verb in _CLASSES if verb != "window")


def command_of(verb: str) -> "Command":
    """The command that a verb names, or "window"; only its module is imported."""
    module = import_module(f"inspector.commands.{verb.replace('-', '_')}")
    command: Command = getattr(module, _CLASSES[verb])()
    return command


def parse(arguments: Sequence[str]) -> tuple["Command", argparse.Namespace]:
    """The command of a command line, and its options. Ends the program with status 2 if it is bad."""
    verb = arguments[0] if arguments and arguments[0] in VERBS else "window"
    command = command_of(verb)
    return command, command.parse(arguments[verb != "window" :])
