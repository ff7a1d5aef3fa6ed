"""`inspector attach ssh://HOST`: the trainings of another machine, listed and opened here.

`ssh` is a stand-in that runs what it is asked to on this machine, with the folders of another user.
"""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.command import run
from tests.commands.test_attach import Place, training_of
from tests.commands.test_run_window import Started
from tests.session.waiting import wait_until

pytestmark = pytest.mark.slow

if sys.platform == "win32":
    pytest.skip("a stand-in for ssh", allow_module_level=True)

Far = Callable[..., Any]
SSH = """#!/bin/sh
for last; do :; done
export XDG_STATE_HOME={state} XDG_RUNTIME_DIR={runtime} TMPDIR={short}
exec sh -c "$last"
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def started(tmp_path: Path, place: Place) -> Iterator[Started]:
    made = Started(tmp_path, "--no-window", "--name", "there", **place.environment)
    wait_until(lambda: [each["name"] for each in place.listed()] == ["there"])
    yield made
    if made.process.poll() is None:
        made.finish()
    for pipe in (made.process.stdin, made.process.stdout, made.process.stderr):
        assert pipe is not None
        pipe.close()


def write_ssh(folder: Path, text: str) -> str:
    """The PATH with it."""
    folder.mkdir(exist_ok=True)
    (folder / "ssh").write_text(text)
    (folder / "ssh").chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def far(tmp_path: Path, place: Place) -> Iterator[Far]:
    """Runs `inspector VERB ssh://there ...` here."""
    short = tempfile.mkdtemp(prefix="far-", dir="/tmp")  # a socket's path has 107 bytes at most
    path = write_ssh(tmp_path / "bin", SSH.format(state=place.state, runtime=place.runtime, short=short))
    here = tmp_path / "here"
    here.mkdir(mode=0o700)
    environment = {**place.environment, "PATH": path, "XDG_STATE_HOME": str(here), "XDG_RUNTIME_DIR": str(here)}

    def call(verb: str, *arguments: str) -> Any:
        return run(verb, f"ssh://there?python={sys.executable}", *arguments, **environment)

    yield call
    wait_until(lambda: not residents(place))  # nothing is left there
    shutil.rmtree(short)


def residents(place: Place) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if "--resident" in (process.info["cmdline"] or []):
            try:
                if process.environ().get("XDG_STATE_HOME") == str(place.state):
                    found.append(process)
            except psutil.Error:
                pass
    return found


def test_the_trainings_there_are_listed(started: Started, far: Far) -> None:
    done = far("attach", "--list")
    assert done.returncode == 0, done.stderr
    assert "there" in done.stdout
    assert "running" in done.stdout
    [listed] = [each for each in json.loads(far("attach", "--json").stdout)["runs"] if each["name"] == "there"]
    assert listed["pid"] == training_of(started).pid


def test_a_training_there_is_watched_in_the_terminal_and_is_not_touched(started: Started, far: Far) -> None:
    for arguments in (("attach", "there", "--no-window"), ("watch",), ("attach", "there", "--no-window")):
        done = far(*arguments, "--quit-after", "2")
        assert done.returncode == 0 or arguments == ("watch",), done.stderr  # other runs on this machine
    assert "inspector: 00:" in done.stderr
    assert started.finish()[0] == "ends\n"
    assert started.process.returncode == 7


def test_a_training_that_has_ended_there_is_shown(started: Started, far: Far, tmp_path: Path) -> None:
    started.finish()
    done = far("attach", "there", "--no-window")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("The training has ended with exit status 7.")
    picture = tmp_path / "window.png"
    [listed] = [each for each in json.loads(far("attach", "--json").stdout)["runs"] if each["name"] == "there"]
    done = far("attach", str(listed["number"]), "--screenshot", str(picture), "--quit-after", "1")
    assert done.returncode == 0, done.stderr
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_what_is_not_there_is_a_sentence_with_the_host(place: Place, far: Far) -> None:
    for arguments, said in (
        (("attach", "other", "--no-window"), "no run called other"),
        (("attach", "77", "--no-window"), "no run 77"),
        (("attach", "--clear"), "call it there"),
        (("attach", "a", "b"), "a second RUN"),
    ):
        done = far(*arguments)
        assert done.returncode in (1, 2)
        assert done.stderr.count("\n") == 1
        assert said in done.stderr


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'ssh: connect to host there port 22: Connection refused' >&2; exit 255", "Connection refused"),
        ("echo Hello", "no list of trainings"),
        ("exit 0", "without an answer"),
        ('echo \'[{"number": "<b>"}]\'', "no list of trainings"),
        ("head -c 9000000 /dev/zero", "no list of trainings"),
        ("printf '%0100000d' 0 | tr 0 '['", "no list of trainings"),
    ],
)
def test_a_far_side_that_answers_nonsense_is_a_sentence(tmp_path: Path, script: str, said: str) -> None:
    path = write_ssh(tmp_path / "bin", f"#!/bin/sh\n{script}\n")
    done = run("attach", "ssh://there", "--list", PATH=path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert said in done.stderr
    assert "there" in done.stderr
