"""What every verb has: a name, a summary, options, and something to run."""

import argparse
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from inspector.commands.parser import Parser


class Command(ABC):
    """A verb of the command line.

    Attributes:
        prog: how it is called, such as "inspector bench".
        summary: what it does, for --help. epilog: what stands at the end of --help.
    """

    prog: ClassVar[str]
    summary: ClassVar[str]
    epilog: ClassVar[str | None] = None

    @abstractmethod
    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what may be given after the verb."""

    @abstractmethod
    def run(self, options: argparse.Namespace) -> int:
        """Do it; the exit status.

        Raises:
            InspectorError: where it cannot be done; the message is for the user.
        """

    def parser(self) -> Parser:
        """A parser with all options."""
        parser = Parser(prog=self.prog, description=self.summary, epilog=self.epilog, allow_abbrev=False)
        self.add_options(parser)
        return parser

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """The options of a command line, without the verb. Ends the program with status 2 if it is bad."""
        return self.parser().parse_args(arguments)


def add_json(parser: argparse.ArgumentParser) -> None:
    """Offer figures for a program."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")
