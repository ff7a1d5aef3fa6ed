"""`inspector run`: starts a training as it is, and watches its DataLoaders."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.commands.command import Command
from inspector.errors import SettingsError
from inspector.files import write_atomically

if TYPE_CHECKING:
    from inspector.watched.reader import RunReader

_EVERY_S = 2.0  # what was seen is written so often, for the case that we are killed


class RunCommand(Command):
    """Ends as the command ends, with its exit status or its signal."""

    prog = "inspector run"
    summary = "Run any PyTorch script, and see what its own DataLoader does."
    epilog = (
        "COMMAND is run as it is; its input, output and exit status are its own. A script (.py) or -m MODULE gets the "
        "Python of the active environment. What was seen is printed to standard error at the end."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--no-window", action="store_true", help="show nothing while it runs")
        parser.add_argument("--json", metavar="FILE", help="write what was seen")

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Options end where the command begins."""
        parser = self.parser()
        parser.usage = f"{self.prog} [options] [--] COMMAND..."
        takes_value = {name: action.nargs != 0 for action in parser._actions for name in action.option_strings}
        words, own = list(arguments), []
        while words:
            word = words[0]
            if word == "--":
                words.pop(0)
                break
            if not word.startswith("-") or word == "-m":
                break
            own.append(words.pop(0))
            if takes_value.get(word) and words:
                own.append(words.pop(0))
        options = parser.parse_args(own)
        if not words:
            parser.error("there is no command to run")
        options.command = words
        return options

    def run(self, options: argparse.Namespace) -> int:
        from inspector.watched.child import Child, command_line, end_as, hooked_environment
        from inspector.watched.reader import RunReader
        from inspector.watched.run_folder import run_folder

        with run_folder() as folder:
            reader = RunReader(folder)
            child = Child(command_line(options.command), hooked_environment(folder))
            while (status := child.wait(_EVERY_S)) is None:
                _write(options, reader, None)
            _write(options, reader, status)
        return end_as(status)


def _write(options: argparse.Namespace, reader: "RunReader", status: int | None) -> None:
    from inspector.watched.export import as_json

    if options.json is not None:
        try:
            write_atomically(Path(options.json), json.dumps(as_json(reader.read(), status), indent=1) + "\n")
        except OSError as error:
            if status is not None:
                raise SettingsError(f"--json {options.json}: cannot be written: {error.strerror}") from error
