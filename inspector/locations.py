"""What a path leads to: the one look that the command line, the window and the search for files have in common."""

import glob
import os
import re
import stat
from collections.abc import Collection
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from inspector.file_types import is_container

LIST_EXTENSION = "txt"


class LocationKind(StrEnum):
    """What can be loaded from. OTHER: nothing can."""

    FOLDER = "folder"
    IMAGE = "image"
    LIST = "list"
    CONTAINER = "container"
    OTHER = "other"


_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def expanded(path: str) -> str:
    """The path with what a shell or a browser makes of it: "~" is the user's folder, and file:///a%20b is /a b.

    Where there is a file of that very name, it is that file.
    """
    if not path.startswith("~") and path[:5].lower() != "file:":
        return path
    if _exists(path):
        return path
    if path.startswith("~"):
        return os.path.expanduser(path)
    parts = urlsplit(path)
    return unquote(parts.path) if parts.netloc in ("", "localhost") else path


def is_url(path: str) -> bool:
    """It leads to another machine or a store of objects, and no file here has that name."""
    return _URL.match(path) is not None and not _exists(path)


def about_url(url: str) -> str:
    """What to say of one, as a sentence without its end."""
    return f"{url} is a URL that cannot be loaded from here: download what is there, or mount it as a folder"


def is_pattern(path: str) -> bool:
    """It is a pattern for several files, such as "photos/*.jpg", and no file here has that name."""
    return glob.has_magic(path) and not _exists(path)


def _exists(path: str) -> bool:
    try:
        return os.path.lexists(path)
    except ValueError:  # no path at all
        return False


def file_of(location: str) -> str:
    """The file on this machine that a sample is, or lies in; "" where it is elsewhere. Never looks at the disk."""
    sample, between, container = location.rpartition("::")
    file = container if between and "://" in sample else location
    return "" if _URL.match(file) else file


def kind_of(path: str, extensions: Collection[str]) -> LocationKind:
    """By the file system, and for a file by its name; its content is not read, so a pipe is not waited for.

    Args:
        extensions: of images, in lower case and without dots.

    Raises:
        OSError: where there is nothing, or no permission to look.
    """
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        return LocationKind.FOLDER
    if not stat.S_ISREG(mode):
        return LocationKind.OTHER
    suffix = path.rpartition(".")[2].lower()
    if suffix in extensions:
        return LocationKind.IMAGE
    if suffix == LIST_EXTENSION:
        return LocationKind.LIST
    return LocationKind.CONTAINER if is_container(path) else LocationKind.OTHER


def check_readable(path: str) -> None:
    """Open a folder or a regular file, and close it again.

    Raises:
        OSError: where it may not be read.
    """
    if os.path.isdir(path):
        os.scandir(path).close()
    elif os.path.isfile(path):
        os.close(os.open(path, os.O_RDONLY))
