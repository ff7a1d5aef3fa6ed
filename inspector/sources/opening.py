"""The one door to what is loaded: looks what a source is, and gives its index.

source -> a folder, list, image or pattern -> FileIndex
       -> a container, several, or samples of some -> ContainerIndex
"""

import contextlib
import glob
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from inspector.errors import SourceError
from inspector.file_types import CONTAINER_EXTENSIONS
from inspector.formats.problems import BadFile, ProblemKind
from inspector.locations import LIST_EXTENSION, expanded, is_pattern
from inspector.path_advice import about_left_out
from inspector.settings import LoaderConfig
from inspector.sources.braces import expanded_braces, has_braces
from inspector.sources.containers.blob import open_blob
from inspector.sources.containers.container_format import ContainerFormat
from inspector.sources.containers.entry import Choice, Entry
from inspector.sources.containers.formats import folder_format, format_of
from inspector.sources.containers.index import ContainerIndex
from inspector.sources.containers.index_cache import entries_of, prune
from inspector.sources.containers.location import Location, is_location, parsed_location
from inspector.sources.containers.packed_entries import EntryPacker, PackedEntries
from inspector.sources.containers.reader import IndexedContainer
from inspector.sources.file_index import FileIndex, StrPath
from inspector.sources.pattern import all_there, matches
from inspector.sources.refusals import refuse_choice, refuse_containers
from inspector.sources.remote import prefix
from inspector.sources.remote.opening import is_remote, look_at
from inspector.sources.remote.secrets import without_secrets
from inspector.sources.walk import Watch

SampleIndex = FileIndex | ContainerIndex
_Place = tuple[str, ContainerFormat]
_MOST_LOOKED_AT = 10_000


