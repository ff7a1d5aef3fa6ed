"""`inspector tune`, run as a user runs it."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.command import COMMAND, ROOT, run

QUICK = ("--budget-seconds", "4", "--image-size", "32x32", "--batch-size", "8", "--most-workers", "2")


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INSPECTOR_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.mark.slow
def test_json(photos: Path, tmp_path: Path, own_data: Path) -> None:
    table = tmp_path / "trials.csv"
    found: dict[str, Any] = {}
    for seconds in ("4", "60"):  # a busy machine has not the time for all in 4 s
        options = ("--budget-seconds", seconds, "--json", "--engines", "processes,threads", "--csv", table)
        done = run("tune", photos, *QUICK, *options)
        assert (done.returncode, done.stderr) == (0, "")
        found = json.loads(done.stdout)
        if len(found["trials"]) == 5:
            break
    assert set(found["recommended"]) == {"num_workers", "engine", "batch_size", "prefetch_batches", "decode"}
    assert found["recommended"]["num_workers"] in (1, 2)
    assert found["reason"]
    assert {(each["engine"], each["num_workers"]) for each in found["trials"]} == {
        ("serial", 0),
        ("processes", 1),
        ("processes", 2),
        ("threads", 1),
        ("threads", 2),
    }
    for trial in found["trials"]:
        assert 0 < trial["low"] < trial["images_per_s"] < trial["high"]
        assert trial["cpu_percent"] is None or trial["cpu_percent"] > 0
    assert found["complete"] is True
    assert len(table.read_text().splitlines()) == 6
    assert len(list((own_data / "sweeps").iterdir())) == (1 if seconds == "4" else 2)


@pytest.mark.slow
def test_the_report_for_people_and_the_run_before(sample: Path) -> None:
    first = run("tune", sample, *QUICK, "--step-ms", "40", "--torch")
    assert (first.returncode, first.stderr) == (0, "")
    assert "▶" in first.stdout
    assert "images/s" in first.stdout
    assert "Loader(" in first.stdout
    assert "DataLoader(" in first.stdout
    assert "Training waits" in first.stdout
    assert "Earlier" not in first.stdout
    second = run("tune", sample, *QUICK, "--budget-seconds", "1")
    assert "Earlier, on " in second.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl+C is another signal there")
def test_ctrl_c_gives_what_is_known(photos: Path) -> None:
    command = [*COMMAND, "tune", str(photos), "--budget-seconds", "100", "--image-size", "32x32", "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_for_workers(process.pid)
        process.send_signal(signal.SIGINT)
        told, complaints = process.communicate(timeout=200)
    assert (process.returncode, complaints) == (130, "")
    assert json.loads(told)["complete"] is False


def wait_for_workers(pid: int) -> None:
    """Until the sweep has begun."""
    import time

    import psutil

    end = time.monotonic() + 100
    while len(psutil.Process(pid).children(recursive=True)) < 2 and time.monotonic() < end:
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["--engines", "fibres"], 2, "processes, threads or both"),
        (["--batch-sizes", "8,many"], 2, "whole number of 1 or more"),
        (["--budget-seconds", "0"], 2, "more than 0"),
        (["--scaled"], 2, "--scaled needs --image-size"),
        (["--csv", "/no/such/folder/x.csv"], 2, "folder does not exist"),
    ],
)
def test_bad_arguments(arguments: list[str], status: int, told: str, sample: Path) -> None:
    done = run("tune", sample, *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_folder_without_images(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    done = run("tune", empty)
    assert done.returncode == 1
    assert done.stderr.startswith("inspector: there are no image files")


def test_only_bad_files(tmp_path: Path) -> None:
    folder = tmp_path / "bad"
    folder.mkdir()
    (folder / "text.jpg").write_text("no image")
    done = run("tune", folder, *QUICK)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
