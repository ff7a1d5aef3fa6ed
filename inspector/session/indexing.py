"""Finds the samples of a source; of a store that does not answer, nobody waits for the answer once it is cancelled."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import wait

from inspector.errors import IndexingCancelled
from inspector.formats.problems import Problem, ProblemKind
from inspector.session.job import Job
from inspector.settings import LoaderConfig
from inspector.sources.opening import SampleIndex, open_source
from inspector.switch_interval import short_switch_interval

Files = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
_LOOK_EVERY_S = 0.05


def find_samples(
    source: Files, config: LoaderConfig, count: Callable[[int], None], cancelled: Callable[[], bool]
) -> SampleIndex:
    """The samples of anything but code; see `open_source`.

    Args:
        count: called with how many have been found.

    Raises:
        SourceError, IndexingCancelled: see `open_source`.
    """
    with short_switch_interval():
        if not _may_be_elsewhere(source):
            return open_source(source, config, on_progress=count, cancelled=cancelled)

        def work(job: Job[SampleIndex]) -> SampleIndex:
            def report(found: int) -> None:
                if not job.cancelled():
                    count(found)

            return open_source(source, config, on_progress=report, cancelled=job.cancelled)

        job = Job(work, "inspector-indexing")
        while not job.result.done():
            if cancelled():
                job.cancel()
                raise IndexingCancelled("the search for samples was cancelled")
            wait([job.result], _LOOK_EVERY_S)
        return job.result.result()


def gone_files(source: object, problems: Sequence[Problem]) -> list[str]:
    """What will be there again when a source can be loaded again of which nothing could be: a file of it, or itself."""
    gone = [problem.path for problem in problems if problem.kind in (ProblemKind.VANISHED, ProblemKind.UNREADABLE)]
    if not problems and isinstance(source, str | os.PathLike):
        gone = [os.path.abspath(os.path.expanduser(os.fspath(source)))]
    return [path for path in gone[-1:] if os.path.isabs(path)]


def _may_be_elsewhere(source: Files) -> bool:
    """It is a URL, a list of some, or a text file that may be such a list."""
    if isinstance(source, str | os.PathLike):
        name = os.fspath(source)
        return "://" in name or name.lower().endswith(".txt")
    return any("://" in os.fspath(each) for each in source[:1])
