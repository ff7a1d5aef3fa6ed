"""Where a user's programs keep their files: by the XDG specification, or as Windows and macOS have it."""

import errno
import os
import sys
from pathlib import Path
from typing import Literal

Kind = Literal["data", "state", "cache"]

_XDG: dict[Kind, tuple[str, str]] = {
    "data": ("XDG_DATA_HOME", ".local/share"),
    "state": ("XDG_STATE_HOME", ".local/state"),
    "cache": ("XDG_CACHE_HOME", ".cache"),
}


def user_folder(kind: Kind) -> Path:
    """The folder in which all programs of this user keep data, what outlives a run, or what can be made again.

    An absolute path in the XDG variable counts on every system; a relative one is ignored, as the specification asks.

    Raises:
        OSError: nobody knows where this user's home is.
    """
    variable, below_home = _XDG[kind]
    named = os.environ.get(variable, "")
    if os.path.isabs(named):
        return Path(named)
    if sys.platform == "win32":
        below_home = "AppData/Local"
        if local := os.environ.get("LOCALAPPDATA"):
            return Path(local)
    elif sys.platform == "darwin":
        below_home = "Library/Caches" if kind == "cache" else "Library/Application Support"
    home = os.path.expanduser("~")
    if not os.path.isabs(home):
        raise OSError(errno.ENOENT, "this user has no home folder: set HOME")
    return Path(home, below_home)
