"""The folder of a run: private, on a disk that is memory where there is room, and gone when nobody uses it any more."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from inspector.child_process import start_python
from inspector.watched.process import held, read_command

PREFIX = "inspector-run-"
_ENOUGH_BYTES = 256_000_000  # less is left to the training, whose batches may need it


@contextmanager
def run_folder() -> Iterator[Path]:
    """A new folder that only this user can read; a janitor removes it where we are killed, or it is still in use."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_place()))  # mode 0700
    janitor = None
    try:
        with suppress(OSError):  # then it stays if we are killed, and nothing else is lost
            janitor = start_python(
                "-m",
                "inspector.watched.janitor",
                str(folder),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/" if os.name == "posix" else None,
                start_new_session=True,
            )
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


def is_run_folder(folder: Path) -> bool:
    """Whether a watched run writes, or wrote, to this folder."""
    return folder.name.startswith(PREFIX) and read_command(folder) is not None


def _place() -> str:
    for place in (os.environ.get("XDG_RUNTIME_DIR", ""), "/dev/shm"):
        with suppress(OSError, AttributeError):  # no such folder; Windows has no statvfs
            room = os.statvfs(place) if os.path.isabs(place) and os.access(place, os.W_OK | os.X_OK) else None
            if room is not None and room.f_bavail * room.f_frsize >= _ENOUGH_BYTES:
                return place
    return tempfile.gettempdir()
