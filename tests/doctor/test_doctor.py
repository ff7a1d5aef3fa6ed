"""`inspector doctor`: what it tells of a sound machine, and of machines that lack something."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from inspector.doctor.child import ask
from inspector.doctor.findings import Diagnostic, Level, without_home
from inspector.doctor.libraries import advice_for
from inspector.doctor.machine import dev_shm, limit
from inspector.doctor.versions import PACKAGES, formats_of_build
from tests.command import COMMAND, run
from tests.conftest import ROOT

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux has such displays and limits")


def findings(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, str]]:
    assert done.stderr == ""
    return {each["name"]: each for each in json.loads(done.stdout)["findings"]}


@pytest.fixture(scope="module")
def here() -> subprocess.CompletedProcess[str]:
    return run("doctor", "--json", QT_QPA_PLATFORM="offscreen")


def test_what_is_sound_is_called_so(here: subprocess.CompletedProcess[str]) -> None:
    found = findings(here)
    assert (here.returncode, json.loads(here.stdout)["problems"]) == (0, 0), found
    for name in PACKAGES:
        assert re.match(r"\d+\.\d+", found[name]["value"])
    assert found["a window"]["value"].startswith("opens with offscreen, ")
    assert "offscreen" in found["platform plugins"]["value"]
    assert "JPEG" in found["OpenCV's decoders"]["value"]
    assert re.match(r"[\d,]+ ms to the first one, [\d.,]+ ms for a further one", found["start"]["value"])
    assert "first batch, 8 images" in found["sample"]["value"]
    assert {each["section"] for each in found.values()} == {"Versions", "Window", "Machine", "Workers"}


def test_all_packages_that_are_needed_are_looked_at() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert tuple(re.split(r"[<>=!~]", each)[0] for each in project["dependencies"]) == PACKAGES


def test_in_a_pipe_it_is_plain_and_each_line_has_its_level() -> None:
    done = run("doctor", QT_QPA_PLATFORM="offscreen")
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
    lines = [line for line in done.stdout.splitlines() if line.startswith("  ") and not line.startswith("   ")]
    assert {line.split()[0] for line in lines} <= {level.value for level in Level}
    assert done.stdout.splitlines()[-1].startswith(("All is well", "0 problems"))


@linux
def test_without_a_display_the_window_is_a_warning_and_qt_is_tried_without_one() -> None:
    done = run("doctor", "--json", QT_QPA_PLATFORM="", DISPLAY="", WAYLAND_DISPLAY="")
    found = findings(done)
    assert done.returncode == 0
    assert found["a window"]["level"] == "warning"
    assert "terminal view" in found["a window"]["advice"]
    assert found["without a screen"]["value"].startswith("opens with offscreen")


def test_a_library_that_does_not_load_is_a_problem_and_the_rest_is_still_told(tmp_path: Path) -> None:
    (tmp_path / "cv2.py").write_text("raise ImportError('libGL.so.1: cannot open shared object file')")
    done = run("doctor", "--json", QT_QPA_PLATFORM="offscreen", PYTHONPATH=str(tmp_path))
    found = findings(done)
    assert done.returncode == 1
    assert found["OpenCV"]["level"] == found["processes"]["level"] == "problem"
    assert "libGL.so.1" in found["OpenCV"]["value"]
    assert found["OpenCV"]["advice"].endswith("apt-get install libgl1")
    assert found["a window"]["level"] == "ok"
    assert found["cores"]["level"] in ("ok", "warning")


@linux
def test_too_few_descriptors_for_workers_are_a_problem() -> None:
    limited = [sys.executable, "-c", _FEW_DESCRIPTORS, *COMMAND, "doctor", "--json"]
    environ = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(limited, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=200)
    found = findings(done)
    assert done.returncode == 1
    assert found["limit of open files"]["level"] == "warning"
    assert "ulimit -n" in found["processes"]["value"]


_FEW_DESCRIPTORS = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (12, 12))
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_qt_is_not_loaded_into_the_program_itself() -> None:
    script = (
        "import sys; from inspector.cli import main; status = main(['doctor', '--json']);"
        "assert not [name for name in sys.modules if name.startswith(('PySide6', 'cv2', 'pyqtgraph'))]"
    )
    environ = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, check=True)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("import time; time.sleep(60)", "no answer within 1 s"),
        pytest.param("import os; os.abort()", "SIGABRT", marks=linux),
        ("import sys; print('last words', file=sys.stderr); sys.exit(3)", "status 3; last words"),
    ],
)
def test_a_child_that_cannot_answer(code: str, said: str) -> None:
    answer = ask(code, timeout_s=1 if "sleep" in code else 60)
    assert answer.facts == {}
    assert said in answer.said


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("ImportError: libEGL.so.1: cannot open shared object file", "apt-get install libegl1"),
        ("libxcb-cursor.so.0 and libxcb-cursor.so.0 and libGL.so.1", "apt-get install libxcb-cursor0 libgl1"),
        ("ImportError: libnope.so.7: no such file", "has libnope.so.7"),
        ("it was ended by SIGABRT", "install it again"),
    ],
)
def test_the_package_with_a_missing_library_is_named(said: str, advice: str) -> None:
    assert advice_for(said, "install it again").endswith(advice)


def test_the_formats_of_opencv() -> None:
    build = (
        "General\n  Media I/O: \n    JPEG:      build (ver 3.1.2-70)\n    OpenEXR:   NO\n\n  Video I/O:\n    GIF:  x\n"
    )
    assert formats_of_build(build) == {"JPEG": "build (ver 3.1.2-70)", "OpenEXR": "NO"}


@pytest.mark.parametrize(
    ("size", "torch", "level"), [(1 << 26, True, "warning"), (1 << 26, False, "ok"), (1 << 31, True, "ok")]
)
def test_a_small_dev_shm_matters_to_pytorch_only(size: int, torch: bool, level: str) -> None:
    found = dev_shm(size, torch=torch)
    assert found.level == level
    assert ("--shm-size" in found.advice) == (level == "warning")


@pytest.mark.parametrize(
    ("soft", "hard", "shown", "level"),
    [(1024, 4096, "1,024 (at most 4,096)", "ok"), (64, 64, "64", "warning"), (-1, -1, "no limit", "ok")],
)
def test_limits(soft: int, hard: int, shown: str, level: str) -> None:
    found = limit("open files", soft, hard, few=256, advice="raise it")
    assert found == Diagnostic(
        "Machine", "limit of open files", shown, Level(level), "raise it" if level == "warning" else ""
    )


def test_a_report_does_not_name_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", os.path.join(os.sep, "home", "ada"))
    monkeypatch.setenv("USERPROFILE", os.path.join(os.sep, "home", "ada"))
    inside, beside = os.path.join(os.sep, "home", "ada", "photos"), os.path.join(os.sep, "home", "adam")
    assert without_home(inside) == os.path.join("~", "photos")
    assert without_home(beside) == beside
