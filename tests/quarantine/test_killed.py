"""A move and a restore that are killed at every single step: no file is ever lost, and a restore puts all right."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.quarantine.mover import prepare, tree

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the process that is killed is forked"),
    pytest.mark.slow,
]


def assert_nothing_is_lost_at_any_step(act: str, data: Path, aside: Path, *options: str) -> None:
    prepare(data, aside)
    whole = tree(data)
    done = subprocess.run(
        [sys.executable, "-m", "tests.quarantine.mover", act, data, aside, *options],
        cwd=ROOT, capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(steps) >= 15
    for found in steps:
        both = {**found["data"], **found["aside"]}
        assert both == whole, found  # complete wherever it is, and at least in one place
        assert found["restored"] == whole, found
        assert found["still aside"] == {}, found
        assert not found.get("failed"), found
        assert not found.get("left"), found
        assert found["hidden"] == [], found
    moved = (steps[0], steps[-1]) if act == "move" else (steps[-1], steps[0])
    assert [bool(found["aside"]) for found in moved] == [False, True]


@pytest.mark.parametrize("act", ["move", "restore"])
def test_on_one_disk(act: str, tmp_path: Path) -> None:
    assert_nothing_is_lost_at_any_step(act, tmp_path / "data", tmp_path / "aside")


@pytest.mark.parametrize("act", ["move", "restore"])
def test_on_one_disk_that_only_knows_links(act: str, tmp_path: Path) -> None:
    assert_nothing_is_lost_at_any_step(act, tmp_path / "data", tmp_path / "aside", "without-rename")


@pytest.mark.parametrize("act", ["move", "restore"])
def test_across_disks(act: str, tmp_path: Path, other_disk: Path) -> None:
    assert_nothing_is_lost_at_any_step(act, tmp_path / "data", other_disk / "aside")
