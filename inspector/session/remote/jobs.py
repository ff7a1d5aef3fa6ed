"""A scan, a sweep and moves that run there."""

import threading
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from typing import Any

from inspector.errors import QuarantineError
from inspector.quarantine import Manifest, MoveOutcome, MovePlan
from inspector.quarantine.shards import CleanOutcome
from inspector.scan.check_settings import CheckSettings
from inspector.scan.progress import ScanProgress, ScanState
from inspector.scan.score_histogram import ScoreHistogram
from inspector.session.exchange import (
    ExportPiece,
    FoundRows,
    JobRequest,
    JobState,
    LimitsChange,
    NamedThing,
    NamedThings,
    RowsRequest,
    ScanRequest,
    SweepRequest,
    TextRequest,
)
from inspector.session.job import Job
from inspector.session.remote.calls import FarError, Polled, RemoteCalls
from inspector.session.remote.checks import check_histogram, check_rows
from inspector.session.remote.findings import RemoteFindings
from inspector.session.remote.line import Line
from inspector.session.remote.mirror import Mirror
from inspector.tuner.report import Report
from inspector.tuner.sweep_state import SweepProgress, SweepState
from inspector.tuner.variations import Variations
from inspector.wire.values import encode

_NOTHING = encode(None)
_LOOK_EVERY_S = 0.1
_ANSWER_S = 5.0


