"""A limit on the memory that one decoder may take."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_SLACK_BYTES = 1 << 26  # stacks of a decoder's threads, and what the allocator rounds up


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
