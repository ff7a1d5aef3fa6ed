"""The rules of the house that no single module can keep by itself."""

import ast
import fnmatch
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "inspector"
TOP_LEVEL = {"pyproject.toml", "README.md", "inspector", "tests", "assets"}
QT = ("PySide6", "shiboken6", "pyqtgraph")


def loaded_after(statement: str) -> set[str]:
    """The top-level packages that a fresh interpreter has loaded after the statement."""
    script = f"{statement}\nimport sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(result.stdout.split())


def test_import_contracts_hold() -> None:
    lint = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()"]
    result = subprocess.run([*lint, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


WITHOUT_QT = (
    "inspector",
    "inspector.cli",
    "inspector.session.examiner.examiner",
    "inspector.session.local",
    "inspector.session.records",
    "inspector.terminal",
)


@pytest.mark.parametrize("module", WITHOUT_QT)
def test_no_qt_without_a_window(module: str) -> None:
    assert loaded_after(f"import {module}").isdisjoint(QT)


def test_a_worker_loads_only_what_it_needs() -> None:
    loaded = loaded_after("import inspector.loader.workers.worker")
    assert "cv2" in loaded
    assert loaded.isdisjoint({*QT, "rich", "psutil"})


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("__init__.py")), ids=lambda file: file.parent.name)
def test_each_package_tells_its_story(file: Path) -> None:
    assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))


def test_each_folder_with_code_is_a_package() -> None:
    folders = {file.parent for file in PACKAGE.rglob("*.py")}
    assert {folder for folder in folders if not (folder / "__init__.py").exists()} == set()


def test_the_top_level_is_the_five_and_nothing_else() -> None:
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").split()]
    names = {entry.name for entry in ROOT.iterdir() if not entry.name.startswith(".")}
    assert {name for name in names if not any(fnmatch.fnmatch(name, pattern) for pattern in ignored)} == TOP_LEVEL


@pytest.mark.slow
def test_each_class_name_stands_for_one_class() -> None:
    homes: dict[str, set[str]] = {}
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name, set()).add(str(file.relative_to(PACKAGE)))
    assert {name: places for name, places in homes.items() if len(places) > 1} == {}
