"""Every error of the command line is one line on standard error."""

import argparse
import contextlib
import sys
from typing import NoReturn


def say(message: str) -> None:
    """Print a message to standard error, in one line."""
    line = " ".join(message.split())
    with contextlib.suppress(OSError):  # standard error is closed or full: nobody would read it
        print(f"inspector: {line}", file=sys.stderr, flush=True)


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        say(f"{message}; see {self.prog} --help")
        sys.exit(2)
