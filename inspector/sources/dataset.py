"""What there is to load, as the loader sees it: a file index, or any object with a length and items."""

import contextlib
import sys
from typing import Any, Protocol


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

    def close(self) -> None:
        """Give back what it holds open. It may be read from again."""


def why_no_dataset(found: object) -> str | None:
    """What `found` lacks for a `Dataset`, as the end of a sentence that begins with what it is; None for nothing."""
    torch_data = sys.modules.get("torch.utils.data")  # its IterableDataset has a `__getitem__`, which always raises
    iterable = hasattr(found, "__iter__") and not hasattr(found, "__getitem__")
    if iterable or (torch_data is not None and isinstance(found, torch_data.IterableDataset)):
        return (
            "can only be iterated over, so that no sample can be asked for by its number: give an object with __len__ "
            "and __getitem__, or watch the script that loads it with: inspector run SCRIPT"
        )
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

    def class_table(self) -> None:
        """None: there are no classes."""

    def fingerprint(self) -> int:
        """The length: nothing else is known without loading."""
        return self._length
