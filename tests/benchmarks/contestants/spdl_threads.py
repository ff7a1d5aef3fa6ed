"""SPDL's pipeline with a pool of threads. Importing this needs the package `spdl`."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from spdl.pipeline import PipelineBuilder

from tests.benchmarks.measure import Measure, rate
from tests.benchmarks.workload import QUEUED_BATCHES, Workload, shuffled_for_ever


@contextmanager
def spdl_threads(workload: Workload, seconds: float) -> Iterator[Measure]:
    """Images/s of a pipeline that decodes, collects and stacks, in order of completion."""
    local = threading.local()

    def read(path: str) -> Any:
        if not hasattr(local, "reader"):
            local.reader = workload.reader()
        return local.reader(path)

    builder = PipelineBuilder().add_source(shuffled_for_ever(workload.paths, seed=0))
    builder = builder.pipe(read, concurrency=workload.workers).aggregate(workload.batch_size)
    if workload.image_size is not None:
        builder = builder.pipe(np.stack)
    pipeline = builder.add_sink(QUEUED_BATCHES).build(num_threads=workload.workers)
    with pipeline.auto_stop():
        yield rate((len(batch) for batch in pipeline.get_iterator()), seconds)
