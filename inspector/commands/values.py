"""From a word of the command line to a value; what does not fit is an ArgumentTypeError that says what would."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from inspector.settings import parsing

_T = TypeVar("_T")


def word(parse: Callable[[str], _T]) -> Callable[[str], _T]:
    """`parse` for a parser: what its ValueError says is what the user reads."""

    def parsed(text: str) -> _T:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return parsed


count = word(parsing.count)
not_negative = word(parsing.not_negative)


def positive(text: str) -> float:
    """ "2.5" -> 2.5; not 0."""
    value = not_negative(text)
    if value == 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


def counts(text: str) -> tuple[int, ...]:
    """ "16,32" -> (16, 32)."""
    return tuple(count(part.strip()) for part in text.split(","))


def engines(text: str) -> tuple[str, ...]:
    """ "processes,threads" -> ("processes", "threads")."""
    names = tuple(part.strip() for part in text.split(","))
    for name in names:
        if name not in ("processes", "threads"):
            raise argparse.ArgumentTypeError(f"must be processes, threads or both, not {name!r}")
    return names


def png(text: str) -> Path:
    """The path of a picture to be written."""
    path = Path(text)
    if path.suffix.lower() != ".png":
        raise argparse.ArgumentTypeError(f"must be a name that ends in .png, not {text!r}")
    if not path.absolute().parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r}: its folder does not exist; make it first")
    return path
