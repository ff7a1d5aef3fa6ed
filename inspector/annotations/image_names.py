"""Which image of an index a name means that stands in a file of annotations: by its path's end, packed."""

import os
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

import numpy as np

from inspector.sources.containers.index import ContainerIndex
from inspector.sources.containers.location import member_of
from inspector.sources.opening import SampleIndex


class ImageNames:
    """Finds images by name: 36 bytes an image, whatever the names are."""

    def __init__(self, index: SampleIndex) -> None:
        self._index = index
        self.root = index.root
        numbers = range(len(index))
        self._paths = _NameTable(index.path(i) for i in numbers)
        self._bases = _NameTable(_base(self.member(i)) for i in numbers)
        self._stems = _NameTable(_stem(self.member(i)).casefold() for i in numbers)

    def __len__(self) -> int:
        return len(self._index)

    def path(self, i: int) -> str:
        """The path or location of image `i`, as the index gives it."""
        return self._index.path(i)

    def relative(self, i: int) -> str:
        """The same from the index's root on."""
        return self._index.relative(i)

    def member(self, i: int) -> str:
        """Its path, of a sample in a container: its name there."""
        return member_of(self._index.path(i))

    def beside(self) -> Iterator[tuple[int, str, bytes | dict[str, Any]]]:
        """See `ContainerIndex.beside`; of files nothing."""
        return self._index.beside() if isinstance(self._index, ContainerIndex) else iter(())

    def number(self, location: str) -> int | None:
        """The image with exactly this path or location; None: there is none."""
        return next((i for i in self._paths.candidates(location) if self._index.path(i) == location), None)

    def find(self, name: str, hint: str = "") -> int | None:
        """The image that a name or path means: the one whose path has most of its end in common with it.

        Args:
            hint: where several have as much, a part of the path of the one that is meant, such as "train".
        """
        wanted = _parts(name)
        if not wanted:
            return None
        found = [i for i in self._bases.candidates(wanted[-1]) if _base(self.member(i)) == wanted[-1]]
        return self._best(found, wanted, hint)

    def find_stem(self, name: str, hint: str = "") -> int | None:
        """The same, whatever the extension and the case of the name are."""
        wanted = _parts(name)
        if not wanted:
            return None
        stem = _stem(wanted[-1]).casefold()
        found = [i for i in self._stems.candidates(stem) if _stem(self.member(i)).casefold() == stem]
        return self._best(found, [*wanted[:-1], ""], hint, skipped=1)

    def _best(self, found: list[int], wanted: list[str], hint: str, skipped: int = 0) -> int | None:
        if len(found) < 2:
            return found[0] if found else None

        def fitness(i: int) -> tuple[int, bool]:
            parts = _parts(self.member(i))
            pairs = zip(
                reversed(parts[: len(parts) - skipped]), reversed(wanted[: len(wanted) - skipped]), strict=False
            )
            common = 0
            for part, other in pairs:
                if part != other:
                    break
                common += 1
            return common, bool(hint) and any(hint in part for part in parts[:-1])

        return max(found, key=fitness)

    @property
    def nbytes(self) -> int:
        """Memory that the names take, in bytes."""
        return self._paths.nbytes + self._bases.nbytes + self._stems.nbytes


def _parts(name: str) -> list[str]:
    return [part for part in name.strip().replace("\\", "/").split("/") if part not in ("", ".")]


def _base(path: str) -> str:
    return path.rpartition("/")[2]


def _stem(path: str) -> str:
    return os.path.splitext(_base(path))[0]


class _NameTable:
    """Numbers of names, by the names' hashes."""

    def __init__(self, names: Iterator[str]) -> None:
        hashes = np.fromiter(map(hash, names), np.int64)
        order = np.argsort(hashes)  # without Python's lock: a window draws meanwhile
        self._hashes = array("q", hashes[order].tobytes())
        self._numbers = array("I", order.astype(np.uint32).tobytes())

    def candidates(self, name: str) -> Iterator[int]:
        wanted = hash(name)
        at = bisect_left(self._hashes, wanted)
        while at < len(self._hashes) and self._hashes[at] == wanted:
            yield self._numbers[at]
            at += 1

    @property
    def nbytes(self) -> int:
        return len(self._hashes) * (self._hashes.itemsize + self._numbers.itemsize)
