"""Files checked by workers of this machine, through the loader."""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from inspector.formats.problems import Problem
from inspector.loader.map import SampleMap
from inspector.scan.check_file import CheckFiles, FileReport
from inspector.scan.file_groups import FileGroup, FileGroups
from inspector.scan.near_pairs import BandSearch, compare_here
from inspector.scan.perceptual_hash import Hashes
from inspector.scan.progress import EngineWorker
from inspector.scan.runners.ahead import Ahead
from inspector.scan.runners.partial import Partial
from inspector.scan.runners.partials import Hooks
from inspector.sources.containers.index import ContainerIndex
from inspector.sources.opening import SampleIndex

_FIRST_FILES = 8  # that are reported together
_FileMap = SampleMap[FileGroup, tuple[FileReport, ...]]


class LocalPartials:
    """A `PartialSource`. `num_workers`: 0: the thread that iterates checks the files itself."""

    def __init__(self, check_files: CheckFiles, num_workers: int) -> None:
        self.check_files: Callable[[FileGroup], tuple[FileReport, ...]] = check_files
        self._num_workers = num_workers
        self._lock = threading.Lock()
        self._maps: list[_FileMap] = []  # one, and a second while files are checked one by one

    def partials(self, index: SampleIndex, first: int, ahead: Ahead, hooks: Hooks) -> Generator[Partial]:
        """See `PartialSource`."""
        if isinstance(index, ContainerIndex) and isinstance(self.check_files, CheckFiles):
            self.check_files = replace(self.check_files, reader=index.reader())
        for gap in (*ahead.gaps(first, len(index)), None):
            while (done := ahead.take(first)) is not None:
                yield done
                first += done.files
            if gap is not None:
                yield from self._of(FileGroups.of(index, gap), hooks)
                first = gap.stop

    def cancel(self) -> None:
        """See `PartialSource`."""
        with self._lock:
            for each in self._maps:
                each.cancel()

    def workers(self) -> tuple[EngineWorker, ...]:
        """None."""
        return ()

    def compare(
        self, hashes: Hashes, searches: Sequence[BandSearch], cancelled: Callable[[], bool]
    ) -> Iterable[Hashes]:
        """See `PartialSource`."""
        return compare_here(hashes, searches, cancelled)

    def close(self) -> None:
        """Nothing is left when `partials` has ended."""

    def _of(self, groups: FileGroups, hooks: Hooks) -> Generator[Partial]:
        """Of all these files, in order."""
        with self._open(groups, hooks) as reports:
            for i, found in reports:
                if not isinstance(found, Problem):
                    yield Partial.of(groups.first(i), found)
                elif groups.size == 1:
                    report = FileReport(found.file_bytes, kind=found.kind, reason=found.reason)
                    yield Partial.of(groups.first(i), [report])
                else:  # one of them brought down the worker, or they took too long together
                    yield from self._of(groups.one_by_one(i), hooks)

    @contextmanager
    def _open(self, groups: FileGroups, hooks: Hooks) -> Iterator[_FileMap]:
        first = max(1, _FIRST_FILES // groups.size)
        made = SampleMap(self.check_files, groups, num_workers=self._num_workers, first_batch=first)
        with self._lock:
            self._maps.append(made)
            hooks.started()
            if hooks.cancelled():
                made.cancel()
        try:
            yield made
        finally:
            with self._lock:
                self._maps.remove(made)
            made.close()
