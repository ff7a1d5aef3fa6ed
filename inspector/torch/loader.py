"""`DataLoader`: PyTorch's own, but for what its workers are."""

import weakref
from collections.abc import Iterator
from itertools import islice
from typing import Any, Generic, TypeVar

import torch
import torch.utils.data
from torch._utils import ExceptionWrapper
from torch.utils.data._utils.pin_memory import pin_memory
from torch.utils.data.dataloader import _BaseDataLoaderIter

from inspector.torch.engine import BatchEngine
from inspector.torch.fetcher import BatchFetcher, BatchOrder

_Item = TypeVar("_Item", covariant=True)

_MOST_DRAWN = 4096  # batches that a sampler is asked for together
_Entry = tuple[BatchEngine, weakref.ref[Any] | None]  # who iterates over it


class DataLoader(torch.utils.data.DataLoader[_Item], Generic[_Item]):  # type: ignore[misc]  # torch need not be installed
    """`torch.utils.data.DataLoader` with the workers of inspector. The arguments and attributes are PyTorch's.

    What differs: a worker that dies is replaced, and its batch is made again. A batch's random state depends on the
    epoch and the batch, not on the worker. The sampler is asked for all batches of an epoch (4,096 at most) when it
    begins. Workers stay from epoch to epoch also without `persistent_workers`; they are made again where the data set
    was changed meanwhile. Memory of batches is shared memory without a file in /dev/shm, a quarter of the machine's at
    most. `num_workers=0` is PyTorch's own, and so are the workers of an `IterableDataset`, which can be asked for
    nothing by index. Our workers start in one way only, whatever `multiprocessing_context` is.

    Raises:
        ValueError: for arguments that PyTorch refuses.
    """

    @property
    def _has_our_workers(self) -> bool:
        return self.num_workers > 0 and not isinstance(self.dataset, torch.utils.data.IterableDataset)

    def _get_iterator(self) -> Any:
        return _EngineIterator(self) if self._has_our_workers else super()._get_iterator()

    def close(self) -> None:
        """End all workers now; a later loop starts others. Without it they end with the loader."""
        for engine, _ in self.__dict__.pop("_engines", []):
            engine.close()
        self.__dict__.pop("_iterator", None)
        self._iterator = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_engines": [], "_iterator": None}

    # --- workers -------------------------------------------------------------------------------------------

    def _engine_for(self, orders: list[BatchOrder]) -> BatchEngine:
        """One that is free and has the data set as it is now; its epoch has begun."""
        fetcher = BatchFetcher(
            self.dataset,
            self.collate_fn,
            self.worker_init_fn,
            batched=self._auto_collation,
            num_workers=self.num_workers,
            each_epoch=not self.persistent_workers,
        )
        engines: list[_Entry] = self.__dict__.setdefault("_engines", [])
        for entry in [*engines]:
            engine, user = entry
            iterator = user() if user is not None else None
            if iterator is not None and not iterator.over:
                continue
            engines.remove(entry)
            if self.persistent_workers or engine.has(fetcher):
                engine.begin(orders)
                engines.append((engine, None))
                return engine
            engine.close()
        prefetch = max(1, self.prefetch_factor or 2) * self.num_workers
        engine = BatchEngine(
            fetcher, orders, num_workers=self.num_workers, prefetch_batches=prefetch, timeout_s=self.timeout
        )
        engines.append((engine, None))
        return engine

    def _note_user(self, engine: BatchEngine, iterator: "_EngineIterator") -> None:
        entries = self.__dict__["_engines"]
        entries[:] = [(each, weakref.ref(iterator) if each is engine else user) for each, user in entries]


class _EngineIterator(_BaseDataLoaderIter):  # type: ignore[misc]  # as above
    """One epoch; where workers are persistent, one after the other.

    Attributes:
        over: it gives nothing more in this epoch.
    """

    def __init__(self, loader: DataLoader[Any]) -> None:
        super().__init__(loader)
        self._loader = loader
        self._epoch = -1
        self._begin()

    def _reset(self, loader: Any, first_iter: bool = False) -> None:
        super()._reset(loader, first_iter)
        self._begin()

    def _begin(self) -> None:
        self._epoch += 1
        self._batches: Iterator[Any] = self._sampler_iter
        self._drawn = 0
        self._left = 0
        self._engine: BatchEngine | None = None
        self.over = True  # the engine of the epoch before is free
        self._draw()

    def _draw(self) -> None:
        """Ask the sampler for the next batches, and have them made."""
        keys = [*islice(self._batches, _MOST_DRAWN)]
        self._left = len(keys)
        if not keys:
            self.over = True
            return
        orders = [
            BatchOrder(_alone(each), self._drawn + number, self._base_seed, self._epoch)
            for number, each in enumerate(keys)
        ]
        self._drawn += len(keys)
        if self._engine is None:
            self._engine = self._loader._engine_for(orders)
            self._loader._note_user(self._engine, self)
        else:
            self._engine.begin(orders)
        self.over = False

    def _next_data(self) -> Any:
        if not self._left and not self.over:
            self._draw()
        if self.over:
            raise StopIteration
        assert self._engine is not None
        data = self._engine.next()
        self._left -= 1
        if not self._left and self._drawn % _MOST_DRAWN:
            self.over = True
        if isinstance(data, ExceptionWrapper):
            data.reraise()
        return pin_memory(data, self._pin_memory_device) if self._pin_memory else data

    def __del__(self) -> None:
        self.over = True


def _alone(keys: Any) -> Any:
    """Keys that are tensors are views of a large one, mostly, which would be sent with each of them."""
    if type(keys) in (list, tuple) and any(isinstance(key, torch.Tensor) for key in keys):
        return type(keys)(map(_alone, keys))
    return keys.clone() if isinstance(keys, torch.Tensor) else keys
