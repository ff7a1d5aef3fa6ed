"""`LocalScan`: a scan of the files that a local session has open."""

import os
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from inspector.errors import SettingsError
from inspector.named_code import NamedCode
from inspector.scan import persistence, score_export
from inspector.scan.check_settings import ALIKE, LIMITS, CheckSettings
from inspector.scan.largest import all_but_the_largest
from inspector.scan.progress import ScanProgress, ScanState
from inspector.scan.results import ScanResults
from inspector.scan.runners.cluster_names import check_cluster
from inspector.scan.scan import Scan, ScanSettings
from inspector.scan.score_histogram import ScoreHistogram, score_histogram
from inspector.session.distances import Distances
from inspector.session.ending import Ending
from inspector.session.limit_mover import LimitMover
from inspector.session.opened import OpenedSource
from inspector.sources.dataset import DatasetIndex

_NO_FILES = "A data set of your own code has no files to check here: inspector scan --dataset loads each sample once."
_NOTHING_OPEN = "There is nothing to check yet: wait until the files are found, or open a folder."


class LocalScan:
    """A `ScanControl`. All methods but `close` return at once, from any thread.

    Args:
        opened: returns what is open, None while its samples are not known.
    """

    def __init__(self, opened: Callable[[], OpenedSource | None]) -> None:
        self._opened = opened
        self._lock = threading.Lock()
        self._scan: Scan | None = None
        self._failure = ""  # why it could not even begin
        self._no_cluster = ""  # why it could not be resumed where that was asked for
        self._sources = 0  # how many were opened so far
        self._ending = Ending()
        self._mover = LimitMover()
        self._distances = Distances()
        self._histogram: tuple[object, ScoreHistogram | None] = (None, None)  # the last one, and of what it is

    @property
    def checks(self) -> CheckSettings | None:
        """What is being checked beside faults; None before a start."""
        scan = self._scan
        return scan.settings.checks if scan is not None else None

    @property
    def findings(self) -> ScanResults | None:
        """None until the samples are known."""
        scan = self._scan
        return scan.results if scan is not None else None

    @property
    def checked(self) -> ScanResults | None:
        """What was found in all samples; None before the end."""
        scan = self._scan
        return scan.results if scan is not None and scan.progress().state is ScanState.COMPLETE else None

    def start(self, checks: CheckSettings, on: str = "") -> None:
        """Begin to check the open source, with the workers that the session is set to, or on a cluster."""
        sources = self._sources
        opened = self._opened()
        with self._lock:
            if self._sources != sources:
                return  # another source has been opened just now
            self._clear()
            if opened is None:
                self._failure = _NOTHING_OPEN
                return
            self._failure = _NO_FILES if isinstance(opened.index, DatasetIndex) else _no_cluster(on)
            if self._failure:
                return
            config = opened.config
            settings = ScanSettings(
                checks,
                config.num_workers,
                config.extensions,
                config.max_pixels,
                config.follow_links,
                config.image,
                config.label,
                config.reads_in_flight,
                config.read_cache_bytes,
                annotations=config.annotations,
                on=on,
            )
            listed = None if isinstance(opened.source, str | os.PathLike | NamedCode) else opened.source
            self._scan = Scan(opened.name, settings, listed)
            self._scan.start()

    def resume(self, on: str | None = None) -> None:
        """Check what a cancelled scan has left, on another cluster or none where `on` says so."""
        self._mover.forget()
        with self._lock:
            if self._scan is None:
                return
            self._no_cluster = _no_cluster(on or "")
            if not self._no_cluster:
                if on is not None:
                    self._scan.move_to(on)
                self._scan.start()

    def cancel(self) -> None:
        """Stop soon; what was found stays."""
        with self._lock:
            if self._scan is not None:
                self._scan.cancel()

    def clear(self) -> None:
        """Stop, and forget what was found."""
        with self._lock:
            self._clear()

    def source_changed(self) -> None:
        """Another source is being opened: what was found in the one before is forgotten."""
        with self._lock:
            self._sources += 1
            self._clear()

    def close(self) -> None:
        """Stop, and wait until no scan is left."""
        self.source_changed()
        self._mover.close()
        self._distances.close()
        self._ending.join()

    def change_limits(self, limits: Mapping[str, float]) -> None:
        """Find again what these limits decide, from the scores, once the scan has ended or was cancelled."""
        scan = self._scan
        if scan is not None:
            self._mover.move(scan, limits)

    @property
    def changing_limits(self) -> bool:
        """The findings are still those of former limits."""
        return self._mover.busy

    def histogram(self, check: str) -> ScoreHistogram | None:
        """Of the scores so far; None where the check has none, or nothing was measured."""
        scan = self._scan
        if scan is None or scan.measures is None or scan.results is None:
            return None
        if check in ALIKE:
            return self._distances.histogram(scan, check)
        done, checks = scan.results.done, scan.settings.checks
        key = (scan, check, done)
        if self._histogram[0] != key:
            limit = next((checks.limits[name] for name, each in LIMITS.items() if check in each.checks), 0.0)
            self._histogram = key, score_histogram(check, scan.measures, done, limit)
        return self._histogram[1]

    def all_but_the_largest(self, checks: Collection[str]) -> Sequence[str]:
        """Locations of all images but the largest of each group of those that look alike, by these checks."""
        results = self.findings
        if results is None:
            return ()
        return [results.index.path(file) for file in all_but_the_largest(results, checks).tolist()]

    def as_scores(self, file: str) -> Iterator[str | bytes]:
        """The scores of every sample, in pieces, in the format that the file's name says."""
        scan = self._scan
        return score_export.scores(scan, file) if scan is not None else iter(())

    def progress(self) -> ScanProgress:
        """How far it is, at this moment."""
        with self._lock:
            if self._scan is not None:
                progress = self._scan.progress()
                return replace(progress, message=self._no_cluster) if self._no_cluster else progress
            return ScanProgress(ScanState.FAILED if self._failure else ScanState.READY, self._failure)

    def as_csv(self) -> Iterator[str]:
        """What was found, in pieces."""
        scan = self._scan
        return persistence.as_csv(scan) if scan is not None else iter(())

    def as_json(self) -> Iterator[str]:
        """All of it, in pieces; a scan can be resumed from this."""
        scan = self._scan
        return persistence.as_json(scan) if scan is not None else iter(())

    def as_list(self) -> Iterator[str]:
        """What to keep, a line each."""
        scan = self._scan
        return persistence.as_list(scan) if scan is not None else iter(())

    def _clear(self) -> None:
        self._mover.forget()
        self._distances.forget()
        self._histogram = None, None
        scan, self._scan, self._failure, self._no_cluster = self._scan, None, "", ""
        if scan is not None and not scan.wait(0):
            self._ending.add(scan)


def _no_cluster(on: str) -> str:
    """Why it is none that can be used; "" where it may be."""
    try:
        if on:
            check_cluster(on)
    except SettingsError as error:
        return str(error)
    return ""
