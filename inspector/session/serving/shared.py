"""What all connections to a session have in common."""

import threading
import uuid
from collections import OrderedDict
from concurrent.futures import Future
from typing import Any

from inspector.errors import InspectorError
from inspector.formats.problems import Problem
from inspector.monitor.records import Snapshot
from inspector.quarantine import Manifest, MovePlan
from inspector.quarantine.shards import CleanOutcome
from inspector.session.exchange import JobRequest, JobState
from inspector.session.job import Job
from inspector.session.protocol import Findings, Quarantine, Session
from inspector.wire.errors import WireError

_MOST_JOBS = 32


class Runs:
    """Numbers what begins again: the list of problems, and the findings of scans. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._first: Problem | None = None
        self._findings: Findings | None = None
        self._problems_run, self._findings_run = 1, 0

    def of_problems(self, session: Session) -> int:
        """Another number whenever the list has begun again."""
        first = next(iter(session.problems(0)[:1]), None)
        with self._lock:
            if first is not self._first:
                if self._first is not None:
                    self._problems_run += 1
                self._first = first
            return self._problems_run

    def of_findings(self, findings: Findings | None) -> int:
        """0 where there are none."""
        with self._lock:
            if findings is not self._findings:
                self._findings = findings
                self._findings_run += 1
            return self._findings_run if findings is not None else 0


class Jobs:
    """Files are moved by their tokens: a client that comes again asks for the job that it began, and begins no second.

    Only what an earlier job has shown is done: the plan itself, or the manifest, as this side keeps it.
    """

    def __init__(self, quarantine: Quarantine | None) -> None:
        self._quarantine = quarantine
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, Job[Any]] = OrderedDict()
        self._own: set[str] = set()  # manifests that this session wrote

    def look(self, request: JobRequest) -> JobState:
        """Begin it where it is new, and how far it is."""
        with self._lock:
            job = self._jobs.get(request.token)
            if job is None:
                job = self._jobs[request.token] = self._begin(request)
                for token in [token for token, each in self._jobs.items() if each.result.done()][:-_MOST_JOBS]:
                    del self._jobs[token]
        if request.cancel:
            job.cancel()
        return self._state(job)

    def _begin(self, request: JobRequest) -> "Job[Any]":
        quarantine = self._quarantine
        if quarantine is None:
            raise WireError("No files can be moved here.")
        if sum(not job.result.done() for job in self._jobs.values()) >= _MOST_JOBS:
            raise WireError("Too many moves are under way.")
        if request.kind == "plan":
            return quarantine.plan(request.locations, request.destination)
        if request.kind == "move":
            return quarantine.move(self._shown(request, MovePlan))
        if request.kind == "look":
            return quarantine.look(request.manifest)
        if request.kind == "restore":
            if request.manifest in self._own and not request.shown:
                return quarantine.restore(request.manifest)
            shown = self._shown(request, Manifest)
            return quarantine.restore(shown.file, shown)
        if request.kind == "clean":
            return quarantine.clean_shards(request.destination)
        raise WireError(f"There is no job called {request.kind[:40]!r}.")

    def _shown(self, request: JobRequest, kind: type[Any]) -> Any:
        job = self._jobs.get(request.shown)
        result = job.result.result() if job is not None and _succeeded(job.result) else None
        if not isinstance(result, kind):
            raise WireError("This was not looked at before, or too long ago: look at it again.")
        return result

    def _state(self, job: "Job[Any]") -> JobState:
        if not job.result.done():
            return JobState(done=job.done)
        error = job.result.exception()
        if error is not None:
            expected = isinstance(error, InspectorError)
            return JobState(over=True, error=str(error) if expected else f"{type(error).__name__}: {error}")
        result = job.result.result()
        if isinstance(result, MovePlan):
            return JobState(done=job.done, over=True, plan=result)
        if isinstance(result, Manifest):
            return JobState(done=job.done, over=True, manifest=result)
        if isinstance(result, CleanOutcome):
            return JobState(done=job.done, over=True, clean=result)
        with self._lock:
            self._own.add(result.manifest)
        return JobState(done=job.done, over=True, outcome=result)


def _succeeded(result: "Future[Any]") -> bool:
    return result.done() and result.exception() is None


class SharedState:
    """Of a session that is served.

    Args:
        line_kb_per_s: how much each client may be sent, where the session has no such setting; 0: what the line takes.
    """

    def __init__(self, session: Session, line_kb_per_s: int = 0) -> None:
        self.session = session
        self._line_kb_per_s = line_kb_per_s
        self.name = uuid.uuid4().hex
        self.runs = Runs()
        self.jobs = Jobs(session.quarantine)
        self.heard: dict[str, int] = {}  # the last intent of each client
        self.lock = threading.Lock()

    def line_kb_per_s(self, snapshot: Snapshot) -> int:
        """How much may be sent to each client; 0: what the line takes."""
        value = snapshot.settings.get("line_kb_per_s", self._line_kb_per_s)
        return value if isinstance(value, int) else 0
