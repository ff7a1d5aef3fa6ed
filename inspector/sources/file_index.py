"""The files there are to load: found once, in an order that only their names decide, and kept packed.

Paths are handled as bytes, as the file system has them, so that no name is too strange; they become text
(`os.fsdecode`) only when somebody asks for one.

Order of a folder's files: those directly in it, sorted by name as bytes, then those of its subfolders, in
the same way, depth first, by name as bytes. Folders that are reached through a symbolic link come after all
others, so that a folder's own place wins over a link to it. Every real folder is visited once, which makes
loops of links harmless; how many files they take in from outside is counted. Files and folders whose name
starts with a dot are left out. A list keeps its order.
"""

import os
from array import array
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.errors import SourceError
from inspector.formatting import sentence
from inspector.locations import LocationKind, about_url, check_readable, expanded, is_pattern, is_url, kind_of
from inspector.path_advice import about_missing, about_other
from inspector.settings import IMAGE_EXTENSIONS
from inspector.sources.classes import ClassTable, class_names, common_folder, first_folder
from inspector.sources.listed import Listed, ListReader, PackedLabels, listed
from inspector.sources.packed import PackedFiles
from inspector.sources.pattern import fixed_part, matches
from inspector.sources.walk import SEPARATOR, Walked, Watch, chunks, walk

StrPath = str | os.PathLike[str]


