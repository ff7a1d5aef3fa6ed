"""A Python that has torch, which inspector's own environment need not have."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.command import COMMAND

SCRIPTS = Path(__file__).with_name("scripts")


@pytest.fixture(scope="session")
def torch_python() -> str:
    """Such a Python: the one that INSPECTOR_TORCH_PYTHON names, or this one."""
    if python := os.environ.get("INSPECTOR_TORCH_PYTHON"):
        return python
    if find_spec("torch") is not None:
        return sys.executable
    pytest.skip("there is no torch: INSPECTOR_TORCH_PYTHON may name a Python that has it")


@dataclass(frozen=True)
class Watched:
    """What a command under `inspector run` left."""

    returncode: int
    stdout: str
    stderr: str
    seen: dict[str, Any]

    def loader(self, name: str = "") -> dict[str, Any]:
        """The loader of that name, or the only one."""
        found = [each for each in self.seen["loaders"] if not name or each["name"] == name]
        assert len(found) == 1, [each["name"] for each in self.seen["loaders"]]
        loader: dict[str, Any] = found[0]
        return loader


Bare = Callable[..., "subprocess.CompletedProcess[str]"]
Run = Callable[..., Watched]


@pytest.fixture
def bare(torch_python: str) -> Bare:
    """Runs one of `scripts` without us."""

    def run(script: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [torch_python, SCRIPTS / script, *arguments],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=250,
        )

    return run


@pytest.fixture
def watched(torch_python: str, tmp_path: Path) -> Run:
    """Runs one of `scripts` under `inspector run`."""

    def run(script: str, *arguments: str, options: tuple[str, ...] = (), **environment: str) -> Watched:
        file = tmp_path / "seen.json"
        done = subprocess.run(
            [
                *COMMAND,
                "run",
                "--no-window",
                "--json",
                file,
                *options,
                "--",
                torch_python,
                SCRIPTS / script,
                *arguments,
            ],
            env={**os.environ, "INSPECTOR_HOOK_RAISES": "1", **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=250,
        )
        return Watched(done.returncode, done.stdout, done.stderr, json.loads(file.read_text()))

    return run
