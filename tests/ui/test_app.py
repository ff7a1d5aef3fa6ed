"""The whole app as a user starts it, on a real X server."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from PySide6.QtGui import QImage

from inspector.colours import DARK
from inspector.settings import SessionConfig, plain_values
from inspector.ui.shell.preferences import Preferences

pytestmark = [pytest.mark.x11, pytest.mark.slow]


def start(display: str, *arguments: str | Path) -> subprocess.Popen[str]:
    environ = {name: value for name, value in os.environ.items() if name != "QT_QPA_PLATFORM"} | {"DISPLAY": display}
    command = [sys.executable, "-m", "inspector", *map(str, arguments)]
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_children(app: subprocess.Popen[str], count: int) -> list[psutil.Process]:
    """The processes that the app has started, once they are so many: the one that starts workers, and workers."""
    deadline = time.monotonic() + 100
    while time.monotonic() < deadline and app.poll() is None:
        children = psutil.Process(app.pid).children(recursive=True)
        if len(children) >= count:
            return children
        time.sleep(0.05)
    raise AssertionError(f"there are no {count} child processes; exit status {app.poll()}")


def picture_of_photographs(display: str, picture: Path, *arguments: str | Path) -> QImage:
    """The picture that the app leaves after a while, with photographs and not of an empty window."""
    for seconds in ("2", "60"):  # the first batch comes late where other programs take the cores
        app = start(display, *arguments, "--quit-after", seconds, "--screenshot", picture)
        _, complaints = app.communicate(timeout=200)
        assert (app.returncode, complaints) == (0, "")
        image = QImage(str(picture))
        colours = {image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
        if len(colours) > 1000:
            return image
    raise AssertionError(f"there are only {len(colours)} colours")


def test_it_runs_for_a_while_and_leaves_a_picture(xvfb: str, photos: Path, tmp_path: Path) -> None:
    image = picture_of_photographs(xvfb, tmp_path / "window.png", photos, "--workers", "2", "--theme", "dark")
    assert image.width() >= 760
    assert image.pixelColor(2, image.height() - 2) == DARK.window


def test_without_a_path_it_goes_on_where_it_was_closed(
    xvfb: str, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = str(tmp_path / "inspector" / "window.json")
    before = Preferences(file)
    before.last = str(photos)
    before.remember_settings(plain_values(SessionConfig(batch_size=9, num_workers=3, step_ms=7.0)))
    picture_of_photographs(xvfb, tmp_path / "window.png", "--workers", "1")  # and not of the welcome page
    after = Preferences(file)
    config = after.resume(SessionConfig(), ())
    assert (config.batch_size, config.num_workers, config.step_ms) == (9, 1, 7.0)


def test_a_picture_that_cannot_be_written_is_told_before_anything_starts(
    xvfb: str, photos: Path, tmp_path: Path
) -> None:
    (tmp_path / "folder.png").mkdir()
    app = start(xvfb, photos, "--screenshot", tmp_path / "folder.png")
    _, complaints = app.communicate(timeout=200)
    assert app.returncode == 2
    assert "folder.png" in complaints
    assert complaints.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("workers", [1, 3], ids=["while Qt loads", "when all workers are there"])
def test_a_signal_ends_it_cleanly(xvfb: str, photos: Path, number: signal.Signals, workers: int) -> None:
    app = start(xvfb, photos, "--workers", "2")
    children = wait_for_children(app, workers)
    app.send_signal(number)
    try:
        _, complaints = app.communicate(timeout=200)
    finally:
        app.kill()
    assert (app.returncode, complaints) == (128 + number, "")
    assert not any(child.is_running() for child in children)
