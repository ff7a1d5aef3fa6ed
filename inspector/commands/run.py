"""`inspector run`: starts a training as it is, and watches its DataLoaders."""

import argparse
import contextlib
import json
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.commands import values
from inspector.commands.command import Command
from inspector.commands.mistakes import check_command
from inspector.commands.parser import say
from inspector.errors import SettingsError
from inspector.files import is_special, write_atomically

if TYPE_CHECKING:
    from inspector.watched.records import Run
    from inspector.watched.view import View

_MOST_WORKERS = 256
_EVERY_S = 2.0  # what was seen is written so often, for the case that we are killed
_REPORT_EVERY_S = 20.0
_NOT_ARMED_S = 30.0  # so long may it take until some Python imports torch.utils.data


class RunCommand(Command):
    """Ends as the command ends, with its exit status or its signal."""

    prog = "inspector run"
    summary = "Run any PyTorch script, and see what its own DataLoader does."
    epilog = (
        "COMMAND is run as it is; its input, output and exit status are its own. A script (.py) or -m MODULE gets the "
        "Python of the active environment. A window opens beside it; the training continues whatever happens to it. "
        "What was seen is printed to standard error at the end."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        parser.usage = f"{self.prog} [options] [--] COMMAND..."
        shown = parser.add_mutually_exclusive_group()
        shown.add_argument("--watch", action="store_true", help="show it in the terminal instead of a window")
        shown.add_argument("--no-window", action="store_true", help="show nothing while it runs")
        parser.add_argument(
            "--name",
            type=_name,
            help="what `inspector attach` calls this run; default: its script's name",
        )
        parser.add_argument("--no-keep", action="store_true", help="do not keep the ended run for `inspector attach`")
        parser.add_argument("--json", metavar="FILE", help="write all figures to a file")
        parser.add_argument("--csv", metavar="FILE.csv", help="write a row for each loader and worker to a file")
        parser.add_argument("--report", metavar="FILE.html", help="write a page to attach to a ticket")

        parser.add_argument(
            "--sweep",
            type=_worker_counts,
            metavar="N,...",
            help="before a loader's first batch, measure it with these numbers of workers, a few seconds each",
        )
        parser.add_argument(
            "--replay",
            type=values.count,
            metavar="N",
            help="after N batches, hand those out again and again: how fast would training be if data were free? Only "
            "for measuring, what is learnt from then on is worth nothing",
        )

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Options end where the command begins."""
        parser = self.parser()
        takes_value = {name: action.nargs != 0 for action in parser._actions for name in action.option_strings}
        words, own = list(arguments), []
        while words and words[0] != "--" and words[0] != "-m" and words[0].startswith("-"):
            own.append(words.pop(0))
            if takes_value.get(own[-1]) and words:
                own.append(words.pop(0))
        options = parser.parse_args(own)
        if words[:1] == ["--"]:
            del words[0]
        if not words:
            parser.error("give the command that trains, such as inspector run train.py")
        options.command, options.folder = words, None
        return options

    def run_for_window(self, words: Sequence[str], folder: Path) -> int:
        """Run a command that a window starts, and shows: with this folder for its figures."""
        options = self.parse(["--no-window", "--", *words])
        options.folder = folder
        return self.run(options)

    def run(self, options: argparse.Namespace) -> int:
        from inspector.hook.layout import REPLAY_NAME, SWEEP_NAME
        from inspector.watched import runs
        from inspector.watched.child import Child, command_line, end_as, hooked_environment
        from inspector.watched.reader import RunReader
        from inspector.watched.run_folder import run_folder

        check_command(options.command)
        outputs = {"--json": options.json, "--csv": options.csv, "--report": options.report}
        for option, file in outputs.items():
            _check_writable(option, file)
        with run_folder(options.folder) as folder:
            if options.sweep:
                (folder / SWEEP_NAME).write_text(json.dumps({"num_workers": options.sweep}), "ascii")
            if options.replay:
                (folder / REPLAY_NAME).write_text(json.dumps({"batches": options.replay}), "ascii")
            reader = RunReader(folder)
            child = Child(command_line(options.command), hooked_environment(folder))
            command = runs.begin(
                folder,
                options.command,
                child.pid,
                name=options.name,
                keep=not options.no_keep,
                by_window=options.folder is not None,
            )
            view = _view(options, folder, command.name)
            report = _Report(options.report, folder) if options.report is not None else None
            until = time.monotonic() + _NOT_ARMED_S
            while (status := child.wait(_EVERY_S)) is None:
                if options.json is not None or options.csv is not None:
                    with contextlib.suppress(SettingsError):  # said at the end
                        _write(options, reader.read(), None)
                if report is not None:
                    report.write_if_due()
                if view is not None and (sentence := view.lost()):
                    say(sentence)
                if until and time.monotonic() > until:
                    until = 0.0
                    _say_if_not_armed(reader.read())
            not_kept = runs.end(folder, command, status)
            if view is not None:
                view.end()
            seen = reader.read()
            with contextlib.suppress(OSError):  # standard error is closed: nobody would read it
                _print_summary(seen, folder)
                if seen.loaders and not options.no_keep and not not_kept:
                    print(f"  again     inspector attach {shlex.quote(command.name)}", file=sys.stderr, flush=True)
            failure = None
            try:
                _write(options, seen, status)
                if report is not None:
                    report.write()
            except SettingsError as error:
                failure = error
            if report is not None:
                report.close()
        if not_kept:
            say(not_kept)
        if failure is not None:
            say(str(failure))
        return end_as(status)


def _name(text: str) -> str:
    from inspector.watched.runs import check_name

    try:
        return check_name(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}, not {text!r}") from error


def _worker_counts(text: str) -> tuple[int, ...]:
    """ "0,2,4" -> (0, 2, 4)."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and int(part) <= _MOST_WORKERS for part in parts):
        raise argparse.ArgumentTypeError(
            f"must be numbers of workers, 0 to {_MOST_WORKERS}, such as 0,2,4, not {text!r}"
        )
    return tuple(dict.fromkeys(int(part) for part in parts))


def _view(options: argparse.Namespace, folder: Path, name: str) -> "View | None":
    """The window or the terminal view; None where there is none, which is said."""
    from inspector.display import display_problem
    from inspector.watched.view import View

    if options.no_window:
        return None
    problem = None if options.watch else display_problem()
    if problem is not None:
        say(f"{problem}; the training runs without a window (--watch shows it in the terminal)")
        return None
    try:
        return View("terminal" if options.watch else "window", folder, name)
    except OSError as error:
        say(f"nothing is shown, as no process could be started for it: {error.strerror}")
        return None


def _say_if_not_armed(seen: "Run") -> None:
    from inspector.watched.summary import NOT_REACHED, UNKNOWN_TORCH

    if "python" not in seen.marks:
        say(NOT_REACHED)
    elif "failed" in seen.marks:
        say(UNKNOWN_TORCH)


def _print_summary(seen: "Run", folder: Path) -> None:
    from inspector.watched.advice import recommend
    from inspector.watched.summary import summary
    from inspector.watched.verdict import verdict

    said = verdict(seen)
    for line in summary(seen, said, recommend(seen, said)):
        print(line.format(folder=folder.parent) if "{folder}" in line else line, file=sys.stderr, flush=True)


def _check_writable(option: str, file: str | None) -> None:
    """Before the training, which may take days."""
    if file is None:
        return
    path = Path(file)
    if path.is_dir() or (not is_special(path) and not path.absolute().parent.is_dir()):
        raise SettingsError(f"{option} {file}: cannot be written; its folder must exist")


def _write(options: argparse.Namespace, seen: "Run", status: int | None) -> None:
    from inspector.watched.export import as_csv, as_json

    for option, file in (("--json", options.json), ("--csv", options.csv)):
        if file is None or (status is None and is_special(file)):  # a pipe gets it once
            continue
        text = as_csv(seen) if option == "--csv" else json.dumps(as_json(seen, status), indent=1) + "\n"
        try:
            write_atomically(file, text)
        except OSError as error:
            raise SettingsError(f"{option} {file}: cannot be written: {error.strerror}") from error


class _Report:
    """The page of `--report`: written at intervals, so that it survives our being killed, and at the end."""

    def __init__(self, file: str, folder: Path) -> None:
        from inspector.session.watched import WatchedSession

        self._file, self._folder = file, folder
        self._session = WatchedSession(folder)
        self._due_s = time.monotonic() + _REPORT_EVERY_S

    def write_if_due(self) -> None:
        """What cannot be written is said at the end."""
        if time.monotonic() >= self._due_s and not is_special(self._file):
            self._due_s = time.monotonic() + _REPORT_EVERY_S
            with contextlib.suppress(SettingsError):
                self.write()

    def write(self) -> None:
        """As the run is now.

        Raises:
            SettingsError: where it cannot be written.
        """
        from inspector.report.training_page import training_page

        try:
            self._session.look_now()
            write_atomically(self._file, training_page(self._session))
        except Exception as error:  # whatever it is: the training continues, and its exit status is ours
            why = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
            raise SettingsError(f"--report {self._file}: cannot be written: {why}") from error

    def close(self) -> None:
        self._session.close()
