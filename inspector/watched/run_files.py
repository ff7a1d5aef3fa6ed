"""The files of a run: a folder that the hook writes to, or what was kept of one."""

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from inspector.files import read_regular


class RunFiles(Protocol):
    """Small files by name, in one place.

    Attributes:
        over: the run has ended, and none of its files changes any more.
    """

    over: bool

    def names(self) -> list[str]:
        """All of them, sorted; [] where the place is gone."""

    def read(self, name: str, most_bytes: int, first: int | None = None) -> bytes:
        """One of them, or its `first` bytes.

        Raises:
            OSError: where there is no such file, or it is larger than allowed.
        """


class FolderFiles:
    """Regular files of this user's in a folder."""

    over = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        try:
            return sorted(os.listdir(self._folder))
        except OSError:
            return []

    def read(self, name: str, most_bytes: int, first: int | None = None) -> bytes:
        return read_regular(self._folder / name, most_bytes, own=True, first=first)


class KeptFiles:
    """What was kept of a run that has ended."""

    over = True

    def __init__(self, content: Mapping[str, bytes]) -> None:
        self._content = content

    def names(self) -> list[str]:
        return sorted(self._content)

    def read(self, name: str, most_bytes: int, first: int | None = None) -> bytes:
        content = self._content.get(name)
        if content is None or len(content) > most_bytes:
            raise OSError(errno.ENOENT if content is None else errno.EFBIG, "it was not kept", name)
        return content[:first]
