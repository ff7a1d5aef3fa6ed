"""Folders for files that nobody else may read, write or put in our way: crash traces, a key, and a cache."""

import hmac
import os
import stat
from contextlib import suppress
from pathlib import Path

from inspector.files import read_regular
from inspector.user_folders import user_folder

_KEY_BYTES = 32


def state_folder() -> Path:
    """What outlives a run: `inspector` in XDG_STATE_HOME, on Linux by default `~/.local/state`. Made where missing.

    Raises:
        OSError: where it cannot be made, or is not this user's own.
    """
    return _own(user_folder("state") / "inspector")


def cache_folder() -> Path:
    """What can be made again: `inspector` in XDG_CACHE_HOME, on Linux by default `~/.cache`. Made where missing.

    Raises:
        OSError: where it cannot be made, or is not this user's own.
    """
    return _own(user_folder("cache") / "inspector")


def _own(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(f"{folder} is not a folder")
    if hasattr(os, "getuid"):
        if status.st_uid != os.getuid():
            raise PermissionError(f"{folder} belongs to another user")
        if status.st_mode & 0o077:
            folder.chmod(0o700)
    return folder


def signature(content: bytes) -> str:
    """Shows, to the same user on the same machine, that `content` is our own; "" where no key can be kept."""
    try:
        return hmac.digest(_key(), content, "sha256").hex()
    except OSError:
        return ""


def is_own(content: bytes, signed: str) -> bool:
    """Whether `signed` is what `signature` gave for `content`."""
    expected = signature(content)
    return bool(expected) and signed.isascii() and hmac.compare_digest(expected, signed)


def _key() -> bytes:
    file = state_folder() / "key"
    for _ in range(2):
        with suppress(FileNotFoundError):
            key = read_regular(file, _KEY_BYTES, own=True)
            if len(key) == _KEY_BYTES:
                return key
            raise OSError(f"{file} is damaged")
        part = file.with_name(f"key-{os.urandom(8).hex()}.part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(descriptor, "wb") as new:
                new.write(os.urandom(_KEY_BYTES))
            with suppress(FileExistsError):  # another process was quicker, and its key counts
                os.link(part, file)
        finally:
            part.unlink()
    raise OSError(f"{file} cannot be made")
