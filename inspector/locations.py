"""What a path leads to: the one look that the command line, the window and the search for files have in common."""

import os
import stat
from collections.abc import Collection
from enum import StrEnum

LIST_EXTENSION = "txt"


class LocationKind(StrEnum):
    """What can be loaded from. OTHER: nothing can."""

    FOLDER = "folder"
    IMAGE = "image"
    LIST = "list"
    OTHER = "other"


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
    return LocationKind.LIST if suffix == LIST_EXTENSION else LocationKind.OTHER


def check_readable(path: str) -> None:
    """Open a folder or a regular file, and close it again.

    Raises:
        OSError: where it may not be read.
    """
    if os.path.isdir(path):
        os.scandir(path).close()
    elif os.path.isfile(path):
        os.close(os.open(path, os.O_RDONLY))
