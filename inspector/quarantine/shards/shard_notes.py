"""What a folder of clean shards says about them: which are done, and of what; signed, as it allows to replace files."""

import hashlib
import json
import os
from typing import Any

import msgspec

from inspector.files import read_regular, write_atomically
from inspector.outside_json import OutsideJsonError, checked, parsed
from inspector.private_folder import is_own, signature

FILE = ".inspector-clean-shards.json"  # hidden: who loads the folder must not take it for data
_MOST_BYTES = 1 << 26
_VERSION = 1


class ShardNote(msgspec.Struct, frozen=True):
    """A shard that is done.

    Attributes:
        of: stands for its source as it was, and the samples that were kept.
        nbytes, written_ns: of the file, when it was done: its size, and when it was written to.
    """

    of: str
    nbytes: int
    written_ns: int

    def fits(self, path: str) -> bool:
        """The file there is still what was written."""
        try:
            status = os.lstat(path)
        except OSError:
            return False
        return (status.st_size, status.st_mtime_ns) == (self.nbytes, self.written_ns)


class _Notes(msgspec.Struct):
    version: int
    folder: str
    shards: dict[str, ShardNote]


def note_of(path: str, of: str) -> ShardNote:
    """A note of the file as it is."""
    status = os.lstat(path)
    return ShardNote(of, status.st_size, status.st_mtime_ns)


def digest_of(*parts: Any) -> str:
    """Another one for other parts."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def read_notes(folder: str) -> dict[str, ShardNote]:
    """What was done there, by name; none where there are no notes of this user's on this machine."""
    try:
        found = parsed(read_regular(os.path.join(folder, FILE), _MOST_BYTES, own=True))
        if not isinstance(found, dict) or not is_own(_signed(found.get("notes")), str(found.get("signature"))):
            return {}
        notes = checked(found["notes"], _Notes)
    except (OSError, OutsideJsonError):
        return {}
    return notes.shards if (notes.version, notes.folder) == (_VERSION, os.path.realpath(folder)) else {}


def write_notes(folder: str, shards: dict[str, ShardNote]) -> None:
    """
    Raises:
        OSError: where they cannot be written.
    """
    notes = msgspec.to_builtins(_Notes(_VERSION, os.path.realpath(folder), shards))
    content = {"notes": notes, "signature": signature(_signed(notes))}
    write_atomically(os.path.join(folder, FILE), json.dumps(content))


def _signed(notes: Any) -> bytes:
    return json.dumps(notes, sort_keys=True).encode()
