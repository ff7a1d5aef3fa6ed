"""Hundreds of clicks and keys on a real window, wherever they hit; `tests/chaos/click_storm.py` has thousands."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.screens import window_manager

pytestmark = pytest.mark.slow

EVENTS = 300


@pytest.mark.x11
def test_clicks_and_keys_wherever_they_hit(xvfb: str, photos: Path, tmp_path: Path) -> None:
    """The window takes them, says nothing on standard error, and leaves nothing (a fixture looks for that)."""
    environ = os.environ | {"DISPLAY": xvfb, "QT_QPA_PLATFORM": "xcb"}
    events = seed = 0
    with window_manager(xvfb):
        while events < EVENTS:  # a storm may hit what quits
            folder = tmp_path / str(seed) / "photos"  # its own: files may be moved aside
            shutil.copytree(photos, folder)
            (folder / "empty.jpg").touch()
            (folder / "text.png").write_text("no image")
            options = ["--events", str(EVENTS - events), "--seed", str(seed)]
            command = [sys.executable, "-m", "tests.ui.click_storm", str(folder), *options]
            storm = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
            assert (storm.returncode, storm.stderr) == (0, "")
            events += sum(json.loads(storm.stdout).values())
            seed += 1