class _Unheard:
    """What was asked of a control: taken as done until the other side has heard of it. A cancellation waits for it."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._asked: list[tuple[str, int]] = []

    def intend(self, name: str, body: bytes = _NOTHING) -> None:
        number = self._line.intend(name, body)
        self._asked = [*self._unheard(), (name.partition(".")[2].removesuffix("_on"), number)]

    def unheard(self) -> str:
        """`start`, `clear` or `resume`; "" where all was heard."""
        names = [name for name, _ in self._unheard() if name != "cancel"]
        return names[-1] if names else ""

    def _unheard(self) -> list[tuple[str, int]]:
        heard = self._line.revision()
        return [each for each in self._asked if each[1] > heard]


class RemoteScan:
    """A `ScanControl`."""

    def __init__(self, line: Line, calls: RemoteCalls, mirror: Mirror) -> None:
        self._calls, self._mirror = calls, mirror
        self._asked = _Unheard(line)
        self._lock = threading.Lock()
        self._findings: RemoteFindings | None = None
        self._histograms: dict[str, Polled[ScoreHistogram | None]] = {}

    @property
    def checks(self) -> CheckSettings | None:
        """What is being checked beside faults; None before a start."""
        return self._mirror.scan()[1]

    @property
    def findings(self) -> RemoteFindings | None:
        """None until the samples are known."""
        return None if self._asked.unheard() in ("start", "clear") else self._as_known()

    def start(self, checks: CheckSettings, on: str = "") -> None:
        """Begin to check the open source, there, or on a cluster as that machine knows it."""
        if on:
            self._asked.intend("scan.start_on", encode(ScanRequest(checks, on)))
        else:
            self._asked.intend("scan.start", encode(checks))

    def resume(self, on: str | None = None) -> None:
        """Check what a cancelled scan has left."""
        if on is None or on == self._mirror.scan()[0].on:  # as another minor version hears it, too
            self._asked.intend("scan.resume")
        else:
            self._asked.intend("scan.resume_on", encode(NamedThing(on)))

    def cancel(self) -> None:
        """Stop soon; what was found stays."""
        self._asked.intend("scan.cancel")

    def clear(self) -> None:
        """Stop, and forget what was found."""
        self._asked.intend("scan.clear")

    def progress(self) -> ScanProgress:
        """How far it is, as far as is known here."""
        unheard, progress = self._asked.unheard(), self._mirror.scan()[0]
        if unheard == "start":
            return ScanProgress(ScanState.FINDING)
        if unheard == "clear":
            return ScanProgress(ScanState.READY)
        if unheard == "resume":
            return ScanProgress(ScanState.CHECKING, "", progress.files, progress.done, progress.good, progress.rows)
        return progress

    def change_limits(self, limits: Mapping[str, float]) -> None:
        """Find again there what these limits decide, from the scores."""
        self._asked.intend(
            "scan.change_limits", encode(LimitsChange({name: float(each) for name, each in limits.items()}))
        )

    @property
    def changing_limits(self) -> bool:
        """The findings are still those of former limits."""
        return self._asked.unheard() == "change_limits" or self._mirror.is_changing_limits

    def histogram(self, check: str) -> ScoreHistogram | None:
        """Of the scores, as it came last; None where there is none, or none has come."""
        if check not in self._histograms:
            request = NamedThing(check)
            ask = self._calls.ask
            self._histograms[check] = Polled(
                lambda: ask("scan.histogram", request, ScoreHistogram | None, check_histogram), None
            )
        return self._histograms[check].get()

    def all_but_the_largest(self, checks: Collection[str]) -> Sequence[str]:
        """Locations there of all but the largest of each group; () where the other side does not answer soon."""
        asked = self._calls.ask("scan.all_but_the_largest", NamedThings(tuple(checks)), tuple[str, ...])
        try:
            found: tuple[str, ...] = asked.result(_ANSWER_S)
        except (FarError, CancelledError, TimeoutError):
            return ()
        return found

    def as_csv(self) -> Iterator[str]:
        """What was found, in pieces."""
        return map(str, self._pieces("csv"))

    def as_json(self) -> Iterator[str]:
        """All of it, in pieces; a scan can be resumed from this."""
        return map(str, self._pieces("json"))

    def as_list(self) -> Iterator[str]:
        """What to keep, a line each."""
        return map(str, self._pieces("list"))

    def as_scores(self, file: str) -> Iterator[str | bytes]:
        """The scores of every sample, in pieces, in the format that the file's name says."""
        return self._pieces("scores.parquet" if file.lower().endswith(".parquet") else "scores.csv")

    def follow(self) -> None:
        """What was found there may be more by now: called whenever a state has come."""
        findings = self._as_known()
        if findings is not None:
            self._fetch(findings)

    def _as_known(self) -> RemoteFindings | None:
        """Those that the last state is about: who reads the state and then these sees none of a former scan."""
        _, _, run, counts = self._mirror.scan()
        with self._lock:
            if run == 0:
                self._findings = None
            elif self._findings is None or self._findings.run != run:
                self._findings = RemoteFindings(run)
            if self._findings is not None:
                self._findings.expected = counts
            return self._findings

    def _fetch(self, findings: RemoteFindings) -> None:
        with self._lock:
            if findings.asking or not findings.is_behind():
                return
            findings.asking = True
        request = RowsRequest(findings.run, len(findings))

        def take(future: "Future[FoundRows]") -> None:
            came = 0
            if not future.cancelled() and future.exception() is None:
                came = len(future.result().rows)
                findings.take(future.result())
            findings.asking = False
            if came:
                self._fetch(findings)

        self._calls.ask("findings", request, FoundRows, check_rows).add_done_callback(take)

    def _pieces(self, name: str) -> Iterator[str | bytes]:
        token, piece = uuid.uuid4().hex, 0
        while True:
            found = self._calls.ask("scan.text", TextRequest(name, token, piece), ExportPiece | None).result()
            if found is None:
                return
            yield found.data or found.text
            piece += 1


