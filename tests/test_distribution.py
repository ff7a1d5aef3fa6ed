"""At the package index, `inspector` is somebody else's package: nobody is ever sent to install that one."""

import re

from inspector.extras import DISTRIBUTION, install_command
from tests.conftest import ROOT

# `pip install inspector`, `uv tool install inspector[remote]`, "inspector==1.0": but not a path, nor `loader-inspector`
_THEIR_PACKAGE = re.compile(r"\b(pip|pipx|uv|tool) (un)?install\b[^\n`]*[\s'\"]inspector(?=[\s'\"\[=<>~;]|$)")


def test_no_text_sends_anybody_to_the_other_package() -> None:
    files = [
        file
        for folder, kinds in (
            ("inspector", ("*.py", "*.html", "*.md")),
            ("assets", ("*.md", "*.sh")),
            ("tests", ("*.sh",)),
        )
        for kind in kinds
        for file in (ROOT / folder).rglob(kind)
    ]
    files += [ROOT / "README.md"]
    assert len(files) > 100
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in files
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if _THEIR_PACKAGE.search(line)
    ]
    assert not found


def test_the_search_would_find_it() -> None:
    for line in ("pip install inspector", "uv tool install 'inspector[remote]'", "pip install --user 'inspector==1.0'"):
        assert _THEIR_PACKAGE.search(line), line
    assert not _THEIR_PACKAGE.search(install_command("remote"))
    assert not _THEIR_PACKAGE.search(f"pip install {DISTRIBUTION}")
