"""What the verbs share that open a window: its options, and whether it can be shown."""

import argparse

from inspector.commands import values
from inspector.commands.parser import say
from inspector.commands.source import add_quit_after
from inspector.display import display_problem
from inspector.errors import SettingsError


def add_window_options(parser: argparse.ArgumentParser) -> None:
    """How the window is shown, and for how long."""
    add_quit_after(parser)
    parser.add_argument(
        "--screenshot", type=values.png, metavar="FILE.png", help="save a picture of the window at the end"
    )
    parser.add_argument(
        "--theme",
        choices=("system", "light", "dark"),
        help="for this run; default: the one chosen in the View menu",
    )


def has_window(options: argparse.Namespace) -> bool:
    """Whether the window can be shown, and is wanted; why it cannot is said.

    Raises:
        SettingsError: where there is none, and a picture of it is wanted.
    """
    unwanted = getattr(options, "no_window", False)  # not every verb has that option
    problem = "--no-window is given" if unwanted else display_problem()
    if problem is None:
        return True
    if options.screenshot is not None:
        raise SettingsError(f"--screenshot needs a window, but {problem}")
    if not unwanted:
        say(f"{problem}; the terminal view runs instead")
    return False