class FileIndex:
    """An ordered, packed list of image files that does not change once `scan` has made it.

    Attributes:
        source: what was scanned, in words for a person: the path as given, or "a list of 12 files".
        root: the folder that relative paths and classes start from, as given; for a list, the folder that
            its files have in common, "" where they have none.
        classes: names of the first-level folders that the files lie in, sorted; () where there are no
            class folders, because a file lies directly in the root or there is no root. Where labels are
            listed with the files, those: numbers in their order, then words in theirs.
        unreadable: folders that could not be read: no permission, path too long, or gone since.
        outside: how many of the files lie outside the folder, where symbolic links led; 0 for a list.
        left_out: what is not loaded beside the images, such as tars, and how to; "" where there is nothing.
    """

    def __init__(
        self,
        source: str,
        root: bytes,
        files: PackedFiles,
        walked: Walked | None = None,
        labels: PackedLabels | None = None,
    ) -> None:
        """Used by `scan`. Folders end with a separator; `root` starts every folder in `files`, and may be empty."""
        walked = walked or Walked()
        self.source = source
        self.root = os.fsdecode(os.path.dirname(root))
        self._labels = labels
        self.classes = tuple(map(str, labels.values)) if labels is not None else class_names(root, files.folders)
        self.unreadable = tuple(os.fsdecode(os.path.dirname(folder)) for folder in walked.unreadable)
        self.outside = walked.outside
        self.left_out = walked.left_out
        self._files = files
        self._root_bytes = len(root)
        self._fingerprint: int | None = None

    @classmethod
    def scan(
        cls,
        source: StrPath | Sequence[StrPath | tuple[StrPath, Any]],
        *,
        extensions: Collection[str] = IMAGE_EXTENSIONS,
        follow_links: bool = True,
        on_progress: Callable[[int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> "FileIndex":
        """Find the files of `source`; reads names, never an image's content.

        Args:
            source: a folder, searched with all its subfolders; an image file; a pattern such as "photos/*.jpg"; a
                text file with a path a line, and perhaps a label behind it (UTF-8; relative to the text file; blank
                lines and lines that start with # are skipped); or a sequence of files, or of pairs of file and label.
                Listed files are taken as they are: not sorted, filtered or looked for. "~" is the user's folder.
            extensions: which files of a folder are images, with or without the dot, in any case.
            follow_links: False leaves out what symbolic links in a folder lead to.
            on_progress: called with the number of files so far, at most 20 times a second, and at the end.
            cancelled: asked at every folder and every few hundred entries; True ends the search.

        Raises:
            SourceError: where `source` does not exist, may not be read, or is something else than the above.
            IndexingCancelled: where `cancelled` said so.
        """
        watch = Watch(on_progress, cancelled)
        if isinstance(source, str | os.PathLike):
            index = cls._scan_path(source, _suffixes(extensions), follow_links, watch)
        else:
            name = f"a list of {len(source)} file{'' if len(source) == 1 else 's'}"
            index = cls._of_listed(name, map(listed, source), watch)
        if on_progress is not None:
            on_progress(len(index))
        return index

    @classmethod
    def _scan_path(cls, source: StrPath, suffixes: frozenset[bytes], follow_links: bool, watch: Watch) -> "FileIndex":
        name = os.fspath(source)
        place = expanded(name)
        if is_url(place):
            raise SourceError(about_url(place))
        path = _encode(place)
        if is_pattern(place):
            return cls._of_pattern(name, place, suffixes, follow_links, watch)
        match _kind_of(os.fsdecode(path), suffixes):
            case LocationKind.FOLDER:
                files = PackedFiles()
                root = os.path.join(path, b"")  # with a separator at its end
                return cls(name, root, files, walk(root, suffixes, files, watch, follow_links=follow_links))
            case LocationKind.IMAGE:
                return cls._of_listed(name, [Listed(os.fsdecode(path))], watch)
            case LocationKind.LIST:
                return cls._of_listed(name, _read_list(path, suffixes), watch)
        raise SourceError(f"{name} cannot be loaded: it is {about_other(name)}.")

    @classmethod
    def _of_pattern(
        cls, name: str, pattern: str, suffixes: frozenset[bytes], follow_links: bool, watch: Watch
    ) -> "FileIndex":
        files, walked, root = PackedFiles(), Walked(), fixed_part(pattern)
        real_root = os.path.join(os.path.realpath(root or os.fsencode(os.curdir)), b"")
        for match in matches(pattern, watch):
            folder, separator, file = match.rpartition(SEPARATOR)
            real = os.path.realpath(match)
            if not follow_links and real != real_root + os.path.normpath(match[len(root) :]):
                continue
            if os.path.isdir(match):
                walked.add(walk(os.path.join(match, b""), suffixes, files, watch, follow_links=follow_links))
            elif file.rpartition(b".")[2].lower() in suffixes:
                files.extend([file], array("I", [files.folder_number(folder + separator)]))
                walked.outside += not real.startswith(real_root)
        return cls(name, root, files, walked)

    @classmethod
    def _of_listed(cls, source: str, listed: Iterable[Listed], watch: Watch) -> "FileIndex":
        files = PackedFiles()
        labels: list[Hashable] = []
        numbers: dict[bytes, int] = {}
        for chunk in chunks(listed):
            watch.check(len(files))
            names, folders = [], array("I")
            for file in chunk:
                path = _encode(file.path)
                if file.label is not None:
                    labels.append(file.label)
                head, separator, name = path.rpartition(SEPARATOR)
                folder = head + separator
                if folder not in numbers:
                    numbers[folder] = files.add_folder(folder)
                names.append(name)
                folders.append(numbers[folder])
            files.extend(names, folders)
        if labels and len(labels) != len(files):
            raise SourceError(f"{len(labels):,} labels for {len(files):,} files: give each file a label, or none")
        packed = PackedLabels(labels) if labels else None
        return cls(source, common_folder(files.folders), files, labels=packed)

    def __len__(self) -> int:
        return len(self._files)

    def __repr__(self) -> str:
        return f"<FileIndex of {self.source!r}: {len(self)} files, {len(self.classes)} classes>"

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the list of files takes."""
        return self._files.nbytes

    def path(self, i: int) -> str:
        """The path of file `i`, 0 to `len(self) - 1`, as `open` takes it: the source as given, joined with the rest.

        Raises:
            IndexError: where there is no file `i`.
        """
        return os.fsdecode(self._path(i))

    def absolute(self, i: int) -> str:
        """The whole path of file `i`, for wherever the current folder is."""
        return os.path.abspath(self.path(i))

    def absolutes(self, files: range) -> list[str]:
        """`absolute` of some files in a row; quicker where many lie in one folder."""
        folders: dict[bytes, str] = {}
        found = []
        for folder, name in self._files.parts(files):
            if folder not in folders:
                folders[folder] = os.path.join(os.path.abspath(os.fsdecode(folder)), "")
            found.append(folders[folder] + os.fsdecode(name))
        return found

    def files(self) -> Iterator[str]:
        """The paths of all files."""
        return map(self.path, range(len(self)))

    def relative(self, i: int) -> str:
        """The path of file `i` from `root` on.

        Raises:
            IndexError: where there is no file `i`.
        """
        return os.fsdecode(self._path(i)[self._root_bytes :])

    def label(self, i: int) -> Any:
        """The class of file `i`, one of `classes`, or the label that was given with it; None where there are neither.

        Raises:
            IndexError: where there is no file `i`.
        """
        path = self._path(i)
        if self._labels is not None:
            return self._labels[i]
        return os.fsdecode(first_folder(path[self._root_bytes :])) if self.classes else None

    @property
    def has_labels(self) -> bool:
        """Labels were listed with the files."""
        return self._labels is not None

    def folders(self) -> tuple[list[str], npt.NDArray[np.uint32]]:
        """All folders from `root` on, each with a separator at its end, and (files,) the number of each file's."""
        folders = [os.fsdecode(folder[self._root_bytes :]) for folder in self._files.folders]
        return folders, self._files.folder_numbers()

    def class_table(self) -> "ClassTable | None":
        """Which class each file is of, for many files at once; None where there are no classes.

        Takes a moment where there are millions of folders: keep the result.
        """
        if not self.classes:
            return None
        if self._labels is not None:
            return ClassTable(len(self.classes), np.arange(len(self.classes), dtype=np.int32), self._labels.numbers())
        numbers = {name: number for number, name in enumerate(map(os.fsencode, self.classes))}
        of_folder = [numbers[first_folder(folder[self._root_bytes :])] for folder in self._files.folders]
        return ClassTable(len(self.classes), np.array(of_folder, np.int32), self._files.folder_numbers())

    def fingerprint(self) -> int:
        """A checksum of all relative paths and given labels: the same wherever the folder lies.

        Takes 0.3 s for 10**7 files.
        """
        if self._fingerprint is None:
            value = self._files.checksum(self._root_bytes)
            self._fingerprint = value if self._labels is None else self._labels.checksum(value)
        return self._fingerprint

    def _path(self, i: int) -> bytes:
        if not 0 <= i < len(self):
            raise IndexError(f"no file {i}: the index has {len(self)} files, counted from 0")
        return self._files.path(i)


def _kind_of(path: str, suffixes: Collection[bytes]) -> LocationKind:
    try:
        kind = kind_of(path, [os.fsdecode(suffix) for suffix in suffixes])
        if kind is LocationKind.FOLDER:
            check_readable(path)
    except OSError as error:
        raise _source_error(path, error) from error
    return kind


def _source_error(path: str, error: OSError) -> SourceError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        if not path:
            return SourceError("A path that is empty does not exist: give a folder.")
        return SourceError(f"{path} does not exist. {sentence(about_missing(path))}")
    if isinstance(error, PermissionError):
        return SourceError(f"{path} may not be read: no permission. Ask its owner for it, or choose another folder.")
    return SourceError(f"{path} cannot be read: {error.strerror}. Check that its drive works, or choose another.")


def _encode(path: StrPath) -> bytes:
    """The path as the file system has it, with the system's own separator."""
    text = os.fspath(path)
    try:
        encoded = os.fsencode(text.replace(os.altsep, os.sep) if os.altsep else text)
    except UnicodeEncodeError as error:
        raise SourceError(
            f"{text!r} cannot be a path: this system has no such characters. Correct the path."
        ) from error
    if b"\0" in encoded:
        raise SourceError(f"{text!r} cannot be a path: it contains a NUL character. Correct the path.")
    return encoded


def _read_list(path: bytes, suffixes: frozenset[bytes]) -> Iterator[Listed]:
    name = os.fsdecode(path)
    try:
        with open(path, "rb") as lines:
            yield from ListReader(name, os.path.dirname(name), suffixes).lines(lines)
    except OSError as error:
        raise _source_error(name, error) from error


def _suffixes(extensions: Collection[str]) -> frozenset[bytes]:
    return frozenset(os.fsencode(extension.lower().removeprefix(".")) for extension in extensions)
