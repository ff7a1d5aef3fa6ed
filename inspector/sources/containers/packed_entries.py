"""The samples of one container in one block of bytes: 36 bytes each and its file name, however it is kept.

    magic | CRC-32 of all that follows | counts | offsets | records | ends of names | ends of folders | lengths
          | folder of each | label of each | names | folders | JSON: key, labels, faults, repeats, checksum

The block is made once by `EntryPacker`, and lies in a file of the cache, which is mapped, or in memory.
"""

import json
import os
import struct
import sys
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Collection, Hashable, Iterator
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from inspector.errors import SourceError
from inspector.files import map_own_file
from inspector.formats.problems import ProblemKind
from inspector.outside_json import OutsideJsonError, checked, parsed
from inspector.sources.containers.entry import Entry
from inspector.sources.packed import PackedStrings

_MAGIC = b"inspix2" + sys.byteorder[:1].encode()
_CHECKSUM = struct.Struct("<Q")
_COUNTS = struct.Struct("<6Q")  # samples, folders, whether they have labels, bytes of names, of folders, of the JSON
_LONGEST = (1 << 32) - 1
_FEW = 4
_MOST_LABEL_CHARACTERS = 1 << 16
_PLAIN = (str, int, float, bool)


class EntryPacker:
    """Takes in the samples of a container as they are found."""

    def __init__(self) -> None:
        self._offsets, self._records = array("Q"), array("Q")
        self._lengths, self._folder_of, self._label_of = array("I"), array("I"), array("I")
        self._names, self._folders = PackedStrings(), PackedStrings()
        self._folder_numbers: dict[bytes, int] = {}
        self._labels: dict[tuple[type, Hashable], int] = {}
        self._hashes = array("q")
        self._faults: list[tuple[int, str, str]] = []

    def __len__(self) -> int:
        return len(self._offsets)

    def add(self, entry: Entry) -> None:
        """Take in the next one."""
        if entry.fault:
            self._faults.append((len(self), entry.kind, entry.fault))
        path = entry.name.encode("utf-8", "surrogateescape")
        folder, slash, name = path.rpartition(b"/")
        self._hashes.append(hash(path))
        self._names.extend([name])
        self._folder_of.append(self._folder_number(folder + slash))
        self._offsets.append(entry.offset)
        self._records.append(entry.record)
        self._lengths.append(min(entry.length, _LONGEST))
        self._label_of.append(self._label_number(entry.label))

    def _folder_number(self, folder: bytes) -> int:
        number = self._folder_numbers.get(folder)
        if number is None:
            number = self._folder_numbers[folder] = len(self._folders)
            self._folders.extend([folder])
        return number

    def _label_number(self, label: Hashable | None) -> int:
        """0: it has none."""
        if isinstance(label, np.generic):
            label = label.item()
        if not isinstance(label, _PLAIN) or label != label:
            return 0
        if isinstance(label, str):
            label = label[:_MOST_LABEL_CHARACTERS]
        return self._labels.setdefault((type(label), label), len(self._labels) + 1)

    def packed(self, key: str) -> bytes:
        """The block. `key`: says of which content it is, and is compared when it is opened."""
        names, folders = self._names.block(), self._folders.block()
        labelled = bool(self._labels)
        value = zlib.crc32(self._label_of, zlib.crc32(self._folder_of, self._names.checksum(self._folders.checksum())))
        about = {
            "key": key,
            "labels": [label for _, label in self._labels],
            "faults": self._faults,
            "repeats": self._repeats(),
            "checksum": zlib.crc32(repr([*self._labels]).encode("utf-8", "surrogatepass"), value),
        }
        text = json.dumps(about).encode()
        counts = (len(self), len(self._folders), int(labelled), len(names), len(folders), len(text))
        labels = self._label_of.tobytes() if labelled else b""
        content = b"".join(
            (
                _COUNTS.pack(*counts),
                *(self._offsets.tobytes(), self._records.tobytes(), self._names.ends(), self._folders.ends()),
                *(self._lengths.tobytes(), self._folder_of.tobytes(), labels),
                *(names, folders, text),
            )
        )
        return b"".join((_MAGIC, _CHECKSUM.pack(zlib.crc32(content)), content))

    def _repeats(self) -> list[tuple[int, int]]:
        """Samples whose name others before them have, each with how many those are, and one more."""
        hashes = np.frombuffer(self._hashes, np.int64) if len(self) else np.empty(0, np.int64)
        ordered = np.sort(hashes)
        repeated = ordered[1:][ordered[1:] == ordered[:-1]]
        seen: dict[bytes, int] = {}
        found = []
        for i in np.flatnonzero(np.isin(hashes, repeated)).tolist():
            path = self._folders[self._folder_of[i]] + self._names[i]
            seen[path] = seen.get(path, 0) + 1
            if seen[path] > 1:
                found.append((i, seen[path]))
        return found


