"""A sweep while it runs: a progress bar, and the curve as it grows."""

from typing import TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from inspector.terminal.sweep_curve import curve
from inspector.tuner.sweep_state import SweepProgress
from inspector.tuner.tuner import Tuner

_REDRAW_S = 0.25
_BAR = 30


def follow(tuner: Tuner, terminal: TextIO) -> None:
    """Wait for a sweep, and show its progress on `terminal` if it is one; Ctrl+C cancels it."""
    console = Console(file=terminal)
    try:
        if terminal.isatty() and not console.is_dumb_terminal:
            with Live(console=console, auto_refresh=False, transient=True) as live:
                while not tuner.join(_REDRAW_S):
                    live.update(_drawn(tuner.progress, console.width), refresh=True)
        else:
            while not tuner.join(_REDRAW_S):
                pass
    except KeyboardInterrupt:
        tuner.cancel()
        tuner.join()


def _drawn(progress: SweepProgress, width: int) -> Group:
    done = round(_BAR * progress.share_done)
    left = f"at most {progress.left_s:.0f} s left"
    bar = Text.assemble(("━" * done, "green"), ("┄" * (_BAR - done), "dim"), f"  {left}  ", (progress.doing, "dim"))
    bar.truncate(width, overflow="ellipsis")
    chosen = progress.recommendation.setting if progress.recommendation else None
    rows = [Text(row, no_wrap=True, overflow="ellipsis") for row in curve(progress.trials, chosen, width)]
    return Group(bar, *rows, Text("Ctrl+C ends it with what is known by then", style="dim"))
