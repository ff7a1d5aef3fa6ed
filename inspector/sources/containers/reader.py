"""What reads samples of containers inside a worker."""

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from inspector.errors import StaleIndexError
from inspector.formats.problems import BadFile, ProblemKind
from inspector.formats.reading import MAX_FILE_BYTES
from inspector.sources.containers.blob import Blob, open_blob
from inspector.sources.containers.container_format import ContainerFormat
from inspector.sources.containers.entry import Entry
from inspector.sources.containers.formats import format_named
from inspector.sources.containers.packed_entries import PackedEntries
from inspector.sources.remote.secrets import KnownSecrets

_OPEN_BLOBS = 64


class IndexedContainer(NamedTuple):
    """A container whose samples are known.

    Attributes:
        location: as `open_blob` takes it, wherever the current folder is.
        shown: the same as the user gave it.
        format: the name of its format.
        size, etag: of the blob that was indexed.
    """

    location: str
    shown: str
    format: str
    size: int
    etag: str
    entries: PackedEntries

    @property
    def block_shift(self) -> int | None:
        """Which bits of an entry's record are the number of its block; None where every sample can be read alone."""
        found = format_named(self.format)
        return getattr(found, "BLOCK_SHIFT", None)


class ContainerReader:
    """The bytes of samples by their numbers. From any thread. Small to pickle: the indices are files that are mapped.

    Args:
        selection: (samples,) of all samples in the containers, the ones that there are; None: all.
        cache_bytes: of what is read over a network, so much is kept on this machine; 0: nothing.
    """

    def __init__(
        self,
        containers: Sequence[IndexedContainer],
        selection: npt.NDArray[np.int64] | None = None,
        cache_bytes: int = 0,
    ) -> None:
        self.containers = tuple(containers)
        self.cache_bytes = cache_bytes
        self._selection = selection
        self._begin()

    def _begin(self) -> None:
        self._starts = [0, *accumulate(len(each.entries) for each in self.containers)]
        self._blobs: OrderedDict[int, Blob] = OrderedDict()
        self._lock = threading.Lock()

    def __getstate__(self) -> tuple[Any, ...]:
        return self.containers, self._selection, self.cache_bytes, KnownSecrets() if self.is_remote else None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.containers, self._selection, self.cache_bytes, _ = state
        self._begin()

    def __len__(self) -> int:
        return self._starts[-1] if self._selection is None else len(self._selection)

    @property
    def is_remote(self) -> bool:
        """Reading takes long, and costs this machine little: samples are worth reading ahead."""
        return any("://" in each.location for each in self.containers)

    def nbytes_of(self, i: int) -> int:
        """Of a sample, as its index has it; 0 where that is not known before it is read."""
        number, inside = self.place(i)
        return self.containers[number].entries.length(inside)

    def place(self, i: int) -> tuple[int, int]:
        """The number of the sample's container, and its number there."""
        at = i if self._selection is None else int(self._selection[i])
        number = bisect_right(self._starts, at) - 1
        return number, at - self._starts[number]

    def read(self, i: int) -> bytes:
        """The bytes of a sample's image.

        Raises:
            BadFile: where they cannot be read.
            StaleIndexError: where the container has changed since its samples were found.
        """
        return self._content(i, "read")

    def read_checked(self, i: int) -> bytes:
        """The same, with all checksums compared that the container has: for a scan, as it takes a while.

        Raises: see `read`.
        """
        return self._content(i, "read_checked")

    def _content(self, i: int, how: str) -> bytes:
        number, entry = self._entry(i)
        if entry.fault:
            raise BadFile(entry.kind, entry.fault)
        if entry.length > MAX_FILE_BYTES:
            reason = f"The sample has {entry.length / 1e9:,.1f} GB; decoders take no more than 2.1 GB."
            raise BadFile(ProblemKind.TOO_LARGE, reason)
        found = self._format(number)
        data: bytes = getattr(found, how, found.read)(self._blob(number), entry)
        if not data:
            raise BadFile(ProblemKind.EMPTY, "The sample is empty: 0 bytes.")
        return data

    def close(self) -> None:
        """Give back what is open; it is opened again where it is read from again."""
        with self._lock:
            self._blobs.clear()

    def fields(self, i: int) -> dict[str, Any]:
        """What else the sample has; see `ContainerFormat.fields`.

        Raises: see `read`.
        """
        number, entry = self._entry(i)
        return self._format(number).fields(self._blob(number), entry) if not entry.fault else {}

    def _entry(self, i: int) -> tuple[int, Entry]:
        number, inside = self.place(i)
        return number, self.containers[number].entries.entry(inside)

    def _format(self, number: int) -> ContainerFormat:
        found = format_named(self.containers[number].format)
        assert found is not None
        return found

    def _blob(self, number: int) -> Blob:
        with self._lock:
            blob = self._blobs.get(number)
            if blob is not None:
                self._blobs.move_to_end(number)
                return blob
        container = self.containers[number]
        blob = open_blob(container.location, (container.size, container.etag))
        if (blob.size, blob.etag) != (container.size, container.etag):
            raise StaleIndexError.of(container.shown)
        if self.cache_bytes and "://" in container.location:
            from inspector.sources.remote.read_cache import with_cache

            blob = with_cache(blob, self.cache_bytes)
        with self._lock:
            self._blobs[number] = blob
            if len(self._blobs) > _OPEN_BLOBS:
                self._blobs.popitem(last=False)  # another thread may still read from it; then it is the last to hold it
        return blob
