"""`inspector attach`: the trainings that are watched on this machine, and those that were."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector import formatting as fmt
from inspector.commands.command import Command, add_json
from inspector.commands.loading import add_line_rate
from inspector.commands.mistakes import about_no_run
from inspector.commands.parser import say
from inspector.commands.window_options import add_window_options, has_window
from inspector.errors import SettingsError
from inspector.wire.address import SshAddress, is_ssh, parse_address

if TYPE_CHECKING:
    from inspector.session.protocol import Session
    from inspector.watched.runs import WatchedRun

_GAP = "  "
_NO_RUNS = "No training is watched here, and none is kept. inspector run train.py starts one."


class AttachCommand(Command):
    """Opens a run, or lists all."""

    prog = "inspector attach"
    summary = "Open the window on a training that `inspector run` watches, or watched, here or on another machine."
    epilog = (
        "RUN is a number or a name of the list; without it the training that runs is opened, if it is the only one. It "
        "may be opened as often as you like, in as many windows; the training does not notice. What is kept of an "
        "ended run: its last figures and pictures, errors and verdict."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        parser.usage = f"{self.prog} [ssh://HOST] [RUN] [options]"
        parser.add_argument(
            "targets",
            nargs="*",
            metavar="RUN",
            help="its number, its name, or its script's name; after ssh://[user@]host[:port], that of another machine",
        )
        parser.add_argument("--list", action="store_true", help="only list them")
        parser.add_argument("--clear", action="store_true", help="forget ended runs: RUN, or all of them")
        parser.add_argument("--no-window", action="store_true", help="show it in the terminal")
        add_window_options(parser)
        add_line_rate(parser)
        add_json(parser)

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """ssh:// and RUN, apart."""
        options = super().parse(arguments)
        targets = list(options.targets)
        options.address = targets.pop(0) if targets and is_ssh(targets[0]) else None
        options.run = targets.pop(0) if targets else None
        if targets:
            self.parser().error(f"{targets[0]} is a second RUN; give one")
        return options

    def run(self, options: argparse.Namespace) -> int:
        if options.address is not None:
            return self._run_far(parse_address(options.address), options)
        from inspector.watched.runs import all_runs

        runs = all_runs()
        chosen = [_found(runs, options.run)] if options.run is not None else runs
        if options.clear:
            return _clear(chosen, given=options.run is not None)
        if options.json:
            print(json.dumps({"runs": [as_json(run) for run in chosen]}))
            return 0
        if options.list:
            print(table(runs) if runs else _NO_RUNS)
            return 0
        if options.run is not None:
            return self._open(chosen[0], options)
        live = [run for run in runs if run.runs]
        if len(live) == 1:
            return self._open(live[0], options)
        if live:
            return which(live)
        if runs:
            return which(runs, "no training is watched here now; ")
        raise SettingsError(_NO_RUNS.lower().rstrip("."))

    def _run_far(self, address: SshAddress, options: argparse.Namespace) -> int:
        """The list there, or a window here on a training there."""
        from inspector.commands.far import far_runs, far_training

        if address.path:
            raise SettingsError(f"a training has no path: inspector attach ssh://{address.destination} RUN")
        if options.clear:
            raise SettingsError("--clear forgets runs of this machine: call it there")
        if options.list or options.json:
            from inspector.watched.runs import find

            runs = far_runs(address)
            runs = [find(runs, options.run)] if options.run is not None else runs
            host = fmt.readable(address.host)
            shown = table(runs) if runs else f"No training is watched on {host}, and none is kept there."
            print(json.dumps({"runs": [as_json(run) for run in runs]}) if options.json else shown)
            return 0
        far = partial(far_training, address, options.run or "", line_kb_per_s=options.line_kb_per_s)
        if not has_window(options):
            return attend_session(far(ask_in_window=False), quit_after_s=options.quit_after)
        from inspector.app import run_remote_window

        return run_remote_window(
            lambda: far(ask_in_window=True),
            quit_after_s=options.quit_after,
            screenshot=options.screenshot,
            appearance=options.theme,
        )

    def _open(self, run: "WatchedRun", options: argparse.Namespace) -> int:
        if run.problem:
            raise SettingsError(run.problem)
        if not has_window(options):
            return attend(run.place, quit_after_s=options.quit_after)
        from inspector.app import run_training_window

        return run_training_window(
            run.place,
            quit_after_s=options.quit_after,
            screenshot=options.screenshot,
            appearance=options.theme,
        )


