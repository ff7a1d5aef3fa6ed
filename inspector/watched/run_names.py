"""What the folders of runs, and what is kept of them, are called: to ask that takes no other module of this package."""

import os
from pathlib import Path

PREFIX = "inspector-run-"
SUFFIX = ".run"


def is_kept_run(place: Path) -> bool:
    """Whether this may be what was kept of a run, as far as its name shows."""
    return place.suffix == SUFFIX and not place.is_dir()


def may_be_run(place: Path) -> bool:
    """Whether this may be a run, live or kept, as far as its name shows."""
    return is_kept_run(place) or (place.name.startswith(PREFIX) and os.path.lexists(place))
