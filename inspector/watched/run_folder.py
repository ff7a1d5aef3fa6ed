"""The folder of a run: private, on a disk that is memory where there is room, and gone when nobody uses it any more."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from inspector import formatting as fmt
from inspector.child_process import start_detached
from inspector.errors import SourceError
from inspector.files import read_regular
from inspector.outside_json import OutsideJsonError
from inspector.watched.process import COMMAND_NAME, MOST_COMMAND_BYTES, held, parse_command
from inspector.watched.run_names import PREFIX, is_kept_run

_ENOUGH_BYTES = 256_000_000  # less is left to the training, whose batches may need it


def new_run_folder() -> Path:
    """A new folder that only this user can read."""
    return Path(tempfile.mkdtemp(prefix=PREFIX, dir=_place()))  # mode 0700


@contextmanager
def run_folder(made: Path | None = None) -> Iterator[Path]:
    """A new folder, or the one that was `made`; a janitor removes it where we are killed, or it is still in use."""
    folder = made or new_run_folder()
    janitor = None
    try:
        with suppress(OSError):  # then it stays if we are killed, and nothing else is lost
            janitor = start_detached("inspector.watched.janitor", str(folder))
        yield folder
    finally:
        in_use = janitor is not None and held(folder)  # by a window that shows what was seen: the janitor waits for it
        if not in_use:
            shutil.rmtree(folder, ignore_errors=True)
        if janitor is not None:
            assert janitor.stdin is not None
            janitor.stdin.close()
            if not in_use:
                janitor.wait()


def is_run(place: Path) -> bool:
    """Whether it is the folder of a watched run, or what was kept of one.

    Raises:
        SourceError: where it is a run's folder by its name, and another user's, a newer inspector's, or damaged.
    """
    if is_kept_run(place):
        return True
    if not place.name.startswith(PREFIX) or not os.path.lexists(place):
        return False
    shown = fmt.readable(str(place))
    if not is_private(place):
        raise SourceError(
            f"{shown}: this run's folder is not yours alone, so nothing in it is read; the user who started the run "
            "can look at it"
        )
    try:
        parse_command(read_regular(place / COMMAND_NAME, MOST_COMMAND_BYTES, own=True))
    except OutsideJsonError as error:
        raise SourceError(f"{shown}: this run cannot be shown: {COMMAND_NAME}: {error}") from error
    except OSError as error:
        raise SourceError(f"{shown}: this run cannot be shown: {COMMAND_NAME}: {error.strerror}") from error
    return True


def is_private(folder: Path) -> bool:
    """Whether it is a folder of this user's that nobody else can read or write."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    if not stat.S_ISDIR(status.st_mode):
        return False
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o077)


def places() -> list[str]:
    """Where folders of runs may be, the best first."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if not runtime and hasattr(os, "getuid"):
        runtime = f"/run/user/{os.getuid()}"  # of somebody who has logged in elsewhere
    return list(dict.fromkeys((runtime, "/dev/shm", tempfile.gettempdir())))


def _place() -> str:
    for place in (os.environ.get("XDG_RUNTIME_DIR", ""), "/dev/shm"):
        with suppress(OSError, AttributeError):  # no such folder; Windows has no statvfs
            room = os.statvfs(place) if os.path.isabs(place) and os.access(place, os.W_OK | os.X_OK) else None
            if room is not None and room.f_bavail * room.f_frsize >= _ENOUGH_BYTES:
                return place
    return tempfile.gettempdir()
