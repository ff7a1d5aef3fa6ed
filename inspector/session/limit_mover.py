"""Moves the limits of a scan in a thread of its own, since that may take a second: the latest wish counts."""

import logging
import threading
from collections.abc import Mapping

from inspector.errors import InspectorError
from inspector.scan.scan import Scan

_log = logging.getLogger(__name__)


class LimitMover:
    """Any thread may call; all but `close` return at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._scan: Scan | None = None
        self._wanted: dict[str, float] = {}
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """Limits that were asked for are not in force yet."""
        with self._lock:
            return self._thread is not None

    def move(self, scan: Scan, limits: Mapping[str, float]) -> None:
        """Put these limits in force, beside those that were asked for before."""
        with self._lock:
            if self._scan is not scan:
                self._wanted.clear()
            self._scan = scan
            self._wanted |= limits
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="inspector-limits", daemon=True)
                self._thread.start()

    def forget(self) -> None:
        """What was asked for is not wanted any more."""
        with self._lock:
            self._wanted.clear()
            self._scan = None

    def close(self) -> None:
        """Wait until nothing is left."""
        self.forget()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while True:
            with self._lock:
                scan, limits = self._scan, dict(self._wanted)
                self._wanted.clear()
                if scan is None or not limits:
                    self._thread = None
                    return
            try:
                done = scan.change_limits(limits, lambda scan=scan: bool(self._wanted) or self._scan is not scan)  # type: ignore[misc]
            except InspectorError as error:  # a view offers only what can be set
                _log.warning("a limit was not moved: %s", error)
                continue
            except Exception:
                _log.exception("a limit could not be moved")
                continue
            with self._lock:
                if not done and self._wanted and self._scan is scan:
                    self._wanted = limits | self._wanted  # was overtaken, and not done
