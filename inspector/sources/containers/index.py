"""The samples of containers: who is sample i, and what is known of it without reading it."""

import contextlib
import os
import re
import zlib
from collections.abc import Hashable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.formatting import plural
from inspector.settings import LoaderConfig
from inspector.sources.classes import ClassTable, class_names, common_folder, first_folder
from inspector.sources.containers.blob import open_blob
from inspector.sources.containers.formats import format_named
from inspector.sources.containers.location import Location, is_location, parsed_location, text_of
from inspector.sources.containers.reader import ContainerReader, IndexedContainer
from inspector.sources.listed import label_order
from inspector.sources.remote import prefix

_SHARD_NUMBER = re.compile(r"[-_.]?\d[-_.\d]*$")


class ContainerIndex:
    """An ordered list of samples that does not change. Its parts are mapped files: a million samples take no memory.

    Attributes:
        source: in words for a person, as given.
        root: the folder that the containers have in common; "" where they have none.
        classes: of the labels that the containers have: numbers in their order, then words in theirs. Where they have
            none: the first folders of the samples' names, as for a folder of files. () where there are neither.
        unreadable: none: what cannot be read of a container is a bad sample.
        outside: none.
        left_out: what is not loaded beside the samples, and how to; "" where there is nothing.
    """

    unreadable: tuple[str, ...] = ()
    outside = 0
    left_out = ""

    def __init__(
        self,
        source: str,
        containers: Sequence[IndexedContainer],
        selection: npt.NDArray[np.int64] | None = None,
        cache_bytes: int = 0,
    ) -> None:
        """See `ContainerReader`."""
        self.source = source
        self._reader = ContainerReader(containers, selection, cache_bytes)
        self._containers = self._reader.containers
        self._whole = self._reader if selection is None else ContainerReader(containers, None, cache_bytes)
        self._selection = selection
        folders = [os.path.join(os.path.dirname(os.fsencode(each.shown)), b"") for each in containers]
        self.root = os.fsdecode(os.path.dirname(common_folder(folders)))
        labels = {label for each in containers for label in each.entries.labels}
        self._values: tuple[Hashable, ...] = tuple(sorted(labels, key=label_order))
        self._name_root = b""
        if self._values:
            self.classes = tuple(map(str, self._values))
        else:
            used = [folder for each in containers for folder in _folders_of_samples(each)]
            self._name_root = common_folder(used)
            self.classes = class_names(self._name_root, used)
        self._fingerprint: int | None = None

    def __len__(self) -> int:
        return len(self._reader)

    def __repr__(self) -> str:
        return f"<ContainerIndex of {self.source!r}: {len(self)} samples in {len(self._containers)} containers>"

    @property
    def nbytes(self) -> int:
        """Bytes of all indices; they are files that are mapped."""
        return sum(each.entries.nbytes for each in self._containers)

    @property
    def containers(self) -> tuple[IndexedContainer, ...]:
        """What samples lie in, in order; all of them, whatever is selected."""
        return self._containers

    def files(self) -> Iterator[str]:
        """The containers on this machine."""
        return (each.location for each in self._containers if "://" not in each.location)

    def reader(self) -> ContainerReader:
        """What reads its samples, here or in another process."""
        return self._reader

    def path(self, i: int) -> str:
        """The location of sample `i`, 0 to `len(self) - 1`, such as "tar://0001.jpg::/data/all.tar".

        Raises:
            IndexError: where there is no sample `i`.
        """
        container, entry = self._find(i)
        entries = container.entries
        return text_of(container.format, entries.name(entry), entries.repeat(entry), container.shown)

    def absolute(self, i: int) -> str:
        """The same with the container's whole path, for wherever the current folder is."""
        container, entry = self._find(i)
        entries = container.entries
        return text_of(container.format, entries.name(entry), entries.repeat(entry), container.location)

    def relative(self, i: int) -> str:
        """The same with the container's path from `root` on.

        Raises:
            IndexError: where there is no sample `i`.
        """
        container, entry = self._find(i)
        entries = container.entries
        shown = self._relative(container)
        return text_of(container.format, entries.name(entry), entries.repeat(entry), shown)

    def file_bytes(self, i: int) -> int:
        """The size of sample `i`'s image, in bytes."""
        container, entry = self._find(i)
        return container.entries.entry(entry).length

    def label(self, i: int) -> Any:
        """The label of sample `i`, or the class that its name's folders give; None where there are neither.

        Raises:
            IndexError: where there is no sample `i`.
        """
        container, entry = self._find(i)
        if self._values:
            return container.entries.label(entry)
        if not self.classes:
            return None
        return os.fsdecode(first_folder(container.entries.name_bytes(entry)[len(self._name_root) :])) or None

    def class_table(self) -> ClassTable | None:
        """Which class each sample is of, for many at once; None where there are no classes."""
        if not self.classes:
            return None
        numbers = {name: number for number, name in enumerate(self._values or map(os.fsencode, self.classes))}
        groups: list[int] = []  # the class of each distinct label, or folder, of each container
        group_of = np.empty(sum(len(each.entries) for each in self._containers), np.uint32)
        done = 0
        for container in self._containers:
            entries = container.entries
            own = entries.label_numbers() if self._values else entries.folder_numbers()
            group_of[done : done + len(own)] = own + np.uint32(len(groups))
            done += len(own)
            if self._values:
                groups += [-1, *(numbers[label] for label in entries.labels)]
            else:
                begin = len(self._name_root)
                groups += [numbers.get(first_folder(folder[begin:]), -1) for folder in entries.folders()]
        if self._selection is not None:
            group_of = group_of[self._selection]
        return ClassTable(len(self.classes), np.array(groups, np.int32), group_of)

    @property
    def has_labels(self) -> bool:
        """The containers have labels, which are the classes."""
        return bool(self._values)

    def folders(self) -> tuple[list[str], npt.NDArray[np.uint32]]:
        """All folders that samples are in, each with a separator at its end, and (samples,) the number of each one's.

        A container is a folder, too, where it has a name of its own: without what numbers it, so that train-000.tar and
        train-001.tar are one.
        """
        own = [_SHARD_NUMBER.sub("", os.path.splitext(self._relative(each))[0]) for each in self._containers]
        several = len(set(own)) > 1
        names: list[str] = []
        numbers = []
        for container, name in zip(self._containers, own, strict=True):
            numbers.append(container.entries.folder_numbers() + np.uint32(len(names)))
            inside = map(os.fsdecode, container.entries.folders())
            names += [os.path.join(name, each) if several else each for each in inside]
        folder_of = np.concatenate(numbers) if numbers else np.empty(0, np.uint32)
        return names, folder_of if self._selection is None else folder_of[self._selection]

    def fingerprint(self) -> int:
        """A checksum of all names and labels: the same wherever the containers lie."""
        if self._fingerprint is None:
            value = 0 if self._selection is None else zlib.crc32(self._selection.tobytes())
            for each in self._containers:
                about = f"{self._relative(each)}\0{len(each.entries)}\0{each.entries.checksum}\0"
                value = zlib.crc32(about.encode("utf-8", "surrogateescape"), value)
            starts = self.block_starts()
            self._fingerprint = value if starts is None else zlib.crc32(starts.tobytes(), value)
        return self._fingerprint

    @property
    def in_blocks(self) -> bool:
        """Not every sample can be read alone."""
        return any(each.block_shift is not None for each in self._containers)

    def order_note(self, config: LoaderConfig) -> str:
        """How the samples are shuffled, for a person, where that is not globally; else ""."""
        if not self.in_blocks or not config.shuffle:
            return ""
        return f"shuffled in blocks of {plural(config.shuffle_blocks, 'row group')}, not globally"

    def block_starts(self) -> npt.NDArray[np.int64] | None:
        """(blocks,) where each block of samples begins, where not every sample can be read alone; else None."""
        if not self.in_blocks:
            return None
        keys = [np.empty(0, np.uint64)]
        for number, each in enumerate(self._containers):
            shift = 63 if each.block_shift is None else each.block_shift
            keys.append(each.entries.records() >> np.uint64(shift) | np.uint64(number << 32))
        key = np.concatenate(keys)
        if self._selection is not None:
            key = key[self._selection]
        return np.flatnonzero(np.append(True, key[1:] != key[:-1])[: len(key)]).astype(np.int64)

    def numbers_of(self, locations: Sequence[Location]) -> npt.NDArray[np.int64]:
        """(locations,) the number of each sample in all containers, whatever is selected; -1: there is none."""
        numbers = np.full(len(locations), -1, np.int64)
        wanted: dict[str, list[int]] = {}
        for position, location in enumerate(locations):
            wanted.setdefault(location.container, []).append(position)
        start = 0
        for each in self._containers:
            positions = wanted.get(each.shown, [])
            names = [[*locations[position].names()] for position in positions]
            found = each.entries.find({name for alternatives in names for name in alternatives})
            for position, alternatives in zip(positions, names, strict=True):
                at = next((found[name] for name in alternatives if name in found), None)
                numbers[position] = -1 if at is None else start + at
            start += len(each.entries)
        return numbers

    def content(self, location: str) -> bytes | None:
        """The bytes of the sample with this location; None where it is none of these containers'.

        Raises:
            BadFile, StaleIndexError: see `ContainerReader.read`.
        """
        number = -1
        if is_location(location):
            number = int(self.numbers_of([parsed_location(location)])[0])
        else:  # an object, or what stands for what cannot be read of a container
            number = self._number_of_object(location)
            if number < 0:
                number = next((i for i, shown in self._unnamed() if shown == location), -1)
        return self._whole.read(number) if number >= 0 else None

    def fields(self, i: int) -> dict[str, Any]:
        """What else sample `i` has; see `ContainerReader.fields`.

        Raises:
            BadFile, StaleIndexError: see `ContainerReader.read`.
        """
        return self._reader.fields(i)

    def beside(self) -> Iterator[tuple[int, str, bytes | dict[str, Any]]]:
        """What may be annotations of samples: a sample's number, the container, and a JSON or a dict of values.

        Archives in a store are left out: each member would be a request of its own.
        """
        starts = np.cumsum([0, *(len(each.entries) for each in self._containers)])
        selected, numbers = self._selection, np.arange(len(self))
        if selected is not None:
            numbers = np.argsort(selected, kind="stable")
            selected = selected[numbers]
        for start, each in zip(starts.tolist(), self._containers, strict=False):
            found: Any = format_named(each.format)
            if not hasattr(found, "beside") or ("://" in each.location and found.RANDOM_ACCESS):
                continue
            records = each.entries.records()
            if hasattr(found, "sample_of"):
                records = found.sample_of(records)
            order = np.argsort(records, kind="stable")
            records = records[order]
            with contextlib.closing(open_blob(each.location, (each.size, each.etag))) as blob:
                for record, value in found.beside(blob):
                    first, last = np.searchsorted(records, [record, record + 1])
                    for entry in order[first:last].tolist():
                        at = start + entry
                        if selected is None:
                            yield at, self._relative(each), value
                            continue
                        low, high = np.searchsorted(selected, [at, at + 1])
                        yield from ((int(number), self._relative(each), value) for number in numbers[low:high])

    def _number_of_object(self, location: str) -> int:
        start = 0
        for each in self._containers:
            if each.format == prefix.NAME and location.startswith(each.shown):
                name = location.removeprefix(each.shown), 1
                if (found := each.entries.find({name}).get(name)) is not None:
                    return start + found
            start += len(each.entries)
        return -1

    def _unnamed(self) -> Iterator[tuple[int, str]]:
        start = 0
        for each in self._containers:
            yield from ((start + i, each.shown) for i in each.entries.faults if not each.entries.name_bytes(i))
            start += len(each.entries)

    def close(self) -> None:
        """Give back what is open; it is opened again where it is read from again."""
        self._reader.close()
        self._whole.close()

    def selected(self, source: str, numbers: npt.NDArray[np.int64]) -> "ContainerIndex":
        """Some samples of the same containers, as `numbers_of` counts them, in this order."""
        return ContainerIndex(source, self._containers, numbers, self._reader.cache_bytes)

    def relative_container(self, container: IndexedContainer) -> str:
        """A container's path from `root` on."""
        return self._relative(container)

    def by_container(self, samples: npt.NDArray[np.int64]) -> Iterator[tuple[int, npt.NDArray[np.int64]]]:
        """The containers that some samples are in, by number, each with these samples' numbers in it, ascending."""
        starts = np.cumsum([0, *(len(each.entries) for each in self._containers)])
        places = np.unique(samples if self._selection is None else self._selection[samples])
        for number, (start, end) in enumerate(pairwise(starts.tolist())):
            first, last = np.searchsorted(places, [start, end])
            if last > first:
                yield number, places[first:last] - start

    def _find(self, i: int) -> tuple[IndexedContainer, int]:
        if not 0 <= i < len(self):
            raise IndexError(f"no sample {i}: the index has {len(self)} samples, counted from 0")
        number, entry = self._reader.place(i)
        return self._containers[number], entry

    def _relative(self, container: IndexedContainer) -> str:
        return container.shown[len(self.root) :].lstrip("/" + os.sep) if self.root else container.shown


def _folders_of_samples(container: IndexedContainer) -> list[bytes]:
    """The folders that the names of samples have. What has no name has no folder."""
    entries = container.entries
    unnamed = [i for i in entries.faults if not entries.name_bytes(i)]
    counts = np.bincount(entries.folder_numbers(), minlength=1)
    for i in unnamed:
        counts[entries.folder_numbers()[i]] -= 1
    return [folder for number, folder in enumerate(entries.folders()) if counts[number]]
