"""The project's own loader."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from inspector import Loader
from tests.benchmarks.measure import Measure, rate
from tests.benchmarks.workload import Workload


def make_loader(workload: Workload, **settings: Any) -> Loader:
    """A loader for a workload; `settings` beyond it."""
    return Loader(
        workload.paths,
        num_workers=workload.workers,
        batch_size=workload.batch_size,
        image_size=workload.image_size,
        dtype=workload.dtype,
        **settings,
    )


@contextmanager
def ours(workload: Workload, seconds: float, **settings: Any) -> Iterator[Measure]:
    """Images/s that the loader delivers."""
    with make_loader(workload, **settings) as loader:
        yield rate((len(batch) for batch in iter(loader.__next__, None)), seconds)
