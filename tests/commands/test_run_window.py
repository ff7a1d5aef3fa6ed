"""`inspector run` with its window: what becomes of the training when something beside it dies, and of the rest."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.command import COMMAND, ROOT, run
from tests.session.waiting import wait_until
from tests.watched.written import WrittenRun

TRAINING = """
import sys, time
print("begins", flush=True)
while not sys.stdin.readline():
    time.sleep(0.01)
print("ends", flush=True)
sys.exit(7)
"""


class Started:
    """`inspector run` of a script that ends with status 7 when a line is written to it."""

    def __init__(self, tmp_path: Path, *options: str, **environment: str) -> None:
        script = tmp_path / "training.py"
        script.write_text(TRAINING)
        self.temporary = tmp_path / "runtime"
        self.temporary.mkdir(mode=0o700, exist_ok=True)
        self.process = subprocess.Popen(
            [*COMMAND, "run", *options, "--", sys.executable, script],
            cwd=ROOT,
            env={
                **os.environ,
                "QT_QPA_PLATFORM": "offscreen",
                "XDG_RUNTIME_DIR": str(self.temporary),
                "XDG_CONFIG_HOME": str(tmp_path / "config"),
                **environment,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "begins\n"

    @property
    def folders(self) -> list[Path]:
        return list(self.temporary.glob("inspector-run-*"))

    def view(self) -> psutil.Process | None:
        """The process of the window or of the terminal view."""
        folder = str(self.folders[0]) if self.folders else ""
        for each in psutil.process_iter(["cmdline"]):
            words = each.info["cmdline"] or []
            if folder and folder in words and "inspector.commands.watched_view" in words:
                return each
        return None

    def finish(self) -> tuple[str, str]:
        """Let the training end: (what it printed, standard error)."""
        return self.process.communicate("\n", timeout=200)


Start = Callable[..., Started]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    made: list[Started] = []

    def begin(*options: str, **environment: str) -> Started:
        made.append(Started(tmp_path, *options, **environment))
        return made[-1]

    yield begin
    for each in made:
        if (view := each.view()) is not None:
            view.kill()
        each.process.kill()
        each.process.wait(60)
        for pipe in (each.process.stdin, each.process.stdout, each.process.stderr):
            assert pipe is not None
            pipe.close()
        wait_until(lambda each=each: not each.folders)  # type: ignore[misc]  # nothing is left behind


def with_window(started: Started) -> psutil.Process:
    wait_until(lambda: started.view() is not None)
    view = started.view()
    assert view is not None
    return view


def test_the_window_stays_when_the_training_has_ended_and_the_folder_with_it(start: Start) -> None:
    started = start()
    window = with_window(started)
    assert started.finish()[0] == "ends\n"
    assert started.process.returncode == 7
    assert window.is_running()
    assert started.folders
    window.terminate()
    wait_until(lambda: not started.folders)


def test_the_window_may_be_killed(start: Start) -> None:
    started = start()
    with_window(started).kill()
    assert started.finish()[0] == "ends\n"
    assert started.process.returncode == 7
    wait_until(lambda: not started.folders)  # what the window has started ends at once, too, but not before


def test_it_is_said_that_the_window_has_gone(start: Start) -> None:
    started = start()
    with_window(started).kill()
    assert started.process.stderr is not None
    line = started.process.stderr.readline()
    assert re.match(r"inspector: the window has ended \(signal 9\); the training continues", line)
    assert started.finish()[0] == "ends\n"


def test_the_window_may_be_stopped(start: Start) -> None:
    started = start()
    window = with_window(started)
    window.send_signal(signal.SIGSTOP)
    assert started.finish()[0] == "ends\n"
    assert started.process.returncode == 7
    window.send_signal(signal.SIGCONT)
    assert window.is_running()


@pytest.mark.slow
def test_the_launcher_may_be_killed(start: Start) -> None:
    started = start()
    window = with_window(started)
    children = psutil.Process(started.process.pid).children()
    [training] = [each for each in children if any("training.py" in word for word in each.cmdline()[1:2])]
    started.process.kill()
    started.process.wait(60)
    assert training.is_running()
    assert started.process.stdin is not None
    started.process.stdin.write("\n")
    started.process.stdin.close()
    psutil.wait_procs([training], timeout=60)
    assert not training.is_running()
    assert window.is_running()
    assert started.folders


def test_ctrl_c_is_for_the_training_alone(start: Start) -> None:
    started = start()
    window = with_window(started)
    assert os.getpgid(window.pid) != os.getpgid(started.process.pid)
    assert os.getsid(window.pid) != os.getsid(started.process.pid)
    started.finish()


def test_a_training_that_ends_at_once_leaves_its_window_something_to_show(start: Start) -> None:
    started = start()
    started.finish()
    window = with_window(started)
    assert started.folders
    window.terminate()
    wait_until(lambda: not started.folders)


def test_without_a_display_the_training_runs_all_the_same(start: Start) -> None:
    started = start(QT_QPA_PLATFORM="", DISPLAY="", WAYLAND_DISPLAY="")
    output, errors = started.finish()
    assert (output, started.process.returncode) == ("ends\n", 7)
    assert "the training runs without a window (--watch shows it in the terminal)" in errors
    assert not started.folders


@pytest.mark.slow
def test_the_terminal_view_writes_to_standard_error_and_ends_with_the_training(start: Start) -> None:
    started = start("--watch")
    with_window(started)
    assert started.process.stderr is not None
    assert re.match(r"inspector: \d\d:\d\d  ", started.process.stderr.readline())
    output, errors = started.finish()
    assert (output, started.process.returncode) == ("ends\n", 7)
    assert "inspector:" in errors
    assert not started.folders


@pytest.mark.slow
def test_a_stopped_terminal_view_does_not_hold_the_end_up_for_good(start: Start) -> None:
    started = start("--watch")
    with_window(started).send_signal(signal.SIGSTOP)
    output, _ = started.finish()
    assert (output, started.process.returncode) == ("ends\n", 7)


def test_the_report_is_written_and_a_place_for_it_is_checked_first(start: Start, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    started = start("--no-window", "--report", str(page))
    started.finish()
    assert "exit status 7" in page.read_text("utf-8")
    refused = run("run", "--no-window", "--report", "/nowhere/a.html", "true")
    assert refused.returncode == 2
    assert "/nowhere/a.html" in refused.stderr


@pytest.mark.slow
def test_a_runs_folder_can_be_opened_for_a_picture(tmp_path: Path) -> None:
    folder, picture = WrittenRun(tmp_path).folder, tmp_path / "window.png"
    environment = {"QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(tmp_path / "config")}
    done = run(str(folder), "--screenshot", str(picture), "--quit-after", "1", **environment)
    assert done.returncode == 0, done.stderr
    assert picture.read_bytes().startswith(b"\x89PNG")
    refused = run(str(folder), "--screenshot", str(tmp_path / "none" / "window.png"), **environment)
    assert refused.returncode == 2
    assert "its folder does not exist" in refused.stderr
