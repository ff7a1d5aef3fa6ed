"""A short fuzz run: `python -m tests.fuzz --minutes 10` is a longer one."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow


def test_parsers_refuse_what_is_mutated() -> None:
    command = [sys.executable, "-m", "tests.fuzz", "--minutes", "0.1", "--seed", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "nothing but refusals" in done.stdout
