"""Loaders of shards: WebDataset, datasets of Hugging Face, MosaicML Streaming and LitData, each with PyTorch's workers.

Each reads the shards that are its own, and gives lists of images at their native sizes. `decode`: of an image's bytes.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.benchmarks.contestants import module_of
from tests.benchmarks.measure import Absent, Measure, rate

Decode = Callable[[bytes], Any]
IMAGE = "jpg"
_BUFFER = 1000  # images that are shuffled together


def needed(package: str, name: str) -> Any:
    """A module of an optional package.

    Raises:
        Absent: where that is not installed.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise Absent(f"{error.name} is not installed (pip install {package})") from None


@contextmanager
def _loaded(dataset: Any, workers: int, batch_size: int, seconds: float, **settings: Any) -> Iterator[Measure]:
    pytorch = module_of("torch==2.13.0", "pytorch")
    loader = pytorch.DataLoader(
        dataset,
        batch_size=batch_size,
        num_workers=workers,
        collate_fn=pytorch.as_list,
        persistent_workers=True,
        worker_init_fn=pytorch.one_thread,
        multiprocessing_context="fork",  # as these libraries are used on Linux
        **settings,
    )
    try:
        yield rate((len(batch) for batch in pytorch.for_ever(loader)), seconds)
    finally:
        pytorch.shut_down(loader)


def _tensor(decode: Decode, item: Any) -> Any:
    import torch

    return torch.from_numpy(decode(item[IMAGE]))


def webdataset(tars: list[Path], decode: Decode, *how: Any) -> Any:
    """Tars, read from their beginning to their end; what is shuffled is the shards, and a buffer of images."""
    wds = needed("webdataset", "webdataset")
    shards = wds.WebDataset([*map(str, tars)], shardshuffle=len(tars)).repeat()
    return _loaded(shards.shuffle(_BUFFER).map(partial(_tensor, decode)), *how)


class _Rows:
    """A map-style data set of a Hugging Face one's rows."""

    def __init__(self, rows: Any, decode: Decode) -> None:
        self._rows, self._decode = rows, decode

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, number: int) -> Any:
        return _tensor(self._decode, self._rows[number])


def hugging_face(arrow: Path, decode: Decode, *how: Any) -> Any:
    """An Arrow file, mapped into memory, in an exact shuffle."""
    rows = needed("datasets", "datasets").Dataset.from_file(str(arrow))
    return _loaded(_Rows(rows, decode), *how, shuffle=True)


def streaming(folder: Path, decode: Decode, workers: int, batch_size: int, seconds: float) -> Any:
    """MDS shards, shuffled block by block."""
    library = needed("mosaicml-streaming", "streaming")

    class Images(library.StreamingDataset):  # type: ignore[misc, name-defined]
        def __getitem__(self, number: int) -> Any:
            return _tensor(decode, super().__getitem__(number))

    library.base.util.clean_stale_shared_memory()
    images = Images(local=str(folder), shuffle=True, batch_size=batch_size, num_canonical_nodes=1)
    return _loaded(images, workers, batch_size, seconds)


def litdata(folder: Path, decode: Decode, workers: int, batch_size: int, seconds: float) -> Any:
    """Chunks of its own, shuffled chunk by chunk."""
    library = needed("litdata", "litdata")

    class Images(library.StreamingDataset):  # type: ignore[misc, name-defined]
        def __getitem__(self, number: Any) -> Any:
            return _tensor(decode, super().__getitem__(number))

    return _loaded(Images(str(folder), shuffle=True), workers, batch_size, seconds)


def _as_it_is(sample: Any) -> Any:
    return sample


def write_litdata(folder: Path, contents: list[bytes]) -> None:
    """Chunks as LitData's `optimize` writes them.

    Raises:
        Absent: where that is not installed.
    """
    library = needed("litdata", "litdata")
    os.environ["DATA_OPTIMIZER_CACHE_FOLDER"] = str(folder.with_name("cache"))
    os.environ["DATA_OPTIMIZER_DATA_CACHE_FOLDER"] = str(folder.with_name("cached"))
    library.optimize(
        fn=_as_it_is,
        inputs=[{IMAGE: content} for content in contents],
        output_dir=str(folder),
        num_workers=1,
        chunk_bytes="64MB",
    )
