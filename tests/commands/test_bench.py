"""`inspector bench` on real folders: the figures it prints, and what it says where there is nothing to measure."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from inspector.monitor.verdict.table import Cause

ROOT = Path(__file__).resolve().parents[2]


def bench(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "inspector", "bench", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200)


def figures(*arguments: str | Path) -> dict[str, Any]:
    done = bench(*arguments, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture
def with_bad_files(photos: Path, tmp_path: Path) -> Path:
    """60 good photographs, and three files that cannot be loaded."""
    for photo in sorted(photos.iterdir())[:60]:
        shutil.copy(photo, tmp_path)
    whole = next(photos.iterdir()).read_bytes()
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.png").write_text("no image")
    return tmp_path


@pytest.mark.slow
def test_the_figures_fit_together(photos: Path) -> None:
    found = figures(photos, "--seconds", "1", "--workers", "2", "--batch-size", "8", "--image-size", "64x96")
    assert found["images_per_s"] == pytest.approx(8 * found["batches_per_s"])  # an epoch has 15 of them
    assert found["batches_per_s"] > 0
    assert found["read_mb_per_s"] > 0
    assert 0 <= found["data_wait"] <= 1
    assert 0 < found["worker_busy"] <= 1
    assert 0 <= found["queue_depth"] <= found["prefetch_batches"]
    assert found["seconds"] >= 1
    assert found["warm_up_s"] > 0
    assert found["memory_bytes"] > 0
    assert found["verdict"].keys() == {"cause", "headline", "evidence"}
    assert found["verdict"]["cause"] in set(Cause)
    settings = {"num_workers": 2, "batch_size": 8, "engine": "processes", "dtype": "uint8", "image_size": [64, 96]}
    assert {name: found[name] for name in settings} == settings
    assert (found["files"], found["skipped"], found["restarts"]) == (120, 0, 0)


@pytest.mark.parametrize("engine", ["processes", "threads", "serial"])
def test_each_bad_file_is_counted_once_in_however_many_epochs(engine: str, with_bad_files: Path) -> None:
    found = figures(with_bad_files, "--epochs", "3", "--seconds", "60", "--engine", engine, "--batch-size", "25")
    assert found["skipped"] == 3
    assert (found["files"], found["epochs"]) == (63, 3)
    assert (found["images"], found["batches"]) == (180, 9)
    assert found["images_per_s"] == pytest.approx(180 / found["seconds"])
    assert found["engine"] == engine


def test_without_workers_what_they_do_is_not_known(photos: Path) -> None:
    found = figures(photos, "--workers", "0", "--epochs", "1", "--image-size", "32x32")
    assert found["worker_busy"] is None
    assert found["images"] == 120
    assert found["verdict"]["cause"] in (Cause.NO_WORKERS, Cause.OTHER_PROGRAMS, Cause.MEASURING)


@pytest.mark.slow
def test_a_training_step_is_waited_for(photos: Path) -> None:
    found = figures(photos, "--seconds", "2", "--step-ms", "100", "--batch-size", "4", "--image-size", "32x32")
    assert found["batches_per_s"] < 10
    assert found["step_ms"] == 100
    assert found["verdict"]["cause"] in (Cause.CONSUMER, Cause.OTHER_PROGRAMS)


def test_the_table_for_people(photos: Path) -> None:
    done = bench(photos, "--epochs", "2", "--workers", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "images/s" in done.stdout
    assert "0 in 2 epochs of 120 files" in done.stdout
    assert "1 worker (processes), batch size 32, native size, uint8" in done.stdout


def test_a_list_of_files_and_a_single_image(photos: Path, tmp_path: Path) -> None:
    chosen = sorted(photos.iterdir())[:5]
    listed = tmp_path / "files.txt"
    listed.write_text("\n".join(map(str, chosen)), "utf-8")
    assert figures(listed, "--epochs", "1")["images"] == 5
    assert figures(chosen[0], "--epochs", "1")["images"] == 1


def fails(done: subprocess.CompletedProcess[str], status: int, told: str) -> None:
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith("inspector: ")
    assert done.stderr.count("\n") == 1
    assert told in done.stderr


def test_an_empty_folder(tmp_path: Path) -> None:
    fails(bench(tmp_path, "--json"), 1, str(tmp_path))


def test_only_bad_files(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("no image")
    fails(bench(tmp_path), 1, "2")


def test_fewer_files_than_a_batch_that_must_be_full(photos: Path) -> None:
    fails(bench(photos, "--batch-size", "121", "--drop-last", "--image-size", "8x8"), 1, "121")


def test_a_batch_that_is_too_large_for_the_memory(photos: Path) -> None:
    fails(bench(photos, "--memory-limit", "1MB", "--image-size", "1000x1000"), 1, "memory")


def test_names_that_are_not_text(photos: Path, tmp_path: Path) -> None:
    shutil.copy(next(photos.iterdir()), os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n[bold].jpg"))
    assert figures(tmp_path, "--epochs", "1")["images"] == 1
