"""A watched training gives the same output, batches, random states and exit status as without us, and is seen."""

import pytest

from tests.hook.conftest import Bare, Run

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


@pytest.mark.parametrize("workers", ["0", "2"])
def test_an_error_of_the_data_set_looks_the_same_and_is_noted(bare: Bare, watched: Run, workers: str) -> None:
    arguments = ("--workers", workers, "--context", "fork", "--fails-at", "13")
    before, after = bare("toy.py", *arguments), watched("toy.py", *arguments)
    assert before.returncode == 1
    assert (after.stdout, after.returncode) == (before.stdout, 1)
    assert after.stderr.startswith(before.stderr)
    (error,) = after.loader()["error_list"]
    assert (error["index"], error["path"], error["type"]) == (13, "/data/13.jpg", "ValueError")
    assert (error["worker"] is None) == (workers == "0")
