"""The folder of a run: private, on a disk that is memory where there is room, and gone when nobody uses it any more."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from inspector.child_process import start_python

PREFIX = "inspector-run-"
_ENOUGH_BYTES = 256_000_000  # less is left to the training, whose batches may need it


@contextmanager
def run_folder() -> Iterator[Path]:
    """A new folder that only this user can read; a janitor removes it where we are killed."""
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
        shutil.rmtree(folder, ignore_errors=True)
        if janitor is not None:
            assert janitor.stdin is not None
            janitor.stdin.close()
            janitor.wait()


def _place() -> str:
    for place in (os.environ.get("XDG_RUNTIME_DIR", ""), "/dev/shm"):
        with suppress(OSError, AttributeError):  # no such folder; Windows has no statvfs
            room = os.statvfs(place) if os.path.isabs(place) and os.access(place, os.W_OK | os.X_OK) else None
            if room is not None and room.f_bavail * room.f_frsize >= _ENOUGH_BYTES:
                return place
    return tempfile.gettempdir()
