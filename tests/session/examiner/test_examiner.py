"""Bad files examined in another process, also those that end it; and nothing is left of it."""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import psutil
import pytest

from inspector.session.examiner.examiner import Examiner
from inspector.session.examiner.records import FileExamination, SecondDecoding
from tests.conftest import ROOT

SOON_S = 60  # on a busy machine


@pytest.fixture
def examiner() -> Iterator[Examiner]:
    made = Examiner(time_out_s=SOON_S)
    yield made
    made.close()


def examined(examiner: Examiner, *paths: str) -> dict[str, FileExamination]:
    futures = {path: examiner.examine(path) for path in paths}
    return {path: future.result(SOON_S) for path, future in futures.items()}


def children() -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):  # a zombie, too
            if "inspector.session.examiner" in child.cmdline():
                found.append(child)
    return found


def wait_until_asked(child: psutil.Process) -> None:
    """Until a request is in the standard input of a child that does not read it."""
    unread = bytearray(4)
    with open(f"/proc/{child.pid}/fd/0", "rb") as pipe:
        while not any(unread):
            fcntl.ioctl(pipe, termios.FIONREAD, unread)
            time.sleep(0.01)


def only_child() -> psutil.Process:
    (child,) = children()
    return child


def stop(child: psutil.Process) -> None:
    """Stop it, and wait until it is: before, it may still read a request."""
    child.suspend()
    while child.status() != psutil.STATUS_STOPPED:
        time.sleep(0.01)


def test_each_bad_file_of_the_sample_gets_its_kind(examiner: Examiner, sample: Path) -> None:
    paths = sorted(map(str, sample.rglob("bad-*")))
    found = {os.path.basename(path): answer for path, answer in examined(examiner, *paths).items()}
    assert {name: answer.kind for name, answer in found.items()} == {
        "bad-damaged-metadata.png": "DAMAGED",
        "bad-float.tif": "UNSUPPORTED",
        "bad-too-large-20000x20000.png": "TOO_LARGE",
        "bad-truncated.gif": "TRUNCATED",
        "bad-undecodable.png": "UNDECODABLE",
        "bad-damaged-flipped-bytes.jpg": "DAMAGED",
        "bad-empty.jpg": "EMPTY",
        "bad-heic-named.jpg": "UNSUPPORTED",
        "bad-html-error-page.png": "NOT_IMAGE",
        "bad-no-end-marker.jpg": "TRUNCATED",
        "bad-text-named.jpg": "NOT_IMAGE",
        "bad-truncated-half.jpg": "TRUNCATED",
        "bad-truncated-progressive.jpg": "TRUNCATED",
        "bad-truncated.png": "TRUNCATED",
    }
    half = found["bad-truncated-half.jpg"]
    assert half.lenient is not None
    assert (half.lenient.original_width, half.lenient.original_height) == (640, 427)
    assert half.lenient.rgb.shape == (342, 512, 3)
    assert half.second is not None
    assert "premature end" in half.second_report
    assert half.head[:3] == b"\xff\xd8\xff"
    assert [mark.right for mark in half.markers] == [True, False]
    assert found["bad-text-named.jpg"].lenient is None
    assert found["bad-too-large-20000x20000.png"].lenient is None
    assert found["bad-too-large-20000x20000.png"].second_report.startswith("not asked")


def test_a_good_file_and_one_that_is_gone(examiner: Examiner, sample: Path, tmp_path: Path) -> None:
    strange = tmp_path / os.fsdecode(b"caf\xe9\n.jpg")
    shutil.copy(sample / "photo/rocket.jpg", strange)
    found = examined(examiner, str(strange), str(tmp_path / "gone.jpg"))
    good = found[str(strange)]
    assert (good.kind, good.reason) == ("", "")
    assert good.lenient is not None
    assert good.second is not None
    assert good.lenient.rgb.shape == good.second.rgb.shape
    assert found[str(tmp_path / "gone.jpg")].kind == "VANISHED"
    without = examiner.examine(str(strange), pictures=False).result(SOON_S)
    assert (without.kind, without.pictures, without.lenient, without.second) == ("", False, None, None)


