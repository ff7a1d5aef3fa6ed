"""No process that we start takes a module from the current folder, whatever is called what in it."""

import ast
import os
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from inspector import child_process

ROOT = Path(child_process.__file__).parents[1]
LAUNCHES = {
    "examiner": """
        from inspector.session.examiner.messages import ExamineRequest
        from inspector.session.examiner.process import ChildProcess
        child = ChildProcess()
        child.ask(ExamineRequest(b"0.jpg", False), 60)
        child.close()
    """,
    "torch": """
        import json
        from inspector.child_process import start_python
        from subprocess import PIPE
        child = start_python("-m", "inspector.tuner.torch_child", stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True)
        asked = json.dumps({"paths": [], "image_size": [8, 8], "max_pixels": 1, "cold": False})
        child.communicate(asked + chr(10) + json.dumps({"decode": "full"}) + chr(10))
    """,
    "doctor": """
        from inspector.doctor.child import ask
        assert ask("import json, decimal, psutil; print(json.dumps({}))").said == ""
    """,
    "workers": """
        from inspector import Loader
        with Loader(sys.argv[1], num_workers=2, batch_size=2, epochs=1, image_size=(8, 8)) as loader:
            assert sum(1 for _ in loader)
    """,
    "spawned workers": """
        from inspector import Loader
        from inspector.loader.workers import starter
        starter.make_starter = lambda engine, spec, arena: starter.SpawnStarter(spec, arena)
        import inspector.loader.workers.pool as pool
        pool.make_starter = starter.make_starter
        with Loader(sys.argv[1], num_workers=1, batch_size=2, epochs=1, image_size=(8, 8)) as loader:
            assert sum(1 for _ in loader)
    """,
    "scan": "import inspector.cli; inspector.cli.main(['scan', '.'])",
    "bench": "import inspector.cli; inspector.cli.main(['bench', '.', '--epochs', '1'])",
    "doctor command": "import inspector.cli; inspector.cli.main(['doctor'])",
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, sample: Path) -> Path:
    """A data set with a module of each name that could be imported, which leaves a mark and ends."""
    folder = tmp_path_factory.mktemp("hostile")
    mark = folder.with_name("it-ran")
    for name in {*sys.stdlib_module_names, *packages_distributions(), "inspector", "sitecustomize", "usercustomize"}:
        if name.isidentifier():
            (folder / f"{name}.py").write_text(f"open({str(mark)!r}, 'a').write({name!r} + ' ')\nraise SystemExit(9)\n")
    photo = next(file for file in sorted(sample.rglob("*.jpg"))).read_bytes()
    for n in range(4):
        (folder / f"{n}.jpg").write_bytes(photo)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("launch", LAUNCHES)
@pytest.mark.parametrize("python_path", [str(ROOT), f"{ROOT}::."], ids=["as-is", "relative"])
def test_a_child_takes_no_module_from_the_current_folder(launch: str, python_path: str, hostile: Path) -> None:
    lines = LAUNCHES[launch].strip("\n").splitlines()
    indent = len(lines[0]) - len(lines[0].lstrip())
    # The parent starts elsewhere, and enters the data set later: what is tried is what its children import.
    setup = f"import sys, os\nos.environ['PYTHONPATH'] = {python_path!r}\nos.chdir(sys.argv[1])\n"
    code = setup + "\n".join(line[indent:] for line in lines)
    script = hostile.with_name(f"launch-{launch.replace(' ', '-')}.py")
    script.write_text("if __name__ == '__main__':\n" + "".join(f"    {line}\n" for line in code.splitlines()))
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, script, str(hostile)], cwd=hostile.parent, env=environ, capture_output=True, text=True
    )
    mark = hostile.with_name("it-ran")
    assert not mark.exists(), mark.read_text()
    if launch not in ("doctor command",):  # its findings may be bad ones
        assert done.returncode in (0, 1), done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_only_the_launcher_starts_python() -> None:
    starts = []
    for file in (ROOT / "inspector").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node) == "sys.executable":
                starts.append(file.relative_to(ROOT / "inspector").as_posix())
    # A text, the Python of the user's command, and the hook, which has no launcher: it knows nothing of inspector.
    others = {"doctor/versions.py", "watched/child.py", "hook/notebook.py"}
    assert {*starts} == {"child_process.py", *others}
    assert '[sys.executable, "-P", ' in (ROOT / "inspector/hook/notebook.py").read_text("utf-8")


def test_relative_entries_mean_where_the_program_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started_in = os.getcwd()
    monkeypatch.setattr(sys, "path", ["", "here", "/there"])
    monkeypatch.chdir(tmp_path)
    assert child_process.module_path() == [started_in, os.path.join(started_in, "here"), "/there"]


def test_what_import_ignores_is_no_place_for_modules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    strange: list[object] = [tmp_path, b"/bytes", None, 5]
    before = child_process.module_path()
    monkeypatch.setattr(sys, "path", [*strange, *sys.path])
    assert child_process.module_path() == before
