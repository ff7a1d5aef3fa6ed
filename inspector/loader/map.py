"""A function of each sample, in place of its pixels: what a scan of all files runs on."""

import pickle
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Generic, Self, TypeVar

from inspector.errors import NoImagesError
from inspector.formats.problems import Problem
from inspector.loader.planning.samples import FormedBatch, SampleState
from inspector.loader.sample_feed import SampleFeed
from inspector.loader.workers.spec_transfer import SpecTransfer
from inspector.loader.workers.user_code import check_not_importing_main
from inspector.loader.workers.worker_spec import make_spec
from inspector.settings import LoaderConfig

_BATCHES_PER_S = 10  # so that results come soon, and what a batch costs is small
_LARGEST_BATCH = 128
_PREFETCH_BATCHES = 16  # so that the workers continue while one slow item holds up those behind it
_MEMORY_BYTES = 1 << 16  # nothing is stored in it

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class SampleMap(Generic[_Item, _Result]):
    """Calls `function` with each item in workers; iterates over (position, result), in order.

    An item whose call raised, or ended its worker too often, or took too long, comes with a `Problem` in place of its
    result. What a loader guarantees holds here too: dead and stuck workers are replaced, their items done again.

    Args:
        function: to be called in workers, so that processes get it by pickle; so do its results come back.
        items: what it is called with; asked for one after the other, and sent with pickle.
        num_workers: worker processes; 0: it is called in the thread that iterates.
        first_batch: items that are delivered together at first; later it follows their speed.

    Raises:
        SettingsError: for a number that cannot work, or a function that cannot be sent.
        WorkerStartError: when the system has no descriptors or threads left.
    """

    def __init__(
        self,
        function: Callable[[_Item], _Result],
        items: Sequence[_Item],
        *,
        num_workers: int = 2,
        first_batch: int = 1,
    ) -> None:
        check_not_importing_main()
        self._first_batch = first_batch
        config = LoaderConfig(
            num_workers=num_workers if len(items) else 0,
            batch_size=first_batch,
            shuffle=False,
            epochs=1,
            prefetch_batches=_PREFETCH_BATCHES,
            memory_limit_bytes=_MEMORY_BYTES,
            on_error="skip",
            max_bad_share=1.0,
            rank=0,
            world_size=1,
        )
        index = _Positions(len(items))
        spec = make_spec(config, index)._replace(function=function)
        transfer = SpecTransfer(spec)
        transfer.pack()
        self._feed = SampleFeed(config, transfer, index, items)
        self._finalizer = weakref.finalize(self, self._feed.close)

    def __iter__(self) -> Iterator[tuple[int, _Result | Problem]]:
        """
        Raises:
            LoaderClosedError: after `cancel` or `close`.
            WorkerStartError: when no worker can be started.
        """
        state = self._feed.state
        if not len(state.index):
            return
        began_s, done, problems = time.monotonic(), 0, 0
        while True:
            try:
                results = self._feed.next(_results, _as_they_are)
            except (StopIteration, NoImagesError):  # NoImagesError: none that is not a problem
                break
            for position, found in results:
                problems += isinstance(found, Problem)
                yield position, found if isinstance(found, Problem) else pickle.loads(found)
            done += len(results)
            if state.number % _PREFETCH_BATCHES == 0:
                self._follow_speed(done / max(time.monotonic() - began_s, 1e-3))
        yield from ((problem.index, problem) for problem in state.problems.since(problems))

    def _follow_speed(self, items_per_s: float) -> None:
        """Deliver as many together as come in a part of a second: a power of two, so that it seldom changes."""
        fitting = 1 << round(items_per_s / _BATCHES_PER_S).bit_length()
        self._feed.state.request({"batch_size": min(_LARGEST_BATCH, max(self._first_batch, fitting))})

    def cancel(self) -> None:
        """Begin to stop, without waiting; from any thread."""
        self._feed.request_stop()

    def close(self) -> None:
        """Stop the workers and wait until they are gone. May be called twice."""
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _as_they_are(results: list[tuple[int, bytes | Problem]]) -> list[tuple[int, bytes | Problem]]:
    return results


def _results(formed: FormedBatch) -> list[tuple[int, bytes | Problem]]:
    """Of each sample its pickled result or its problem, in order."""
    results: list[tuple[int, bytes | Problem]] = []
    for sample in formed.members:
        if sample.state is SampleState.BAD:
            assert sample.problem is not None
            results.append((sample.index, sample.problem))
        else:
            assert sample.result is not None
            assert isinstance(sample.result.values, bytes)
            results.append((sample.index, sample.result.values))
    return results


class _Positions:
    """An index of samples that have nothing but their position."""

    source = "a list of items"
    classes: tuple[str, ...] = ()

    def __init__(self, length: int) -> None:
        self._length = length

    def __len__(self) -> int:
        return self._length

    def path(self, i: int) -> str:
        return f"item {i}"

    def label(self, i: int) -> None:
        return None

    def fingerprint(self) -> int:
        return self._length
