"""`Scan`: every file of a data set once, in a thread of its own; it can be cancelled and resumed."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import chain

from inspector.errors import IndexingCancelled, InspectorError, LoaderClosedError, SourceError
from inspector.formats.memory_bound import decoding_bytes
from inspector.formats.problems import ProblemKind
from inspector.scan.annotation_checks import AnnotationChecks, SizeTable
from inspector.scan.check_file import CheckFiles
from inspector.scan.check_settings import DUPLICATE, CheckSettings
from inspector.scan.digests import DigestTable
from inspector.scan.measure_table import MeasureTable
from inspector.scan.moved_limits import with_limits
from inspector.scan.places import Places
from inspector.scan.progress import RecentRate, ScanProgress, ScanState
from inspector.scan.results import ScanResults
from inspector.scan.runners.ahead import Ahead
from inspector.scan.runners.cluster import ClusterPartials
from inspector.scan.runners.engine import EngineLostError, EngineStartError
from inspector.scan.runners.local import LocalPartials
from inspector.scan.runners.partial import Partial
from inspector.scan.runners.partials import Hooks, PartialSource
from inspector.scan.set_finding import SetFinding
from inspector.scan.whole_set import WholeSet, set_findings
from inspector.settings import IMAGE_EXTENSIONS, LoaderConfig, default_memory_limit_bytes
from inspector.sources.containers.index import ContainerIndex
from inspector.sources.file_index import StrPath
from inspector.sources.opening import open_source
from inspector.sources.refusals import no_samples

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """How to scan.

    Attributes:
        checks: what to look for beside faults.
        num_workers: processes that read and decode; 0: the scan's own thread does.
        extensions: of the files to look for in a folder. follow_links: False leaves out what links in it lead to.
        max_pixels: an image with more pixels is TOO_LARGE.
        image, label, annotations, reads_in_flight, read_cache_bytes: see `LoaderConfig`.
        on: where files are checked: "" for this machine's workers, else "dask", "ray", or a cluster's address.
    """

    checks: CheckSettings = field(default_factory=CheckSettings.without)
    num_workers: int = 2
    extensions: tuple[str, ...] = IMAGE_EXTENSIONS
    max_pixels: int = 1 << 28
    follow_links: bool = True
    image: str = ""
    label: str = ""
    reads_in_flight: int = 16
    read_cache_bytes: int = 0
    on: str = ""
    annotations: str = ""

    def of_source(self) -> LoaderConfig:
        """The settings that say which samples there are."""
        return LoaderConfig(
            extensions=self.extensions,
            follow_links=self.follow_links,
            image=self.image,
            label=self.label,
            read_cache_bytes=self.read_cache_bytes,
        )


class Scan:
    """Checks the samples of `source`: a folder, a list in a text file, containers, a URL, or one image.

    `files`: to be checked in place of what `source` names, which then only describes them.

    `start` and `cancel` return at once, from any thread; `start` after a cancel resumes it. What was found
    stays in `results`, which is None until the files have been found.
    """

    def __init__(
        self, source: str, settings: ScanSettings | None = None, files: Sequence[StrPath] | None = None
    ) -> None:
        self.source = source
        self._files = files
        self.settings = settings = settings or ScanSettings()
        self.results: ScanResults | None = None
        self.digests: DigestTable | None = None
        self.measures: MeasureTable | None = None
        self.sizes: SizeTable | None = None
        self.annotations: AnnotationChecks | None = None
        self.ahead = Ahead()
        self._source = _partial_source(settings)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._cancelled = False
        self._state, self._message = ScanState.READY, ""
        self.failure: InspectorError | None = None  # what it raised at its last end
        self.notes: list[str] = []  # sentences for the user; it only grows
        self._found = 0
        self._seconds = 0.0  # of the runs before this one
        self._since_s: float | None = None  # when this run began to check
        self._recently = RecentRate()

    # --- from any thread -----------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin, or resume after a cancel; nothing happens where it runs or is complete."""
        with self._lock:
            ends_just_now = self._thread if self._state is ScanState.CANCELLED else None
        if ends_just_now is not None:
            ends_just_now.join()
        with self._lock:
            if self._state not in (ScanState.READY, ScanState.CANCELLED):
                return
            self._cancelled, self._message, self.failure = False, "", None
            self._state = ScanState.FINDING if self.results is None else ScanState.CHECKING
            self._thread = threading.Thread(target=self._run, name="inspector-scan", daemon=True)
            self._thread.start()

    def cancel(self) -> None:
        """End soon; what was found stays, and `start` resumes it."""
        with self._lock:
            self._cancelled = True
        self._source.cancel()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until it does not run; whether it does not."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        return thread is None or not thread.is_alive()

    def close(self) -> None:
        """Cancel, and wait until no worker is left. A search for files that hangs, as in a store, is left to itself."""
        self.cancel()
        self.wait(2.0 if self._state is ScanState.FINDING else None)

    def progress(self) -> ScanProgress:
        """How far it is, at this moment."""
        with self._lock:
            results, now = self.results, time.monotonic()
            progress = ScanProgress(self._state, self._message, self._found, seconds=self._spent(now))
            if results is None:
                return progress
            rate, ahead = self._recently.per_s if self._state is ScanState.CHECKING else None, self.ahead.files
            return replace(
                progress,
                files=len(results.index),
                outside=results.index.outside,
                left_out=results.index.left_out,
                done=results.done,
                good=results.good,
                rows=len(results),
                throttled=results.throttled,
                files_per_s=rate,
                left_s=(len(results.index) - results.done - ahead) / rate if rate else None,
                ahead=ahead,
                workers=self._source.workers(),
                on=self.settings.on,
                note=self.notes[-1] if self.notes else "",
            )

    def move_to(self, on: str) -> None:
        """Have the rest checked elsewhere, as in `ScanSettings.on`; nothing happens unless it is cancelled."""
        with self._lock:
            if self._state is ScanState.CANCELLED and on != self.settings.on:
                self.settings = replace(self.settings, on=on)
                self._source = _partial_source(self.settings)

    def restore(
        self,
        results: ScanResults,
        digests: DigestTable | None,
        measures: MeasureTable | None,
        seconds: float,
        ahead: Ahead | None = None,
        sizes: SizeTable | None = None,
    ) -> None:
        """Take over what an earlier scan of the same files has found; `start` resumes from there."""
        self.results, self.digests, self.measures = results, digests, measures
        results.measures = measures
        self.ahead, self._seconds = ahead or Ahead(), seconds
        self.sizes = sizes or SizeTable(len(results.index))
        self._state = ScanState.CANCELLED

    def change_limits(self, limits: Mapping[str, float], cancelled: Callable[[], bool] = lambda: False) -> bool:
        """Find again what these limits decide, from what was measured: other `results`; whether that was possible.

        Where it runs, was resumed meanwhile or `cancelled` says so, nothing is changed. What a cluster checked ahead of
        the results went by the former limits, and is checked again.

        Raises:
            SettingsError: for a limit that cannot work.
        """
        with self._lock:
            results, state = self.results, self._state
        checks, complete = self.settings.checks.with_limits(limits), state is ScanState.COMPLETE
        if results is None or self.measures is None or not (complete or state is ScanState.CANCELLED):
            return False
        whole = WholeSet(results.index, checks, self.digests, self.measures, cancelled)
        try:
            moved = with_limits(results, self.settings.checks, whole, complete=complete)
        except IndexingCancelled:
            return False
        with self._lock:
            if self._state is not state or self.results is not results or cancelled():
                return False
            self.results, self.settings = moved, replace(self.settings, checks=checks)
            self.ahead, self._source = Ahead(), _partial_source(self.settings)
        return True

    @property
    def has_annotations(self) -> bool:
        """There are annotations, and they are read."""
        return self.annotations is not None and self.annotations.found is not None

    def _spent(self, now: float) -> float:
        return self._seconds + (now - self._since_s if self._since_s is not None else 0.0)

    # --- the scan's own thread -----------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            if self.results is None:
                self._find()
            self._check()
        except (IndexingCancelled, LoaderClosedError):
            self._end(ScanState.CANCELLED)
        except EngineLostError as error:
            self.failure = error
            self._end(ScanState.CANCELLED, str(error))
        except EngineStartError as error:
            self.failure = error
            begun = self.results is not None and self.results.done + self.ahead.files > 0
            self._end(ScanState.CANCELLED if begun else ScanState.FAILED, str(error))
        except InspectorError as error:
            self.failure = error
            self._end(ScanState.FAILED, str(error))
        except Exception as error:  # a fault of ours must be seen, not look like a hang
            _log.exception("the scan failed")
            self._end(ScanState.FAILED, f"inspector failed unexpectedly: {type(error).__name__}: {error}")
        else:
            self._end(ScanState.COMPLETE)

    def _end(self, state: ScanState, message: str = "") -> None:
        if self.results is not None and isinstance(index := self.results.index, ContainerIndex):
            index.close()
        with self._lock:
            self._seconds, self._since_s = self._spent(time.monotonic()), None
            self._state, self._message = state, message

    def _find(self) -> None:
        def count(found: int) -> None:
            self._found = found

        index = open_source(
            self._files or self.source, self.settings.of_source(), on_progress=count, cancelled=lambda: self._cancelled
        )
        if not len(index):
            raise SourceError(no_samples(str(self.source), index))
        with self._lock:
            checks = self.settings.checks
            self.digests = DigestTable(len(index)) if checks.need_digests else None
            self.measures = MeasureTable(len(index)) if checks.need_measures else None
            self.sizes = SizeTable(len(index))
            self.results = ScanResults(index)
            self.results.measures = self.measures
            self._state = ScanState.CHECKING

    def _check(self) -> None:
        results, sizes, checks = self.results, self.sizes, self.settings.checks
        assert results is not None
        assert sizes is not None
        cancelled: Callable[[], bool] = lambda: self._cancelled  # noqa: E731
        if self.annotations is None:
            choice = self.settings.annotations
            self.annotations = AnnotationChecks(results.index, checks.names, choice, cancelled)
        if checks.splits:
            Places.of(results.index, checks.splits)  # before hours of work
        with closing(self._source) as source:
            if results.done < len(results.index):
                hooks = Hooks(cancelled, self._begin, self.notes.append)
                with closing(source.partials(results.index, results.done, self.ahead, hooks)) as partials:
                    for partial in partials:
                        self._take(results, partial)
            whole = WholeSet(results.index, checks, self.digests, self.measures, cancelled, source.compare)
            faults = [*self.annotations.findings(sizes)]
            if self._cancelled:
                raise IndexingCancelled
            self._finish(results, whole, faults)

    def _finish(self, results: ScanResults, whole: WholeSet, faults: list[SetFinding]) -> None:
        """Add what the whole set shows. Once the first of it is there, a cancellation comes too late."""
        for found in chain(set_findings(whole), faults):
            if isinstance(found.where, str):
                results.add_place(found.where, found.check, found.reason)
            else:
                size = results.file_bytes(found.where)
                results.add(found.where, found.check, found.reason, size, found.other, found.group)
        for number, _ in enumerate(results.index.unreadable):
            reason = "The folder could not be read, so its files were not checked; check its permissions."
            results.add(len(results.index) + number, ProblemKind.UNREADABLE, reason, None)

    def _begin(self) -> None:
        """The first file is about to be checked."""
        with self._lock:
            if self._since_s is None:
                self._since_s = time.monotonic()
                self._recently.clear()

    def _take(self, results: ScanResults, partial: Partial) -> None:
        first, names = partial.first, self.settings.checks.names
        same = self.digests.add(first, partial.digests) if self.digests is not None else {}
        if self.sizes is not None and self.has_annotations:
            self.sizes.put(first, partial.sides)
        if self.measures is not None:
            self.measures.put(first, partial.measures, partial.sizes)
        rows = {first + row.place: row for row in partial.rows}
        with self._lock:
            for file in sorted({*rows, *same} if DUPLICATE in names else rows):
                size = partial.file_bytes(file - first)
                if (row := rows.get(file)) is not None:
                    if row.kind is not None:
                        results.add(file, row.kind, row.reason, size)
                    for finding in row.findings:
                        results.add(file, finding.check, finding.reason, size)
                if file in same and DUPLICATE in names:
                    reason = f"It has exactly the same content as {results.index.relative(same[file])}."
                    results.add(file, DUPLICATE, reason, size, same[file], same[file])
            results.count_files(partial.files, sum(row.kind is not None for row in partial.rows), partial.throttled)
            self._recently.note(results.done + self.ahead.files)


def _partial_source(settings: ScanSettings) -> PartialSource:
    check_files = CheckFiles(
        settings.checks,
        settings.max_pixels,
        own_process=settings.on != "" or settings.num_workers > 0,
        reads_in_flight=settings.reads_in_flight,
        max_bytes=decoding_bytes(settings.max_pixels, default_memory_limit_bytes(), settings.num_workers),
    )
    if settings.on:
        return ClusterPartials(settings.on, check_files, settings.num_workers)
    return LocalPartials(check_files, settings.num_workers)
