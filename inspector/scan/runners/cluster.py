"""Files checked by the workers of a cluster."""

from collections.abc import Callable, Generator, Iterator, Sequence

from inspector.errors import InspectorError, LoaderClosedError
from inspector.scan.check_file import CheckFiles
from inspector.scan.near_pairs import BandSearch, compare_here
from inspector.scan.perceptual_hash import Hashes
from inspector.scan.progress import EngineWorker, workers_in_words
from inspector.scan.runners.ahead import Ahead
from inspector.scan.runners.chunk import ChunkSettings
from inspector.scan.runners.chunk_plan import ChunkPlan, known_files_of
from inspector.scan.runners.cluster_runner import ClusterRunner
from inspector.scan.runners.driver import Start
from inspector.scan.runners.partial import Partial
from inspector.scan.runners.partials import Hooks
from inspector.sources.opening import SampleIndex

_FEW_HASHES = 4_000_000  # are compared here before they have reached the workers


class ClusterPartials:
    """A `PartialSource`.

    Args:
        on: "dask" or "ray" for a cluster on this machine, or the address of one.
        check_files: how to check.
        num_workers: of a cluster on this machine.
        few_hashes: so many are compared on this machine.
    """

    def __init__(self, on: str, check_files: CheckFiles, num_workers: int, few_hashes: int = _FEW_HASHES) -> None:
        self.on = on
        self._settings = ChunkSettings(check_files.checks, check_files.max_pixels, check_files.max_bytes)
        self._num_workers, self._few_hashes = max(1, num_workers), few_hashes
        self._runner: ClusterRunner | None = None
        self._say: Callable[[str], object] = lambda text: None

    def partials(self, index: SampleIndex, first: int, ahead: Ahead, hooks: Hooks) -> Generator[Partial]:
        """See `PartialSource`."""
        gaps = ahead.gaps(first, len(index))
        self._say = hooks.say
        if gaps:
            known_files = known_files_of(index)
            runner = ClusterRunner(Start(self.on, self._num_workers, known_files), hooks.say, hooks.cancelled)
            self._runner = runner
            hooks.say(f"{self.on}: {workers_in_words(runner.workers())}")
            hooks.started()
            plan = ChunkPlan(index, gaps, self._settings, runner.threads, known_files)
            for partial in runner.run(iter(plan)):
                plan.note(partial)
                ahead.put(partial)
                while (done := ahead.take(first)) is not None:
                    yield done
                    first += done.files
                if hooks.cancelled():
                    runner.cancel()
        while (done := ahead.take(first)) is not None:
            yield done
            first += done.files
        if len(index) <= self._few_hashes:
            self.close()

    def compare(
        self, hashes: Hashes, searches: Sequence[BandSearch], cancelled: Callable[[], bool]
    ) -> Iterator[Hashes]:
        """See `PartialSource`. On this machine where they are few, or what is left where the cluster is lost."""
        left = [*searches]
        if self._runner is not None and len(hashes) > self._few_hashes:
            self._say(f"{self.on}: {len(hashes):,} hashes are compared by its workers")
            try:
                for search, found in self._runner.compare(hashes, searches):
                    left.remove(search)
                    yield found
            except LoaderClosedError:
                return
            except InspectorError as error:
                self._say(f"{error}; the rest of the hashes is compared on this machine")
        yield from compare_here(hashes, left, cancelled)

    def cancel(self) -> None:
        """See `PartialSource`."""
        runner = self._runner
        if runner is not None:
            runner.cancel()

    def workers(self) -> tuple[EngineWorker, ...]:
        """See `PartialSource`."""
        runner = self._runner
        return runner.workers() if runner is not None else ()

    def close(self) -> None:
        """See `PartialSource`."""
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.close()
