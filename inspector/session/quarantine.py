"""Moving samples of the open folder aside, and back, or writing clean shards: the jobs behind `Session.quarantine`."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from inspector.errors import QuarantineError
from inspector.locations import expanded
from inspector.quarantine import Manifest, MoveOutcome, MovePlan, move_aside, plan, read_manifest, restore
from inspector.quarantine import shards as clean
from inspector.scan.results import ScanResults
from inspector.session.job import Job
from inspector.sources.containers.formats import format_of
from inspector.sources.containers.location import is_location
from inspector.sources.remote.address import is_remote

Result = TypeVar("Result")


class LocalQuarantine:
    """Implements `protocol.Quarantine` for files on this machine.

    Args:
        root: the folder that is open; a list of files has another text, or none.
        checked: what a scan of all samples found; None where there was none, or it has not ended.
    """

    def __init__(self, root: Callable[[], str], checked: Callable[[], ScanResults | None] = lambda: None) -> None:
        self._root, self._checked = root, checked
        self._jobs: list[Job[Any]] = []

    def plan(self, locations: Sequence[str], destination: str) -> Job[MovePlan]:
        """Look at the files; the list and the folder are those of now."""
        return self._begin(partial(_plan, tuple(locations), destination, self._root()))

    def move(self, plan: MovePlan) -> Job[MoveOutcome]:
        """Do what the plan says; where it is cancelled, no file is lost."""
        return self._begin(lambda job: move_aside(plan, on_progress=job.report, cancelled=job.cancelled))

    def look(self, manifest: str) -> Job[Manifest]:
        """Read a manifest."""
        return self._begin(lambda _job: read_manifest(manifest))

    def restore(self, manifest: str, agreed: Manifest | None = None) -> Job[MoveOutcome]:
        """Put back what a manifest lists, where it is what was agreed to."""
        return self._begin(
            lambda job: restore(manifest, agreed=agreed, on_progress=job.report, cancelled=job.cancelled)
        )

    def clean_shards(self, folder: str) -> Job[clean.CleanOutcome]:
        """Write the good samples to new shards; where it is cancelled, those that are done stay."""
        return self._begin(partial(_clean, folder, self._checked()))

    def close(self) -> None:
        """Cancel what is under way, and wait; a move ends after the file that it is at."""
        for job in self._jobs:
            job.close()

    def _begin(self, work: Callable[[Job[Result]], Result]) -> Job[Result]:
        job = Job(work, "inspector-quarantine")
        self._jobs = [known for known in self._jobs if not known.result.done()]
        self._jobs.append(job)
        return job


def _plan(locations: Sequence[str], destination: str, root: str, _job: Job[MovePlan]) -> MovePlan:
    is_container = os.path.isfile(root) and format_of(root) is not None
    if is_container or any(is_location(each) or is_remote(each) for each in locations):
        raise QuarantineError(
            "Nothing can be moved out of a container, or elsewhere. Write a list of what to keep in place of it, which "
            "can be opened as a folder is: inspector scan PATH --keep FILE.txt"
        )
    return plan(locations, destination, root=root if os.path.isdir(root) else None)


def _clean(folder: str, checked: ScanResults | None, job: Job[clean.CleanOutcome]) -> clean.CleanOutcome:
    if checked is None:
        raise QuarantineError("Check all samples first: clean shards have those that the check found good.")
    planned = clean.plan(checked.index, checked.kept(), expanded(folder))

    def report(progress: clean.CleanProgress) -> None:
        job.report(100 * progress.nbytes // max(1, progress.of_nbytes))

    return clean.write(planned, on_progress=report, cancelled=job.cancelled)
