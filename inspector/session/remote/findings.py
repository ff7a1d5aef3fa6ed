"""What a scan there has found, row by row, as far as it has come."""

import math
import threading
from array import array
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from inspector.scan.results import ROW_NAMES, ScanRow
from inspector.session.exchange import FoundRows

_MOST_ROWS = 4_000_000
_NUMBERS = {str(name): number for number, name in enumerate(ROW_NAMES)}


class RemoteFindings:
    """A `Findings`; thread-safe.

    Attributes:
        run: names it among those of the other side.
    """

    def __init__(self, run: int) -> None:
        self.run = run
        self.expected: dict[str, int] = {}
        self.asking = False
        self._lock = threading.Lock()
        self._rows: list[ScanRow] = []
        self._relative: list[str] = []
        self._texts: list[str] = []
        self._names = bytearray()
        self._sizes = array("q")
        self._scores = array("d")

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, i: int, /) -> ScanRow:
        """Row `i`."""
        return self._rows[i]

    def relative(self, i: int, /) -> str:
        """The location of row `i` inside its data set."""
        return self._relative[i]

    def counts(self) -> dict[str, int]:
        """How many rows there are of each name."""
        return dict(self.expected)

    def columns(self, first: int = 0, /) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        """Name and size in bytes (-1: unknown) of the rows from `first` on."""
        with self._lock:
            return np.frombuffer(bytes(self._names[first:]), np.uint8), np.array(self._sizes[first:], np.int64)

    def scores(self, first: int = 0, /) -> npt.NDArray[np.float64]:
        """What the checks of the rows from `first` on compared with their limits; NaN where it was nothing."""
        with self._lock:
            return np.array(self._scores[first:], np.float64)

    def containing(self, text: str, first: int = 0, /) -> npt.NDArray[np.int64]:
        """The rows from `first` on whose location or reason contains `text`; ascending."""
        wanted = text.lower()
        with self._lock:
            found = [first + i for i, each in enumerate(self._texts[first:]) if wanted in each]
        return np.array(found, np.int64)

    def is_behind(self) -> bool:
        """There are more rows, which have not come yet."""
        return len(self._rows) < min(_MOST_ROWS, sum(self.expected.values()))

    def take(self, found: FoundRows) -> None:
        """Add what follows."""
        with self._lock:
            if found.run != self.run or found.first != len(self._rows):
                return
            for row, relative, score in found.rows:
                self._scores.append(math.nan if score is None else score)
                self._names.append(_NUMBERS[row.name])
                self._sizes.append(-1 if row.file_bytes is None else row.file_bytes)
                self._texts.append(f"{relative}\0{row.reason}".lower())
                self._relative.append(relative)
                self._rows.append(row)


Ask = Callable[[RemoteFindings], None]
