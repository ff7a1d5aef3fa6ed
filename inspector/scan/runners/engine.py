"""What a cluster's engine is asked for."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from inspector.errors import InspectorError, SettingsError
from inspector.scan.perceptual_hash import Hashes
from inspector.scan.progress import EngineWorker
from inspector.scan.runners.check import WorkerBlind
from inspector.scan.runners.chunk import Chunk
from inspector.scan.runners.partial import Partial
from inspector.scan.runners.search_task import SearchTask


class EngineLostError(InspectorError):
    """Raised when a cluster is gone, or no worker of it is left; what was found so far is kept."""


class EngineStartError(SettingsError):
    """Raised when no chunk can be checked on a cluster, before the first one; says why, and what to do."""


class WorkerDied(NamedTuple):
    """In place of what comes of a task: the worker that had it is gone. `reason`: for a person."""

    reason: str


Task = Chunk | SearchTask
Outcome = Partial | Hashes | WorkerDied | WorkerBlind | InspectorError


class Engine(Protocol):
    """Dask or Ray, in the driver's process."""

    def connect(self, say: Callable[[str], object]) -> None:
        """Start the cluster, or connect to it, and see that its workers can do what will be asked of them.

        Args:
            say: takes a sentence for the user.

        Raises:
            InspectorError: says what is missing, and what to do.
        """

    def blind(self, paths: tuple[str, ...]) -> tuple[str, str] | None:
        """A worker's host and one of the paths that it cannot read; None where all can read all."""

    def workers(self) -> list[EngineWorker]:
        """Those there are now."""

    def share(self, hashes: Hashes) -> None:
        """Have them where tasks are done, for those that are searches."""

    def submit(self, task: Task) -> None:
        """Have it done by some worker."""

    def completed(self, timeout_s: float) -> list[tuple[Task, Outcome]]:
        """What has come of tasks since the last call. Waits for the first one.

        Raises:
            EngineLostError: where the cluster is gone.
        """

    def close(self) -> None:
        """Let go of the cluster; end it where it was started here."""
