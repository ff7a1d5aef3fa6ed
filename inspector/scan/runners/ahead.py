"""What was checked before its turn: it waits here until all files before it are done."""

import threading
from collections.abc import Iterable

from inspector.scan.runners.partial import Partial


class Ahead:
    """Partials by their first files. From any thread.

    Attributes:
        files: how many there are in all.
    """

    def __init__(self, partials: Iterable[Partial] = ()) -> None:
        self._lock = threading.Lock()
        self._partials: dict[int, Partial] = {}
        self.files = 0
        for partial in partials:
            self.put(partial)

    def put(self, partial: Partial) -> None:
        """Keep it until it is its turn."""
        with self._lock:
            self._partials[partial.first] = partial
            self.files += partial.files

    def take(self, first: int) -> Partial | None:
        """What begins with this file, where it is here; it is no longer, then."""
        with self._lock:
            partial = self._partials.pop(first, None)
            self.files -= partial.files if partial is not None else 0
            return partial

    def partials(self) -> list[Partial]:
        """All that are here, in order."""
        with self._lock:
            return sorted(self._partials.values(), key=lambda partial: partial.first)

    def gaps(self, first: int, end: int) -> list[range]:
        """The files from `first` on that are not here."""
        found = []
        for partial in self.partials():
            if partial.first > first:
                found.append(range(first, partial.first))
            first = max(first, partial.first + partial.files)
        return [*found, range(first, end)] if first < end else found
