"""A small or full place for figures: the training runs as without us, and what fits is kept of what was seen.

Each command gets mounts of its own, in a mount namespace.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import COMMAND
from tests.hook.conftest import SCRIPTS

if sys.platform != "linux":
    pytest.skip("mount namespaces are Linux's", allow_module_level=True)


def _can_mount() -> bool:
    if shutil.which("unshare") is None or os.getuid() != 0:
        return False
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", "mount -t tmpfs -o size=1m none /mnt"], capture_output=True, timeout=60
    )
    return done.returncode == 0


pytestmark = pytest.mark.skipif(not _can_mount(), reason="needs root, and unshare -m")
TOY = ("toy.py", "--workers", "2", "--epochs", "2")


def mounted(mounts: str, python: str, *before: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the toy after these mounts, with or without us."""
    words = [*before, python, str(SCRIPTS / TOY[0]), *TOY[1:]]
    return subprocess.run(
        ["unshare", "-m", "sh", "-c", f'{mounts}; exec "$@"', "sh", *words],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=250,
    )


WATCHED = (*COMMAND, "run", "--no-window", "--")


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder with a short name: PyTorch's workers listen at sockets in it, whose paths have 107 bytes at most."""
    folder = Path(tempfile.mkdtemp(prefix="small-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("mounts", "seen"),
    [
        ("mount -t tmpfs -o size=64m none /dev/shm", True),
        ("mount -t tmpfs -o size=64m none /dev/shm; head -c 48000000 /dev/zero > /dev/shm/full", True),
        ("mount -t tmpfs -o size=64m none /dev/shm; mount -t tmpfs -o size=40k none $TMPDIR", False),
    ],
    ids=["64 MB", "nearly full", "no room anywhere"],
)
def test_the_training_is_the_same(torch_python: str, tmp_path: Path, temporary: Path, mounts: str, seen: bool) -> None:
    environment = {"TMPDIR": str(temporary), "XDG_RUNTIME_DIR": "", "XDG_STATE_HOME": str(tmp_path / "state")}
    bare = mounted(mounts, torch_python, **environment)
    watched = mounted(mounts, torch_python, *WATCHED, **environment)
    assert (watched.returncode, watched.stdout) == (bare.returncode, bare.stdout), watched.stderr
    assert ("train_loader" in watched.stderr) == seen
    if not seen:
        assert "there is no room for figures" in watched.stderr
    assert not list(temporary.glob("inspector-run-*"))


def test_a_full_state_folder_is_a_sentence_and_no_reason_to_fail(torch_python: str, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    full = "mount -t tmpfs -o size=16k none $XDG_STATE_HOME; mkdir -m 700 -p $XDG_STATE_HOME/inspector/runs; "
    full += "head -c 16000 /dev/zero > $XDG_STATE_HOME/full 2>/dev/null"
    done = mounted(full, torch_python, *WATCHED, XDG_STATE_HOME=str(state))
    assert done.returncode == 0, done.stderr
    assert "is not kept: No space left on device" in done.stderr
    assert "train_loader" in done.stderr
