"""The manifest: what is moved where, on the disk before anything moves.

JSON lines in ASCII. The first line describes the whole move: the folder that the files come from (`root`), the folders
that were made for it, how many files follow; each further line names a file: `path` from `root` on, `aside` from the
manifest's own folder on, so that this folder may be moved or renamed, and its size in bytes.

A manifest gets its name when it is complete, so whatever carries the name is all there.
"""

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count

import msgspec

from inspector.errors import ManifestError
from inspector.files import read_regular
from inspector.formatting import readable
from inspector.outside_json import OutsideJsonError, checked, parsed
from inspector.private_folder import is_own, signature
from inspector.quarantine.transfer import rename_to_free_name, sync_folder, write_all

KIND = "files moved aside by inspector"
VERSION = 1
MOST_BYTES = 1 << 28


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One file. `path` starts from the data set's folder, `aside` from the manifest's; both relative."""

    path: str
    aside: str
    file_bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is to be put back.

    Attributes:
        file: the manifest itself, absolute.
        root: the folder that the files came from, absolute.
        made_folders: folders that were made beside the manifest, relative, outer before inner.
        own: this user wrote it on this machine, and so has seen where the files come from.
    """

    file: str
    root: str
    made_folders: tuple[str, ...]
    entries: tuple[ManifestEntry, ...]
    own: bool = True

    def original(self, entry: ManifestEntry) -> str:
        """The file's place in the data set."""
        return os.path.join(self.root, entry.path)

    def aside(self, entry: ManifestEntry) -> str:
        """The file's place beside the manifest."""
        return os.path.join(self.folder, entry.aside)

    @property
    def folder(self) -> str:
        """The manifest's own folder, which the files lie in."""
        return os.path.dirname(self.file)

    def part_name(self, number: int) -> str:
        """The name that a copy of entry `number` has until it is complete. It starts with a dot: no index has it."""
        return f".{os.path.basename(self.file).removesuffix('.jsonl')}-{number}.part"


def write_manifest(folder: str, root: str, made_folders: Iterable[str], entries: Iterable[ManifestEntry]) -> Manifest:
    """Write a new manifest into `folder`, through to the disk.

    Raises:
        OSError: where it cannot be written; nothing is left then.
    """
    made, listed = tuple(made_folders), tuple(entries)
    now = datetime.now().astimezone()
    head = {"kind": KIND, "version": VERSION, "time": now.isoformat(timespec="seconds"), "root": root,
            "folders": made, "files": len(listed), "signed": signature(_signed(root, made, listed))}  # fmt: skip
    lines = [head, *({"path": entry.path, "aside": entry.aside, "bytes": entry.file_bytes} for entry in listed)]
    name = f"moved-aside-{now:%Y%m%d-%H%M%S}"
    part = os.path.join(folder, f".{name}-{os.getpid()}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o666)
    try:
        try:
            write_all(descriptor, "".join(json.dumps(line) + "\n" for line in lines).encode("ascii"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        file = _place(part, os.path.join(folder, name))
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part)
        raise
    sync_folder(folder)
    return Manifest(file, root, made, listed)


def _place(part: str, stem: str) -> str:
    for number in count(1):
        file = f"{stem}.jsonl" if number == 1 else f"{stem}-{number}.jsonl"
        with contextlib.suppress(FileExistsError):
            rename_to_free_name(part, file)
            return file
    raise AssertionError("numbers do not end")


class _Head(msgspec.Struct):
    version: int
    root: str
    folders: list[str]
    files: int
    signed: str = ""


class _Row(msgspec.Struct):
    path: str
    aside: str
    bytes: int


def read_manifest(path: str) -> Manifest:
    """Read a manifest and check it. It may come from somebody else.

    Raises:
        ManifestError: where it cannot be read, is none, or names a place outside of the two folders.
    """
    shown = readable(path)
    none = f"{shown}: this is no manifest of files that inspector moved aside"
    try:
        head, *rows = map(parsed, read_regular(path, MOST_BYTES).decode("ascii").splitlines())
    except OSError as error:
        raise ManifestError(f"{shown}: the manifest cannot be read: {error.strerror}; check the path") from error
    except ValueError as error:  # no ASCII, no JSON, or no line at all
        raise ManifestError(none) from error
    if not isinstance(head, dict) or head.get("kind") != KIND:
        raise ManifestError(none)
    if head.get("version") != VERSION:
        raise ManifestError(f"{shown}: the manifest was written by another version of inspector; use that one")
    try:
        about, files = checked(head, _Head), [checked(row, _Row) for row in rows]
    except OutsideJsonError as error:
        raise ManifestError(f"{shown}: the manifest is damaged: {error}") from error
    if about.files != len(files):
        raise ManifestError(f"{shown}: the manifest is cut short; of {about.files} files it names {len(files)}")
    places = [*about.folders, *(file.path for file in files), *(file.aside for file in files)]
    if not os.path.isabs(about.root) or "\0" in about.root or not all(map(_is_inside, places)):
        raise ManifestError(f"{shown}: the manifest names a place outside of the data set; nothing was moved")
    if stray := {*about.folders} - {above for file in files for above in _above(file.aside)}:
        raise ManifestError(f"{shown}: the manifest is damaged: no file of it lies in {readable(min(stray))}")
    entries = tuple(ManifestEntry(file.path, file.aside, file.bytes) for file in files)
    own = is_own(_signed(about.root, about.folders, entries), about.signed)
    return Manifest(os.path.abspath(path), about.root, tuple(about.folders), entries, own)


def _signed(root: str, made_folders: Iterable[str], entries: Iterable[ManifestEntry]) -> bytes:
    """What a signature stands for: all but where the manifest lies, which may change."""
    listed = [(entry.path, entry.aside, entry.file_bytes) for entry in entries]
    return json.dumps([root, [*made_folders], listed]).encode("ascii")


def _above(relative: str) -> Iterator[str]:
    while relative := os.path.dirname(relative):
        yield relative


def _is_inside(relative: str) -> bool:
    parts = relative.replace("\\", "/").split("/") if os.sep == "\\" else relative.split("/")
    if "\0" in relative or os.path.isabs(relative) or os.path.splitdrive(relative)[0]:
        return False
    return not {"", ".", ".."} & set(parts)
