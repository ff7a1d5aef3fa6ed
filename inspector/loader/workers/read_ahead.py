"""Reads what a worker is about to need, many samples at a time, before their turn comes.

    tasks that have arrived -> expect() -> reads in flight, in threads -> ready(): whose bytes are there -> read()

Where the bytes come over a network, a read takes long and costs the CPU little: one at a time would leave the worker
waiting. How much is held is bounded, whatever the samples' sizes. A read that hangs delays its own sample alone: the
others are ready before it, and it is given up after a while. Its thread cannot be ended: it is left to itself, and
another takes its place.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue

from inspector.formats.decode import BadFile
from inspector.formats.problems import ProblemKind

_MOST_BYTES = 64_000_000
_LOOK_EVERY_S = 0.25  # for reads that take too long


class _Read:
    """One that was asked for: `content` or `error`, once it is done."""

    __slots__ = ("began_s", "content", "done", "error", "given_up", "nbytes", "queue", "sample")

    def __init__(self, sample: int, nbytes: int, queue: "SimpleQueue[_Read | None]") -> None:
        self.sample, self.nbytes, self.queue = sample, nbytes, queue
        self.began_s: float | None = None
        self.content = b""
        self.error: BaseException | None = None
        self.done = self.given_up = False


class ReadAhead:
    """The reads of one worker. Used by its thread alone; `read_sample` is called in others.

    Args:
        read_sample: gives a sample's bytes by its number in the index, from any thread.
        nbytes_of: how many these are, at once; as far as it is known.
        in_flight: how many are read at a time.
        begin_thread: called first in each thread that reads.
        most_bytes: of all samples that are being read, or wait for their turn; a larger sample is read alone.
        limit_s: a read that takes longer is given up.
    """

    def __init__(
        self,
        read_sample: Callable[[int], bytes],
        nbytes_of: Callable[[int], int],
        in_flight: int,
        begin_thread: Callable[[], object] = lambda: None,
        most_bytes: int = _MOST_BYTES,
        limit_s: float = 60.0,
    ) -> None:
        self._read_sample = read_sample
        self._nbytes_of = nbytes_of
        self._most_bytes = most_bytes
        self._begin_thread = begin_thread
        self._in_flight = in_flight
        self.limit_s = limit_s
        self._changed = threading.Condition()
        self._queue: SimpleQueue[_Read | None] = SimpleQueue()
        self._threads = 0  # that take from this queue
        self._expected: deque[tuple[int, int]] = deque()  # (task, sample), not begun
        self._reads: dict[int, _Read] = {}  # by task, in the order in which they were begun
        self._nbytes = 0
        self._waited_ns = 0

    def use(self, in_flight: int) -> None:
        """Read so many at a time from now on; what has been asked for is read all the same."""
        if in_flight != self._in_flight:
            self._in_flight = in_flight
            self._end_threads()
            self._queue, self._threads = SimpleQueue(), 0

    def expect(self, task: int, sample: int) -> None:
        """A task has arrived; its turn comes after that of those before it."""
        if task not in self._reads:
            self._expected.append((task, sample))
        self._begin_reads()

    def ready(self, timeout_s: float) -> list[int]:
        """The tasks whose bytes are there, or that cannot be read, the first first; waits for one, but not for long."""
        began_s = time.monotonic()
        with self._changed:
            while not (found := self._over()) and (left_s := began_s + timeout_s - time.monotonic()) > 0:
                self._changed.wait(min(left_s, _LOOK_EVERY_S))
        self._waited_ns += int(1e9 * (time.monotonic() - began_s))
        return found

    def waited_ns(self) -> int:
        """How long `ready` has waited since this was asked: it is part of the next sample's time."""
        waited_ns, self._waited_ns = self._waited_ns, 0
        return waited_ns

    def read(self, task: int, sample: int) -> bytes:
        """The bytes for a task, waiting for them; raises what reading them raised. Once a task.

        Raises:
            BadFile: TIMED_OUT where it takes too long.
        """
        while task not in self._reads and self._expected:  # it is needed now, however much is held
            self._begin(*self._expected.popleft())
        if task not in self._reads:  # nobody has announced it, or it is read once more
            self._begin(task, sample)
        read = self._reads[task]
        with self._changed:
            while not read.done and not self._takes_too_long(read, time.monotonic()):
                self._changed.wait(_LOOK_EVERY_S)
            read.given_up = not read.done
        del self._reads[task]
        self._nbytes -= read.nbytes
        if read.given_up and read.queue is self._queue:
            self._threads -= 1
        self._begin_reads()
        if read.given_up:
            reason = (
                f"Reading it took longer than {self.limit_s:g} s (sample_timeout_s): the store or the network hangs."
            )
            raise BadFile(ProblemKind.TIMED_OUT, reason)
        if read.error is not None:
            raise read.error
        return read.content

    def close(self) -> None:
        """End the threads, each after the read that it is at; nobody waits for them."""
        self._expected.clear()
        with contextlib.suppress(Empty):
            while True:
                self._queue.get_nowait()
        self._end_threads()

    def _over(self) -> list[int]:
        now_s = time.monotonic()
        return [task for task, read in self._reads.items() if read.done or self._takes_too_long(read, now_s)]

    def _takes_too_long(self, read: _Read, now_s: float) -> bool:
        return read.began_s is not None and now_s - read.began_s > self.limit_s

    def _begin_reads(self) -> None:
        while self._expected and (not self._reads or self._nbytes < self._most_bytes):
            task, sample = self._expected[0]
            if self._reads and self._nbytes + self._nbytes_of(sample) > self._most_bytes:
                break
            self._expected.popleft()
            self._begin(task, sample)
        self._start_threads()

    def _begin(self, task: int, sample: int) -> None:
        read = self._reads[task] = _Read(sample, self._nbytes_of(sample), self._queue)
        self._nbytes += read.nbytes
        self._queue.put(read)
        self._start_threads()

    def _start_threads(self) -> None:
        """As many as have something to do. Daemons: whoever ends the program does not wait for what hangs."""
        while self._threads < min(self._in_flight, len(self._reads)):
            thread = threading.Thread(target=self._work, args=(self._queue,), name="inspector-read", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the system allows no more
                if not self._threads:
                    raise
                return
            self._threads += 1

    def _end_threads(self) -> None:
        for _ in range(self._threads):
            self._queue.put(None)

    def _work(self, queue: "SimpleQueue[_Read | None]") -> None:
        self._begin_thread()
        while (read := queue.get()) is not None:
            read.began_s = time.monotonic()
            try:
                read.content = self._read_sample(read.sample)
            except BaseException as error:  # it is raised where the sample is needed
                read.error = error
            with self._changed:
                read.done = True
                self._changed.notify_all()
                if read.given_up:
                    return
            del read
