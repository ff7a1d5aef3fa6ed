"""PyTorch's DataLoader. Importing this needs the package `torch`."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import cv2
import torch
from torch.utils.data import DataLoader

from tests.benchmarks.measure import Measure, rate
from tests.benchmarks.workload import Workload

Arrays = Literal["tensors", "numpy"]


class Images:
    """A map-style dataset of images: tensors, which PyTorch sends in shared memory, or arrays, which it pickles."""

    def __init__(
        self, workload: Workload, arrays: Arrays = "tensors", read: Callable[[str], Any] | None = None
    ) -> None:
        self._paths = workload.paths
        self._reader = read or workload.reader()
        self._arrays = arrays

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, number: int) -> Any:
        image = self._reader(self._paths[number])
        return torch.from_numpy(image) if self._arrays == "tensors" else image


def as_list(images: list[Any]) -> list[Any]:
    """A collate_fn for images of different sizes."""
    return images


def one_thread(worker: int) -> None:
    """Workers use one thread each, as everybody's here do."""
    cv2.setNumThreads(0)


def make_loader(workload: Workload, dataset: Any, start_method: str = "forkserver", **settings: Any) -> Any:
    """Stacked by PyTorch's own collate_fn, which writes into shared memory; or a list."""
    warnings.filterwarnings("ignore", "This DataLoader will create")  # more workers than cores: so it is meant
    return DataLoader(
        dataset,
        batch_size=workload.batch_size,
        shuffle=True,
        num_workers=workload.workers,
        collate_fn=as_list if workload.image_size is None else None,
        persistent_workers=True,
        worker_init_fn=one_thread,
        multiprocessing_context=start_method,
        **settings,
    )


def shut_down(loader: Any) -> None:
    """End the workers of a loader now: PyTorch itself waits for the garbage collector."""
    if loader._iterator is not None:
        loader._iterator._shutdown_workers()
        loader._iterator = None


def for_ever(loader: Any) -> Iterator[Any]:
    """Epoch after epoch; the workers persist."""
    while True:
        yield from loader


@contextmanager
def pytorch(
    workload: Workload, seconds: float, arrays: Arrays = "tensors", read: Callable[[str], Any] | None = None
) -> Iterator[Measure]:
    """Images/s that it delivers, in order; `read` in place of the project's own decoder."""
    loader = make_loader(workload, Images(workload, arrays, read))
    try:
        yield rate((len(batch) for batch in for_ever(loader)), seconds)
    finally:
        shut_down(loader)
