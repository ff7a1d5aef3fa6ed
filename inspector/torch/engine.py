"""Our workers for one `DataLoader`: each epoch is a list of batches to make, which is set when it begins."""

import mmap
import os
import weakref
from collections.abc import Sequence
from operator import itemgetter
from typing import Any, cast

import numpy as np

from inspector.errors import BadFileError
from inspector.formats.problems import ProblemKind
from inspector.loader.memory.batch_builder import BatchBuilder
from inspector.loader.planning.samples import Position
from inspector.loader.sample_feed import SampleFeed
from inspector.loader.workers.spec_transfer import SpecTransfer
from inspector.loader.workers.user_code import check_not_importing_main
from inspector.loader.workers.worker_spec import make_spec
from inspector.settings import LoaderConfig
from inspector.torch.batch_parts import put_together
from inspector.torch.fetcher import BatchFetcher, BatchOrder

_NO_TIMEOUT_S = 1e9
_COMPARED = 1 << 24  # bytes together


class BatchEngine:
    """Makes batches in workers, in order.

    Args:
        orders: of the first epoch; what comes after them begins with `begin`.
        timeout_s: a worker that takes longer for a batch is replaced, in vain if it happens again; 0: no limit.

    Raises:
        InspectorError: when the data set cannot be sent, or no worker can be started.
    """

    def __init__(
        self,
        fetcher: BatchFetcher,
        orders: Sequence[BatchOrder],
        *,
        num_workers: int,
        prefetch_batches: int,
        timeout_s: float,
    ) -> None:
        check_not_importing_main()
        self._timeout_s = timeout_s
        config = LoaderConfig(
            num_workers=num_workers,
            batch_size=1,
            shuffle=False,
            epochs=1,
            prefetch_batches=prefetch_batches,
            sample_timeout_s=timeout_s or _NO_TIMEOUT_S,
            on_bad_file="raise",
        )
        self._orders = [*orders]
        index = _Batches(self._orders)
        self._spec = make_spec(config, index)._replace(pictures=False)
        self._transfer = self._packed(fetcher)
        self._feed = SampleFeed(config, self._transfer, index, self._orders)
        self._builder = BatchBuilder(self._feed.state, collate=itemgetter(0))
        self._finalizer = weakref.finalize(self, self._feed.close)

    def _packed(self, fetcher: BatchFetcher) -> SpecTransfer:
        transfer = SpecTransfer(self._spec._replace(dataset=cast(Any, fetcher)))
        transfer.pack()
        return transfer

    def has(self, fetcher: BatchFetcher) -> bool:
        """Workers would get the same now as they did; takes as long as packing a data set does.

        Raises:
            InspectorError: when it cannot be sent any more.
        """
        now = self._packed(fetcher)
        try:
            return _same_content(now.pack(), self._transfer.pack())
        finally:
            now.close()

    def begin(self, orders: Sequence[BatchOrder]) -> None:
        """Make these from now on; what was under way is thrown away."""
        state = self._feed.state
        with state.changed:
            self._orders[:] = orders
        state.move_to(Position(), np.arange(len(orders), dtype=np.int64), 0)

    def next(self) -> Any:
        """The next batch.

        Raises:
            RuntimeError: when it took longer than the time-out, or a worker ended at it each time; as with PyTorch.
            InspectorError: when it cannot be made.
        """
        try:
            return put_together(self._feed.next(self._builder.take, self._builder.build).data)
        except BadFileError as error:
            if ProblemKind.TIMED_OUT.value in str(error):
                raise RuntimeError(f"DataLoader timed out after {self._timeout_s:g} seconds: {error}") from error
            if ProblemKind.CRASHED.value in str(error):
                raise RuntimeError(f"DataLoader worker exited unexpectedly: {error}") from error
            raise

    def close(self) -> None:
        """End all workers, and wait until they are gone."""
        self._finalizer()


def _same_content(one_fd: int, other_fd: int) -> bool:
    size = os.fstat(one_fd).st_size
    if size != os.fstat(other_fd).st_size:
        return False
    with (
        mmap.mmap(one_fd, size, access=mmap.ACCESS_READ) as one,
        mmap.mmap(other_fd, size, access=mmap.ACCESS_READ) as other,
    ):
        return all(one[at : at + _COMPARED] == other[at : at + _COMPARED] for at in range(0, size, _COMPARED))


class _Batches:
    """An index of batches that have nothing but their number."""

    source = "a DataLoader's batches"
    classes: tuple[str, ...] = ()

    def __init__(self, orders: Sequence[BatchOrder]) -> None:
        self._orders = orders

    def __len__(self) -> int:
        return max(1, len(self._orders))

    def path(self, i: int) -> str:
        return f"batch {i}"

    def label(self, i: int) -> None:
        return None

    def fingerprint(self) -> int:
        return len(self._orders)
