"""The histogram of how alike images are: made in a thread of its own, since that may take seconds."""

import logging
import threading
from dataclasses import replace

from inspector.errors import IndexingCancelled
from inspector.scan.scan import Scan
from inspector.scan.score_histogram import ScoreHistogram, distance_histogram
from inspector.scan.whole_set import WholeSet

_log = logging.getLogger(__name__)


class Distances:
    """Any thread may call; all but `close` return at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: tuple[object, ScoreHistogram | None] = (None, None)  # of what, and the histogram
        self._wanted: object = None
        self._thread: threading.Thread | None = None

    def histogram(self, scan: Scan, check: str) -> ScoreHistogram | None:
        """For a check that compares images; None while the scan runs, and until it is made: ask again."""
        results, checks = scan.results, scan.settings.checks
        if results is None or scan.measures is None or scan.digests is None or scan.progress().runs:
            return None
        key = (scan, results.done, checks.max_distance)
        with self._lock:
            of, found = self._made
            if of == key:
                return replace(found, check=check) if found is not None else None
            self._wanted = key
            if self._thread is None or not self._thread.is_alive():
                whole = WholeSet(results.index, checks, scan.digests, scan.measures, lambda: self._wanted != key)
                arguments = (key, whole, results.done)
                self._thread = threading.Thread(target=self._make, args=arguments, name="inspector-alike", daemon=True)
                self._thread.start()
        return None

    def forget(self) -> None:
        """What was asked for is not wanted any more."""
        with self._lock:
            self._wanted, self._made = None, (None, None)

    def close(self) -> None:
        """Wait until nothing is left."""
        self.forget()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _make(self, key: object, whole: WholeSet, files: int) -> None:
        found = None
        try:
            found = distance_histogram(whole, files)
        except IndexingCancelled:
            return
        except Exception:
            _log.exception("the histogram could not be made")
        with self._lock:
            if self._wanted == key:
                self._made = key, found
