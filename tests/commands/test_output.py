"""What any verb prints: no control character of a name, and one sentence where it cannot be printed."""

import os
import subprocess
import unicodedata
from pathlib import Path

import pytest

from tests.command import COMMAND, ROOT, run

pytestmark = pytest.mark.slow

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


@pytest.mark.parametrize(
    ("verb", "there"),
    [
        (verb, there)
        for verb, arguments in VERBS.items()
        for there in ("there", "empty", "gone")
        if there == "there" or any("PATH" in argument for argument in arguments)
    ],
)
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


NO_OUTPUT = ("restore", "window")  # they print nothing where all is well, or before they refuse


@pytest.fixture
def few(tmp_path: Path, sample: Path) -> Path:
    """A folder with six photographs."""
    good = [file for file in sorted(sample.rglob("*.jpg")) if not file.name.startswith("bad")]
    for number, file in enumerate(good[:6]):
        (tmp_path / f"{number}.jpg").write_bytes(file.read_bytes())
    return tmp_path


def redirected(verb: str, redirection: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a verb as a shell does with `redirection`; what of its standard error is left."""
    words = {**VERBS, "window": ("PATH", "--quit-after", "1"), "install-desktop": ("install-desktop",)}[verb]
    command = [*COMMAND, *(word.replace("PATH", str(folder)) for word in words)]
    own = {"XDG_DATA_HOME": str(folder / "data"), "XDG_STATE_HOME": str(folder / "state"), "HOME": str(folder)}
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", *command],
        cwd=ROOT,
        env={**os.environ, **own},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
    )


def is_calm(done: subprocess.CompletedProcess[str]) -> bool:
    return not any(word in done.stderr for word in ("unexpected", "Traceback", "Exception ignored", "AttributeError"))


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="needs a device that is always full")
@pytest.mark.parametrize("verb", [*VERBS, "install-desktop"])
def test_output_that_cannot_be_written_is_one_sentence(verb: str, few: Path) -> None:
    done = redirected(verb, "> /dev/full", few)
    assert is_calm(done), done.stderr
    if verb not in NO_OUTPUT:
        assert "the output cannot be written: No space left on device" in done.stderr
        assert done.returncode == 1


@pytest.mark.parametrize("verb", [*VERBS, "install-desktop"])
def test_streams_that_are_closed_are_nobodys_fault(verb: str, few: Path) -> None:
    plain = redirected(verb, "", few).returncode if verb == "doctor" else {"restore": 2}.get(verb, 0)
    assert redirected(verb, "2>&- >&- <&-", few).returncode == plain
    done = redirected(verb, ">&-", few)
    assert is_calm(done), done.stderr
    assert done.returncode == plain


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="needs a device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("verb", ["help", "version"])
def test_buffered_or_not(verb: str, unbuffered: str) -> None:
    environ = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with open("/dev/full", "w") as full:
        done = subprocess.run([*COMMAND, *VERBS[verb]], cwd=ROOT, env=environ, stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, b"No space left" in done.stderr, done.stderr.count(b"\n")) == (1, True, 1)
