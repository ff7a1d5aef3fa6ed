"""Trainings whose limit is known get it said, with what to do; the margins are wide enough for a busy machine."""

import os
import subprocess
from pathlib import Path

import pytest

from inspector.monitor.verdict.table import NO_ADVICE
from tests.command import ROOT
from tests.hook.conftest import SCRIPTS, Run

ANSWERS = {
    "input-bound": ("--load-ms", "160", "--step-ms", "20", "--batches", "24"),
    "step-bound": ("--load-ms", "20", "--step-ms", "200", "--batches", "16"),
    "start-up-bound": ("--load-ms", "2", "--step-ms", "2", "--batches", "10", "--epochs", "8"),
}


@pytest.mark.parametrize("cause", ANSWERS)
def test_the_limit_is_said(watched: Run, cause: str) -> None:
    seen = watched("known.py", *ANSWERS[cause]).seen
    if NO_ADVICE in seen["verdict"]["reason"]:
        assert seen["recommended"]["line"] == ""
        pytest.skip("other programs use the cores, which is said")
    assert seen["verdict"]["cause"] == cause, seen["verdict"]
    if cause == "input-bound":
        assert seen["recommended"]["num_workers"] >= 4
    if cause == "start-up-bound":
        assert seen["recommended"]["persistent_workers"] is True
        assert "persistent_workers=True" in seen["recommended"]["line"]


def test_a_slow_sample_is_named_with_its_worker(watched: Run) -> None:
    loader = watched("known.py", "--load-ms", "40", "--step-ms", "5", "--slow", "50", "--slow-factor", "60").loader()
    slowest = loader["slowest"][0]
    assert slowest["index"] == 50
    assert slowest["worker"] in (0, 1)
    assert slowest["ms"] >= 600


def test_a_sweep_recommends_enough_workers(watched: Run) -> None:
    arguments = ("--load-ms", "80", "--step-ms", "20", "--batches", "16")
    seen = watched("known.py", *arguments, options=("--sweep", "1,2,8")).seen
    assert seen["recommended"]["num_workers"] == 8


def test_waits_and_starts_add_up_to_the_trainings_own_meter(watched: Run) -> None:
    """Like the "Data" meter of the ImageNet example: from the end of a step to the next batch."""
    ran = watched("toy.py", "--context", "fork", "--step-ms", "5")
    (meter,) = (float(line.split()[1]) for line in ran.stderr.splitlines() if line.startswith("meter"))
    loader = ran.loader()
    assert loader["wait_s"] + loader["start_up_s"] <= meter
    assert loader["batches"] == 20


def test_outputs(watched: Run, tmp_path: Path) -> None:
    page, table = tmp_path / "page.html", tmp_path / "table.csv"
    ran = watched("toy.py", "--context", "fork", options=("--report", str(page), "--csv", str(table)))
    assert "train_loader" in page.read_text("utf-8")
    assert len(table.read_text("utf-8").splitlines()) == 1 + 1 + 2
    assert len([line for line in ran.stderr.splitlines() if not line.startswith("meter")]) <= 12


def test_one_line_in_the_script(torch_python: str, tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(f"import inspector; inspector.watch()\n{(SCRIPTS / 'toy.py').read_text()}")
    done = subprocess.run(
        [torch_python, script, "--context", "fork"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,  # until its keeper, too, has ended
        encoding="utf-8",
        timeout=250,
    )
    if "No module named" in done.stderr or "SyntaxError" in done.stderr:
        pytest.skip("inspector does not run in this Python")
    assert done.returncode == 0, done.stderr
    assert "train_loader" in done.stderr
