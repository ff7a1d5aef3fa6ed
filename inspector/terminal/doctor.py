"""`inspector doctor`: each finding in a line, as it is made, with what to do under it."""

import json
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from inspector import formatting as fmt
from inspector.doctor import Diagnostic, Level, examine

_STYLES = {Level.OK: "green", Level.WARNING: "yellow", Level.PROBLEM: "bold red"}
_INDENT = " " * 35


def run_doctor(*, as_json: bool) -> int:
    """Examine and report; the exit status: 1 where there is a problem, else 0."""
    show = _plain if not sys.stdout.isatty() else _coloured(Console(highlight=False))
    found: list[Diagnostic] = []
    for finding in examine():
        if not as_json:
            if not found or found[-1].section != finding.section:
                show(Text(("\n" if found else "") + finding.section, style="bold"))
            show(in_lines(finding))
        found.append(finding)
    counts = Counter(finding.level for finding in found)
    problems, warnings = counts[Level.PROBLEM], counts[Level.WARNING]
    if as_json:
        report = {"problems": problems, "warnings": warnings, "findings": [asdict(finding) for finding in found]}
        print(json.dumps(report))
    else:
        show(Text("\n" + summary(problems, warnings)))
    return 1 if problems else 0


def in_lines(finding: Diagnostic) -> Text:
    """Level, name and value in a line; the advice in one of its own."""
    text = Text.assemble("  ", (f"{finding.level:<8}", _STYLES[finding.level]), f" {finding.name:<23}")
    text.append(fmt.readable(finding.value))
    if finding.advice:
        text.append(f"\n{_INDENT}{fmt.readable(finding.advice)}", style="bold")
    return text


def summary(problems: int, warnings: int) -> str:
    """The last line."""
    if not problems and not warnings:
        return "All is well."
    return f"{fmt.plural(problems, 'problem')}, {fmt.plural(warnings, 'warning')}."


def _plain(text: Text) -> None:
    print(text.plain, flush=True)


def _coloured(console: Console) -> Callable[[Text], None]:
    return lambda text: console.print(text, soft_wrap=True)
