"""`inspector doctor`: what inspector needs here, each finding as it is made."""

import argparse
import json
import sys
from collections import Counter
from dataclasses import asdict

from inspector import formatting as fmt
from inspector.commands.command import Command, add_json


class DoctorCommand(Command):
    """Exit status: 1 where there is a problem, else 0."""

    prog = "inspector doctor"
    summary = "Look at what inspector needs here: versions, display, memory, limits, how workers start."
    epilog = "Exit status: 0 all works, perhaps with warnings; 1 there is a problem, shown with what to do about it."

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--licences", action="store_true", help="list the licences of inspector and of the packages it needs"
        )
        add_json(parser)

    def run(self, options: argparse.Namespace) -> int:
        if options.licences:
            return list_licences(as_json=options.json)
        from inspector.doctor import Diagnostic, Level, examine
        from inspector.terminal.diagnostics import DiagnosticPrinter

        printer = None if options.json else DiagnosticPrinter(coloured=sys.stdout.isatty())
        found: list[Diagnostic] = []
        for diagnostic in examine():
            if printer is not None:
                printer.add(diagnostic)
            found.append(diagnostic)
        levels = Counter(diagnostic.level for diagnostic in found)
        problems, warnings = levels[Level.PROBLEM], levels[Level.WARNING]
        if printer is None:
            report = {"problems": problems, "warnings": warnings, "findings": [asdict(each) for each in found]}
            print(json.dumps(report))
        else:
            printer.end(summary(problems, warnings))
        return 1 if problems else 0


def list_licences(as_json: bool) -> int:
    """Print a line for each package, and where the texts are."""
    from inspector.doctor.licences import licences

    found = licences()
    if as_json:
        print(json.dumps({"licences": [each._asdict() for each in found]}))
        return 0
    width = max(len(f"{each.package} {each.version}") for each in found)
    for each in found:
        print(f"{f'{each.package} {each.version}':{width}}  {each.licence}")
        for file in each.files:
            print(f"{'':{width}}  {file}")
    return 0


def summary(problems: int, warnings: int) -> str:
    """The last line."""
    if not problems and not warnings:
        return "All is well."
    return f"{fmt.plural(problems, 'problem')}, {fmt.plural(warnings, 'warning')}."
