"""Items of an iterable data set in a worker, asked for by stream and place.

    task: (number of the stream, how many there are, place in it) -> an iterator a stream -> the item

An iterator only moves forward. Whoever asks for an earlier place, as after a worker's death, gets a new iterator, which
goes through what comes before without loading it into a batch. The random generators are seeded for each place, so that
the same items come.
"""

import contextlib
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any


class StreamEnd(Exception):
    """Raised where a stream has no item at the place that is asked for, nor any after it."""


class ItemStreams:
    """The streams of one data set. From any thread; one item is made at a time.

    Args:
        dataset: made by the user, who shards it, where `shards_itself`, by `torch.utils.data.get_worker_info()`.
            Otherwise each stream takes every n-th of its items.
        seed: called with (epoch, number of a sample) before that sample is made only to come to one behind it.
    """

    def __init__(self, dataset: Iterable[Any], shards_itself: bool, seed: Callable[[int, int], object]) -> None:
        self._dataset = dataset
        self._shards_itself = shards_itself
        self._seed = seed
        self._of = (-1, 0)  # the epoch, and how many streams it has
        self._open: dict[int, _Stream] = {}
        self._lock = threading.Lock()

    def item(self, epoch: int, key: tuple[int, int, int], beat: Callable[[], object]) -> Any:
        """The item of a stream at a place.

        Args:
            key: the stream's number, how many streams there are, and the place.
            beat: called for each item that is passed over: it takes long, and all is well.

        Raises:
            StreamEnd: where the stream has ended before.
            Exception: what the user's code raises.
        """
        number, streams, place = key
        with self._lock, _as_worker(number, streams, self._dataset) if self._shards_itself else _NOTHING:
            if self._of != (epoch, streams):
                self._open.clear()
                self._of = (epoch, streams)
            stream = self._open.get(number)
            if stream is None or stream.place > place:
                if place:
                    self._seed(epoch, number)  # as it was when the first iterator was made
                stream = self._open[number] = _Stream(self._iterator(number, streams))
            again = stream.place < place
            while stream.place < place:
                self._seed(epoch, stream.place * streams + number)
                beat()
                with contextlib.suppress(Exception):  # it is a problem of that sample's, and known
                    stream.next()
            if again:
                self._seed(epoch, place * streams + number)
            return stream.next()

    def _iterator(self, number: int, streams: int) -> Iterator[Any]:
        whole = iter(self._dataset)
        return whole if self._shards_itself else islice(whole, number, None, streams)


class _Stream:
    """An iterator, and how many items it has given; what it raised counts, too."""

    def __init__(self, iterator: Iterator[Any]) -> None:
        self._iterator = iterator
        self.place = 0

    def next(self) -> Any:
        self.place += 1
        try:
            return next(self._iterator)
        except StopIteration:
            raise StreamEnd from None


_NOTHING = contextlib.nullcontext()


@contextlib.contextmanager
def _as_worker(number: int, streams: int, dataset: Any) -> Iterator[None]:
    """What `torch.utils.data.get_worker_info()` gives is as in a worker of PyTorch's loader; of one stream, None."""
    worker: Any = sys.modules.get("torch.utils.data._utils.worker")
    if worker is None or streams == 1:
        yield
        return
    before = worker._worker_info
    worker._worker_info = worker.WorkerInfo(id=number, num_workers=streams, seed=number, dataset=dataset)
    try:
        yield
    finally:
        worker._worker_info = before
