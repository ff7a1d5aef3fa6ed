"""What every container is tried with: photographs, good ones and bad ones, and what a format makes of a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from inspector.formats.problems import BadFile
from inspector.sources.containers.blob import LocalBlob
from inspector.sources.containers.container_format import ContainerFormat
from inspector.sources.containers.entry import Choice, Entry
from tests.conftest import ROOT

_MOST_BYTES = 60_000
CLASSES = ("cat", "dog", "owl")


@cache
def photographs() -> list[tuple[str, bytes]]:
    """(name, content) of the files in the sample, no two with one key: of all formats, some of them bad, one empty."""
    files = sorted((ROOT / "assets" / "sample" / "photo").iterdir())
    small = [file for file in files if file.stat().st_size < _MOST_BYTES]
    return [(f"{i:03}-{file.name}", file.read_bytes()) for i, file in enumerate(small)]


def label_of(i: int) -> int:
    """The class of sample `i`, by its number in `CLASSES`."""
    return i % len(CLASSES)


@contextmanager
def opened(path: Path) -> Iterator[LocalBlob]:
    blob = LocalBlob(str(path))
    try:
        yield blob
    finally:
        blob.close()


def entries_of(form: ContainerFormat, path: Path, choice: Choice | None = None) -> list[Entry]:
    with opened(path) as blob:
        return list(form.entries(blob, choice or Choice()))


def contents(form: ContainerFormat, path: Path, choice: Choice | None = None) -> list[tuple[Entry, bytes]]:
    """Each entry with its image, read in another order than they lie, as a loader does."""
    with opened(path) as blob:
        found = list(form.entries(blob, choice or Choice()))
        images = {i: form.read(blob, found[i]) for i in sorted(range(len(found)), key=lambda i: (i * 7) % 11)}
        return [(entry, images[i]) for i, entry in enumerate(found)]


def tried(form: ContainerFormat, path: Path) -> list[str]:
    """Why entries cannot be read; what is not a `BadFile` is raised."""
    faults = []
    with opened(path) as blob:
        for entry in form.entries(blob, Choice()):
            try:
                if entry.fault:
                    faults.append(entry.fault)
                else:
                    form.read(blob, entry)
            except BadFile as bad:
                faults.append(bad.reason)
    return faults
