"""`inspector attach` and the runs that `inspector run` watches: listed, opened, kept, cleared, whoever was killed."""

import json
import os
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.command import run
from tests.commands.test_run_window import Started
from tests.session.waiting import wait_until
from tests.watched.written import WrittenRun

if sys.platform == "win32":
    pytest.skip("signals of POSIX", allow_module_level=True)

Start = Callable[..., Started]


class Place:
    """A user's folders, and what the command says of the runs in them."""

    def __init__(self, tmp_path: Path) -> None:
        self.state, self.runtime = tmp_path / "state", tmp_path / "runtime"
        for folder in (self.state, self.runtime):
            folder.mkdir(mode=0o700)
        self.environment = {
            "XDG_STATE_HOME": str(self.state), "XDG_RUNTIME_DIR": str(self.runtime), "QT_QPA_PLATFORM": "offscreen",
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
        }  # fmt: skip

    def attach(self, *arguments: str) -> Any:
        return run("attach", *arguments, **self.environment)

    def listed(self) -> list[dict[str, Any]]:
        """Those of this place: other runs on the machine are left out."""
        done = self.attach("--json")
        assert done.returncode == 0, done.stderr
        here = (str(self.state), str(self.runtime))
        return [each for each in json.loads(done.stdout)["runs"] if each["place"].startswith(here)]

    @property
    def kept(self) -> list[Path]:
        return list(self.state.glob("inspector/runs/*.run"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def start(tmp_path: Path, place: Place) -> Iterator[Start]:
    made: list[Started] = []

    def begin(*options: str) -> Started:
        made.append(Started(tmp_path, "--no-window", *options, **place.environment))
        return made[-1]

    yield begin
    for each in made:
        each.process.kill()
        each.process.wait(60)
        for pipe in (each.process.stdin, each.process.stdout, each.process.stderr):
            assert pipe is not None
            pipe.close()
    wait_until(lambda: not list(place.runtime.glob("inspector-run-*")))


def training_of(started: Started) -> psutil.Process:
    children = psutil.Process(started.process.pid).children()
    [training] = [each for each in children if any("training.py" in word for word in each.cmdline()[1:2])]
    return training


@pytest.mark.slow
def test_a_run_is_listed_while_it_goes_on_and_when_it_has_ended(start: Start, place: Place) -> None:
    started = start()
    wait_until(lambda: [each["state"] for each in place.listed()] == ["running"])
    [listed] = place.listed()
    number, name = str(listed["number"]), listed["name"]  # 1, and the script's, but for another run on this machine
    assert (int(number) >= 1, name[:11], listed["pid"]) == (True, "training.py", training_of(started).pid)
    assert listed["age_s"] >= 0
    started.finish()
    assert started.process.returncode == 7
    [listed] = place.listed()
    assert (listed["state"], listed["exit_status"]) == ("ended", 7)
    assert stat.S_IMODE(place.kept[0].stat().st_mode) == 0o600
    shown = place.attach("--list").stdout
    assert "training.py" in shown
    assert "failed (status 7)" in shown
    as_text = place.attach(number, "--no-window")
    assert as_text.returncode == 0
    assert as_text.stdout.startswith("The training has ended with exit status 7.")
    picture = place.state / "window.png"
    assert place.attach(name, "--screenshot", str(picture), "--quit-after", "1").returncode == 0
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_nothing_is_kept_where_the_user_said_so(start: Start, place: Place) -> None:
    started = start("--no-keep", "--name", "secret")
    wait_until(lambda: [each["name"] for each in place.listed()] == ["secret"])
    started.finish()
    assert not place.listed()
    assert not place.kept


@pytest.mark.slow
@pytest.mark.parametrize("who", ["training", "launcher", "both"])
def test_whoever_is_killed_the_run_is_kept(who: str, start: Start, place: Place) -> None:
    started = start("--name", who)
    wait_until(lambda: [each["state"] for each in place.listed()] == ["running"])
    training = training_of(started)
    if who in ("launcher", "both"):
        started.process.kill()
        started.process.wait(60)
    if who == "launcher":  # the training continues, and is seen to
        assert [each["state"] for each in place.listed()] == ["running"]
    training.kill()
    wait_until(lambda: bool(place.kept))
    [listed] = place.listed()
    assert (listed["name"], listed["state"]) == (who, "ended" if who == "training" else "killed")
    assert listed["exit_status"] == (-signal.SIGKILL if who == "training" else None)
    assert "killed" in place.attach("--list").stdout
    assert "killed" in place.attach(who, "--no-window").stdout.lower() or who == "training"


@pytest.mark.slow
def test_a_janitor_that_was_killed_too_leaves_the_rest_to_the_next_look(start: Start, place: Place) -> None:
    started = start("--name", "all")
    wait_until(lambda: [each["state"] for each in place.listed()] == ["running"])
    family = psutil.Process(started.process.pid).children(recursive=True)
    for each in (psutil.Process(started.process.pid), *family):
        each.kill()
    started.process.wait(60)
    psutil.wait_procs(family, timeout=60)
    assert [(each["name"], each["state"]) for each in place.listed()] == [("all", "killed")]
    assert not list(place.runtime.glob("inspector-run-*"))


@pytest.mark.slow
def test_ended_runs_are_cleared_one_or_all(start: Start, place: Place) -> None:
    start("--name", "first").finish()
    start("--name", "second").finish()
    running = start("--name", "third")
    wait_until(lambda: [each["name"] for each in place.listed()] == ["third", "second", "first"])
    refused = place.attach("--clear", "third")
    assert refused.returncode == 2
    assert "only ended runs are cleared" in refused.stderr
    [number] = [each["number"] for each in place.listed() if each["name"] == "first"]
    assert place.attach("--clear", str(number)).stdout == "1 ended run cleared.\n"
    assert [each["name"] for each in place.listed()] == ["third", "second"]
    assert place.attach("--clear").returncode == 0
    assert [each["name"] for each in place.listed()] == ["third"]
    running.finish()


def test_a_bad_name_and_a_run_that_is_not_there_are_one_line(place: Place) -> None:
    for arguments, said in (
        (("run", "--name", "12", "--", "true"), "--name"),
        (("attach", "no-such-run"), "no run called no-such-run"),
        (("attach", "99"), "no run 99"),
    ):
        done = run(*arguments, **place.environment)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert said in done.stderr


def test_a_damaged_kept_run_is_listed_and_can_be_cleared(place: Place) -> None:
    folder = place.state / "inspector" / "runs"
    folder.mkdir(mode=0o700, parents=True)
    (folder / "x.run").write_bytes(b"nothing of the sort")
    done = place.attach("--list")
    assert done.returncode == 0
    assert "damaged" in done.stdout
    assert run(str(folder / "x.run"), "--quit-after", "1", **place.environment).returncode == 2
    place.attach("--clear")
    assert not place.kept


def test_another_users_run_is_refused_in_a_sentence(tmp_path: Path, place: Place) -> None:
    written = WrittenRun(tmp_path)
    written.folder.chmod(0o777)
    for verb in ((), ("watch",)):
        done = run(*verb, str(written.folder), "--quit-after", "1", **place.environment)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert "not yours alone" in done.stderr


def test_no_state_folder_is_no_reason_to_end_a_training(start: Start, place: Place) -> None:
    (place.state / "inspector").write_text("a file in its place")
    started = start()
    output, errors = started.finish()
    assert (output, started.process.returncode) == ("ends\n", 7)
    assert "is not kept" in errors


@pytest.mark.slow
def test_watch_without_a_path_attaches_to_the_run(start: Start, place: Place) -> None:
    started = start("--name", "here")
    wait_until(lambda: [each["name"] for each in place.listed()] == ["here"])
    everyone = [each for each in json.loads(place.attach("--json").stdout)["runs"] if each["state"] == "running"]
    done = run("watch", "--quit-after", "2", **place.environment)
    if len(everyone) == 1:
        assert done.returncode == 0
        assert "inspector: " in done.stderr
    else:  # another run on this machine
        assert done.returncode == 2
    started.finish()


@pytest.mark.slow
def test_windows_may_be_opened_as_often_as_one_likes(start: Start, place: Place, tmp_path: Path) -> None:
    started = start("--name", "here")
    wait_until(lambda: [each["name"] for each in place.listed()] == ["here"])
    pictures = [tmp_path / f"{at}.png" for at in range(3)]
    for picture in pictures:
        done = place.attach("here", "--screenshot", str(picture), "--quit-after", "1")
        assert done.returncode == 0, done.stderr
        assert picture.read_bytes().startswith(b"\x89PNG")
    assert os.path.exists(started.folders[0])
    assert started.finish()[0] == "ends\n"
