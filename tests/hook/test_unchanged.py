"""A watched training gives the same output, batches, random states and exit status as without us, and is seen."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.watched.child import hooked_environment
from inspector.watched.reader import RunReader
from tests.hook.conftest import SCRIPTS, Bare, Run

TOYS = {
    "no workers": ("--workers", "0"),
    "fork": ("--context", "fork"),
    "spawn": ("--context", "spawn", "--epochs", "1"),
    "forkserver": ("--context", "forkserver", "--epochs", "1"),
    "persistent": ("--context", "fork", "--persistent"),
    "iterable": ("--context", "fork", "--iterable"),
    "iterable without workers": ("--workers", "0", "--iterable"),
    "single samples": ("--context", "fork", "--single"),
}


@pytest.mark.parametrize("arguments", TOYS.values(), ids=TOYS)
def test_same_output_batches_and_random_states(bare: Bare, watched: Run, arguments: tuple[str, ...]) -> None:
    before, after = bare("toy.py", *arguments), watched("toy.py", *arguments)
    assert before.returncode == 0, before.stderr
    assert (after.stdout, after.returncode) == (before.stdout, 0)

    loader = after.loader()
    epochs = 1 if "1" in arguments else 2
    assert loader["name"] == "train_loader"
    assert loader["images"] == 40 * epochs
    assert loader["batches"] == (40 if "--single" in arguments else 10) * epochs
    assert sum(worker["samples"] for worker in loader["workers"]) == (0 if "0" in arguments else 40 * epochs)
    assert loader["slowest"]
    assert loader["errors"] == 0
    assert loader["pictures"] > 0


def same_frames(text: str) -> str:
    """A traceback without the line numbers of torch: which of its lines raises depends on which worker is first."""
    return re.sub(r'(dataloader\.py", line )\d+(, in _next_data)', r"\1?\2", text)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_an_error_of_the_data_set_looks_the_same_and_is_noted(bare: Bare, watched: Run, workers: str) -> None:
    arguments = ("--workers", workers, "--context", "fork", "--fails-at", "13")
    before, after = bare("toy.py", *arguments), watched("toy.py", *arguments)
    assert before.returncode == 1
    assert (after.stdout, after.returncode) == (before.stdout, 1)
    assert same_frames(after.stderr).startswith(same_frames(before.stderr))
    (error,) = after.loader()["error_list"]
    assert (error["index"], error["path"], error["type"]) == (13, "/data/13.jpg", "ValueError")
    assert (error["worker"] is None) == (workers == "0")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_worker_that_dies_is_named_with_its_signal_and_its_samples(
    bare: Bare, watched: Run, number: signal.Signals
) -> None:
    arguments = ("--context", "fork", "--fails-at", "13")
    before = bare("toy.py", *arguments, INSPECTOR_TEST_KILL=str(number.value))
    after = watched("toy.py", *arguments, INSPECTOR_TEST_KILL=str(number.value))
    assert before.returncode == 1
    assert (after.stdout, after.returncode) == (before.stdout, 1)
    # torch raises it wherever the main thread is, also outside of next(), or before it is known that the worker died
    (error,) = after.loader()["error_list"]
    assert after.loader()["errors"] == 1
    assert (error["signal"], error["exit_status"], error["index"]) == (number.name, -number, 13), error
    assert error["worker"] in (0, 1)
    assert len(error["indices"]) == 4
    assert 13 in error["indices"]
    assert f"was ended by {number.name}" in after.stderr


def test_a_sweep_changes_no_batch_and_no_random_state(bare: Bare, watched: Run) -> None:
    before = bare("toy.py", "--context", "fork")
    after = watched("toy.py", "--context", "fork", options=("--sweep", "0,2"))
    assert (after.stdout, after.returncode) == (before.stdout, 0)
    assert [trial["num_workers"] for trial in after.loader()["sweep"]] == [0, 2]
    assert all(trial["batches_per_s"] > 0 for trial in after.loader()["sweep"])


def test_replayed_batches_are_measured_apart(watched: Run) -> None:
    after = watched("known.py", "--load-ms", "20", "--step-ms", "5", "--epochs", "2", options=("--replay", "10"))
    assert after.returncode == 0
    loader = after.loader()
    assert loader["batches"] == 10
    assert loader["replay"]["batches"] == 70
    assert loader["replay"]["batches_per_s"] > loader["replay"]["loaded_batches_per_s"]


@pytest.fixture
def full_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk with room for a few rings only."""
    folder = tmp_path / "full"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", folder], check=False).returncode:
        pytest.skip("only root can mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_is_no_harm(bare: Bare, torch_python: str, full_folder: Path) -> None:
    """Writing to a sparse file there would end the training with SIGBUS."""
    before = bare("toy.py")
    after = subprocess.run(
        [torch_python, SCRIPTS / "toy.py"],
        env=hooked_environment(full_folder, {**os.environ, "INSPECTOR_HOOK_RAISES": "1"}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=250,
    )
    assert (after.stdout, after.returncode) == (before.stdout, 0)
    seen = RunReader(full_folder).read()
    assert "full" in seen.marks
    assert all(loader.totals.batches == 20 for loader in seen.loaders)