def _found(runs: "Sequence[WatchedRun]", wanted: str) -> "WatchedRun":
    """The run of this number or name.

    Raises:
        SettingsError: where there is none; where a path was given, with the verb that takes it.
    """
    from inspector.watched.runs import find

    try:
        return find(runs, wanted)
    except SettingsError as error:
        raise SettingsError(about_no_run(wanted) or str(error)) from error


def attend(place: str, *, quit_after_s: float | None = None) -> int:
    """Show a run of this machine in the terminal; the exit status.

    Raises:
        SettingsError: where it cannot be opened.
    """
    from inspector.session.watched import WatchedSession

    return attend_session(WatchedSession(place), quit_after_s=quit_after_s)


def attend_session(session: "Session", *, quit_after_s: float | None = None) -> int:
    """Show a training in the terminal: a live one until it ends, one that has ended as lines.

    Closes the session.
    """
    from inspector.terminal.training import attend_training, ended_lines

    lines = ended_lines(session)
    if not lines:
        return attend_training(session, quit_after_s=quit_after_s)
    session.close()
    print("\n".join(lines))
    return 0


def which(runs: "Sequence[WatchedRun]", before: str = "", after: str = "") -> int:
    """List what may be meant, and ask for one; the exit status."""
    print(table(runs), flush=True)
    say(f"{before}give the number or the name of one, such as inspector attach {runs[0].number}{after}")
    return 2


def table(runs: "Sequence[WatchedRun]") -> str:
    """A row each."""
    rows: list[tuple[str, ...]] = [("#", "NAME", "STATE", "AGE", "PID", "LOADERS", "DATA WAIT", "VERDICT")]
    now = time.time()
    rows += [_row(run, now) for run in runs]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    right = (0, 4, 5, 6)
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        lines.append(_GAP.join((*cells, row[-1])).rstrip())
    return "\n".join(lines)


def _row(run: "WatchedRun", now: float) -> tuple[str, ...]:
    figures = run.figures
    if run.problem:
        return (
            fmt.UNKNOWN,
            fmt.readable(run.name),
            run.state,
            fmt.UNKNOWN,
            fmt.UNKNOWN,
            fmt.UNKNOWN,
            fmt.UNKNOWN,
            fmt.readable(run.problem),
        )
    age = f"{_age(now - run.began_at)}" if run.runs else f"ended {_age(now - (run.ended_at or run.began_at))} ago"
    return (
        str(run.number),
        fmt.readable(run.name),
        fmt.readable(run.state_in_words),
        age,
        str(run.pid) if run.runs else fmt.UNKNOWN,
        str(figures.loaders),
        fmt.percent(figures.data_wait),
        _verdict(run),
    )


def _verdict(run: "WatchedRun") -> str:
    figures = run.figures
    if not figures.loaders:
        return ""
    return fmt.readable(figures.headline) if run.runs else fmt.sentence(figures.cause)


def _age(seconds: float) -> str:
    days = int(max(0.0, seconds) // 86400)
    return fmt.plural(days, "day") if days else fmt.duration(max(0.0, seconds))


def as_json(run: "WatchedRun") -> dict[str, Any]:
    """A run for programs: the names are fixed."""
    figures = asdict(run.figures)
    return {
        "number": run.number,
        "name": run.name,
        "state": run.state,
        "exit_status": run.exit_status,
        "command": list(run.words),
        "pid": run.pid,
        "host": run.host,
        "began_at": run.began_at,
        "ended_at": run.ended_at,
        "age_s": max(0.0, time.time() - run.began_at) if run.began_at else None,
        "loaders": figures["loaders"],
        "batches": figures["batches"],
        "images": figures["images"],
        "errors": figures["errors"],
        "data_wait": figures["data_wait"],
        "verdict": {"cause": figures["cause"], "headline": figures["headline"]},
        "place": run.place,
        "problem": run.problem,
    }


def _clear(runs: "Sequence[WatchedRun]", *, given: bool) -> int:
    from inspector.watched.kept import forget
    from inspector.watched.run_names import is_kept_run

    if given and runs[0].runs:
        raise SettingsError(f"{runs[0].name} runs: only ended runs are cleared")
    kept = [run for run in runs if is_kept_run(Path(run.place))]
    left = [run for run in kept if not forget(Path(run.place))]
    print(f"{fmt.plural(len(kept) - len(left), 'ended run')} cleared.")
    if left:
        print(f"{left[0].place}: could not be removed", file=sys.stderr)
    return 1 if left else 0
