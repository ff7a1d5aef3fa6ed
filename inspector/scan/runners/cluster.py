"""Files checked by the workers of a cluster."""

from collections.abc import Generator

from inspector.scan.check_file import CheckFiles, FileReport
from inspector.scan.progress import EngineWorker, workers_in_words
from inspector.scan.runners.ahead import Ahead
from inspector.scan.runners.chunk import ChunkSettings
from inspector.scan.runners.chunk_plan import ChunkPlan, landmarks_of
from inspector.scan.runners.cluster_runner import ClusterRunner
from inspector.scan.runners.driver import Start
from inspector.scan.runners.reports import Hooks
from inspector.sources.opening import SampleIndex


class ClusterReports:
    """A `ReportSource`.

    Args:
        on: "dask" or "ray" for a cluster on this machine, or the address of one.
        check_files: how to check.
        num_workers: of a cluster on this machine.
    """

    def __init__(self, on: str, check_files: CheckFiles, num_workers: int) -> None:
        self.on = on
        self._settings = ChunkSettings(check_files.checks, check_files.max_pixels, check_files.max_bytes)
        self._num_workers = max(1, num_workers)
        self._runner: ClusterRunner | None = None

    def reports(self, index: SampleIndex, first: int, ahead: Ahead, hooks: Hooks) -> Generator[FileReport]:
        """See `ReportSource`."""
        gaps = ahead.gaps(first, len(index))
        runner = None
        try:
            if gaps:
                landmarks = landmarks_of(index)
                runner = ClusterRunner(Start(self.on, self._num_workers, landmarks), hooks.say, hooks.cancelled)
                self._runner = runner
                hooks.say(f"{self.on}: {workers_in_words(runner.workers())}")
                hooks.started()
                plan = ChunkPlan(index, gaps, self._settings, runner.threads, landmarks)
                for partial in runner.run(iter(plan)):
                    plan.note(partial)
                    ahead.put(partial)
                    while (done := ahead.take(first)) is not None:
                        yield from done.reports()
                        first += done.files
                    if hooks.cancelled():
                        runner.cancel()
            while (done := ahead.take(first)) is not None:
                yield from done.reports()
                first += done.files
        finally:
            self._runner = None
            if runner is not None:
                runner.close()

    def cancel(self) -> None:
        """See `ReportSource`."""
        runner = self._runner
        if runner is not None:
            runner.cancel()

    def workers(self) -> tuple[EngineWorker, ...]:
        """See `ReportSource`."""
        runner = self._runner
        return runner.workers() if runner is not None else ()
