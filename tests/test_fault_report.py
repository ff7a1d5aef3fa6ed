"""What is left of an error, and of a crash, for whoever reports it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inspector.fault_report import keep_report
from inspector.private_folder import state_folder
from tests.command import ROOT

CRASH = """
import ctypes
from inspector.fault_report import crashes_traced
with crashes_traced():
    ctypes.string_at(0)
"""
TELL = "from inspector.fault_report import crashes_before; print(crashes_before())"


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "XDG_STATE_HOME": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=200
    )


@pytest.mark.skipif(sys.platform == "win32", reason="a process dies otherwise there")
def test_a_crash_leaves_a_trace_that_the_next_start_tells_once(tmp_path: Path) -> None:
    assert run(CRASH, tmp_path).returncode < 0
    told = run(TELL, tmp_path).stdout
    (file,) = (tmp_path / "inspector").glob("inspector-crash-*.txt")
    assert "Segmentation fault" in told
    assert str(file) in told
    assert "string_at" in file.read_text("utf-8")
    assert run(TELL, tmp_path).stdout == "[]\n"


def test_a_run_that_ends_well_leaves_nothing_and_one_that_was_killed_is_not_mentioned(tmp_path: Path) -> None:
    assert run(CRASH.replace("ctypes.string_at(0)", "pass"), tmp_path).returncode == 0
    assert list((tmp_path / "inspector").iterdir()) == []
    run(CRASH.replace("ctypes.string_at(0)", "import os; os._exit(9)"), tmp_path)
    assert run(TELL, tmp_path).stdout == "[]\n"
    assert list((tmp_path / "inspector").iterdir()) == []


def test_a_report_tells_the_system_the_place_and_the_traceback(tmp_path: Path) -> None:
    try:
        raise ValueError("nothing \udcff is right")
    except ValueError as error:
        kept = keep_report(error, "some-thread")
    assert kept.file is not None
    text = kept.file.read_text("utf-8")
    kept.file.unlink()
    assert str(kept.file) in kept.sentence
    for part in ("inspector ", "Python ", "in: some-thread", "Traceback", "nothing \\udcff is right"):
        assert part in text


def _pipe(file: Path) -> None:
    os.mkfifo(file)


def _zeros(file: Path) -> None:
    file.symlink_to("/dev/zero")


def _huge(file: Path) -> None:
    with open(file, "wb") as new:
        new.truncate(1 << 40)


def _folder(file: Path) -> None:
    file.mkdir()


def _link(file: Path) -> None:
    file.with_name("other").write_text("somebody's own")
    file.symlink_to(file.with_name("other"))


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files there")
@pytest.mark.parametrize("make", [_pipe, _zeros, _huge, _folder, _link])
@pytest.mark.parametrize("place", ["TMPDIR", "XDG_STATE_HOME"])
def test_special_files_in_the_way_do_not_stop_a_start(tmp_path: Path, make: Callable[[Path], None], place: str) -> None:
    folder = tmp_path / "inspector" if place == "XDG_STATE_HOME" else tmp_path
    folder.mkdir(exist_ok=True)
    make(folder / "inspector-running-4194000-1.txt")
    environ = {**os.environ, place: str(tmp_path)}
    told = subprocess.run([sys.executable, "-c", TELL], cwd=ROOT, env=environ, capture_output=True, text=True)
    assert (told.stdout, told.stderr) == ("[]\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="modes mean nothing there")
def test_the_private_folder_is_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder().stat().st_mode & 0o777 == 0o700
    state_folder().chmod(0o777)
    assert state_folder().stat().st_mode & 0o777 == 0o700
    state_folder().rmdir()
    (tmp_path / "inspector").symlink_to(tmp_path)
    with pytest.raises(OSError, match="not a folder"):
        state_folder()
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert state_folder() == tmp_path / ".local/state/inspector"
