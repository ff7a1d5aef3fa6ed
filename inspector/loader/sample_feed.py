"""The receiving end of a loader: waits for complete batches, and loads them itself where there are no workers."""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from inspector.errors import LoaderClosedError, WorkerStartError
from inspector.loader.planning.samples import FormedBatch, Sample
from inspector.loader.state import LoaderState
from inspector.loader.supervisor import Supervisor
from inspector.loader.workers.random_state import KeptRandomState
from inspector.loader.workers.spec_transfer import SpecTransfer
from inspector.loader.workers.starter import start_failure
from inspector.settings import LoaderConfig
from inspector.sources.dataset import Index

_Taken = TypeVar("_Taken")
_Made = TypeVar("_Made")


class SampleFeed:
    """Starts a loader's parts, hands out what they form, and ends them.

    Args: see `LoaderState`.

    Attributes:
        state: what there is to know of the loader; to be looked at and changed with its lock.

    Raises:
        MemoryLimitError: when one batch does not fit into memory.
        WorkerStartError: when the system has no descriptors or threads left.
    """

    def __init__(
        self, config: LoaderConfig, transfer: SpecTransfer, index: Index, items: Sequence[Any] | None = None
    ) -> None:
        try:
            self.state = LoaderState(config, transfer, index, items)
        except BaseException:
            transfer.close()
            raise
        self._supervisor = Supervisor(self.state)
        self._local = threading.local()  # what loads a sample has scratch memory, so each thread has its own
        self._ahead: deque[Sample] = deque()  # taken, and being read, where there are no workers
        self._closing: list[Callable[[], object]] = []
        self._pid = os.getpid()
        self._user_code = transfer.spec.has_user_code
        try:
            self._supervisor.start()
        except BaseException:
            self._supervisor.close()
            raise

    def next(
        self,
        take: Callable[[FormedBatch], _Taken],
        build: Callable[[_Taken], _Made],
        epoch: int | None = None,
    ) -> _Made:
        """The next batch, waiting for it: what `build` makes of what `take`, with the lock held, makes of it.

        `epoch`: the batch must be of this one; None: of any.

        Raises:
            StopIteration: after the last batch, or where the next one is of another epoch; it stays there then.
            LoaderClosedError: after `request_stop` or `close`, or in a forked process.
            InspectorError: when no other batch can come.
        """
        self.check_usable()
        state = self.state
        try:
            return build(self._take_next(take, epoch))
        finally:
            with state.changed:
                state.totals.end_wait(time.monotonic())

    def _take_next(self, take: Callable[[FormedBatch], _Taken], epoch: int | None) -> _Taken:
        state = self.state
        with state.changed, KeptRandomState() as random_state:
            state.totals.begin_wait(time.monotonic())
            state.consumer_waits = True
            try:
                state.apply_requests()
                while not state.planner.ready:
                    self.check_usable()
                    self._raise_if_over()
                    self._wait_or_load(random_state)
                    state.apply_requests()
                if epoch is not None and state.planner.complete[0].epoch.number != epoch:
                    raise StopIteration
                formed = state.deliver()
                taken = take(formed)
                state.count_delivered(formed)
            finally:
                state.consumer_waits = False
            starved = state.starved
        if starved:
            state.waiting_point.wake()  # there is room for another batch now
        return taken

    def check_usable(self) -> None:
        """
        Raises:
            LoaderClosedError: when nothing more can be delivered here.
        """
        if os.getpid() != self._pid:
            raise LoaderClosedError("this loader was made in another process: make a new one after a fork")
        if self.state.stopping:
            raise LoaderClosedError("this loader is closed: make a new one")

    def request_stop(self) -> None:
        """Begin to stop, without waiting: a `next` that waits in another thread raises LoaderClosedError."""
        self._supervisor.request_stop()

    def close(self) -> None:
        """Stop the workers and wait until they are gone; in a forked process, nothing happens."""
        if os.getpid() == self._pid:
            self._supervisor.close()
            for close in self._closing:
                close()

    def _raise_if_over(self) -> None:
        error = self.state.planner.error
        if error is None and not self.state.planner.finished:
            return
        self.state.add_leftovers()
        if error is None:
            raise StopIteration
        raise type(error)(*error.args)

    def _wait_or_load(self, random_state: KeptRandomState) -> None:
        """With no workers, load one sample here; else wait for news. The lock is held, but not meanwhile."""
        state = self.state
        if state.workers.engine != "serial" and state.workers.num_workers > 0:
            while self._ahead:
                state.planner.retry(self._ahead.popleft())
            state.changed.wait()
            return
        runner = self._runner()
        state.reclaim()
        sample = self._take(runner)
        if sample is None:
            if state.planner.sent:
                state.changed.wait(0.05)  # a worker that is on its way out still has it
            else:
                state.relieve()
            return
        task = state.task(sample)
        state.changed.release()
        try:
            if self._user_code:
                random_state.keep(runner.generators)
            result = runner.run(task)
        except BaseException as error:  # Ctrl+C in the middle of an image: it must come again
            state.changed.acquire()
            state.planner.retry(sample)
            if isinstance(error, Exception):
                self.check_usable()  # closed meanwhile, and the memory with it
            raise
        state.changed.acquire()
        state.slowest.add(sample.index, result, time.monotonic())
        state.resolve([result])

    def _take(self, runner: Any) -> Sample | None:
        """The next sample. Where reading takes long, those after it are read meanwhile."""
        planner = self.state.planner
        if runner.ahead is None:
            return planner.take()
        runner.ahead.use(self.state.reads_in_flight)
        while len(self._ahead) <= self.state.reads_in_flight and (sample := planner.take()) is not None:
            self._ahead.append(sample)
            runner.ahead.expect(sample.sample_id, sample.index)
        return self._ahead.popleft() if self._ahead else None

    def _pause(self, seconds: float) -> bool:
        until_s = time.monotonic() + seconds
        while not self.state.stopping and (left_s := until_s - time.monotonic()) > 0:
            time.sleep(min(left_s, 0.05))
        return self.state.stopping

    def _runner(self) -> Any:
        if not hasattr(self._local, "runner"):
            try:
                from inspector.loader.workers.worker import make_runner
            except (ImportError, OSError) as error:  # no memory or descriptors left for the decoders
                raise WorkerStartError(f"the decoders could not be loaded: {start_failure(error)}") from error
            self._local.runner = make_runner(
                self.state.spec,
                self.state.arena,
                None,
                seeded=True,
                interruptible=True,
                pause=self._pause,
            )
            if self._local.runner.ahead is not None:
                self._closing.append(self._local.runner.ahead.close)
        return self._local.runner
