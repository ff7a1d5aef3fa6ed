"""What there is to load, as the loader sees it: a file index, or any object with a length and items."""

import contextlib
import sys
from typing import Any, Protocol

from inspector.errors import SourceError
from inspector.settings import LoaderConfig


class Dataset(Protocol):
    """Any object with a length and items, as PyTorch's map-style datasets are.

    An item is an image, or a tuple, list, named tuple, dict or data class with an image in it, and whatever else. An
    image is an array, a tensor or an image of Pillow's; grey, with channels first or last, of any type of number. It
    is asked for in the workers, which get a copy of the object by pickle. What it raises becomes a Problem of that
    sample: TRANSFORM_FAILED with the traceback, or the kind that a `BadFile` names.

    It may also have a method `path(index)`, which returns the name that batches and problems give a sample, and a
    method `set_epoch(epoch)`, which is called in each worker before the first sample of another epoch.
    """

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Any: ...


class Index(Protocol):
    """What the loader asks of what it loads: a number and a name for each sample. `FileIndex` is one."""

    @property
    def source(self) -> str:
        """In words for a person."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes; () where there are none."""

    def __len__(self) -> int: ...

    def path(self, i: int, /) -> str:
        """The file, or another name of sample `i`."""

    def label(self, i: int, /) -> str | None:
        """The class of sample `i`, one of `classes`; None where there are none."""

    def fingerprint(self) -> int:
        """A number that differs, almost surely, for another list of samples."""


class Reader(Protocol):
    """What gives the bytes of samples in a worker, where they are no files. It is sent there by pickle."""

    @property
    def is_remote(self) -> bool:
        """Reading takes long, and costs this machine little: samples are worth reading ahead, many at a time."""

    def nbytes_of(self, i: int, /) -> int:
        """How many bytes sample `i` has; 0 where that is not known before it is read."""

    def read(self, i: int, /) -> bytes:
        """The bytes of sample `i`'s image.

        Raises:
            BadFile: where they cannot be read.
            SourceError: where no other sample can be read, either.
        """

    def read_checked(self, i: int, /) -> bytes:
        """The same, with all checksums compared that there are.

        Raises: see `read`.
        """

    def close(self) -> None:
        """Give back what it holds open. It may be read from again."""


def is_iterable(found: object) -> bool:
    """It can only be iterated over: no sample can be asked for by its number.

    Raises:
        SourceError: where that can be done once only.
    """
    if not of_torch(found) and (hasattr(found, "__getitem__") or not hasattr(found, "__iter__")):
        return False
    if hasattr(found, "__next__"):
        raise SourceError(
            f"a {type(found).__name__} can be gone through only once, and in one process: give an object whose "
            "__iter__ begins again, such as a class with a generator as its __iter__"
        )
    return not isinstance(found, type)


def of_torch(found: object) -> bool:
    """It is PyTorch's `IterableDataset`, which has a `__getitem__` that always raises, and divides itself by worker."""
    torch_data = sys.modules.get("torch.utils.data")
    return torch_data is not None and isinstance(found, torch_data.IterableDataset)


def why_no_dataset(found: object) -> str | None:
    """What `found` lacks for a `Dataset`, as the end of a sentence that begins with what it is; None for nothing."""
    for name in ("__len__", "__getitem__"):
        if not hasattr(found, name):
            return f"has no {name}: it must be a data set with a length and items"
    return None


class DatasetIndex:
    """Numbers and names for the items of a `Dataset`.

    Attributes:
        pictures: an item without an image is an error.
    """

    classes: tuple[str, ...] = ()

    def __init__(self, dataset: Dataset, *, pictures: bool = True) -> None:
        self.dataset = dataset
        self.pictures = pictures
        self.source = f"a data set of the type {type(dataset).__name__}"
        self._length = len(dataset)
        path = getattr(dataset, "path", None)
        self._path = path if callable(path) else None

    def __len__(self) -> int:
        return self._length

    def path(self, i: int) -> str:
        """What the object's own `path` gives, or "dataset[i]"."""
        if self._path is not None:
            with contextlib.suppress(Exception):  # the user's code may raise anything; a name is not worth stopping for
                return str(self._path(i))
        return f"dataset[{i}]"

    def label(self, i: int) -> None:
        """None: the label comes with the item."""

    def order_note(self, config: LoaderConfig) -> str:
        """How the samples are shuffled, for a person, where that is not globally; else ""."""
        return ""

    def class_table(self) -> None:
        """None: there are no classes."""

    def fingerprint(self) -> int:
        """The length: nothing else is known without loading."""
        return self._length


class IterableIndex(DatasetIndex):
    """Numbers and names for what an iterable data set gives: its length is not known, and 0 here.

    Each epoch iterates over it from the beginning, in as many streams as there are workers when the epoch begins.
    PyTorch's `IterableDataset` finds its part with `torch.utils.data.get_worker_info()`, as in PyTorch's own workers.
    Of any other, stream s of n has every n-th item, from item s on. Batches take one sample of each stream in turn; a
    stream that has ended is left out. So the order depends on the number of workers, and on nothing else of ours. It is
    not shuffled.

    Attributes:
        shards_itself: each stream gets its number, and iterates over its own part.
    """

    def __init__(self, dataset: Any, *, pictures: bool = True, shards_itself: bool | None = None) -> None:
        self.dataset = dataset
        self.pictures = pictures
        self.shards_itself = of_torch(dataset) if shards_itself is None else shards_itself
        self.source = f"a data set of the type {type(dataset).__name__}"
        self._length = 0
        self._path = None

    def path(self, i: int) -> str:
        """ "item[i]": item i // n of stream i % n, where there are n streams."""
        return f"item[{i}]"

    def order_note(self, config: LoaderConfig) -> str:
        """See `DatasetIndex.order_note`."""
        return "in the data set's own order, not shuffled"
