"""Every error of the command line is one line on standard error."""

import argparse
import contextlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from inspector.formatting import readable

if TYPE_CHECKING:
    from _typeshed import SupportsWrite


def say(message: str) -> None:
    """Print a message to standard error, in one line; what names bring along is made readable."""
    line = readable(" ".join(message.split()))
    with contextlib.suppress(OSError):  # standard error is closed or full: nobody would read it
        print(f"inspector: {line}", file=sys.stderr, flush=True)


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage."""

    def _print_message(self, message: str, file: "SupportsWrite[str] | None" = None) -> None:
        """Raises OSError where it cannot be printed; argparse would say nothing."""
        if message and file is not None:
            file.write(message)

    def parse_args(  # type: ignore[override]  # without its overloads
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> argparse.Namespace:
        """Of what is left over, the next step is said, where one is known."""
        options: argparse.Namespace
        options, left = self.parse_known_args(args, namespace)
        if left:
            from inspector.commands.mistakes import about_left_over

            known = about_left_over(self.prog, getattr(options, "path", None), left)
            self.error(known or f"unrecognized arguments: {' '.join(left)}")
        return options

    def error(self, message: str) -> NoReturn:
        say(f"{message}; see {self.prog} --help")
        sys.exit(2)
