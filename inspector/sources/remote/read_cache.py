"""What was read over a network, kept on this machine's disk up to a limit: a second epoch needs no request.

    read(offset, length) -> file of (location, offset, length, tag)? its bytes : store -> bytes, kept in a new file

Each read is a file of its own in the user's cache folder, written under another name first, with its length and a
checksum. So any number of processes share the folder without a lock: a file is whole, or is no hit. What was not used
for longest is removed first. Where nothing can be written, the cache is off.
"""

import contextlib
import errno
import hashlib
import json
import logging
import os
import struct
import threading
import time
import zlib
from pathlib import Path

from inspector.files import read_regular
from inspector.private_folder import cache_folder
from inspector.sources.containers.blob import Blob
from inspector.sources.remote.prefix import RemotePrefix

_log = logging.getLogger(__name__)
_HEAD = struct.Struct("<8sQI4x")  # magic, length, CRC
_MAGIC = b"inspread"
_MOST_BYTES = 1 << 31
_KEPT_SHARE = 0.9  # of the limit, after what was used least is removed
_LOOK_SHARE = 1 / 64  # of the limit that a process writes before it looks what there is
_USED_EVERY_S = 60.0  # how exactly is known when a file was used last
_OFF_FOR_S = 600.0


class ReadCache:
    """The files of all processes of this user. From any thread.

    Args:
        limit_bytes: most that they may take; a process that reads may exceed it by a part for a moment.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._lock = threading.Lock()
        self._unseen = 0  # bytes written since the last look
        self._folder: Path | None = None
        try:
            self._folder = cache_folder() / "reads"
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._remove_oldest()
        except OSError as error:
            self._turn_off(error)

    def get(self, *key: str | int) -> bytes | None:
        """What was read; None where it is not there, or no longer what it was."""
        file = self._file(key)
        if file is None:
            return None
        try:
            content = read_regular(file, _MOST_BYTES, own=True)
        except OSError:
            return None
        data = memoryview(content)[_HEAD.size :]
        if content[: _HEAD.size] != _head(data):
            _remove(file)
            return None
        with contextlib.suppress(OSError):
            now = time.time()
            if now - os.stat(file).st_mtime > _USED_EVERY_S:
                os.utime(file)
        return bytes(data)

    def put(self, data: bytes, *key: str | int) -> None:
        """Keep what was read, if there is room for it."""
        file = self._file(key)
        nbytes = len(data) + _HEAD.size
        if file is None or nbytes > self._limit * _LOOK_SHARE * 8:
            return
        part = f"{file}.{os.urandom(6).hex()}"
        try:
            os.makedirs(os.path.dirname(file), mode=0o700, exist_ok=True)
            with open(part, "xb") as new:
                new.write(_head(memoryview(data)))
                new.write(data)
            os.replace(part, file)
            with self._lock:
                self._unseen += nbytes
                look = self._unseen > self._limit * _LOOK_SHARE
                if look:
                    self._unseen = 0
            if look:
                self._remove_oldest()
        except OSError as error:
            _remove(part)
            if error.errno != errno.ENOENT:  # the user has emptied the folder meanwhile
                self._turn_off(error)

    def _file(self, key: tuple[str | int, ...]) -> str | None:
        if self._folder is None:
            return None
        name = hashlib.sha256(json.dumps(key).encode("utf-8", "surrogatepass")).hexdigest()[:40]
        return os.path.join(self._folder, name[:2], name[2:])

    def _remove_oldest(self) -> None:
        """Of all files where they take too much room."""
        assert self._folder is not None
        found: list[tuple[float, int, str]] = []
        with os.scandir(self._folder) as folders:
            for folder in folders:
                if folder.is_dir(follow_symlinks=False):
                    with contextlib.suppress(OSError), os.scandir(folder) as files:
                        found += [_about(file) for file in files]
        total = sum(nbytes for _, nbytes, _ in found)
        if total <= self._limit:
            return
        for _, nbytes, path in sorted(found):
            if total <= self._limit * _KEPT_SHARE:
                return
            _remove(path)
            total -= nbytes

    def _turn_off(self, error: OSError) -> None:
        with self._lock:
            folder, self._folder = self._folder, None
        if folder is not None and _first_to_say(folder):
            _log.warning("reads are no longer kept in %s: %s; loading continues without", folder, error.strerror)


class CachedBlob:
    """A blob whose ranges are looked for in the cache first. See `Blob`."""

    def __init__(self, blob: Blob, cache: ReadCache) -> None:
        self._blob, self._cache = blob, cache
        self.location, self.size, self.etag, self.block_bytes = blob.location, blob.size, blob.etag, blob.block_bytes

    def read(self, offset: int, length: int) -> bytes:
        """See `Blob.read`."""
        key = self.location, offset, length, self.etag
        data = self._cache.get(*key)
        if data is None:
            data = self._blob.read(offset, length)
            self._cache.put(data, *key)
        return data

    def close(self) -> None:
        """Close the blob."""
        self._blob.close()


_caches: dict[int, ReadCache] = {}
_lock = threading.Lock()


def with_cache(blob: Blob, limit_bytes: int) -> Blob:
    """A blob in a store with this process's cache of that size; as it is where nobody could see that it has changed."""
    with _lock:
        cache = _caches.get(limit_bytes)
        if cache is None:
            cache = _caches[limit_bytes] = ReadCache(limit_bytes)
    if isinstance(blob, RemotePrefix):
        blob.cache = cache
        return blob
    return CachedBlob(blob, cache) if blob.etag else blob


def _head(data: memoryview) -> bytes:
    return _HEAD.pack(_MAGIC, len(data), zlib.crc32(data))


def _about(file: "os.DirEntry[str]") -> tuple[float, int, str]:
    try:
        status = file.stat(follow_symlinks=False)
    except OSError:  # another process was quicker
        return 0.0, 0, file.path
    return status.st_mtime, status.st_size, file.path


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


def _first_to_say(folder: Path) -> bool:
    """Of all processes, for a while: an empty file says so, which needs hardly any room."""
    mark = folder / "off"
    with contextlib.suppress(OSError):
        if time.time() - mark.stat().st_mtime < _OFF_FOR_S:
            return False
    with contextlib.suppress(OSError):
        mark.touch()
        os.utime(mark)
    return True


def _forget() -> None:
    """In a forked process: another thread may have held a lock."""
    global _lock
    _lock = threading.Lock()
    _caches.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
