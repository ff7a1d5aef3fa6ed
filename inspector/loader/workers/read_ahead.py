"""Reads what a worker is about to need, many samples at a time, before their turn comes.

    tasks that have arrived -> expect() -> reads in flight, in threads -> read(): the bytes, in the tasks' order

Where the bytes come over a network, a read takes long and costs the CPU little: one at a time would leave the worker
waiting. How much is held is bounded, whatever the samples' sizes.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

_MOST_BYTES = 64_000_000


class ReadAhead:
    """The reads of one worker. Used by its thread alone; `read_sample` is called in others.

    Args:
        read_sample: gives a sample's bytes by its number in the index, from any thread.
        nbytes_of: how many these are, at once; as far as it is known.
        in_flight: how many are read at a time.
        begin_thread: called first in each thread that reads.
        most_bytes: of all samples that are being read, or wait for their turn; a larger sample is read alone.
    """

    def __init__(
        self,
        read_sample: Callable[[int], bytes],
        nbytes_of: Callable[[int], int],
        in_flight: int,
        begin_thread: Callable[[], object] = lambda: None,
        most_bytes: int = _MOST_BYTES,
    ) -> None:
        self._read_sample = read_sample
        self._nbytes_of = nbytes_of
        self._most_bytes = most_bytes
        self._begin_thread = begin_thread
        self._in_flight = in_flight
        self._threads = self._new_threads()
        self._expected: deque[tuple[int, int]] = deque()  # (task, sample), not begun
        self._reads: dict[int, tuple[Future[bytes], int]] = {}  # task -> its read, and the bytes that count for it
        self._nbytes = 0

    def use(self, in_flight: int) -> None:
        """Read so many at a time from now on; what has been asked for is read all the same."""
        if in_flight != self._in_flight:
            self._in_flight = in_flight
            before, self._threads = self._threads, self._new_threads()
            before.shutdown(wait=False)

    def expect(self, task: int, sample: int) -> None:
        """A task has arrived; its turn comes after that of those before it."""
        self._expected.append((task, sample))
        self._begin_reads()

    def read(self, task: int, sample: int) -> bytes:
        """The bytes for a task, waiting for them; raises what reading them raised. Once a task."""
        while task not in self._reads and self._expected:  # it is needed now, however much is held
            self._begin(*self._expected.popleft())
        if task not in self._reads:  # nobody has announced it, or it is read once more
            self._begin(task, sample)
        future, nbytes = self._reads.pop(task)
        try:
            return future.result()
        finally:
            self._nbytes -= nbytes
            self._begin_reads()

    def close(self) -> None:
        """End the threads, each after the read that it is at."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _new_threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._in_flight, "inspector-read", initializer=self._begin_thread)

    def _begin_reads(self) -> None:
        while self._expected and (not self._reads or self._nbytes < self._most_bytes):
            task, sample = self._expected[0]
            if self._reads and self._nbytes + self._nbytes_of(sample) > self._most_bytes:
                return
            self._expected.popleft()
            self._begin(task, sample)

    def _begin(self, task: int, sample: int) -> None:
        nbytes = self._nbytes_of(sample)
        self._nbytes += nbytes
        self._reads[task] = self._threads.submit(self._read_sample, sample), nbytes
