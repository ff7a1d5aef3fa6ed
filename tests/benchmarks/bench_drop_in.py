"""`inspector.torch.DataLoader` beside the one that it takes the place of: same data sets, arguments and batches.

Run as `python -m tests.benchmarks.bench_drop_in [--workers 2] [--only arrays] [--json]`; needs torch, and for the
training transform torchvision.

transform: JPEGs of about 500x375 pixels, RandomResizedCrop 224, flip, normalised to float CHW, batches of 32.
arrays: the emptiest data set, 32x32 arrays in memory, batches of 64: what the loader itself costs. `inspector.Loader`
too, which seeds the random generators for each sample, where PyTorch does for each worker and `inspector.torch` for
each batch.
large, dict: how long until the first batch of a data set in memory, 1 GB in an array or 400 MB in a dict of bytes and
arrays; seconds, and as a multiple of what `pickle.dumps` and `loads` of it take.
"""

import os
import pickle
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch.utils.data

import inspector.torch
from inspector import Loader
from tests.benchmarks.contestants.pytorch import for_ever, shut_down
from tests.benchmarks.measure import (
    Measure,
    arguments_parser,
    compared,
    interleaved,
    rate,
    ratios,
    report,
    shown,
    spread,
    table,
)
from tests.benchmarks.photographs import make_photographs

PYTORCH, OURS, LOADER, PICKLE = "PyTorch", "inspector.torch", "inspector.Loader", "pickle.dumps and loads"
KINDS = {PYTORCH: torch.utils.data.DataLoader, OURS: inspector.torch.DataLoader}
LARGE_BYTES, DICT_BYTES = 1 << 30, 400_000_000


class Arrays:
    """Small images in memory."""

    def __init__(self, count: int, side: int = 32) -> None:
        self._images = np.zeros((count, 3, side, side), np.uint8)

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, number: int) -> Any:
        return self._images[number], number % 10


class Records:
    """Images in a dict, every other one as bytes."""

    def __init__(self, nbytes: int, each: int = 3 * 180 * 180) -> None:
        count = nbytes // each
        self._records: dict[int, Any] = {
            number: os.urandom(each) if number % 2 else np.full(each, number % 256, np.uint8) for number in range(count)
        }

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, number: int) -> Any:
        return torch.frombuffer(bytearray(self._records[number][:3072]), dtype=torch.uint8).view(3, 32, 32), number % 10


class Photographs:
    """JPEGs through a training's transform, decoded by torchvision."""

    def __init__(self, paths: list[str]) -> None:
        from torchvision.transforms import v2

        self._paths = paths
        self._transform = v2.Compose(
            [
                v2.RandomResizedCrop(224, antialias=True),
                v2.RandomHorizontalFlip(),
                v2.ToDtype(torch.float32, scale=True),
                v2.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
            ]
        )

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, number: int) -> Any:
        from torchvision.io import ImageReadMode, decode_image

        return self._transform(decode_image(self._paths[number], ImageReadMode.RGB)), number % 1000


@contextmanager
def drained(kind: str, dataset: Any, seconds: float, **arguments: Any) -> Iterator[Measure]:
    """Images/s, epoch after epoch with workers that persist."""
    loader = KINDS[kind](dataset, shuffle=True, persistent_workers=True, **arguments)
    try:
        yield rate((len(labels) for _, labels in for_ever(loader)), seconds)
    finally:
        loader.close() if kind == OURS else shut_down(loader)


@contextmanager
def by_sample(dataset: Any, seconds: float, **arguments: Any) -> Iterator[Measure]:
    """Images/s of the loader itself."""
    with Loader(dataset, **arguments) as loader:
        yield rate((len(batch.indices) for batch in iter(loader.__next__, None)), seconds)


def pickled(dataset: Any) -> float:
    """Seconds."""
    began = time.perf_counter()
    pickle.loads(pickle.dumps(dataset, protocol=5))
    return time.perf_counter() - began


def first_batch(kind: str, dataset: Any, **arguments: Any) -> float:
    """Seconds from the loader's making on."""
    began = time.perf_counter()
    loader = KINDS[kind](dataset, **arguments)
    batches = iter(loader)
    next(batches)
    seconds = time.perf_counter() - began
    if kind == OURS:
        loader.close()
    return seconds


def main() -> None:
    parser = arguments_parser("Compare the drop-in with PyTorch's DataLoader.")
    parser.add_argument("--workers", type=int, default=2, help="default: %(default)s")
    parser.add_argument("--files", type=int, default=400, help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement (default: %(default)s)")
    parser.add_argument("--only", choices=("transform", "arrays", "large", "dict"), action="append")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", "This DataLoader will create")
    only = arguments.only or ("transform", "arrays", "large", "dict")
    results: dict[str, Any] = {}
    texts = []
    with tempfile.TemporaryDirectory(prefix="bench_drop_in_") as folder:
        datasets: dict[str, tuple[Callable[[], Any], int]] = {
            "transform": (lambda: Photographs(make_photographs(Path(folder), arguments.files)), 32),
            "arrays": (lambda: Arrays(20_000), 64),
        }
        for name in [name for name in datasets if name in only]:
            make, batch_size = datasets[name]
            dataset = make()
            openers: dict[str, Any] = {
                kind: partial(
                    drained, kind, dataset, arguments.seconds, batch_size=batch_size, num_workers=arguments.workers
                )
                for kind in KINDS
            }
            if name == "arrays":
                openers[LOADER] = partial(
                    by_sample, dataset, arguments.seconds, batch_size=batch_size, num_workers=arguments.workers
                )
            found, _ = interleaved(openers, arguments.rounds)
            results[name], rows = compared(found, PYTORCH)
            texts.append(table([name, "images/s", "of PyTorch's", "CPU ms an image"], rows))
    in_memory: dict[str, Callable[[], Any]] = {
        "large": lambda: Arrays(LARGE_BYTES // (3 * 64 * 64), 64),
        "dict": lambda: Records(DICT_BYTES),
    }
    for name in [name for name in in_memory if name in only]:
        dataset = in_memory[name]()
        found_s: dict[str, list[float]] = {}
        for _ in range(arguments.rounds):
            found_s.setdefault(PICKLE, []).append(pickled(dataset))
            for kind in KINDS:
                seconds = first_batch(kind, dataset, batch_size=64, num_workers=arguments.workers)
                found_s.setdefault(kind, []).append(seconds)
        results[name], rows = {}, []
        for kind, values in found_s.items():
            results[name][kind] = {"seconds": spread(values), "ratio": ratios(values, found_s[PICKLE])}
            rows.append([kind, *(shown(each, ".2f") for each in results[name][kind].values())])
        texts.append(table([f"{name}: in memory", "s to the first batch", "of pickle's"], rows))
    report(arguments, results, "\n\n".join(texts))


if __name__ == "__main__":
    main()
