"""`inspector compare`: two watched runs side by side."""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from inspector.commands.command import Command, add_json
from inspector.errors import SettingsError
from inspector.files import read_regular, write_atomically

_MOST_BYTES = 64_000_000


class CompareCommand(Command):
    """Prints what changed between two files of `inspector run --json`."""

    prog = "inspector compare"
    summary = (
        "Compare two runs: what changed in settings, wait, step and throughput, and whether it is more than noise."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("before", metavar="BEFORE.json", help="what inspector run --json wrote")
        parser.add_argument("after", metavar="AFTER.json", help="the same of another run")
        parser.add_argument("--report", metavar="FILE.html", help="write a page to attach to a ticket")
        add_json(parser)

    def run(self, options: argparse.Namespace) -> int:
        from inspector.watched.compare import compare, in_text, load

        runs = []
        for path in (options.before, options.after):
            try:
                runs.append(load(path, read_regular(path, _MOST_BYTES)))
            except OSError as error:
                raise SettingsError(f"{path}: {error.strerror}") from error
        if options.report is not None:
            _write_report(options.report, (options.before, options.after), *runs)
        if options.json:
            print(json.dumps([asdict(change) for change in compare(*runs)]))
        else:
            print(in_text(*runs))
        return 0


def _write_report(file: str, names: tuple[str, str], before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    from inspector.report.comparison import comparison_page

    try:
        write_atomically(file, comparison_page(names, before, after))
    except OSError as error:
        raise SettingsError(f"--report {file}: cannot be written: {error.strerror}") from error
