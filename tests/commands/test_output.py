"""What any verb prints: no control character of a name, and one sentence where it cannot be printed."""

import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from tests.command import COMMAND, ROOT, run

EVIL = "evil\033]0;TITLE\007\033[31m\r\x9b"
SIZE = ("--image-size", "32x32")
VERBS = {
    "scan": ("scan", "PATH"),
    "bench": ("bench", "PATH", "--workers", "1", "--seconds", "0.5", *SIZE),
    "watch": ("watch", "PATH", "--workers", "1", "--epochs", "1", *SIZE),
    "tune": ("tune", "PATH", "--budget-seconds", "1", "--most-workers", "1", *SIZE),
    "restore": ("restore", "PATH"),
    "window": ("PATH", "--screenshot", "PATH/none/x.png"),
    "doctor": ("doctor",),
    "help": ("scan", "--help"),
    "version": ("--version",),
}


@pytest.fixture
def evil(tmp_path: Path, sample: Path) -> Path:
    """Photographs in a folder whose name holds what a terminal obeys."""
    folder = tmp_path / EVIL
    folder.mkdir()
    photo = next(iter(sorted(sample.rglob("*.jpg")))).read_bytes()
    for number in range(4):
        (folder / f"{number}{EVIL}.jpg").write_bytes(photo)
    (folder / f"bad{EVIL}.jpg").write_bytes(b"bad")
    return folder


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("there", ["there", "empty", "gone"])
def test_no_control_character_of_a_name_is_printed(verb: str, there: str, evil: Path, tmp_path: Path) -> None:
    if (verb, there) == ("tune", "there"):
        pytest.skip("it takes long")
    path = {"there": evil, "empty": tmp_path / "empty" / EVIL, "gone": tmp_path / "gone" / EVIL}[there]
    if there == "empty":
        path.mkdir(parents=True)
    done = run(*(argument.replace("PATH", str(path)) for argument in VERBS[verb]))
    printed = {char for char in done.stdout + done.stderr if unicodedata.category(char) == "Cc"}
    assert printed <= {"\n"}, (done.stdout, done.stderr)
    assert "unexpected" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="needs a device that is always full")
@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in ("window", "tune")])  # which takes long
def test_output_that_cannot_be_written_is_one_sentence(verb: str, tmp_path: Path, sample: Path) -> None:
    for number, file in enumerate(sorted(sample.rglob("*.jpg"))[:6]):
        (tmp_path / f"{number}.jpg").write_bytes(file.read_bytes())
    command = [*COMMAND, *(argument.replace("PATH", str(tmp_path)) for argument in VERBS[verb])]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, text=True, timeout=200
        )
    assert "unexpected" not in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    if verb != "restore":  # which prints nothing before it refuses
        assert "the output cannot be written: No space left on device" in done.stderr
        assert done.returncode == 1


def test_both_streams_closed_is_no_traceback() -> None:
    command = f"exec {sys.executable} -m inspector --version >&- 2>&-"
    assert subprocess.run(["sh", "-c", command], cwd=ROOT, timeout=200).returncode in (0, 1)


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="needs a device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("verb", ["help", "version"])
def test_buffered_or_not(verb: str, unbuffered: str) -> None:
    environ = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with open("/dev/full", "w") as full:
        done = subprocess.run([*COMMAND, *VERBS[verb]], cwd=ROOT, env=environ, stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, b"No space left" in done.stderr, done.stderr.count(b"\n")) == (1, True, 1)
