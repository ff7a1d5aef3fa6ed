"""A data set that the user's code makes, by the name of that code.

    `./data.py:make_train` -> look_at -> a process that makes it once -> length, names, files
                                 |
                                 +-> NamedDataset -> pickle -> each worker imports the code and makes the data set

So the program itself need not import the user's code. It does so where it loads samples itself: with threads, or
without workers.
"""

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from inspector.child_process import module_path, start_python
from inspector.errors import IndexingCancelled, NoImagesError, SettingsError, UserCodeError
from inspector.named_code import NamedCode
from inspector.sources.dataset import Dataset, DatasetIndex, IterableIndex, is_iterable, why_no_dataset

_POLL_S = 0.05
_END_S = 5.0


def made_by(code: NamedCode) -> Dataset:
    """The data set: what a function or class gives when it is called, or the object itself. It may be an iterable.

    Raises:
        SettingsError: when there is no such code, or it gives no data set.
        SourceError: when it gives what can be gone through once only.
        BaseException: whatever the user's code raises.
    """
    found = code.load()
    is_dataset = hasattr(found, "__len__") and hasattr(found, "__getitem__") and not isinstance(found, type)
    dataset = found if is_dataset or (not callable(found) and hasattr(found, "__iter__")) else found()
    if is_iterable(dataset):
        return dataset  # type: ignore[no-any-return]
    if lacks := why_no_dataset(dataset):
        raise SettingsError(
            f"{code} must be a data set, or a function or class that gives one when it is called without arguments. It "
            f"gave a {type(dataset).__name__}, which {lacks}"
        )
    return dataset  # type: ignore[no-any-return]


class NamedDataset:
    """Stands for a data set; in a worker, it is that data set. In the program it is made at the first item."""

    def __init__(self, code: NamedCode, length: int) -> None:
        self._code = code
        self._length = length
        self._made: Dataset | None = None

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> Any:
        return self._dataset()[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._dataset())

    def set_epoch(self, epoch: int) -> None:
        """Called before the first sample of another epoch."""
        if callable(set_epoch := getattr(self._dataset(), "set_epoch", None)):
            set_epoch(epoch)

    def _dataset(self) -> Dataset:
        if self._made is None:
            self._made = made_by(self._code)
        return self._made

    def __reduce__(self) -> tuple[Any, ...]:
        return made_by, (self._code,)


class NamedDatasetIndex(DatasetIndex):
    """Numbers and names of its samples.

    Attributes:
        code: what makes it.
        files: the user's code that it is made with; a change in one of them may change the data set.
    """

    def __init__(self, code: NamedCode, length: int, names: list[str] | None, files: tuple[str, ...]) -> None:
        super().__init__(NamedDataset(code, length))
        self.source = str(code)
        self.code = code
        self.files = files
        self._names = names

    def path(self, i: int) -> str:
        """The name that the data set gives it, or "dataset[i]"."""
        return self._names[i] if self._names is not None else super().path(i)


class NamedIterableIndex(IterableIndex, NamedDatasetIndex):
    """Of one that can only be iterated over."""

    def __init__(self, code: NamedCode, files: tuple[str, ...], *, shards_itself: bool) -> None:
        IterableIndex.__init__(self, NamedDataset(code, 0), shards_itself=shards_itself)
        self.source = str(code)
        self.code = code
        self.files = files


@dataclass(frozen=True, slots=True)
class Look:
    """What came of it: an index, or an error; and the user's code that was imported, also where that failed."""

    index: NamedDatasetIndex | None
    error: UserCodeError | SettingsError | NoImagesError | None
    files: tuple[str, ...]


def look_at(code: NamedCode, cancelled: Callable[[], bool] = lambda: False, others: Iterable[NamedCode] = ()) -> Look:
    """Make the data set in a process of its own, and look at it. The files of `others` are found, too.

    Raises:
        IndexingCancelled: when `cancelled` returns True.
        OSError: where no process can be started.
    """
    process = start_python("-m", "inspector.sources.dataset_maker", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:
        try:
            codes = [[each.place, each.name] for each in (code, *others)]
            request = {"codes": codes, "module_path": module_path()}
            message: bytes | None = json.dumps(request).encode() + b"\n"
            while True:
                try:
                    content, _ = process.communicate(message, timeout=_POLL_S)
                    break
                except subprocess.TimeoutExpired:
                    message = None  # it has been sent, as far as the pipe took it; communicate continues with the rest
                if cancelled():
                    raise IndexingCancelled(f"making the data set {code} was cancelled")
        finally:
            if process.poll() is None:
                process.kill()
    files = (code.place,) if code.is_file else ()
    answer: dict[str, Any] = {}
    with contextlib.suppress(ValueError):
        answer = json.loads(content)
    if "files" in answer:
        files = tuple(answer["files"])
    if not answer:
        ended = f"the process that made it ended with exit code {process.returncode}"
        return Look(None, UserCodeError(f"the data set {code} could not be made: {ended}"), files)
    if "error" in answer:
        if not answer["traceback"]:
            return Look(None, SettingsError(answer["error"]), files)
        return Look(None, UserCodeError(f"{answer['error']}\n\n{answer['traceback']}"), files)
    if answer["iterable"]:
        return Look(NamedIterableIndex(code, files, shards_itself=answer["shards_itself"]), None, files)
    if not answer["length"]:
        return Look(None, NoImagesError(f"the data set {code} has no items"), files)
    return Look(NamedDatasetIndex(code, answer["length"], answer["names"], files), None, files)


def index_of(code: NamedCode) -> NamedDatasetIndex:
    """
    Raises:
        UserCodeError: when the user's code raises.
        SettingsError: when there is no such code, or it gives no data set.
        NoImagesError: when the data set is empty.
    """
    look = look_at(code)
    if look.error is not None:
        raise look.error
    assert look.index is not None
    return look.index