def test_the_end_of_the_process_is_an_answer_and_the_next_file_has_another(examiner: Examiner, sample: Path) -> None:
    good = str(sample / "photo/rocket.jpg")
    examined(examiner, good)
    child = only_child()
    stop(child)  # so that the file is being examined when the process ends
    crashes, after = examiner.examine("crashes.jpg"), examiner.examine(good)
    wait_until_asked(child)
    child.kill()
    assert crashes.result(SOON_S).kind == "CRASHED"
    assert "signal 9" in crashes.result().reason
    assert "the window is not affected" in crashes.result().reason
    assert after.result(SOON_S).kind == ""


def test_a_child_that_was_killed_between_two_files_is_replaced(examiner: Examiner, sample: Path) -> None:
    good = str(sample / "photo/rocket.jpg")
    examined(examiner, good)
    child = only_child()
    child.kill()
    psutil.wait_procs([child], SOON_S)
    assert examined(examiner, good)[good].kind == ""


def test_a_file_that_takes_too_long_is_given_up(examiner: Examiner, sample: Path) -> None:
    good = str(sample / "photo/rocket.jpg")
    examined(examiner, good)
    stop(only_child())
    examiner.time_out_s = 0.1
    assert examiner.examine("endless.jpg").result(SOON_S).kind == "TIMED_OUT"
    examiner.time_out_s = SOON_S
    assert examined(examiner, good)[good].kind == ""


def test_the_colours_of_a_file_that_ends_the_process_are_unknown(examiner: Examiner, sample: Path) -> None:
    examined(examiner, str(sample / "photo/rocket.jpg"))
    child = only_child()
    stop(child)

    def keep(decoding: SecondDecoding) -> SecondDecoding:
        return decoding

    future = examiner.decode_again("crashes.jpg", keep, wanted=True)
    child.kill()
    assert (future.result(SOON_S).rgb, future.result().badge) == (None, "crashed")


def test_what_was_cancelled_is_not_examined(examiner: Examiner, sample: Path) -> None:
    paths = sorted(map(str, sample.glob("photo/*.jpg")))
    futures = [examiner.examine(path) for path in paths]
    cancelled = [future.cancel() for future in futures[1:-1]]
    assert futures[0].result(SOON_S).format
    assert futures[-1].result(SOON_S).format
    assert all(cancelled)


def test_closing_does_not_wait_for_a_file_and_leaves_nothing(sample: Path) -> None:
    before = psutil.Process().num_fds(), threading.active_count()
    examiner = Examiner(time_out_s=SOON_S)
    examined(examiner, str(sample / "photo/rocket.jpg"))
    child = only_child()
    stop(child)
    running, waiting = examiner.examine("endless.jpg"), examiner.examine("another.jpg")
    examiner.close()
    for future in (running, waiting, examiner.examine("too-late.jpg")):
        with pytest.raises(CancelledError):
            future.result(0)
    assert not child.is_running()
    assert (psutil.Process().num_fds(), threading.active_count()) == before


def test_an_unused_child_ends(sample: Path) -> None:
    examiner = Examiner(time_out_s=SOON_S, idle_s=0.0)
    try:
        future = examiner.examine(str(sample / "photo/rocket.jpg"))
        assert future.result(SOON_S).kind == ""
        until_s = time.monotonic() + SOON_S
        while children() and time.monotonic() < until_s:
            time.sleep(0.01)
        assert children() == []
    finally:
        examiner.close()


def test_the_child_takes_no_module_from_the_current_folder(
    examiner: Examiner, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "numpy.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", ".", os.environ.get("PYTHONPATH", "")]))
    good = str((sample / "photo/rocket.jpg").resolve())
    assert examined(examiner, good)[good].kind == ""


@pytest.mark.slow
def test_the_child_ends_with_a_program_that_was_killed(sample: Path) -> None:
    script = """
import psutil, sys
from inspector.session.examiner.examiner import Examiner
examiner = Examiner()
examiner.examine(sys.argv[1]).result(60)
print(*[child.pid for child in psutil.Process().children()], flush=True)
sys.stdin.read()
"""
    command = [sys.executable, "-c", script, str(sample / "photo/rocket.jpg")]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        child = psutil.Process(int(program.stdout.readline()))
        program.kill()
    assert psutil.wait_procs([child], SOON_S)[1] == []
