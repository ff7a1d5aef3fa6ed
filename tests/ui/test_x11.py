"""The app on a real X server, used by clicks and keys from within; from outside: how it ends and what it leaves."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from tests.conftest import ROOT

pytestmark = [pytest.mark.x11, pytest.mark.slow]


def start(display: str, scenario: str, path: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.ui.x11_driver", scenario, str(path), *more]
    environ = os.environ | {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    return subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def assert_it_ends_well(apps: Sequence[subprocess.Popen[str]]) -> None:
    """Status 0, not a word, and no process left at that moment (the fixture for all tests looks for the rest)."""
    descendants: set[psutil.Process] = set()
    try:
        for app in apps:
            while True:
                try:
                    output, complaints = app.communicate(timeout=0.1)
                    break
                except subprocess.TimeoutExpired:
                    descendants.update(psutil.Process(app.pid).children(recursive=True))
            assert complaints == ""
            assert (app.returncode, output) == (0, "")
    finally:
        for app in apps:
            app.kill()
    assert descendants
    assert not any(process.is_running() for process in descendants)


def test_settings_change_a_worker_dies_and_batches_are_stepped_through(xvfb: str, photos: Path) -> None:
    assert_it_ends_well([start(xvfb, "live_changes", photos)])


def test_folders_with_nothing_to_show(xvfb: str, photos: Path, tmp_path: Path) -> None:
    for name in ("empty", "bad", "few"):
        (tmp_path / name).mkdir()
    (tmp_path / "bad" / "empty.jpg").touch()
    (tmp_path / "bad" / "text.png").write_text("no image")
    for photo in sorted(photos.iterdir())[:2]:
        shutil.copy(photo, tmp_path / "few")
    shutil.copytree(photos, tmp_path / "photos")
    assert_it_ends_well([start(xvfb, "poor_folders", tmp_path / "photos")])


def test_indexing_is_cancelled(xvfb: str, photos: Path, tmp_path: Path) -> None:
    files = tmp_path / "files.txt"
    files.write_text("1.jpg\n" * 12_000_000)  # takes many seconds to go through
    (tmp_path / "photos").symlink_to(photos)
    assert_it_ends_well([start(xvfb, "cancelled_indexing", files)])


def test_every_setting_is_changed_as_fast_as_possible(xvfb: str, photos: Path) -> None:
    assert_it_ends_well([start(xvfb, "storm", photos)])


def test_pure_colours_on_the_screen(xvfb: str, sample: Path, tmp_path: Path) -> None:
    for name in ("red.png", "green.png", "blue.png"):
        shutil.copy(sample / "chart" / name, tmp_path)
    assert_it_ends_well([start(xvfb, "colours", tmp_path)])


def test_everything_is_reached_by_keys(xvfb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))  # a new user's
    assert_it_ends_well([start(xvfb, "keyboard_only", tmp_path)])


def test_the_window_is_closed_at_any_moment(xvfb: str, photos: Path) -> None:
    moments_ms = ("0", "60", "250", "900")
    assert_it_ends_well([start(xvfb, "closed_at", photos, moment) for moment in moments_ms])
