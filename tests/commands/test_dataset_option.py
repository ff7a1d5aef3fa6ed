"""`--dataset` and what goes with it, in every verb that loads."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import run

CODE = """
import numpy as np

class Shapes:
    def __init__(self, count=40, bad=()): self.count, self.bad = count, bad
    def __len__(self): return self.count
    def __getitem__(self, i):
        if i in self.bad:
            raise KeyError(f"no shape {i}")
        return np.full((16, 16, 3), i, np.uint8), i % 2

class Talks(Shapes):
    def __getitem__(self, i):
        import os
        print("from the data set", i)
        os.write(1, b"from a library\\n")
        return super().__getitem__(i)

def make(): return Shapes()
def make_talking():
    print("made")
    return Talks(bad=(3,))
def make_some_bad(): return Shapes(bad=(3, 11))
def fail(): raise ValueError("nothing here")
def flip(rgb, rng): return rgb[::-1]
"""


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("code") / "own_shapes.py"
    file.write_text(CODE)
    return file


def test_bench(code: Path) -> None:
    arguments = ("--dataset", f"{code}:make", "--transform", f"{code}:flip", "--seconds", "0.2", "--json")
    done = run("bench", *arguments, "--batch-size", "8")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["files"] == 40


@pytest.mark.slow
@pytest.mark.parametrize(
    ("verb", "engine"),
    [
        (verb, engine)
        for verb in ("bench", "tune", "scan")
        for engine in ("processes", "threads", "serial")
        if (verb, engine) != ("scan", "threads")
    ],
)
def test_what_a_data_set_prints_is_no_part_of_the_figures(verb: str, engine: str, code: Path) -> None:
    arguments = {
        "bench": ("--seconds", "0.2", "--json", "--on-error", "skip", "--engine", engine),
        "tune": ("--budget-seconds", "1", "--most-workers", "1", "--json", "--on-error", "skip", "--engine", engine),
        "scan": ("--json", "-", "--workers", "0" if engine == "serial" else "2"),
    }
    done = run(verb, "--dataset", f"{code}:make_talking", *arguments[verb])
    assert json.loads(done.stdout)
    assert "from the data set" in done.stderr
    assert "from a library" in done.stderr


def test_watch(code: Path) -> None:
    done = run("watch", "--dataset", f"{code}:make", "--epochs", "1", "--batch-size", "8")
    assert done.returncode == 0
    assert "5 batches with 40 images delivered, 0 skipped" in done.stdout


@pytest.mark.slow
def test_tune(code: Path) -> None:
    done = run("tune", "--dataset", f"{code}:make", "--budget-seconds", "1", "--most-workers", "1", "--batch-size", "8")
    assert (done.returncode, done.stderr) == (0, "")
    assert "from own_shapes import make\n\nloader = Loader(\n    make()," in done.stdout


@pytest.mark.slow
def test_scan(code: Path) -> None:
    done = run("scan", "--dataset", f"{code}:make")
    assert (done.returncode, done.stderr) == (0, "")
    assert "40 samples loaded in" in done.stdout
    done = run("scan", "--dataset", f"{code}:make_some_bad", "--json", "-")
    assert done.returncode == 1
    assert "TRANSFORM_FAILED  dataset[3]  loading it raised KeyError: 'no shape 3'" in done.stderr
    found = json.loads(done.stdout)
    assert (found["good"], [problem["index"] for problem in found["problems"]]) == (38, [3, 11])


@pytest.mark.slow
def test_an_error_in_the_code_comes_with_its_traceback(code: Path) -> None:
    for verb in ("bench", "tune", "scan"):
        done = run(verb, "--dataset", f"{code}:fail")
        assert done.returncode == 1
        *trace, last = done.stderr.splitlines()
        assert trace[0] == "Traceback (most recent call last):"
        assert trace[-1] == "ValueError: nothing here"
        assert last == f"inspector: making the data set {code}:fail raised ValueError: nothing here"


@pytest.mark.slow
def test_an_error_in_a_sample_stops_it_or_is_skipped(code: Path) -> None:
    asked = ("bench", "--dataset", f"{code}:make_some_bad", "--seconds", "0.2")
    done = run(*asked)
    assert done.returncode == 1
    assert "KeyError: 'no shape " in done.stderr
    assert run(*asked, "--on-error", "skip").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["."], "PATH and --dataset are two ways to say what to load"),
        (["--dataset", "nonsense"], "--dataset 'nonsense' names no code"),
    ],
)
def test_what_is_refused(arguments: list[str], words: str, code: Path) -> None:
    done = run("bench", "--dataset", f"{code}:make", *arguments)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert words in done.stderr


def test_checks_of_files_are_refused(code: Path) -> None:
    done = run("scan", "--dataset", f"{code}:make", "--only", "small")
    assert done.returncode == 2
    assert "--only is for a scan of files" in done.stderr


def test_the_current_folder_is_searched_only_where_it_is_named(code: Path) -> None:
    def bench(dataset: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "inspector", "bench", "--seconds", "0.1", "--dataset", dataset]
        return subprocess.run(command, cwd=code.parent, capture_output=True, text=True, timeout=200)

    refused = bench("own_shapes:make")
    assert refused.returncode == 2
    assert "there is no module called own_shapes" in refused.stderr
    assert bench("./own_shapes.py:make").returncode == 0
