"""What was measured of each file, for millions of them: packed columns, 40 bytes a file."""

from array import array
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.scan.measures import MEASURE_BYTES, Measures

_DTYPE = np.dtype(list(zip(Measures._fields, ["<u8", "<u4", "<u4", *["<f2"] * 8], strict=True)))
_OLD_DTYPE = np.dtype([("hash", "<u8"), ("side", "<f4"), ("figures", "<f2", 8)])  # of version 2 of partial results
_NEW_DTYPE = np.dtype([("hash", "<u8"), ("width", "<u4"), ("height", "<u4"), ("figures", "<f2", 8)])
_NO_SIZE = -1


class MeasureTable:
    """The measures of up to `files` files, and their sizes in bytes."""

    def __init__(self, files: int) -> None:
        self._bytes = bytearray(MEASURE_BYTES * files)
        self._sizes = array("q", [_NO_SIZE]) * files

    def __len__(self) -> int:
        return len(self._sizes)

    def put(self, first: int, packed: bytes, sizes: bytes) -> None:
        """Keep those of the files from `first` on, end to end.

        Args:
            packed: what `Measures.packed` gave, zeros for files that could not be measured; b"" where none was.
            sizes: 8 bytes each, -1: unknown.
        """
        self._bytes[MEASURE_BYTES * first : MEASURE_BYTES * first + len(packed)] = packed
        known = np.frombuffer(sizes, "<i8")
        self.sizes[first : first + len(known)] = known

    def of(self, file: int) -> Measures:
        """Those of one file."""
        return Measures.unpacked(bytes(self._bytes[MEASURE_BYTES * file : MEASURE_BYTES * (file + 1)]))

    def column(self, name: str) -> npt.NDArray[Any]:
        """One of the fields of `Measures`, of all files; zeros for those that have none. Shares memory."""
        return np.frombuffer(self._bytes, _DTYPE)[name]

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """Of all files, in bytes; -1: unknown. Shares memory."""
        return np.frombuffer(self._sizes, np.int64)

    @property
    def measured(self) -> npt.NDArray[np.bool_]:
        """Which files have measures."""
        return np.asarray(self.column("width") > 0)

    @property
    def side(self) -> npt.NDArray[np.float64]:
        """Of a square of each image's size, in pixels; where the height is 0, the width is that already."""
        width, height = self.column("width").astype(np.float64), self.column("height")
        return np.asarray(np.where(height > 0, np.sqrt(width * height), width))

    @property
    def nbytes(self) -> int:
        """Memory that it takes, in bytes."""
        return len(self._bytes) + self._sizes.itemsize * len(self._sizes)

    def packed(self, files: int) -> tuple[bytes, bytes]:
        """Those of the first `files` files, end to end, and their sizes."""
        return bytes(self._bytes[: MEASURE_BYTES * files]), np.asarray(self.sizes[:files], "<i8").tobytes()

    def unpack(self, packed: bytes, sizes: bytes | None) -> None:
        """Take over what `packed` gave. `sizes`: None where an older version packed it, which had no width and height.

        Raises:
            ValueError: it is something else.
        """
        if sizes is None:
            old = np.frombuffer(packed, _OLD_DTYPE)
            new = np.zeros(len(old), _NEW_DTYPE)
            new["hash"], new["figures"] = old["hash"], old["figures"]
            with np.errstate(invalid="ignore"):
                new["width"] = np.rint(old["side"]).clip(0, 1 << 28)
            packed = new.tobytes()
        if len(packed) % MEASURE_BYTES or len(packed) > len(self._bytes):
            raise ValueError("these are not the measures of these files")
        known = np.frombuffer(sizes or b"", "<i8")
        if len(known) > len(self) or (known < _NO_SIZE).any():
            raise ValueError("these are not the sizes of these files")
        self._bytes[: len(packed)] = packed
        self.sizes[: len(known)] = known
