"""What is known here of the session there: what came last, checked."""

import threading
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from inspector.formats.problems import Problem
from inspector.loader.counters import Rates
from inspector.monitor.records import BatchView, RunState, Series, Snapshot
from inspector.scan.check_settings import CheckSettings
from inspector.scan.progress import ScanProgress, ScanState
from inspector.scan.results import ROW_NAMES
from inspector.session.exchange import SentBatch, SessionState
from inspector.session.remote.checks import check_series, check_snapshot, view_of
from inspector.session.training import TrainingState
from inspector.tuner.sweep_state import SweepState
from inspector.wire.errors import WireError

_SHOWN_S = 61.0  # of the series
_GAP_S, _STEP_S = 1.0, 0.2  # points are five a second: a longer step was not seen
_MOST_PROBLEMS = 5_000_000
_ROW_NAMES = frozenset(map(str, ROW_NAMES))


class Mirror:
    """Thread-safe.

    Attributes:
        proof_serial: raised by whoever gets proofs.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state: SessionState | None = None
        self._series = _points(0)
        self._problems: list[Problem] = []
        self._problems_run = 0
        self._view: BatchView | None = None
        self._batch_serial = 0
        self._sweep = SweepState()
        self._training: TrainingState | None = None
        self._unavailable: Mapping[str, str] = {}
        self.proof_serial = 0

    # --- what comes --------------------------------------------------------------------------------------------

    def begin_again(self) -> None:
        """Another session answers there: what was known of the one before is over, but for what it has shown."""
        with self._lock:
            self._problems_run = 0
            self._series = _points(0)
            self._sweep = SweepState()

    def take_state(self, state: SessionState) -> None:
        """
        Raises:
            WireError: where it makes no sense; nothing of it is taken then.
        """
        check_snapshot(state.snapshot)
        if state.series is not None:
            check_series(state.series)
        if not _ROW_NAMES.issuperset(state.findings) or min(state.findings.values(), default=0) < 0:
            raise WireError("The other side sent findings of no kind.")
        with self._lock:
            self._take_problems(state)
            if state.series is not None:
                self._series = _joined(_points(0) if state.series_again else self._series, state.series)
            if state.sweep is not None:
                self._sweep = state.sweep
            if state.training is not None:
                self._training = state.training
            if state.unavailable is not None:
                self._unavailable = state.unavailable
            self._state = state

    def _take_problems(self, state: SessionState) -> None:
        if state.problems_run != self._problems_run:
            self._problems_run, self._problems = state.problems_run, []
        if state.problems_from > len(self._problems) or len(self._problems) > _MOST_PROBLEMS:
            raise WireError("The other side left out some problems, or never ends with them.")
        self._problems[state.problems_from :] = state.problems

    def take_pictures(self, pictures: SentBatch | None) -> None:
        """
        Raises:
            WireError: where they are none.
        """
        view = None if pictures is None else view_of(pictures, self._view)
        with self._lock:
            self._view = view
            self._batch_serial += 1

    # --- what is shown -----------------------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Something came."""
        return self._state is not None

    @property
    def heard(self) -> int:
        """The last intent that the other side knows of."""
        return self._state.heard if self._state is not None else 0

    def snapshot(self, revision: int, *, connected: bool, state: RunState | None = None) -> Snapshot:
        """As it came last; without a connection, no rate is known. `state`: it is to run, or to rest, from now on."""
        with self._lock:
            assert self._state is not None
            snapshot = self._state.snapshot
            loads = snapshot.state in (RunState.RUNNING, RunState.PAUSED)
            return replace(
                snapshot,
                state=state if state is not None and loads else snapshot.state,
                revision=revision,
                batch_serial=self._batch_serial,
                proof_serial=self.proof_serial,
                problems=len(self._problems),
                rates=snapshot.rates if connected else Rates(snapshot.rates.span_s),
            )

    def series(self) -> Series:
        with self._lock:
            return self._series

    def view(self) -> BatchView | None:
        with self._lock:
            return self._view

    def problems(self, since: int) -> list[Problem]:
        with self._lock:
            return self._problems[since:]

    def known(self) -> dict[str, str]:
        """What the other side need not send again, for its hello."""
        with self._lock:
            times = self._series.time_s
            return {
                "series": repr(float(times[-1])) if len(times) else "-inf",
                "problems": str(len(self._problems)),
                "problems_run": str(self._problems_run),
            }

    @property
    def is_changing_limits(self) -> bool:
        """What a scan has found is still of former limits."""
        return self._state is not None and self._state.changing_limits

    def scan(self) -> tuple[ScanProgress, CheckSettings | None, int, dict[str, int]]:
        """How far it is, what is checked, which findings, and how many of each name."""
        state = self._state
        if state is None:
            return ScanProgress(ScanState.READY), None, 0, {}
        return state.scan or ScanProgress(ScanState.READY), state.checks, state.findings_run, state.findings

    def sweep(self) -> SweepState:
        return self._sweep

    def unavailable(self) -> Mapping[str, str]:
        return self._unavailable

    def training(self) -> TrainingState | None:
        return self._training


def _points(count: int) -> Series:
    nothing = np.full(count, np.nan)
    return Series(nothing, nothing, nothing, nothing, nothing)


def _joined(before: Series, fresh: Series) -> Series:
    """Both, the last minute of them; where nothing was seen in between, that is unknown, and no line is drawn."""
    if not len(fresh.time_s):
        return replace(before, changes=fresh.changes)
    kept = before.time_s < fresh.time_s[0]
    begins = max(int(kept.sum()) - 1, 0)  # gaps before are marked already
    columns = []
    for name in ("time_s", "batches_per_s", "images_per_s", "queue_depth", "prefetch_batches"):
        columns.append(np.concatenate((getattr(before, name)[kept], getattr(fresh, name))))
    times = columns[0]
    gaps = np.flatnonzero(np.diff(times[begins:]) > _GAP_S) + 1 + begins
    if len(gaps):
        after = times[gaps - 1] + _STEP_S
        columns = [np.insert(times, gaps, after), *(np.insert(column, gaps, np.nan) for column in columns[1:])]
    recent = columns[0] >= columns[0][-1] - _SHOWN_S
    times, batches, images, depth, prefetch = (column[recent] for column in columns)
    return Series(times, batches, images, depth, prefetch, fresh.changes)