def open_source(
    source: StrPath | Sequence[StrPath | tuple[StrPath, Any]],
    config: LoaderConfig | None = None,
    *,
    on_progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> SampleIndex:
    """Find the samples of `source`.

    Args:
        source: what `FileIndex.scan` takes; a container such as a tar, a folder of containers, a pattern or a brace
            range of them ("train-{000..099}.tar"); a sample's location in one, as `ContainerIndex.path` gives it; a
            list of such locations, or of containers, in a text file or as Python has it.
        config: which files of a folder are images, whether links are followed, and which parts of a sample are wanted.
        on_progress, cancelled: see `FileIndex.scan`.

    Raises:
        SourceError: where `source` does not exist, may not be read, or is something else than the above.
        IndexingCancelled: where `cancelled` said so.
    """
    return _Opening(config or LoaderConfig(), on_progress, cancelled).index_of(source)


def first_container(
    source: str, config: LoaderConfig, cancelled: Callable[[], bool] | None = None
) -> tuple[str, ContainerFormat] | None:
    """The first container of a source, before it is looked into; None where the source has none.

    Raises: see `open_source`.
    """
    try:
        _FirstLook(config, None, cancelled).index_of(source)
    except _ContainerFound as found:
        return found.place
    return None


class _Opening:
    """One look at a source, and the search for its samples."""

    def __init__(
        self,
        config: LoaderConfig,
        on_progress: Callable[[int], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self._config = config
        self._choice = Choice(config.image, config.label, config.extensions)
        self._on_progress, self._cancelled = on_progress, cancelled
        self._watch = Watch(on_progress, cancelled)
        self._images = tuple(f".{extension}" for extension in config.extensions)

    def index_of(self, source: StrPath | Sequence[StrPath | tuple[StrPath, Any]]) -> SampleIndex:
        index = self._of_path(os.fspath(source)) if isinstance(source, str | os.PathLike) else self._of_list(source)
        if self._on_progress is not None:
            self._on_progress(len(index))
        return index

    def _of_path(self, name: str) -> SampleIndex:
        place = expanded(name)
        if is_remote(place) and not os.path.lexists(place):
            return self._of_urls(without_secrets(place), [place])
        if os.path.isdir(place):
            return self._of_folder(name, place)
        if not os.path.lexists(place):
            if is_location(place):
                return self._of_locations(name, [place])
            if has_braces(place):
                return self._of_files(name, all_there(name, expanded_braces(place), self._watch))
            if is_pattern(place):
                found = [os.fsdecode(match) for match in matches(place, self._watch)]
                places = _places(path for path in found if os.path.isfile(path))
                return self._of_places(name, places, self._images_of(found)) if places else self._files(name)
        elif os.path.isfile(place):
            if place.lower().endswith(f".{LIST_EXTENSION}"):
                return self._of_text(name, place)
            if places := _places([place]):
                return self._of_places(name, places)
        return self._files(name)

    def _of_folder(self, name: str, folder: str) -> SampleIndex:
        found = folder_format(folder)
        if found is not None:
            return self._of_places(name, [(path, found[0]) for path in found[1]], self._images_in(folder))
        index = self._files(name)
        if len(index):
            return index
        shards = self._files(folder, [extension.rpartition(".")[2] for extension in CONTAINER_EXTENSIONS])
        numbered = matches(os.path.join(glob.escape(folder), "**", "*-of-[0-9][0-9][0-9][0-9][0-9]"), self._watch)
        places = _places([*map(shards.path, range(len(shards))), *map(os.fsdecode, numbered)])
        return self._of_places(name, places) if places else index

    def _of_text(self, name: str, path: str) -> SampleIndex:
        """A text file with a line for each."""
        folder = os.path.dirname(path)
        try:
            with open(path, "rb") as file:
                first = next(_lines(file), "")
                file.seek(0)
                if is_location(first):
                    return self._of_locations(name, (_from_folder(folder, line) for line in _lines(file)))
                if is_remote(first):
                    return self._of_urls(name, [*_lines(file)])
                if format_of(first) is not None:
                    return self._of_files(name, [_from_folder(folder, line) for line in _lines(file)])
                refuse_containers(name, _lines(file))
        except OSError:  # whoever looks for images says why
            pass
        return self._files(name)

    def _of_list(self, items: Sequence[StrPath | tuple[StrPath, Any]]) -> SampleIndex:
        first = next(iter(items), None)
        if isinstance(first, str | os.PathLike):
            if is_remote(os.fspath(first)):
                return self._of_urls(f"a list of {len(items):,} URLs", [*map(_text, items)])
            if is_location(os.fspath(first)):
                return self._of_locations(f"a list of {len(items):,} samples", map(_text, items))
            if format_of(os.fspath(first)) is not None:
                return self._of_files(f"a list of {len(items):,} containers", [expanded(_text(item)) for item in items])
            refuse_containers(f"a list of {len(items):,} files", (each for each in items if isinstance(each, str)))
        return self._files(items)

    def _of_files(self, name: str, paths: list[str]) -> SampleIndex:
        """Containers, or images: not both."""
        places = _places(paths)
        if not places:
            return self._files(paths)
        if len(places) < len(paths):
            other = next(path for path in paths if format_of(path) is None)
            raise SourceError(f"{name}: {places[0][0]} is a container, and {other} is none: give files of one kind")
        return self._of_places(name, places)

    def _of_urls(self, name: str, urls: list[str]) -> ContainerIndex:
        """Containers in stores, and objects there that are samples."""
        if local := next((url for url in urls if not is_remote(url)), ""):
            raise SourceError(f"{name}: {local} is no URL as those before it are: give a list of one kind")
        containers: list[IndexedContainer] = []
        failures: list[SourceError] = []
        found, left_out = 0, ""
        for location, objects, beside in look_at(urls, self._config.extensions, self._watch.check):
            left_out = left_out or beside
            self._watch.check(found)
            if objects is None:
                kind = format_of(location)
                assert kind is not None
                containers.append(self._opened(location, kind, found, failures))
            else:
                containers.append(IndexedContainer(location, location, prefix.NAME, 0, "", _packed(objects)))
            found += len(containers[-1].entries)
        index = self._index(name, containers, failures)
        index.left_out = left_out
        return index

    def _of_locations(self, name: str, locations: Iterable[str]) -> ContainerIndex:
        """Samples of containers, in this order."""
        locations = [*locations]
        wanted = [_location(name, text, number) for number, text in enumerate(locations, start=1)]
        containers = dict.fromkeys((each.container, each.format) for each in wanted)
        index = self._of_places(name, [*containers])
        numbers = index.numbers_of(wanted)
        missing = np.flatnonzero(numbers < 0)
        if len(missing):
            first = wanted[int(missing[0])]
            member = first.member.rpartition("/")[2].partition(".")[2]
            if member and not self._config.image:  # as `path` names one that was chosen by `image`
                with contextlib.suppress(SourceError):
                    config = self._config.with_changes(image=member)
                    return _Opening(config, self._on_progress, self._cancelled)._of_locations(name, locations)
            others = f", nor {len(missing) - 1:,} others that are listed" if len(missing) > 1 else ""
            raise SourceError(f"{first.container} has no {first.member}{others}: it may be another file by now")
        return index.selected(name, numbers)

    def _of_places(self, name: str, places: Sequence[_Place], beside: Sequence[str] = ()) -> ContainerIndex:
        """The samples of these containers, one container after the other. `beside`: images that are left out."""
        containers: list[IndexedContainer] = []
        found = 0
        failures: list[SourceError] = []
        for path, container_format in places:
            self._watch.check(found)
            containers.append(self._opened(path, container_format, found, failures))
            found += len(containers[-1].entries)
        index = self._index(name, containers, failures)
        index.left_out = about_left_out(len(beside), "image", "containers", beside)
        return index

    def _images_of(self, paths: Iterable[str]) -> list[str]:
        return [path for path in paths if path.lower().endswith(self._images) and os.path.isfile(path)]

    def _images_in(self, folder: str) -> list[str]:
        """Those directly in it, of its first files: a folder that is a data set as a whole is not searched."""
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            return sorted(self._images_of(entry.path for entry in islice(entries, _MOST_LOOKED_AT)))
        return []

    def _opened(
        self, path: str, container_format: ContainerFormat, found: int, failures: list[SourceError]
    ) -> IndexedContainer:
        """A container with its samples. Where it cannot be opened, one bad sample stands for it."""
        size, etag = 0, ""
        try:
            blob = open_blob(path)
            size, etag = blob.size, blob.etag
            try:
                check = self._watch.check
                entries = entries_of(blob, container_format, self._choice, lambda count: check(found + count))
            finally:
                blob.close()
        except BadFile as bad:
            hint = ": check the URL" if bad.kind is ProblemKind.VANISHED and "://" in path else ""
            named = "" if path in bad.reason else f"{path}: "
            failures.append(SourceError(named + bad.reason.rstrip(".") + hint))
            entries = _packed([Entry("", fault=bad.reason, kind=bad.kind)])
        except SourceError as error:
            failures.append(error)
            entries = _packed([Entry("", fault=f"{error}.")])
        absolute = path if "://" in path else os.path.abspath(path)
        return IndexedContainer(absolute, path, container_format.NAME, size, etag, entries)

    def _index(
        self, name: str, containers: Sequence[IndexedContainer], failures: Sequence[SourceError]
    ) -> ContainerIndex:
        """Of all containers; where none of them could be opened, the first failure is raised."""
        if failures and len(failures) == len(containers):
            raise failures[0]
        prune()
        if not any(len(each.entries) for each in containers):
            refuse_choice(containers, self._choice.image)
        elif (wanted := self._choice.label) and not any(each.entries.labels for each in containers):
            refuse_choice(containers, wanted)
        return ContainerIndex(name, containers, cache_bytes=self._config.read_cache_bytes)

    def _files(self, source: Any, extensions: Sequence[str] | None = None) -> FileIndex:
        return FileIndex.scan(
            source,
            extensions=extensions or self._config.extensions,
            follow_links=self._config.follow_links,
            on_progress=self._on_progress,
            cancelled=self._cancelled,
        )


class _ContainerFound(Exception):
    """Raised at the first container, where only that is asked for."""

    def __init__(self, place: _Place) -> None:
        super().__init__(place[0])
        self.place = place


class _FirstLook(_Opening):
    """Ends at the first container."""

    def _opened(
        self, path: str, container_format: ContainerFormat, found: int, failures: list[SourceError]
    ) -> IndexedContainer:
        raise _ContainerFound((path, container_format))


def _places(paths: Iterable[str]) -> list[_Place]:
    """Those that are containers."""
    return [(path, found) for path in paths if (found := format_of(path)) is not None]


def _packed(entries: Iterable[Entry]) -> PackedEntries:
    """In memory, and not in the cache."""
    packer = EntryPacker()
    for entry in entries:
        packer.add(entry)
    return PackedEntries(packer.packed(""), "")


def _lines(file: Iterable[bytes]) -> Iterator[str]:
    """What a list names, without blank lines and comments."""
    for number, line in enumerate(file):
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line
        if text.strip() and not text.startswith(b"#"):
            yield text.rstrip(b"\r\n").decode("utf-8", "surrogateescape")


def _from_folder(folder: str, line: str) -> str:
    """A line with its path as from here: a relative one starts from the list's own folder."""
    if not is_location(line):
        return os.path.join(folder, expanded(line))
    location = parsed_location(line, lambda path: os.path.lexists(os.path.join(folder, path)))
    return f"{location.format.NAME.lower()}://{location.member}::{os.path.join(folder, location.container)}"


def _location(name: str, text: str, number: int) -> Location:
    if not is_location(text):
        raise SourceError(
            f"{name}: entry {number:,}, {text}, is no sample's location in a container as those before it are: give a "
            "list of one kind"
        )
    location = parsed_location(text)
    return (
        location._replace(container=without_secrets(location.container)) if is_remote(location.container) else location
    )


def _text(item: Any) -> str:
    return os.fspath(item) if isinstance(item, str | os.PathLike) else str(item)
