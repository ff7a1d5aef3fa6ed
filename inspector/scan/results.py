"""What a scan has found so far: packed columns that only grow, safe to read while another thread adds to them."""

import os
import re
import threading
from array import array
from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inspector.formats.problems import ProblemKind
from inspector.scan.check_settings import ALIKE, CHECKS
from inspector.scan.measure_table import MeasureTable
from inspector.scan.scores import SCORES
from inspector.sources.opening import SampleIndex

ROW_NAMES = (*ProblemKind, *CHECKS)  # a row keeps its name as the position in this tuple
_NUMBERS = {name: number for number, name in enumerate(ROW_NAMES)}
_TAKEN_TOGETHER = 1 << 14
_NO_SIZE = -1
_NO_FILE = (1 << 32) - 1


class ScanRow(NamedTuple):
    """One problem of one file, or one thing that a check found in it.

    Attributes:
        path: the file, or a folder that could not be read.
        name: a ProblemKind, or the name of a check.
        is_problem: the file cannot be loaded as it is; else a check found it.
        reason: one sentence.
        file_bytes: size of the file in bytes; None: unknown.
        other: path of the image that it is like; None where the row is not about two.
        group: number that all rows about the same image share; None as above.
    """

    path: str
    name: str
    is_problem: bool
    reason: str
    file_bytes: int | None
    other: str | None = None
    group: int | None = None