class PackedEntries:
    """The block, open to be read. From any thread.

    Attributes:
        labels: each distinct label of its samples.
        faults: of samples that cannot be read: their kinds and sentences.
        checksum: another one, almost surely, where names, their order or labels are others.

    Args:
        path: of the file that is mapped; None: it is in memory.
        trusted: its checksum is known to be right.

    Raises:
        ValueError: where it is not such a block, or one with another key.
    """

    def __init__(self, content: Any, key: str, path: str | None = None, *, trusted: bool = True) -> None:
        self._content = view = memoryview(content).cast("B")
        self._path = path
        self.key = key
        start = len(_MAGIC) + _CHECKSUM.size + _COUNTS.size
        if len(view) < start or bytes(view[: len(_MAGIC)]) != _MAGIC:
            raise ValueError("it is no index of this version")
        counts_at = len(_MAGIC) + _CHECKSUM.size
        if not trusted and _CHECKSUM.unpack_from(view, len(_MAGIC))[0] != zlib.crc32(view[counts_at:]):
            raise ValueError("it is damaged")
        count, folders, labelled, name_bytes, folder_bytes, about_bytes = _COUNTS.unpack_from(view, counts_at)
        sizes = (8 * count, 8 * count, 8 * count, 8 * folders, 4 * count, 4 * count, 4 * count * (labelled == 1))
        if start + sum(sizes) + name_bytes + folder_bytes + about_bytes != len(view):
            raise ValueError("it is cut")
        parts: list[memoryview[int]] = []
        kinds: tuple[Literal["Q", "I", "B"], ...] = ("Q", "Q", "Q", "Q", "I", "I", "I", "B", "B", "B")
        for size, kind in zip((*sizes, name_bytes, folder_bytes, about_bytes), kinds, strict=True):
            parts.append(view[start : start + size].cast(kind))
            start += size
        self._count: int = count
        self._offsets, self._records, self._name_ends, self._folder_ends, self._lengths, self._folder_of = parts[:6]
        self._label_of, self._names, self._folder_names, about = parts[6:]
        facts = _facts(bytes(about), key)
        self.labels: tuple[Hashable, ...] = tuple(facts["labels"])
        self.faults = {i: (ProblemKind(kind), reason) for i, kind, reason in facts["faults"]}
        self.checksum: int = facts["checksum"]
        self._repeats: dict[int, int] = dict(facts["repeats"])

    @classmethod
    def open(cls, path: str, key: str, *, trusted: bool = False) -> Self:
        """Map a file of the cache. `trusted`: another process has compared its checksum.

        Raises:
            OSError: where there is none, or it is not this user's own regular file.
            ValueError: see above.
        """
        return cls(map_own_file(path), key, path, trusted=trusted)

    def __reduce__(self) -> tuple[Any, ...]:
        if self._path is not None:
            return _reopened, (self._path, self.key)
        return PackedEntries, (np.frombuffer(self._content, np.uint8), self.key)

    def __len__(self) -> int:
        return self._count

    @property
    def nbytes(self) -> int:
        """Bytes of the block."""
        return len(self._content)

    def entry(self, i: int) -> Entry:
        """Sample `i`, without its label."""
        kind, fault = self.faults.get(i, (ProblemKind.DAMAGED, ""))
        return Entry(self.name(i), self._offsets[i], self._lengths[i], self._records[i], None, fault, kind)

    def length(self, i: int) -> int:
        """In bytes."""
        return self._lengths[i]

    def name(self, i: int) -> str:
        """What the container calls it."""
        return self.name_bytes(i).decode("utf-8", "surrogateescape")

    def name_bytes(self, i: int) -> bytes:
        """The same as it is in the container."""
        return self.folder(self._folder_of[i]) + self._base_name(i)

    def repeat(self, i: int) -> int:
        """1, but where samples before it have the same name: one more than those."""
        return int(self._repeats.get(i, 1))

    def label(self, i: int) -> Any:
        """None where it has none."""
        number = self._label_of[i] if len(self._label_of) else 0
        return self.labels[number - 1] if number else None

    def label_numbers(self) -> npt.NDArray[np.uint32]:
        """(samples,) the place of each label in `labels`, counted from 1; 0: none."""
        if not len(self._label_of):
            return np.zeros(self._count, np.uint32)
        return np.frombuffer(self._label_of, np.uint32)

    def folder(self, number: int) -> bytes:
        """A folder of samples by its number, with "/" at its end; empty for those in none."""
        start = self._folder_ends[number - 1] if number else 0
        return bytes(self._folder_names[start : self._folder_ends[number]])

    def folders(self) -> Iterator[bytes]:
        """All of them, by their numbers. Samples with no name are in the empty one."""
        return map(self.folder, range(len(self._folder_ends)))

    def records(self) -> npt.NDArray[np.uint64]:
        """(samples,) see `Entry`."""
        return np.frombuffer(self._records, np.uint64) if self._count else np.empty(0, np.uint64)

    def folder_numbers(self) -> npt.NDArray[np.uint32]:
        """(samples,) the number of each one's folder."""
        return np.frombuffer(self._folder_of, np.uint32) if self._count else np.empty(0, np.uint32)

    def find(self, wanted: Collection[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """The samples with these names, each with which of those of its name it is; those that are there."""
        left = set(wanted)
        if len(left) <= _FEW:
            return {each: i for each in left if (i := self._find(*each)) is not None}
        names = ((self.name(i), self.repeat(i)) for i in range(len(self)))
        return {name: i for i, name in enumerate(names) if name in left}

    def _find(self, name: str, repeat: int) -> int | None:
        path = name.encode("utf-8", "surrogateescape")
        base = path.rpartition(b"/")[2]
        if not base:
            return None
        names, at = bytes(self._names), -1
        while (at := names.find(base, at + 1)) >= 0:
            i = bisect_right(self._name_ends, at)
            if i < self._count and self.name_bytes(i) == path and self.repeat(i) == repeat:
                return i
        return None

    def _base_name(self, i: int) -> bytes:
        return bytes(self._names[self._name_ends[i - 1] if i else 0 : self._name_ends[i]])


def _reopened(path: str, key: str) -> PackedEntries:
    """In another process."""
    try:
        return PackedEntries.open(path, key, trusted=True)
    except (OSError, ValueError) as error:
        raise SourceError(
            f"the index of the samples, {os.path.basename(path)}, was removed from the cache, or replaced: open the "
            "source again"
        ) from error


def _facts(text: bytes, key: str) -> dict[str, Any]:
    """
    Raises:
        ValueError: where they are others than `EntryPacker` writes, or of other content.
    """
    about = parsed(text)
    if not isinstance(about, dict) or about.get("key") != key:
        raise ValueError("it is the index of something else")
    kinds: tuple[tuple[str, Any], ...] = (
        ("labels", list[str | int | float | bool]),
        ("faults", list[tuple[int, str, str]]),
        ("repeats", list[tuple[int, int]]),
        ("checksum", int),
    )
    try:
        return {name: checked(about.get(name), kind) for name, kind in kinds}
    except OutsideJsonError as error:
        raise ValueError(str(error)) from error
