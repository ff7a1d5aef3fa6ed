"""How often each file and each class has come in an epoch, cheap enough for ten million files.

The consumer only notes what was delivered; the notes are counted some thousand images at a time, or when someone asks.
A byte a file holds all that is known of it. A record holds counts of counts, never a list of files.
"""

import threading
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inspector.formats.problems import Problem
from inspector.loader.batch import Batch
from inspector.monitor.order import OrderSample
from inspector.sources.classes import ClassTable
from inspector.sources.dataset import Index

LISTED_FILES = 10
ORDER_IMAGES = 4096
_NOTED_IMAGES = 2048  # are counted together

_TIMES = 0x3F  # bits of a file's byte: how often it came in this epoch, up to 63
_EVER = 0x40  # it came in some epoch
_SKIPPED = 0x80  # it was skipped in this epoch


@dataclass(frozen=True, slots=True)
class RepeatedFile:
    """A file that came more than once in an epoch; 63 `times` may be more."""

    path: str
    times: int


@dataclass(frozen=True, slots=True, eq=False)
class ClassCounts:
    """Of each class: images delivered and files skipped in an epoch, and the files that it has. (classes,) each."""

    names: tuple[str, ...]
    delivered: npt.NDArray[np.int64]
    skipped: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class EpochCounts:
    """What came in one epoch.

    Attributes:
        epoch: from 0.
        files: in the data set: `once + repeated + skipped + never`.
        delivered: images; a file that came twice counts twice.
        once, repeated, skipped, never: files that came once, came more than once, were skipped, have not come.
        repeated_files: the first of the repeated ones.
        classes: None where there are none.
        order: of the last images that were delivered.
        over: the next epoch has begun.
    """

    epoch: int
    files: int
    delivered: int
    once: int
    repeated: int
    skipped: int
    repeated_files: tuple[RepeatedFile, ...]
    classes: ClassCounts | None
    order: OrderSample
    over: bool = False

    @property
    def never(self) -> int:
        return self.files - self.once - self.repeated - self.skipped


@dataclass(frozen=True, slots=True, eq=False)
class SampleCounts:
    """Of the epoch that is under way and of the one before; and how many files have come since loading began."""

    current: EpochCounts
    previous: EpochCounts | None
    seen: int


class _Note(NamedTuple):
    """One delivered batch."""

    epoch: int
    indices: npt.NDArray[np.int64]
    skipped: tuple[Problem, ...]


class SampleCounter:
    """Counts the batches of one run of the loader. Thread-safe; `add` takes microseconds."""

    def __init__(self, index: Index, classes: ClassTable | None) -> None:
        self._index = index
        self._table = classes
        self._lock = threading.Lock()
        self._notes: deque[_Note] = deque()
        self._noted = 0
        self._state = np.zeros(len(index), np.uint8)
        self._seen = 0
        self._previous: EpochCounts | None = None
        self._order = np.zeros(ORDER_IMAGES, np.int64)
        self._begin(0)

    def add(self, batch: Batch) -> None:
        """A batch was delivered."""
        with self._lock:
            self._notes.append(_Note(batch.epoch, batch.indices, batch.skipped))
            self._noted += len(batch.indices)
            if self._noted >= _NOTED_IMAGES:
                self._count_notes()

    def counts(self) -> SampleCounts:
        """As it stands."""
        with self._lock:
            self._count_notes()
            return SampleCounts(self._describe(), self._previous, self._seen)

    # --- with the lock held --------------------------------------------------------------------------------

    def _begin(self, epoch: int) -> None:
        self._epoch = epoch
        self._delivered = self._once = self._repeated = self._skipped = 0
        self._repeated_files: list[int] = []
        classes = len(self._index.classes) + 1 if self._table is not None else 1  # the last: of no class
        self._class_delivered = np.zeros(classes, np.int64)
        self._class_skipped = np.zeros(classes, np.int64)

    def _count_notes(self) -> None:
        notes, self._notes, self._noted = self._notes, deque(), 0
        same_epoch: list[npt.NDArray[np.int64]] = []
        for note in notes:
            if note.epoch != self._epoch:
                self._count(same_epoch)
                same_epoch = []
                # What was met after an epoch's last batch comes with the next one's first.
                self._skip([problem for problem in note.skipped if problem.epoch < note.epoch])
                self._end_epoch(note.epoch)
            same_epoch.append(note.indices)
            if note.skipped:
                self._count(same_epoch)
                same_epoch = []
                self._skip([problem for problem in note.skipped if problem.epoch == note.epoch])
        self._count(same_epoch)

    def _end_epoch(self, epoch: int) -> None:
        self._previous = self._describe(over=True)
        self._state &= _EVER
        self._begin(epoch)

    def _count(self, arrays: list[npt.NDArray[np.int64]]) -> None:
        if not arrays:
            return
        indices = np.concatenate(arrays)
        self._remember_order(indices)
        self._delivered += len(indices)
        files, more = np.unique(indices, return_counts=True)
        state = self._state[files]
        before = state & _TIMES
        after = np.minimum(before + more, _TIMES)
        self._seen += int((state & _EVER == 0).sum())
        self._count_skipped(files[state & _SKIPPED != 0], -1)
        self._once += int((after == 1).sum()) - int((before == 1).sum())
        new = files[(before < 2) & (after > 1)]
        self._repeated += len(new)
        self._repeated_files += new[: LISTED_FILES - len(self._repeated_files)].tolist()
        self._state[files] = after.astype(np.uint8) | np.uint8(_EVER)
        if self._table is not None:
            np.add.at(self._class_delivered, self._table.of(indices), 1)

    def _skip(self, problems: list[Problem]) -> None:
        files = np.array(sorted({problem.index for problem in problems if problem.index >= 0}), np.int64)
        files = files[self._state[files] & (_TIMES | _SKIPPED) == 0]
        self._state[files] |= _SKIPPED
        self._count_skipped(files, 1)

    def _count_skipped(self, files: npt.NDArray[np.int64], change: int) -> None:
        self._skipped += change * len(files)
        if self._table is not None:
            np.add.at(self._class_skipped, self._table.of(files), change)

    def _remember_order(self, indices: npt.NDArray[np.int64]) -> None:
        last = indices[-ORDER_IMAGES:]
        first = self._delivered + len(indices) - len(last)
        self._order[(first + np.arange(len(last))) % ORDER_IMAGES] = last

    def _describe(self, *, over: bool = False) -> EpochCounts:
        classes = None
        if self._table is not None:
            delivered, skipped = self._class_delivered[:-1].copy(), self._class_skipped[:-1].copy()
            classes = ClassCounts(self._index.classes, delivered, skipped, self._table.sizes)
        return EpochCounts(
            epoch=self._epoch,
            files=len(self._index),
            delivered=self._delivered,
            once=self._once,
            repeated=self._repeated,
            skipped=self._skipped,
            repeated_files=tuple(
                RepeatedFile(self._index.path(i), int(self._state[i] & _TIMES)) for i in self._repeated_files
            ),
            classes=classes,
            order=self._order_sample(),
            over=over,
        )

    def _order_sample(self) -> OrderSample:
        count = min(self._delivered, ORDER_IMAGES)
        first = self._delivered - count
        indices = self._order[(first + np.arange(count)) % ORDER_IMAGES]
        classes = self._table
        if classes is None or len(classes.sizes) < 2:
            return OrderSample(first, indices, len(self._index))
        return OrderSample(first, indices, len(self._index), classes.of(indices), classes.sizes)
