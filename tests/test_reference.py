"""The reference, the man page and what shells complete from are those of today's parsers and docstrings."""

import argparse
import shutil
import subprocess

import pytest

from inspector.commands.registry import VERBS
from tests import make_reference
from tests.conftest import ROOT

STALE = "run python -m tests.make_reference"


def test_the_reference_is_of_today() -> None:
    assert (ROOT / "assets" / "docs" / "reference.md").read_text("utf-8") == make_reference.reference(), STALE


def test_the_man_page_is_of_today() -> None:
    page = (ROOT / "assets" / "inspector.1").read_text("utf-8")
    assert page == make_reference.man_page(), STALE
    for verb in VERBS:
        assert f".SH INSPECTOR {verb.upper()}".replace("-", r"\-") in page


def options() -> set[str]:
    return {
        flag
        for parser in make_reference.parsers().values()
        for action in parser._actions
        for flag in action.option_strings
        if flag.startswith("--") and action.help != argparse.SUPPRESS
    }


@pytest.mark.parametrize(("shell", "name"), make_reference.SHELLS.items())
def test_shells_know_each_verb_and_option(shell: str, name: str) -> None:
    text = (ROOT / "assets" / "completions" / shell / name).read_text("utf-8")
    missing = [each for each in (*VERBS, *options()) if each not in text]
    assert not missing, STALE


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("inspector", "dock"), []),
        (("inspector", "doc"), ["doctor"]),
        (("inspector", "--workers"), ["--workers"]),
        (("inspector", "scan", "--max-as"), ["--max-aspect"]),
        (("inspector", "bench", "pyproj"), ["pyproject.toml"]),
    ],
)
def test_bash_completes(words: tuple[str, ...], offered: list[str]) -> None:
    script = 'source assets/completions/bash/inspector; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
    script += '_shtab_inspector; printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "-c", script, "bash", *words], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == offered, done.stderr
