"""`LocalTune`: sweeps of the files that a local session has open."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future

from inspector.session.ending import Ending
from inspector.session.job import Job, answered
from inspector.session.opened import OpenedSource
from inspector.tuner.page_cache import CAN_DROP
from inspector.tuner.report import Report
from inspector.tuner.report_archive import ReportArchive
from inspector.tuner.sweep_state import SweepState
from inspector.tuner.torch_bench import torch_is_installed
from inspector.tuner.tuner import Tuner
from inspector.tuner.variations import Variations

_NOTHING_OPEN = "There is nothing to measure yet: wait until the files are found, or open a folder."


class LocalTune:
    """A `TuneControl`. All methods but `close` return at once, from any thread.

    Args:
        opened: returns what is open, None while its samples are not known.
        archive: where reports are kept.
    """

    def __init__(self, opened: Callable[[], OpenedSource | None], archive: ReportArchive) -> None:
        self._opened = opened
        self._archive = archive
        self._lock = threading.Lock()
        self._tuner: Tuner | None = None
        self._failure = ""  # why it could not even begin
        self._sources = 0  # how many were opened so far
        self._ending = Ending()
        self._reading: list[Job[list[Report]]] = []

    @property
    def unavailable(self) -> Mapping[str, str]:
        """What cannot be asked for here, `cold` or `torch`, and why."""
        reasons = {}
        if not CAN_DROP:
            reasons["cold"] = "This system cannot be asked to drop files from memory"
        if not torch_is_installed():
            reasons["torch"] = "PyTorch is not installed here"
        return reasons

    def start(self, variations: Variations, *, budget_s: float, cold: bool) -> None:
        """Begin a sweep around the settings in force."""
        sources = self._sources
        opened = self._opened()
        tuner = self.make_tuner(opened, variations, budget_s=budget_s, cold=cold) if opened is not None else None
        with self._lock:
            if self._sources != sources:
                return  # another source has been opened just now
            self._clear()
            self._tuner = tuner
            if tuner is None:
                self._failure = _NOTHING_OPEN
            else:
                tuner.start()

    def make_tuner(self, opened: OpenedSource, variations: Variations, *, budget_s: float, cold: bool) -> Tuner:
        """The sweep that `start` begins."""
        return Tuner(
            opened.index,
            opened.config,
            variations=variations,
            step_ms=opened.config.step_ms,
            budget_s=budget_s,
            cold=cold,
            archive=self._archive,
        )

    def cancel(self) -> None:
        """Stop soon, with a partial report."""
        with self._lock:
            if self._tuner is not None:
                self._tuner.cancel()

    def clear(self) -> None:
        """Stop, and forget the report."""
        with self._lock:
            self._clear()

    def source_changed(self) -> None:
        """Another source is being opened: the report on the one before is forgotten."""
        with self._lock:
            self._sources += 1
            self._clear()

    def close(self) -> None:
        """Stop, and wait until no sweep is left."""
        with self._lock:
            tuner = self._tuner
            reading, self._reading = self._reading, []
        self.source_changed()
        if tuner is not None:
            tuner.close()
        for job in reading:
            job.close()
        self._ending.join()

    def state(self) -> SweepState:
        """How far it is, at this moment."""
        with self._lock:
            tuner, failure = self._tuner, self._failure
        ending = bool(self._ending)
        if tuner is None:
            return SweepState(ending, error=failure)
        if not tuner.finished:
            return SweepState(True, tuner.progress)
        return SweepState(ending, report=tuner.report, error=str(tuner.error or ""))

    def earlier(self) -> "Future[list[Report]]":
        """Reports of earlier sweeps of the open source, the newest first."""
        opened = self._opened()
        if opened is None:
            return answered([])
        source = opened.index.source
        job = Job(lambda _job: self._archive.earlier(source), "inspector-earlier-sweeps")
        with self._lock:
            self._reading = [*(each for each in self._reading if not each.result.done()), job]
        return job.result

    def _clear(self) -> None:
        tuner, self._tuner, self._failure = self._tuner, None, ""
        if tuner is not None and not tuner.join(0):
            self._ending.add(tuner)
