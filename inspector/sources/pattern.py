"""Patterns for several files, such as "photos/*/2024*.jpg": "*" within a name, "**" for folders of any depth."""

import glob
import os
from collections.abc import Iterator

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
