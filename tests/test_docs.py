"""The pages in assets/docs: their links lead somewhere, their commands exist, their programs run."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from inspector.commands.loading import settings_of
from inspector.commands.registry import parse
from inspector.commands.source import SourceCommand
from tests.conftest import ROOT

PAGES = sorted((ROOT / "assets" / "docs").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    assert links
    for link in links:
        assert (page.parent / link).is_file(), link


@pytest.mark.parametrize("page", [page for page in PAGES if page.stem != "reference"], ids=lambda page: page.stem)
def test_commands_are_understood(page: Path) -> None:
    commands = re.findall(r"^    inspector (.+)$|`inspector (.*?)`", page.read_text("utf-8"), re.MULTILINE)
    for block, inline in commands:
        command, options = parse(shlex.split((block or inline).replace(" ...", "")))  # ends the test where it is not
        if isinstance(command, SourceCommand):
            settings_of(options)


PROGRAMS = re.findall(
    r"^```python\n(.*?)^```", (ROOT / "assets" / "docs" / "training.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
)


@pytest.mark.parametrize("program", PROGRAMS, ids=["loop", "resume", "ranks", "sampler", "fields"])
def test_programs_run(program: str, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").symlink_to(photos, target_is_directory=True)
    script = tmp_path / "train.py"
    script.write_text(program)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200)
    assert (done.returncode, done.stderr) == (0, "")
