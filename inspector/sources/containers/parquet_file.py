"""A Parquet file that is open to be read through pyarrow: what pyarrow raises is a fault of the file."""

import io
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from inspector.errors import InspectorError, SourceError
from inspector.extras import install_command
from inspector.formats.problems import BadFile, ProblemKind
from inspector.sources.containers.blob import Blob
from inspector.sources.containers.mistaken import mistaken

ROWS_AT_ONCE = 1024


def opened(blob: Blob) -> Any:
    """
    Raises:
        SourceError: where it is no such file, or pyarrow is missing.
        BadFile: where it cannot be read.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise SourceError(
            f"{blob.location}: Parquet files need pyarrow; install it: {install_command('arrow')}"
        ) from None
    try:
        return parquet.ParquetFile(pyarrow.PythonFile(_BlobFile(blob), mode="r"), pre_buffer=False)
    except (InspectorError, BadFile):
        raise
    except Exception as error:  # whatever pyarrow makes of it
        if _is_encrypted(error):
            raise SourceError(f"{blob.location} is encrypted: write it once more, without encryption") from error
        raise SourceError(
            f"{blob.location} is no Parquet file, or a cut one{mistaken(blob)}: {_first_line(error)}"
        ) from error


def guarded(action: Callable[[], Any]) -> Any:
    """What pyarrow raises, as a fault of the file."""
    try:
        return action()
    except (InspectorError, BadFile):
        raise
    except Exception as error:  # whatever pyarrow makes of it
        if _is_encrypted(error):
            reason = "The Parquet file has encrypted columns: write it once more, without encryption."
            raise BadFile(ProblemKind.UNSUPPORTED, reason) from error
        reason = f"The Parquet file is damaged: {_first_line(error)}"
        raise BadFile(ProblemKind.DAMAGED, reason) from error


def _is_encrypted(error: Exception) -> bool:
    return "crypt" in str(error).lower()


def _first_line(error: Exception) -> str:
    return f"{str(error).strip().partition(chr(10))[0].rstrip('.')[:200]}."


def group_batches(file: Any, group: int, columns: Sequence[str]) -> Iterator[Any]:
    """Some columns of a group of rows, a few rows at a time."""
    found = guarded(lambda: file.iter_batches(ROWS_AT_ONCE, [group], list(columns), use_threads=False))
    while (batch := guarded(lambda: next(found, None))) is not None:
        yield batch


class _BlobFile(io.RawIOBase):
    """A blob as Python's files are, for pyarrow. Does not keep it: who holds the blob decides how long it is open."""

    def __init__(self, blob: Blob) -> None:
        self._held = weakref.ref(blob)
        self._at = 0

    @property
    def _blob(self) -> Blob:
        blob = self._held()
        assert blob is not None
        return blob

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + (0, self._at, self._blob.size)[whence]
        return self._at

    def size(self) -> int:
        return self._blob.size

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self._blob.size - self._at)
        length = left if size is None or size < 0 else min(size, left)
        data = self._blob.read(self._at, length) if length else b""
        self._at += length
        return data
