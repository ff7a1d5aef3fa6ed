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
    assert {line.partition("] ")[2] for line in imports} == {"imported as __mp_main__"}
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


SESSION = """
import dataclasses
from inspector import Loader

OFFSET = 7

@dataclasses.dataclass
class Target:
    number: int

def shifted(number):
    return number + OFFSET

class Numbers:
    def __len__(self):
        return 8
    def __getitem__(self, index):
        import numpy as np
        return np.full((4, 4, 3), shifted(index), np.uint8), Target(index)

settings = {"batch_size": 4, "num_workers": 2, "image_size": (4, 4), "epochs": 1, "shuffle": False}
with Loader(Numbers(), transform=lambda rgb, rng: rgb + OFFSET, **settings) as loader:
    for batch in loader:
        print(batch.images[:, 0, 0, 0].tolist(), [type(label) is Target and label.number for label in batch.labels])
"""
SESSION_SAYS = "[14, 15, 16, 17] [0, 1, 2, 3]\n[18, 19, 20, 21] [4, 5, 6, 7]\n"


@pytest.mark.parametrize("way", ["-c", "-", "-i", "exec"])
def test_what_is_defined_where_no_script_can_be_imported(way: str, tmp_path: Path) -> None:
    arguments: list[str] = [way]
    code = ""
    if way == "-c":
        arguments.append(SESSION)
    elif way == "-":
        code = SESSION
    elif way == "-i":
        (tmp_path / "first.py").write_text("")
        arguments.append("first.py")
        code = f"exec({SESSION!r})\n"
    else:
        (tmp_path / "run.py").write_text(f"exec({SESSION!r}, {{'__name__': '__main__'}})")
        arguments = ["run.py"]
    done = subprocess.run(
        [sys.executable, *arguments], input=code, capture_output=True, text=True, timeout=200, cwd=tmp_path
    )
    assert done.stdout == SESSION_SAYS, done.stderr
    assert "Error" not in done.stderr


def test_a_lambda_and_a_local_class_in_a_script_without_a_guard(tmp_path: Path) -> None:
    code = "def main():\n" + textwrap.indent(SESSION.replace("OFFSET = 7", "global OFFSET; OFFSET = 7"), "    ")
    done = run(tmp_path / "train.py", code=code + "\nmain()\n")
    assert done.stdout == SESSION_SAYS, done.stderr


def test_a_module_that_was_loaded_from_a_file_by_hand(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "data.py").write_text(SESSION.split("settings =")[0])
    code = """
import importlib.util
import sys
from inspector import Loader
spec = importlib.util.spec_from_file_location("data", "elsewhere/data.py")
data = sys.modules["data"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(data)
with Loader(data.Numbers(), batch_size=8, num_workers=2, image_size=(4, 4), epochs=1, shuffle=False) as loader:
    for batch in loader:
        print(batch.images[:, 0, 0, 0].tolist(), {type(label) is data.Target for label in batch.labels})
"""
    done = run(tmp_path / "train.py", code=code)
    assert done.stdout == f"{list(range(7, 15))} {{True}}\n", done.stderr


def test_a_module_that_is_run_with_m(folder: str, tmp_path: Path) -> None:
    package = tmp_path / "project"
    package.mkdir()
    (package / "__init__.py").write_text("")
    code = DEFINITIONS + '\nif __name__ == "__main__":\n' + textwrap.indent(LOAD, "    ")
    (package / "train.py").write_text(code)
    command = [sys.executable, "-m", "project.train", folder]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "batches 2 problems 0", done.stderr
