"""What makes batches in a worker: fetches the data set's items and collates them."""

import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch._utils import ExceptionWrapper
from torch.utils.data._utils import worker as torch_worker
from torch.utils.data._utils.collate import collate_tensor_fn, default_collate_fn_map
from torch.utils.data._utils.fetch import _MapDatasetFetcher

from inspector.error_texts import bounded_traceback
from inspector.loader.workers.random_state import OwnGenerator, own_generators, sample_seed, seed_generators
from inspector.loader.workers.worker_id import worker_id
from inspector.torch.batch_parts import Parts, taken_apart

_MASK = (1 << 63) - 1


class BatchOrder(NamedTuple):
    """A batch to be made.

    Attributes:
        keys: of its samples; one key where there is no batching.
        number: in its epoch.
        epoch_seed: drawn by the program, as PyTorch does for its workers.
        epoch: counts the loops over the loader.
    """

    keys: Any
    number: int
    epoch_seed: int
    epoch: int


class BatchFetcher:
    """A data set whose items are batches, taken apart. It is sent to workers; the rest happens there."""

    def __init__(
        self,
        dataset: Any,
        collate_fn: Callable[[Any], Any],
        worker_init_fn: Callable[[int], None] | None,
        *,
        batched: bool,
        num_workers: int,
        each_epoch: bool,
    ) -> None:
        self._dataset = dataset
        self._collate_fn = collate_fn
        self._worker_init_fn = worker_init_fn
        self._batched = batched
        self._num_workers = num_workers
        self._each_epoch = each_epoch
        self._generators: Sequence[OwnGenerator] = ()
        self._looks_again = True  # after the next batch: the data set may make generators when it is asked first
        self._loop: tuple[int, int] | None = None  # for which this worker was made ready last
        self._own_seed: int | None = None  # of torch, set by `worker_init_fn`

    def __len__(self) -> int:
        return 1 << 62  # whoever asks knows how many there are

    def __getitem__(self, order: BatchOrder) -> Parts:
        try:
            self._make_ready(order)
            batch = self._fetched(order)
            if self._looks_again:
                self._looks_again = False
                known, self._generators = self._generators, own_generators(self._dataset, self._collate_fn)
                if not {id(each.generator) for each in self._generators} <= {id(each.generator) for each in known}:
                    batch = self._fetched(order)  # with numbers of its own
            return taken_apart(batch)
        except Exception:  # it is raised again in the program, with its traceback
            wrapper = ExceptionWrapper(where=f"in DataLoader worker process {worker_id()}")
            wrapper.exc_msg = bounded_traceback(wrapper.exc_msg)
            return taken_apart(wrapper)

    def _fetched(self, order: BatchOrder) -> Any:
        seed_generators(sample_seed(order.epoch_seed, order.epoch, order.number), self._generators)
        if self._own_seed is not None:
            _name_seed(self._own_seed)
        return _MapDatasetFetcher(self._dataset, self._batched, self._collate_fn, drop_last=False).fetch(order.keys)

    def _make_ready(self, order: BatchOrder) -> None:
        """As PyTorch's workers are at their start."""
        loop = (order.epoch_seed, order.epoch)  # each loop has one of them of its own
        if self._loop == loop or (self._loop is not None and not self._each_epoch):
            return
        number = worker_id()
        seed = order.epoch_seed + number
        torch.set_num_threads(1)
        torch_worker._worker_info = torch_worker.WorkerInfo(
            id=number, num_workers=self._num_workers, seed=seed, dataset=self._dataset
        )
        if self._loop is None and default_collate_fn_map.get(torch.Tensor) is collate_tensor_fn:
            default_collate_fn_map[torch.Tensor] = _collated_here
        seed_generators(seed & _MASK)
        if self._worker_init_fn is not None:
            before = torch.initial_seed()
            self._worker_init_fn(number)
            self._own_seed = torch.initial_seed() if torch.initial_seed() != before else None
        if self._loop is None or self._worker_init_fn is not None:
            self._generators = own_generators(self._dataset, self._collate_fn)
        self._loop = loop


def _name_seed(seed: int) -> None:
    """Have `torch.initial_seed()` give it; what is drawn is the same as without it."""
    state = torch.default_generator.get_state()
    state[:8] = torch.frombuffer(bytearray(seed.to_bytes(8, sys.byteorder)), dtype=torch.uint8)
    torch.default_generator.set_state(state)


def _collated_here(tensors: Any, *, collate_fn_map: Any = None) -> Any:
    """What torch makes of tensors, in ordinary memory: in a worker it would make a new shared one for each batch, which
    takes a quarter of a training transform's time; batches go through ours."""
    first = tensors[0]
    if first.layout is torch.strided and not (first.is_nested or first.is_conj() or first.is_contiguous()):
        return torch.stack(tensors, 0, out=first.new_empty((len(tensors), *first.shape)))  # contiguous, as torch's
    info, torch_worker._worker_info = torch_worker._worker_info, None
    try:
        return collate_tensor_fn(tensors, collate_fn_map=collate_fn_map)
    finally:
        torch_worker._worker_info = info
