"""A limit on the memory that one decoder may take."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_SLACK_BYTES = 1 << 26  # stacks of a decoder's threads, and what the allocator rounds up

_SMALL_BYTES = 1 << 26


def decoding_bytes(max_pixels: int, memory_limit_bytes: int, num_workers: int) -> int:
    """The memory that decoding one image may take in a worker, in bytes.

    Each worker has its share of a memory as large as the one for batches, but always enough for an image of
    `max_pixels` in a format that is decoded row by row.
    """
    return max(memory_limit_bytes // max(1, num_workers), 3 * max_pixels + _SMALL_BYTES)


@contextmanager
def memory_bound(nbytes: int) -> Iterator[None]:
    """Let this process's own memory grow by no more than `nbytes` meanwhile; more is a MemoryError in a decoder.

    For a process that does nothing else at the time, on Linux; elsewhere there is no such limit. Shared memory does not
    count.
    """
    if sys.platform != "linux":
        yield
        return
    import resource

    with open("/proc/self/statm", "rb", buffering=0) as file:
        private = int(file.read().split()[5]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    bound = private + nbytes + _SLACK_BYTES
    for limit in (soft, hard):
        if limit != resource.RLIM_INFINITY:
            bound = min(bound, limit)
    resource.setrlimit(resource.RLIMIT_DATA, (bound, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
