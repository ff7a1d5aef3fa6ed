"""The limit: as many processes as workers, each of which reads, decodes and resizes files into memory of its own and
throws them away: no order, no batches, no shared memory."""

import multiprocessing
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from typing import Literal

import cv2

from tests.benchmarks.measure import WARM_UP_S, Measure, Throughput
from tests.benchmarks.workload import Workload, shuffled_for_ever


def decode_and_throw_away(pipe: Connection, workload: Workload, number: int) -> None:
    """For every (begin, end) that it is sent, images finished between these times, and their CPU seconds."""
    cv2.setNumThreads(0)
    reader = workload.reader(reuse=True)
    paths = shuffled_for_ever(workload.paths, seed=number)
    while window := pipe.recv():
        begin, end = window
        while time.monotonic() < begin:
            reader(next(paths))
        images, cpu = 0, time.thread_time()
        while time.monotonic() < end:
            reader(next(paths))
            images += 1
        pipe.send((images, time.thread_time() - cpu))


@contextmanager
def bare_limit(
    workload: Workload, seconds: float, engine: Literal["processes", "threads"] = "processes"
) -> Iterator[Measure]:
    """Of all together."""
    make = threading.Thread if engine == "threads" else multiprocessing.get_context("spawn").Process
    with ExitStack() as stack:
        pipes = []
        for number in range(workload.workers):
            ours, theirs = multiprocessing.Pipe()
            worker = make(target=decode_and_throw_away, args=(theirs, workload, number))
            worker.start()
            stack.callback(worker.join)
            pipes.append(ours)
        for pipe in pipes:  # all end before the first is waited for
            stack.callback(pipe.send, None)

        def measure() -> Throughput:
            begin = time.monotonic() + WARM_UP_S
            for pipe in pipes:
                pipe.send((begin, begin + seconds))
            images, cpu_s = (sum(each) for each in zip(*(pipe.recv() for pipe in pipes), strict=True))
            return Throughput(images / seconds, 1e3 * cpu_s / images)

        measure()  # until all have started
        yield measure
