"""A transform that is defined in the program's own script, with and without `if __name__ == "__main__":`."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.loader.folders import make_folder

DEFINITIONS = """
import sys
from inspector import Loader, InspectorError

sys.stdout.write(f"imported as {__name__}\\n")  # in one piece: two workers write at once

def invert(rgb, rng):
    return 255 - rgb
"""
LOAD = """
with Loader(sys.argv[1], batch_size=4, epochs=1, transform=invert, shuffle=False) as loader:
    print("batches", sum(1 for _ in loader), "problems", len(loader.problems))
"""


def run(script: Path, *arguments: str, code: str | None = None) -> subprocess.CompletedProcess[str]:
    if code is not None:
        script.write_text(code)
    command = [sys.executable, str(script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, cwd=script.parent)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    make_folder(tmp_path / "images", [True] * 8)
    return str(tmp_path / "images")


def test_a_guarded_script_gives_its_transform_to_the_workers(folder: str, tmp_path: Path) -> None:
    code = DEFINITIONS + '\nif __name__ == "__main__":\n' + textwrap.indent(LOAD, "    ")
    done = run(tmp_path / "train.py", folder, code=code)
    first, *imports, last = done.stdout.splitlines()
    assert (first, last) == ("imported as __main__", "batches 2 problems 0")
    assert set(imports) == {"imported as __mp_main__"}
    assert len(imports) <= 2  # one in each worker, as nothing of the user's is shared by them
    assert done.stderr == ""


def test_an_unguarded_script_is_told_what_to_do(folder: str, tmp_path: Path) -> None:
    done = run(tmp_path / "train.py", folder, code=DEFINITIONS + LOAD)
    assert done.returncode == 1
    assert done.stdout.count("imported as") <= 3  # itself, and one import for each worker: no chain of processes
    last = done.stderr.splitlines()[-1]
    assert "WorkerStartError" in last
    assert str(tmp_path / "train.py") in last
    assert 'if __name__ == "__main__":' in last


def test_an_unguarded_script_works_as_long_as_no_worker_needs_it(folder: str, tmp_path: Path) -> None:
    done = run(tmp_path / "train.py", folder, code=DEFINITIONS + LOAD.replace("transform=invert, ", ""))
    assert done.stdout.splitlines() == ["imported as __main__", "batches 2 problems 0"]
    assert done.stderr == ""


def test_a_script_that_fails_when_it_is_imported(folder: str, tmp_path: Path) -> None:
    code = DEFINITIONS + 'if __name__ != "__main__":\n    sys.exit("not for import")\n' + LOAD
    done = run(tmp_path / "train.py", folder, code=code)
    assert "WorkerStartError: a worker could not start to work: SystemExit: not for import" in done.stderr


def test_an_interactive_session_is_told_to_use_a_module(folder: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", DEFINITIONS + LOAD, folder]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, cwd=tmp_path)
    assert "SettingsError" in done.stderr.splitlines()[-1]
    assert "interactive session" in done.stderr.splitlines()[-1]


def test_a_module_that_is_run_with_m(folder: str, tmp_path: Path) -> None:
    package = tmp_path / "project"
    package.mkdir()
    (package / "__init__.py").write_text("")
    code = DEFINITIONS + '\nif __name__ == "__main__":\n' + textwrap.indent(LOAD, "    ")
    (package / "train.py").write_text(code)
    command = [sys.executable, "-m", "project.train", folder]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "batches 2 problems 0", done.stderr
