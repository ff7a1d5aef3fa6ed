"""`SetFinding`: what a check of the whole set finds."""

from typing import NamedTuple


class SetFinding(NamedTuple):
    """One thing found in one file, or in a folder: its path from the root on.

    Attributes:
        other: the file that it is like, and `group` the first file of all those; None where it is not about two.
    """

    where: int | str
    check: str
    reason: str
    other: int | None = None
    group: int | None = None
