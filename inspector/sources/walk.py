"""The search for images in a folder and its subfolders, in bytes and in an order that only the names decide."""

import os
import time
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from inspector.errors import IndexingCancelled
from inspector.file_types import is_container
from inspector.path_advice import about_left_out
from inspector.sources.packed import PackedFiles

PROGRESS_INTERVAL_S = 0.05
CHUNK = 512  # entries between two looks at `cancelled`
SEPARATOR = os.fsencode(os.sep)

_KEPT_FOLDERS = 10_000
_NAMED_CONTAINERS = 1000
_DOT = ord(".")
_Item = TypeVar("_Item")


def chunks(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    """The items in lists of `CHUNK`, the last one shorter."""
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


class Watch:
    """Between two steps of a search: reports how far it got, and ends it where it was cancelled."""

    def __init__(self, on_progress: Callable[[int], None] | None, cancelled: Callable[[], bool] | None) -> None:
        self._on_progress = on_progress
        self._cancelled = cancelled
        self._next_report_s = time.monotonic() + PROGRESS_INTERVAL_S

    def check(self, count: int) -> None:
        """Called with the number of files so far.

        Raises:
            IndexingCancelled: where the caller wants no more of it.
        """
        if self._cancelled is not None and self._cancelled():
            raise IndexingCancelled(f"The search for images was cancelled after {count} files.")
        if self._on_progress is not None and time.monotonic() >= self._next_report_s:
            self._on_progress(count)
            self._next_report_s = time.monotonic() + PROGRESS_INTERVAL_S


@dataclass(slots=True)
class Walked:
    """What a search found beside the files.

    Attributes:
        unreadable: folders that could not be read.
        outside: how many of the files lie outside the root, where symbolic links led.
        containers: files of many samples, which are not looked into; the first thousand.
        containers_count: how many there are.
    """

    unreadable: list[bytes] = field(default_factory=list)
    outside: int = 0
    containers: list[bytes] = field(default_factory=list)
    containers_count: int = 0

    def add(self, other: "Walked") -> None:
        """What another search has found."""
        self.unreadable += other.unreadable
        self.outside += other.outside
        self.containers += other.containers
        self.containers_count += other.containers_count

    def see(self, folder: bytes, name: bytes) -> None:
        """A file that is none of those that are searched."""
        if is_container(os.fsdecode(name)):
            self.containers_count += 1
            if len(self.containers) < _NAMED_CONTAINERS:
                self.containers.append(folder + name)

    @property
    def left_out(self) -> str:
        """What to say of the containers; "" where there are none."""
        return about_left_out(self.containers_count, "container", "images", map(os.fsdecode, self.containers))


def walk(
    root: bytes, suffixes: frozenset[bytes], files: PackedFiles, watch: Watch, *, follow_links: bool = True
) -> Walked:
    """Add the images under `root`, which ends with a separator, to `files`.

    A folder's files come first, sorted, then its subfolders, sorted, each with all that is in it. Folders behind
    symbolic links wait until all others are done. A folder is read once, however many ways lead to it.

    Args:
        follow_links: False leaves out the files and folders that symbolic links lead to; `root` may be one.

    Raises:
        IndexingCancelled: where the caller cancelled it.
    """
    walked = Walked()
    border = Border(root)
    visited: set[tuple[int, int]] = set()
    folders = [(root, False)]  # the next one is the last; whether it lies outside
    linked_folders: deque[bytes] = deque()
    while folders or linked_folders:
        if folders:
            folder, outside = folders.pop()
        else:
            folder = linked_folders.popleft()
            outside = border.is_outside(folder)
        watch.check(len(files))
        if not _first_visit(folder, visited, walked.unreadable):
            continue
        names: list[bytes] = []
        subfolders: list[bytes] = []
        links: list[bytes] = []
        for entries in _entries(folder, walked.unreadable):
            watch.check(len(files) + len(names))
            for entry in entries:
                name = entry.name
                if name[0] == _DOT:
                    continue
                _, dot, suffix = name.rpartition(b".")
                try:
                    link = entry.is_symlink()
                    if link and not follow_links:
                        continue
                    if dot and suffix.lower() in suffixes and entry.is_file():
                        names.append(name)
                        walked.outside += border.leads_outside(folder, name) if link else outside
                    elif entry.is_dir():
                        (links if link else subfolders).append(name)
                    elif dot:
                        walked.see(folder, name)
                except OSError:  # a link that leads in a circle or to where we may not look
                    continue
        if names:
            names.sort()
            files.extend(names, array("I", [files.add_folder(folder)]) * len(names))
        folders.extend((folder + name + SEPARATOR, outside) for name in sorted(subfolders, reverse=True))
        linked_folders.extend(folder + name + SEPARATOR for name in sorted(links))
    return walked


class Border:
    """Finds what lies outside a folder, whatever links lead there."""

    def __init__(self, root: bytes) -> None:
        self._root = os.path.join(os.path.realpath(root), b"")
        self._folders: dict[bytes, bytes] = {}  # by a link's folder and where it leads: the real one

    def is_outside(self, path: bytes) -> bool:
        """Whether a file or folder really lies elsewhere."""
        return not os.path.join(os.path.realpath(path), b"").startswith(self._root)

    def leads_outside(self, folder: bytes, name: bytes) -> bool:
        """The same of a link to a file: thousands of them mostly lead to the same few folders."""
        target = os.path.join(folder, os.readlink(folder + name))
        if os.path.islink(target):
            return self.is_outside(target)
        parent = os.path.dirname(target)
        if parent not in self._folders:
            if len(self._folders) >= _KEPT_FOLDERS:
                self._folders.clear()
            self._folders[parent] = os.path.join(os.path.realpath(parent), b"")
        return not self._folders[parent].startswith(self._root)


def _first_visit(folder: bytes, visited: set[tuple[int, int]], unreadable: list[bytes]) -> bool:
    try:
        status = os.stat(folder)
    except OSError:
        unreadable.append(folder)
        return False
    identity = (status.st_dev, status.st_ino)
    if status.st_ino == 0:  # a file system without such numbers: nothing follows from it
        return True
    if identity in visited:
        return False
    visited.add(identity)
    return True


def _entries(folder: bytes, unreadable: list[bytes]) -> Iterator[list[os.DirEntry[bytes]]]:
    """What lies in a folder, in chunks; stops where it cannot be read on."""
    try:
        with os.scandir(folder) as entries:
            yield from chunks(entries)
    except OSError:
        unreadable.append(folder)