class ScanResults:
    """Rows in the order in which they were found, and how many there are of each name.

    About 30 bytes a row and its text: the relative path, for searching, and the reason.
    """

    def __init__(self, index: SampleIndex) -> None:
        self.index = index
        self.good = self.done = 0
        self.throttled = 0  # requests that a store refused because it asks for fewer; they were made again
        self.measures: MeasureTable | None = None  # of all files, where they are measured
        self._lock = threading.Lock()
        self._files = array("I")
        self._names = bytearray()
        self._sizes = array("q")
        self._others, self._groups = array("I"), array("I")
        self._text = bytearray()
        self._ends = array("Q")
        self._places: list[str] = []  # folders inside the root that rows are about: of classes, so there are few

    def __len__(self) -> int:
        return len(self._names)

    def count_files(self, files: int, bad: int, throttled: int = 0) -> None:
        """So many more files are done."""
        self.throttled += throttled
        self.done += files
        self.good += files - bad

    def add(
        self,
        file: int,
        name: str,
        reason: str,
        file_bytes: int | None,
        other: int | None = None,
        group: int | None = None,
    ) -> None:
        """Add a row of file `file`; from `len(index)` on, of the index's folders that could not be read.

        Args:
            other: the file that it is like. group: the first file of all that are alike.
        """
        relative = self._relative(file)
        with self._lock:
            self._files.append(file)
            self._names.append(_NUMBERS[name])
            self._sizes.append(_NO_SIZE if file_bytes is None else file_bytes)
            self._others.append(_NO_FILE if other is None else other)
            self._groups.append(_NO_FILE if group is None else group)
            self._text += os.fsencode(relative) + b"\0" + reason.encode("utf-8", "surrogateescape") + b"\0"
            self._ends.append(len(self._text))

    def add_place(self, folder: str, name: str, reason: str) -> None:
        """Add a row of a folder, given from the root on."""
        self._places.append(folder)
        self.add(len(self.index) + len(self.index.unreadable) + len(self._places) - 1, name, reason, None)

    def row(self, i: int) -> ScanRow:
        """Row `i`, from 0 to `len(self) - 1`."""
        with self._lock:
            file, number, size = self._files[i], self._names[i], self._sizes[i]
            other, group = self._others[i], self._groups[i]
            text = bytes(self._text[self._ends[i - 1] if i else 0 : self._ends[i]])
        reason = text[text.index(b"\0") + 1 : -1].decode("utf-8", "surrogateescape")
        is_problem = number < len(ProblemKind)
        return ScanRow(
            self._path(file),
            str(ROW_NAMES[number]),
            is_problem,
            reason,
            None if size == _NO_SIZE else size,
            None if other == _NO_FILE else self._path(other),
            None if group == _NO_FILE else group,
        )

    def file_bytes(self, file: int) -> int | None:
        """The size of a file that was checked: as it was then, where that is known; None: unknown."""
        if self.measures is not None and (size := int(self.measures.sizes[file])) >= 0:
            return size
        try:
            return os.stat(self.index.path(file)).st_size
        except OSError:  # it was there when it was checked
            return None

    def relative(self, i: int) -> str:
        """The path of row `i` inside the data set's folder."""
        return self._relative(self._files[i])

    def file(self, i: int) -> int:
        """The number of row `i`'s file in the index."""
        return self._files[i]

    def _path(self, file: int) -> str:
        files, unreadable = len(self.index), self.index.unreadable
        if file < files:
            return self.index.path(file)
        if file - files < len(unreadable):
            return unreadable[file - files]
        return os.path.join(self.index.root, self._relative(file))

    def _relative(self, file: int) -> str:
        if file < len(self.index):
            return self.index.relative(file)
        place = file - len(self.index) - len(self.index.unreadable)
        return self._places[place] if place >= 0 else self._path(file)

    def counts(self) -> dict[str, int]:
        """How many rows there are of each name that there are any of: in the order of `ROW_NAMES`."""
        with self._lock:
            names = bytes(self._names)
        counted = np.bincount(np.frombuffer(names, np.uint8), minlength=len(ROW_NAMES)).tolist()
        return {str(name): count for name, count in zip(ROW_NAMES, counted, strict=True) if count}

    def kept(self, leave_out: Collection[str] = ()) -> npt.NDArray[np.int64]:
        """Numbers of the samples that were checked and are good.

        Args:
            leave_out: names of checks; what they have found is left out, too. Of images that are alike, one stays.
        """
        dropped = {_NUMBERS[name] for name in (*ProblemKind, *leave_out)}
        with self._lock:
            done = self.done
            files = [file for file, name in zip(self._files, self._names, strict=True) if name in dropped]
        return np.setdiff1d(np.arange(done, dtype=np.int64), files)

    def links(self, i: int) -> tuple[int | None, int | None]:
        """Row `i`'s other file and its group."""
        other, group = self._others[i], self._groups[i]
        return None if other == _NO_FILE else other, None if group == _NO_FILE else group

    def take(self, rows: npt.NDArray[np.int64]) -> "ScanResults":
        """These rows alone, in this order, as other results of the same scan."""
        taken = ScanResults(self.index)
        with self._lock:
            taken.good, taken.done, taken.measures = self.good, self.done, self.measures
            taken.throttled = self.throttled
            taken._places = self._places
            for name in ("_files", "_sizes", "_others", "_groups"):
                column: array[int] = getattr(self, name)
                setattr(taken, name, array(column.typecode, np.array(column)[rows].tobytes()))
            taken._names = bytearray(np.array(self._names, np.uint8)[rows].tobytes())
            ends = np.array(self._ends, np.int64)
            text = np.frombuffer(bytes(self._text), np.uint8)
        starts = np.append(0, ends)[rows]
        lengths = ends[rows] - starts
        for at in range(0, len(rows), _TAKEN_TOGETHER):
            part = slice(at, at + _TAKEN_TOGETHER)
            before = np.cumsum(lengths[part]) - lengths[part]
            places = np.repeat(starts[part] - before, lengths[part])
            taken._text += text[places + np.arange(len(places))].tobytes()
        taken._ends = array("Q", np.cumsum(lengths).astype(np.uint64).tobytes())
        return taken

    def files(self) -> npt.NDArray[np.int64]:
        """Number of the file of each row; a copy."""
        with self._lock:
            return np.array(self._files, np.int64)

    def scores(self, first: int = 0) -> npt.NDArray[np.float64]:
        """What the check of each row from `first` on compared with its limit; NaN where it compared nothing."""
        with self._lock:
            names, files, others = (
                np.array(column[first:], np.int64) for column in (self._names, self._files, self._others)
            )
        scores = np.full(len(names), np.nan)
        if self.measures is None:
            return scores
        for number in np.unique(names).tolist():
            name, rows = str(ROW_NAMES[number]), np.flatnonzero(names == number)
            if name in SCORES:
                scores[rows] = SCORES[name].of(self.measures)[files[rows]]
            elif name in ALIKE:
                hashes = self.measures.column("hash").astype(np.uint64)
                scores[rows] = np.bitwise_count(hashes[files[rows]] ^ hashes[others[rows]])
        return scores

    def is_behind(self) -> bool:
        """Nothing is on its way here."""
        return False

    def columns(self, first: int = 0) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        """Name (its position in `ROW_NAMES`) and size in bytes (-1: unknown) of the rows from `first` on; copies."""
        with self._lock:
            return np.frombuffer(bytes(self._names[first:]), np.uint8), np.array(self._sizes[first:], np.int64)

    def containing(self, text: str, first: int = 0) -> npt.NDArray[np.int64]:
        """The rows whose relative path or reason contains `text`; ascending. The case of ASCII letters does not matter.

        Args:
            first: look from this row on.
        """
        with self._lock:
            start = self._ends[first - 1] if first else 0
            rows, ends = bytes(self._text[start:]), np.array(self._ends[first:], np.int64) - start
        wanted = re.escape(text.encode("utf-8", "surrogateescape").lower())
        places = np.fromiter((match.start() for match in re.finditer(wanted, rows.lower())), np.int64)
        return np.unique(np.searchsorted(ends, places, side="right")) + first

    @property
    def nbytes(self) -> int:
        """Memory that the rows take, in bytes."""
        return len(self) * 29 + len(self._text)
