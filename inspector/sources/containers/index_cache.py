"""The index of a container, made once and kept in the user's cache until the container changes."""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from inspector.files import write_atomically
from inspector.private_folder import cache_folder
from inspector.sources.containers.blob import Blob
from inspector.sources.containers.container_format import ContainerFormat
from inspector.sources.containers.entry import Choice
from inspector.sources.containers.packed_entries import EntryPacker, PackedEntries

_VERSION = 4  # of what the formats find; another one makes all indices again
_SUFFIX = ".inspix"
_MOST_BYTES = 4 << 30  # of all indices; those that were not used for longest go first
_LOOK_EVERY = 512  # entries


def entries_of(
    blob: Blob, container_format: ContainerFormat, choice: Choice, check: Callable[[int], None]
) -> PackedEntries:
    """The samples of a container: from the cache where it has them as they are now, else found by reading it.

    Args:
        check: called now and then with how many were found; what it raises ends the search.

    Raises:
        SourceError: see `ContainerFormat.entries`.
    """
    place = blob.location if "://" in blob.location else os.path.abspath(blob.location)
    what = [_VERSION, place, container_format.NAME, *choice]
    key = json.dumps([*what, blob.size, blob.etag])
    file = _file(json.dumps(what))
    if file is not None:
        with contextlib.suppress(OSError, ValueError):  # there is none yet, or it is out of date or damaged
            found = PackedEntries.open(str(file), key)
            with contextlib.suppress(OSError):  # a disk that cannot be written to
                os.utime(file)
            return found
    packer = EntryPacker()
    for entry in container_format.entries(_WatchedBlob(blob, lambda: check(len(packer))), choice):
        if len(packer) % _LOOK_EVERY == 0:
            check(len(packer))
        packer.add(entry)
    content = packer.packed(key)
    if file is not None:
        with contextlib.suppress(OSError, ValueError):  # no room, no right: it is kept in memory
            write_atomically(file, content)
            return PackedEntries.open(str(file), key)
    return PackedEntries(content, key)


class _WatchedBlob:
    """A blob that looks before each read whether the search is to end: one may take long, and find nothing."""

    def __init__(self, blob: Blob, look: Callable[[], None]) -> None:
        self._blob, self._look = blob, look
        self.location, self.size, self.etag, self.block_bytes = blob.location, blob.size, blob.etag, blob.block_bytes

    def read(self, offset: int, length: int) -> bytes:
        """See `Blob.read`."""
        self._look()
        return self._blob.read(offset, length)

    def close(self) -> None:
        """Nothing: the blob is closed by whoever has opened it."""


def prune() -> None:
    """Remove the indices that were not used for longest, where they take too much room."""
    with contextlib.suppress(OSError):
        with os.scandir(_folder()) as entries:
            found = [(entry.stat(), entry.path) for entry in entries if entry.name.endswith(_SUFFIX)]
        total = sum(status.st_size for status, _ in found)
        for status, path in sorted(found, key=lambda each: each[0].st_mtime):
            if total <= _MOST_BYTES:
                return
            os.unlink(path)
            total -= status.st_size


def _folder() -> Path:
    folder = cache_folder() / "indices"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _file(what: str) -> Path | None:
    """Where the index of something is kept; None where there is no cache."""
    try:
        return _folder() / (hashlib.sha256(what.encode("utf-8", "surrogatepass")).hexdigest()[:40] + _SUFFIX)
    except OSError:
        return None
