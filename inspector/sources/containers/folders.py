"""Folders that are a data set as a whole: what their descriptions say, without trusting it."""

import os
from typing import Any

from inspector.errors import SourceError
from inspector.outside_json import OutsideJsonError, parsed

_MOST_BYTES = 1 << 26


def json_file(path: str) -> Any:
    """What a description of a data set says; None where it is not there, is no JSON, or far too long for one.

    Its kind is looked at first, so that a pipe is never waited for.
    """
    try:
        if not os.path.isfile(path) or os.path.getsize(path) > _MOST_BYTES:
            return None
        with open(path, "rb") as file:
            return parsed(file.read(_MOST_BYTES))
    except (OSError, OutsideJsonError):
        return None


def inside(folder: str, name: object, description: str) -> str:
    """The name of a file that a description gives, which must lie in the same folder.

    Raises:
        SourceError: where it is none, or leads elsewhere.
    """
    if not isinstance(name, str) or not name or name != os.path.basename(name) or name in (".", "..") or "\0" in name:
        raise SourceError(f"{os.path.join(folder, description)} names a file that is not in its folder: {name!r}")
    return name
