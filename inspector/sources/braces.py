"""Brace ranges as shells have them: "train-{000..099}.tar", "{train,val}/*.jpg"."""

import re
from collections.abc import Iterator
from itertools import islice

from inspector.errors import SourceError

MOST_PLACES = 1_000_000
_BRACES = re.compile(r"\{(?:(\d+)\.\.(\d+)(?:\.\.(\d+))?|([^{}]*,[^{}]*))\}")


def has_braces(text: str) -> bool:
    """There is a range or a list in braces in it."""
    return _BRACES.search(text) is not None


def expanded_braces(text: str) -> list[str]:
    """All that it stands for, in order; numbers have as many digits as the shorter end, at least.

    Raises:
        SourceError: where that is more than a million.
    """
    found = list(islice(_expanded(text), MOST_PLACES + 1))
    if len(found) > MOST_PLACES:
        raise SourceError(f"{text} stands for more than {MOST_PLACES:,} files: give a pattern with * in place of it")
    return found


def _expanded(text: str) -> Iterator[str]:
    match = _BRACES.search(text)
    if match is None:
        yield text
        return
    head, tail = text[: match.start()], text[match.end() :]
    for middle in _range(match) if match[1] is not None else match[4].split(","):
        for rest in _expanded(tail):
            yield head + middle + rest


def _range(match: re.Match[str]) -> Iterator[str]:
    first, last, step = int(match[1]), int(match[2]), max(1, int(match[3] or 1))
    padded = match[1].startswith("0") or match[2].startswith("0")
    width = max(len(match[1]), len(match[2])) if padded else 0
    numbers = range(first, last + 1, step) if first <= last else range(first, last - 1, -step)
    return (f"{number:0{width}d}" for number in numbers)
