"""What is left of an error, and of a crash, for whoever reports it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from inspector.fault_report import keep_report
from tests.command import ROOT

CRASH = """
import ctypes
from inspector.fault_report import crashes_traced
with crashes_traced():
    ctypes.string_at(0)
"""
TELL = "from inspector.fault_report import crashes_before; print(crashes_before())"


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "TMPDIR": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=200
    )


@pytest.mark.skipif(sys.platform == "win32", reason="a process dies otherwise there")
def test_a_crash_leaves_a_trace_that_the_next_start_tells_once(tmp_path: Path) -> None:
    assert run(CRASH, tmp_path).returncode < 0
    told = run(TELL, tmp_path).stdout
    (file,) = tmp_path.glob("inspector-crash-*.txt")
    assert "Segmentation fault" in told
    assert str(file) in told
    assert "string_at" in file.read_text("utf-8")
    assert run(TELL, tmp_path).stdout == "[]\n"


def test_a_run_that_ends_well_leaves_nothing_and_one_that_was_killed_is_not_mentioned(tmp_path: Path) -> None:
    assert run(CRASH.replace("ctypes.string_at(0)", "pass"), tmp_path).returncode == 0
    assert list(tmp_path.iterdir()) == []
    run(CRASH.replace("ctypes.string_at(0)", "import os; os._exit(9)"), tmp_path)
    assert run(TELL, tmp_path).stdout == "[]\n"
    assert list(tmp_path.iterdir()) == []


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
