"""The folders opened before: which there are, and which of them have gone since."""

import glob
import os
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from inspector.locations import expanded, file_of, is_pattern, is_url
from inspector.named_code import NamedCode
from inspector.ui.background_job import BackgroundJob
from inspector.ui.shell.preferences import Preferences

MOST = 9  # each has a digit for its shortcut


@dataclass(frozen=True, slots=True)
class Recent:
    """A folder, or a file, opened before."""

    path: str
    missing: bool = False


def absolute(location: str) -> str:
    """A path in full; code, and what is elsewhere, as it is."""
    if NamedCode.find(location) is not None or is_url(location):
        return location
    return os.path.abspath(expanded(location))


def is_there(location: str) -> bool:
    """As far as this machine knows: what is elsewhere is not asked for. Looks at the disk."""
    code = NamedCode.find(location)
    if code is not None:
        return code.is_there
    if is_url(location):
        file = file_of(location)
        return not file or os.path.exists(file)
    return os.path.exists(location) or "{" in location or (is_pattern(location) and any(glob.iglob(location)))


class RecentFolders(QObject):
    """The last one first. Whether they still exist is found out in a thread: a network drive may take its time."""

    changed = Signal()

    def __init__(self, preferences: Preferences, parent: QObject) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._missing: frozenset[str] = frozenset()
        self._background = BackgroundJob(self)

    @property
    def entries(self) -> list[Recent]:
        return [Recent(path, path in self._missing) for path in self._preferences.recent[:MOST]]

    def add(self, path: str) -> None:
        """It was opened just now, and is there."""
        path = absolute(path)
        others = [other for other in self._preferences.recent if other != path]
        self._preferences.recent = [path, *others][:MOST]
        self._preferences.last = path
        self._missing -= {path}
        self.changed.emit()

    def clear(self) -> None:
        """Forget them all."""
        self.put_back([])

    def put_back(self, paths: list[str]) -> None:
        """The list as it was."""
        self._preferences.recent = paths
        self.changed.emit()

    def look(self) -> None:
        """Find out which are missing; `changed` reports where that differs from before."""
        paths = [entry.path for entry in self.entries]
        if not self._background.busy:
            self._background.start(
                lambda _progress: frozenset(path for path in paths if not is_there(path)),
                self._take,
                self._ignore,
            )

    def _take(self, missing: frozenset[str]) -> None:
        if missing != self._missing:
            self._missing = missing
            self.changed.emit()

    def _ignore(self, reason: str) -> None:
        """A name that cannot be looked for is offered as it is; opening it shows what is wrong."""

    def stop(self) -> None:
        """End what is under way."""
        self._background.stop()
