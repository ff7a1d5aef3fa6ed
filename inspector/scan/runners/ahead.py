"""What was checked before its turn: it waits here until all files before it are done."""

import threading
from collections.abc import Iterable

from inspector.scan.runners.partial import Partial


class Ahead:
    """Partials by their first files. From any thread."""

    def __init__(self, partials: Iterable[Partial] = ()) -> None:
        self._lock = threading.Lock()
        self._partials = {partial.first: partial for partial in partials}

    @property
    def files(self) -> int:
        """How many there are in all."""
        with self._lock:
            return sum(partial.files for partial in self._partials.values())

    def put(self, partial: Partial) -> None:
        """Keep it until it is its turn."""
        with self._lock:
            self._partials[partial.first] = partial

    def take(self, first: int) -> Partial | None:
        """What begins with this file, where it is here; it is no longer, then."""
        with self._lock:
            return self._partials.pop(first, None)

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
