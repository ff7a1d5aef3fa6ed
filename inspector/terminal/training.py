"""A watched training in the terminal: beside its own output, or on a screen of its own in another terminal."""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from typing import TextIO

from rich.console import Console
from rich.live import Live

from inspector import formatting as fmt
from inspector.session.protocol import Session
from inspector.session.records import RunState
from inspector.session.training import LoaderRow, TrainingControl
from inspector.terminal.keys import Keyboard
from inspector.terminal.recent_problems import RecentProblems
from inspector.terminal.training_screen import draw_training, training_line

SCREEN_INTERVAL_S = 0.25
LINE_INTERVAL_S = 5.0  # between two lines of the training's own output
_FIRST_LINE_S = 1.0


def watch_training(session: Session) -> int:
    """Show a training until it ends, where the terminal is its own: a line now and then on standard error.

    Where its output goes elsewhere, the terminal is free for a whole screen. Closes the session; the exit status.
    """
    with contextlib.closing(session), _free_terminal() as terminal:
        if terminal is None:
            _lines(session)
        else:
            _screen(session, Console(file=terminal, force_terminal=True), keys=False)
    return 0


def attend_training(session: Session, *, quit_after_s: float | None = None) -> int:
    """Show a training that was started in another terminal, until the user quits or it ends. Closes the session.

    The exit status is the training's where that ends meanwhile, 128 + n after signal n; else 0.
    """
    console = Console()
    until_s = None if quit_after_s is None else time.monotonic() + quit_after_s
    with contextlib.closing(session):
        if sys.stdout.isatty() and not console.is_dumb_terminal:
            _screen(session, console, keys=True, until_s=until_s)
        else:
            _lines(session, until_s)
        status = _training(session).state().exit_status or 0
    return status if status >= 0 else 128 - status


def ended_lines(session: Session) -> list[str]:
    """What is to be said of a training that has ended; [] where it runs."""
    snapshot, state = session.snapshot(), _training(session).state()
    if snapshot.state is not RunState.FINISHED:
        return []
    lines = [state.ended or snapshot.message]
    if state.loaders:
        lines += [f"{fmt.sentence(state.verdict.cause)} {state.verdict.evidence}", *map(_in_words, state.loaders)]
    if state.advice:
        lines.append(f"  advice    {state.advice}")
    if state.line:
        lines.append(f"  write     {state.line}")
    return [*lines, *(f"  {problem.reason}" for problem in session.problems()[-3:])]


def _in_words(loader: LoaderRow) -> str:
    rank = "" if loader.rank is None else f" of rank {loader.rank}"
    site = f" ({loader.site})" if loader.site else ""
    return fmt.readable(
        f"  {loader.name}{rank}{site}: {fmt.plural(loader.batches, 'batch', 'batches')}, "
        f"{fmt.plural(loader.images, 'image')}, {fmt.plural(loader.num_workers, 'worker')}, "
        f"{fmt.percent(loader.data_wait)} waited: "
        f"{loader.wait_s:.1f} s in next(), {loader.step_s:.1f} s in steps, {loader.start_up_s:.1f} s starting"
    )


@contextlib.contextmanager
def _free_terminal() -> Iterator[TextIO | None]:
    """The terminal, where neither of our outputs, which are the training's, is one."""
    if any(stream is not None and stream.isatty() for stream in (sys.stdout, sys.stderr)) or os.name != "posix":
        yield None
        return
    with contextlib.ExitStack() as stack:
        terminal = None
        with contextlib.suppress(OSError):  # there is none
            terminal = stack.enter_context(open("/dev/tty", "w", encoding="utf-8"))
        yield terminal


def _screen(session: Session, console: Console, *, keys: bool, until_s: float | None = None) -> None:
    problems = RecentProblems()
    training = _training(session)
    keyboard = Keyboard()
    with keyboard if keys else contextlib.nullcontext(), Live(console=console, screen=True, auto_refresh=False) as live:
        while True:
            snapshot, state = session.snapshot(), training.state()
            problems.add(session.problems(problems.total))
            width, height = console.size
            shown = draw_training(snapshot, session.series(), state, problems, width, height, keyboard.listens)
            live.update(shown, refresh=True)
            if snapshot.state is RunState.FINISHED or _is_past(until_s):
                return
            for key in keyboard.read(SCREEN_INTERVAL_S):
                if key in "qQ":
                    return
                if key == "\t" and state.loaders:
                    every = [loader.key for loader in state.loaders]
                    training.choose(every[(every.index(state.shown) + 1) % len(every)])


def _lines(session: Session, until_s: float | None = None) -> None:
    training = _training(session)
    due = time.monotonic() + _FIRST_LINE_S
    while session.snapshot().state is not RunState.FINISHED and not _is_past(until_s):
        if time.monotonic() >= due:
            due = time.monotonic() + LINE_INTERVAL_S
            with contextlib.suppress(OSError):  # whoever read our lines has gone: the training has not
                print(f"inspector: {training_line(session.snapshot(), training.state())}", file=sys.stderr, flush=True)
        time.sleep(0.1)


def _is_past(until_s: float | None) -> bool:
    return until_s is not None and time.monotonic() >= until_s


def _training(session: Session) -> TrainingControl:
    assert session.training is not None
    return session.training
