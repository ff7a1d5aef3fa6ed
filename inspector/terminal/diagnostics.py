"""What the doctor found: a line each, by section, with what to do under it."""

from rich.console import Console
from rich.text import Text

from inspector import formatting as fmt
from inspector.doctor import Diagnostic, Level

_STYLES = {Level.OK: "green", Level.WARNING: "yellow", Level.PROBLEM: "bold red"}
_INDENT = " " * 35


class DiagnosticPrinter:
    """Prints to standard output, each line at once. `coloured`: for a terminal."""

    def __init__(self, *, coloured: bool) -> None:
        self._console = Console(highlight=False) if coloured else None
        self._section = ""

    def add(self, diagnostic: Diagnostic) -> None:
        """Print what was found, below its section."""
        if diagnostic.section != self._section:
            self._print(Text(("\n" if self._section else "") + diagnostic.section, style="bold"))
            self._section = diagnostic.section
        self._print(in_lines(diagnostic))

    def end(self, summary: str) -> None:
        """Print the last line."""
        self._print(Text("\n" + summary))

    def _print(self, text: Text) -> None:
        if self._console is None:
            print(text.plain, flush=True)
        else:
            self._console.print(text, soft_wrap=True)


def in_lines(diagnostic: Diagnostic) -> Text:
    """Level, name and value in a line; the advice in one of its own."""
    text = Text.assemble("  ", (f"{diagnostic.level:<8}", _STYLES[diagnostic.level]), f" {diagnostic.name:<23}")
    text.append(fmt.readable(diagnostic.value))
    if diagnostic.advice:
        text.append(f"\n{_INDENT}{fmt.readable(diagnostic.advice)}", style="bold")
    return text