class RemoteTune:
    """A `TuneControl`."""

    def __init__(self, line: Line, calls: RemoteCalls, mirror: Mirror) -> None:
        self._calls, self._mirror = calls, mirror
        self._asked = _Unheard(line)
        self._budget_s = 0.0

    @property
    def unavailable(self) -> Mapping[str, str]:
        """What cannot be asked for there, and why."""
        return self._mirror.unavailable()

    def start(self, variations: Variations, *, budget_s: float, cold: bool) -> None:
        """Begin a sweep around the settings in force."""
        self._budget_s = float(budget_s)
        self._asked.intend("tune.start", encode(SweepRequest(variations, self._budget_s, cold)))

    def cancel(self) -> None:
        """Stop soon, with a partial report."""
        self._asked.intend("tune.cancel")

    def clear(self) -> None:
        """Stop, and forget the report."""
        self._asked.intend("tune.clear")

    def state(self) -> SweepState:
        """How far it is, as far as is known here."""
        unheard, state = self._asked.unheard(), self._mirror.sweep()
        if unheard == "start":
            return SweepState(True, SweepProgress("starting there", 0.0, self._budget_s))
        return SweepState(state.runs) if unheard == "clear" else state

    def earlier(self) -> "Future[list[Report]]":
        """Reports of earlier sweeps of the open source, the newest first."""
        return self._calls.ask("earlier", None, list[Report])


class RemoteQuarantine:
    """Implements `protocol.Quarantine`: files are moved there. A move is done once, however often the line breaks."""

    def __init__(self, calls: RemoteCalls) -> None:
        self._calls = calls
        self._closing = threading.Event()
        self._shown: dict[int, tuple[Any, str]] = {}  # what was shown, and the token of the job that has shown it
        self._jobs: list[Job[Any]] = []

    def plan(self, locations: Sequence[str], destination: str) -> "Job[MovePlan]":
        """What would be moved where."""
        return self._begin(JobRequest(token="", kind="plan", locations=tuple(locations), destination=destination))

    def move(self, plan: MovePlan) -> "Job[MoveOutcome]":
        """Move what was agreed to; it must be what `plan` gave."""
        return self._begin(JobRequest(token="", kind="move", shown=self._token_of(plan)))

    def look(self, manifest: str) -> "Job[Manifest]":
        """What a manifest lists."""
        return self._begin(JobRequest(token="", kind="look", manifest=manifest))

    def restore(self, manifest: str, agreed: Manifest | None = None) -> "Job[MoveOutcome]":
        """Put back what a manifest lists."""
        shown = self._token_of(agreed) if agreed is not None else ""
        return self._begin(JobRequest(token="", kind="restore", manifest=manifest, shown=shown))

    def clean_shards(self, folder: str) -> "Job[CleanOutcome]":
        """Write clean shards there."""
        return self._begin(JobRequest(token="", kind="clean", destination=folder))

    def close(self) -> None:
        """Wait for no job any more."""
        self._closing.set()
        for job in self._jobs:
            job.close()

    def _token_of(self, shown: object) -> str:
        return next((token for each, token in self._shown.values() if each is shown), "")

    def _begin(self, request: JobRequest) -> "Job[Any]":
        token = uuid.uuid4().hex
        named = JobRequest(
            token=token,
            kind=request.kind,
            locations=request.locations,
            destination=request.destination,
            manifest=request.manifest,
            shown=request.shown,
        )
        job: Job[Any] = Job(lambda job: self._follow(job, named), "inspector-far-move")
        self._jobs = [*(each for each in self._jobs if not each.result.done()), job]
        return job

    def _follow(self, job: "Job[Any]", request: JobRequest) -> Any:
        follow = JobRequest(token=request.token, kind=request.kind)
        while True:
            state = self._ask(request)
            request = JobRequest(token=follow.token, kind=follow.kind, cancel=job.cancelled())
            job.report(state.done)
            if state.over:
                break
            if self._closing.wait(_LOOK_EVERY_S):
                raise CancelledError
        if state.error:
            raise QuarantineError(state.error)
        results = (state.plan, state.outcome, state.manifest, state.clean)
        result = next((each for each in results if each is not None), None)
        if result is None:
            raise QuarantineError("The other side did not say what came of it.")
        self._shown[len(self._shown) % 16] = result, request.token
        return result

    def _ask(self, request: JobRequest) -> JobState:
        future = self._calls.ask("job", request, JobState)
        while not self._closing.is_set():
            try:
                state: JobState = future.result(0.2)
            except TimeoutError:
                continue
            except FarError as error:
                raise QuarantineError(str(error)) from error
            return state
        raise CancelledError
