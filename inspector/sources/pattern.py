"""Patterns for several files, such as "photos/*/2024*.jpg": "*" within a name, "**" for folders of any depth."""

import glob
import os
from collections.abc import Iterator

from inspector.errors import SourceError
from inspector.locations import is_pattern
from inspector.sources.walk import Watch, chunks


def matches(pattern: str, watch: Watch) -> Iterator[bytes]:
    """What the pattern fits, in the order of names as bytes; what lies in a folder that fits comes with the folder."""
    found: list[bytes] = []
    for chunk in chunks(glob.iglob(pattern, recursive=True)):
        watch.check(len(found))
        found += map(os.fsencode, chunk)
    below = b""
    for match in sorted(found):
        if not (below and match.startswith(below)):
            yield match
            below = os.path.join(match, b"") if os.path.isdir(match) else b""


def fixed_part(pattern: str) -> bytes:
    """The folder that all matches of a pattern lie in, with a separator at its end; empty for the current folder."""
    fixed = os.path.dirname(pattern)
    while glob.has_magic(fixed):
        fixed = os.path.dirname(fixed)
    return os.fsencode(os.path.join(fixed, "")) if fixed else b""


def all_there(name: str, places: list[str], watch: Watch) -> list[str]:
    """What the parts of a brace range stand for: patterns, too.

    Raises:
        SourceError: where some are not there.
    """
    found: list[str] = []
    missing: list[str] = []
    for place in places:
        watch.check(len(found))
        if is_pattern(place):
            found += [os.fsdecode(match) for match in matches(place, watch)]
        elif os.path.lexists(place):
            found.append(place)
        else:
            missing.append(place)
    if missing:
        others = f" and {len(missing) - 1:,} others are" if len(missing) > 1 else " is"
        raise SourceError(f"{missing[0]}{others} not there, of {len(places):,} that {name} stands for: check the range")
    return found
