"""Records as text that other programs read: one writer a format, and what is in a field never ends it.

CSV: a cell that a spreadsheet would take for a formula, or that begins with an apostrophe, gets an apostrophe before
it; without that one, a reader has what was written.
"""

import csv
import re
from collections.abc import Iterable

from inspector.formatting import readable

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def csv_row(cells: Iterable[object]) -> str:
    """One row and its line's end; None is an empty cell."""
    row: str = csv.writer(_Echo(), lineterminator="\r\n").writerow(map(_cell, cells))  # quotes both of its characters
    return row.removesuffix("\r\n") + "\n"


def csv_table(headings: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    """Rows under their headings."""
    return "".join(map(csv_row, (headings, *rows)))


def path_list(paths: Iterable[str]) -> str:
    """A line for each path.

    Raises:
        ValueError: for a path that has no line of its own: a line break is in its name.
    """
    lines = []
    for path in paths:
        if "\n" in path or path.endswith("\r"):
            raise ValueError(
                f"{readable(path)}: a name with a line break cannot stand in a list of paths; export CSV or JSON"
            )
        lines.append(f"{path}\n")
    return "".join(lines)


def _cell(value: object) -> object:
    formula = isinstance(value, str) and value.startswith(_FORMULA) and not _NUMBER.fullmatch(value)
    return f"'{value}" if formula else value


class _Echo:
    """A file for `csv.writer`, which returns what `write` returns."""

    def write(self, text: str) -> str:
        return text
