"""The exercise's own design: a generator that fills lists, moved into a process behind a `multiprocessing.Queue`.

With several workers, each runs the whole generator, as the exercise's other half, Keras' GeneratorEnqueuer, does: every
worker goes through all files in an order of its own, so an epoch is neither exact nor repeatable.
"""

import multiprocessing
import time
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.process import BaseProcess
from multiprocessing.queues import Queue
from typing import Any

import cv2
import numpy as np

from inspector.formats.decode import BadFile
from tests.benchmarks.measure import Measure, rate
from tests.benchmarks.workload import QUEUED_BATCHES, ImageReader, Workload, shuffled_for_ever

KERAS_WAIT_S = 0.05  # between two looks at an empty queue
Lists = tuple[Any, list[str]]


def exercise_batches(workload: Workload, seed: int) -> Iterator[Lists]:
    """Its generator: images as float32, and their names; a bad file is skipped with its traceback."""
    reader = ImageReader(workload.image_size, "float32")
    images: list[Any] = []
    names: list[str] = []
    for path in shuffled_for_ever(workload.paths, seed):
        try:
            images.append(reader(path))
            names.append(path)
        except BadFile:
            traceback.print_exc()
        if len(images) == workload.batch_size:
            yield images, names
            images, names = [], []


def keras_batches(workload: Workload, seed: int) -> Iterator[Lists]:
    """What one would write for Keras: one array where sizes allow, of the type that is wanted."""
    reader = workload.reader()
    paths = shuffled_for_ever(workload.paths, seed)
    while True:
        names = [next(paths) for _ in range(workload.batch_size)]
        images: Any = [reader(name) for name in names]
        yield images if workload.image_size is None else np.stack(images), names


def fill(queue: "Queue[Lists]", workload: Workload, seed: int, *, keras: bool) -> None:
    """A worker: put batches until it is terminated."""
    cv2.setNumThreads(0)
    for batch in (keras_batches if keras else exercise_batches)(workload, seed):
        queue.put(batch)


def make_workers(
    workload: Workload, count: int, *, keras: bool = False, method: str = "spawn"
) -> tuple["Queue[Lists]", list[BaseProcess]]:
    """Processes that will fill a queue once they are started, each with a seed of its own."""
    context: Any = multiprocessing.get_context(method)
    queue: Queue[Lists] = context.Queue(QUEUED_BATCHES)
    return queue, [
        context.Process(target=fill, args=(queue, workload, seed), kwargs={"keras": keras}, daemon=True)
        for seed in range(count)
    ]


def end_workers(queue: "Queue[Lists]", workers: list[BaseProcess]) -> None:
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join()
    queue.close()


def keras_get(queue: "Queue[Lists]") -> Iterator[Lists]:
    """The consumer's side of a GeneratorEnqueuer: it looks, and sleeps while there is nothing."""
    while True:
        if queue.empty():
            time.sleep(KERAS_WAIT_S)
        else:
            yield queue.get()


@contextmanager
def exercise(workload: Workload, seconds: float, processes: int) -> Iterator[Measure]:
    """Images/s of the exercise's queue; always float32."""
    with ExitStack() as stack:
        queue, workers = make_workers(workload, processes)
        for worker in workers:
            worker.start()
        stack.callback(end_workers, queue, workers)
        yield rate((len(images) for images, _ in iter(queue.get, None)), seconds)


@contextmanager
def keras_style(workload: Workload, seconds: float) -> Iterator[Measure]:
    """Images/s of a GeneratorEnqueuer with processes."""
    with ExitStack() as stack:
        queue, workers = make_workers(workload, workload.workers, keras=True)
        for worker in workers:
            worker.start()
        stack.callback(end_workers, queue, workers)
        yield rate((len(images) for images, _ in keras_get(queue)), seconds)
