"""Which settings to use for a watched loader, from what was measured of it."""

from dataclasses import dataclass

from inspector.watched.records import Run
from inspector.watched.verdict import RunVerdict


@dataclass(frozen=True, slots=True)
class Recommended:
    """Settings for the DataLoader, and why. None: as it is, or not known.

    Attributes:
        line: what to put into the script; "" where nothing is to be changed.
    """

    num_workers: int | None = None
    prefetch_factor: int | None = None
    persistent_workers: bool | None = None
    pin_memory: bool | None = None
    evidence: str = ""
    line: str = ""


def recommend(run: Run, said: RunVerdict) -> Recommended:
    """What to change."""
    return Recommended()
