"""Lists of files: the lines of a text file, and what they have beside the path, which is the file's label.

A line is a path, or a path and a label behind a space, a tab, a comma or a semicolon, in quotes or not; or a number
before the path. Paths may have spaces and commas in them: what ends in an image's extension is a path.
"""

import csv
import os
import re
import sys
import zlib
from array import array
from collections.abc import Collection, Hashable, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from inspector.errors import SourceError
from inspector.locations import about_url, expanded, is_url

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_HEADER = re.compile(r"[^\W\d]\w*(?:\s*[,;\t ]\s*[^\W\d]\w*)+\s*")
_NUMBER_FIRST = re.compile(r"(\d+)(?:\s*[,;\t]\s*| +)(\S.*)")


class Listed(NamedTuple):
    """One file of a list. `label`: None where it has none."""

    path: str
    label: Any = None


class PackedLabels:
    """The labels of many files, each distinct one kept once, in the order in which classes are numbered."""

    def __init__(self, labels: list[Hashable]) -> None:
        distinct = sorted(set(labels), key=label_order)
        numbers = {label: number for number, label in enumerate(distinct)}
        self.values: tuple[Hashable, ...] = tuple(distinct)
        self._numbers = array("I", (numbers[label] for label in labels))

    def __getitem__(self, i: int) -> Any:
        return self.values[self._numbers[i]]

    def numbers(self) -> npt.NDArray[np.uint32]:
        """(files,) the position of each file's label in `values`."""
        return np.frombuffer(self._numbers, np.dtype(f"u{self._numbers.itemsize}"))

    def checksum(self, value: int) -> int:
        """CRC-32 of all labels, going on from `value`."""
        return zlib.crc32(self._numbers, zlib.crc32(repr(self.values).encode(), value))


def label_order(label: Hashable) -> tuple[int, float, str]:
    """By which labels are sorted: numbers in their order, then words in theirs."""
    try:
        return 0, float(label), ""  # type: ignore[arg-type]  # which is what is being found out
    except (TypeError, ValueError):
        return 1, 0.0, str(label)


class ListReader:
    """Reads the lines of a list.

    Args:
        name: of the list, for errors.
        folder: that its relative paths start from.
        suffixes: extensions of images, in lower case and without dots.
    """

    def __init__(self, name: str, folder: str, suffixes: Collection[bytes]) -> None:
        self._name = name
        self._folder = folder
        alternatives = "|".join(re.escape(os.fsdecode(suffix)) for suffix in suffixes)
        self._ends = re.compile(rf".*\.(?:{alternatives})", re.IGNORECASE | re.DOTALL)
        self._labelled = re.compile(rf"(.*\.(?:{alternatives}))(?:\s*[,;\t]\s*|\s+)(\S.*)", re.IGNORECASE)

    def lines(self, content: Iterator[bytes]) -> Iterator[Listed]:
        """
        Raises:
            SourceError: for a line that makes no sense, with its number.
        """
        first: Listed | None = None  # it may be a header, "path,label": that is known with the next line
        labelled = bare = 0
        for number, line in enumerate(content, start=1):
            if (text := self._text(line, number)) is None:
                continue
            found = self._listed(text, number)
            if first is None and not labelled and not bare and found.label is None and _HEADER.fullmatch(text):
                first = found
                continue
            if first is not None and found.label is None:
                bare = number
                yield first
            first = None
            labelled, bare = (labelled, bare or number) if found.label is None else (labelled or number, bare)
            if labelled and bare:
                raise SourceError(
                    f"{self._name}: line {labelled} has a label behind its path, and line {bare} has none. Give each "
                    "file a label, or none."
                )
            yield found
        if first is not None:
            yield first

    def _text(self, line: bytes, number: int) -> str | None:
        """The line without its end; None for one that is blank or a comment."""
        content = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
        if b"\0" in content:
            raise SourceError(
                f"{self._name}, line {number}, is not UTF-8 text; it may be UTF-16, which Windows programs write. "
                "Save the list again as UTF-8."
            )
        if not content.strip() or content.startswith(b"#"):
            return None
        return content.rstrip(b"\r\n").decode("utf-8", "surrogateescape")

    def _listed(self, text: str, number: int) -> Listed:
        path, label = self._split(text, number)
        return Listed(self._full(path, number), sys.intern(label) if label is not None else None)

    def _split(self, text: str, number: int) -> Listed:
        if text[:1] in ('"', "'"):
            return self._quoted(text, number)
        if self._ends.fullmatch(text):
            return self._two_parts(text, number)
        if match := self._labelled.fullmatch(text):
            return Listed(match[1], _bare(match[2]))
        path, tab, label = text.rpartition("\t")
        if tab and path.strip() and label.strip() and not self._exists(text):
            return Listed(path.strip(), _bare(label))
        return Listed(text)

    def _quoted(self, text: str, number: int) -> Listed:
        for delimiter in ",;\t ":
            reader = csv.reader([text], delimiter=delimiter, quotechar=text[0], skipinitialspace=True)
            try:
                path, *rest = next(reader)
            except csv.Error as error:  # a carriage return outside the quotes, or a field of 128 KiB
                raise SourceError(
                    f"{self._name}, line {number}, has quotes that are not a CSV file's: {error}. Correct the line, or "
                    "save the list again with a line for each file."
                ) from error
            if path != text and (not rest or self._ends.fullmatch(path)):
                return Listed(path, " ".join(rest) or None)
        return Listed(text)

    def _two_parts(self, text: str, number: int) -> Listed:
        """It ends as a path does; there may be something before the path all the same."""
        if (match := _NUMBER_FIRST.fullmatch(text)) and not self._exists(text):
            return Listed(match[2], match[1])
        if self._labelled.fullmatch(text) and not self._exists(text) and not self._exists(os.path.dirname(text)):
            raise SourceError(
                f"{self._name}, line {number}, names more than one file: {text}. A line has one path, and its label "
                "behind it."
            )
        return Listed(text)

    def _exists(self, path: str) -> bool:
        return os.path.lexists(os.path.join(self._folder, path))

    def _full(self, path: str, number: int) -> str:
        if (path.startswith("~") or path[:5].lower() == "file:") and not self._exists(path):
            path = expanded(path)
        if "://" in path and is_url(path):
            raise SourceError(f"{self._name}, line {number}: {about_url(path)}")
        return os.path.join(self._folder, path)


def _bare(label: str) -> str:
    """Without the quotes around it."""
    label = label.strip()
    return label[1:-1] if len(label) > 1 and label[0] == label[-1] and label[0] in "\"'" else label


def listed(item: Any) -> Listed:
    """A path, or a pair of path and label, as it is in a Python list.

    Raises:
        SourceError: where the path is none of this machine.
    """
    path, label = item if isinstance(item, tuple | list) else (item, None)
    place = expanded(os.fspath(path))
    if "://" in place and is_url(place):
        raise SourceError(about_url(place))
    return Listed(place, label.item() if isinstance(label, np.generic) else label)
