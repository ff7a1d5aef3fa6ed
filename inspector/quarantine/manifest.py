"""The manifest: what is moved where, on the disk before anything moves.

JSON lines in ASCII. The first line describes the whole move: the folder that the files come from (`root`), the folders
that were made for it, how many files follow; each further line names a file: `path` from `root` on, `aside` from the
manifest's own folder on, so that this folder may be moved or renamed, and its size in bytes.

A manifest gets its name when it is complete, so whatever carries the name is all there.
"""

import contextlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from inspector.errors import ManifestError
from inspector.formatting import readable
from inspector.quarantine.transfer import rename_to_free_name, sync_folder, write_all

KIND = "files moved aside by inspector"
VERSION = 1


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
    """

    file: str
    root: str
    made_folders: tuple[str, ...]
    entries: tuple[ManifestEntry, ...]

    def original(self, entry: ManifestEntry) -> str:
        """The file's place in the data set."""
        return os.path.join(self.root, entry.path)

    def aside(self, entry: ManifestEntry) -> str:
        """The file's place beside the manifest."""
        return os.path.join(os.path.dirname(self.file), entry.aside)

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
            "folders": made, "files": len(listed)}  # fmt: skip
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


def read_manifest(path: str) -> Manifest:
    """Read a manifest and check it.

    Raises:
        ManifestError: where it cannot be read, is none, or names a place outside of the two folders.
    """
    shown = readable(path)
    try:
        with open(path, encoding="ascii") as lines:
            head, *rows = [json.loads(line) for line in lines]
    except OSError as error:
        raise ManifestError(f"{shown}: the manifest cannot be read: {error.strerror}; check the path") from error
    except ValueError as error:  # no ASCII, no JSON, or no line at all
        raise ManifestError(f"{shown}: this is no manifest of files that inspector moved aside") from error
    try:
        if head["kind"] != KIND:
            raise ManifestError(f"{shown}: this is no manifest of files that inspector moved aside")
        if head["version"] != VERSION:
            raise ManifestError(f"{shown}: the manifest was written by another version of inspector; use that one")
        if head["files"] != len(rows):
            raise ManifestError(f"{shown}: the manifest is cut short; of {head['files']} files it names {len(rows)}")
        entries = tuple(ManifestEntry(row["path"], row["aside"], row["bytes"]) for row in rows)
        made, root = tuple(head["folders"]), head["root"]
        places = [*made, *(entry.path for entry in entries), *(entry.aside for entry in entries)]
        if not os.path.isabs(root) or not all(map(_is_inside, places)):
            raise ManifestError(f"{shown}: the manifest names a place outside of the data set; nothing was moved")
    except (TypeError, KeyError) as error:
        raise ManifestError(f"{shown}: the manifest is damaged: {error!r}") from error
    return Manifest(os.path.abspath(path), root, made, entries)


def _is_inside(relative: str) -> bool:
    parts = relative.replace("\\", "/").split("/") if os.sep == "\\" else relative.split("/")
    return not os.path.isabs(relative) and not os.path.splitdrive(relative)[0] and not {"", ".", ".."} & set(parts)
