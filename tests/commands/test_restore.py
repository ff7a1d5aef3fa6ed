"""`inspector restore`, run as a user runs it."""

from pathlib import Path

import pytest

from inspector.quarantine import move_aside, plan
from tests.command import run


@pytest.fixture
def moved(tmp_path: Path) -> Path:
    """The manifest of two files moved out of `data`."""
    (tmp_path / "data").mkdir()
    paths = [tmp_path / "data" / name for name in ("one.jpg", "two\n.jpg")]
    for path in paths:
        path.write_bytes(b"bad")
    wanted = plan(list(map(str, paths)), str(tmp_path / "aside"), root=str(tmp_path / "data"))
    return Path(move_aside(wanted).manifest)


def test_it_puts_files_back_and_may_be_repeated(moved: Path, tmp_path: Path) -> None:
    done = run("restore", moved)
    assert (done.returncode, done.stdout, done.stderr) == (0, "2 files put back\n", "")
    assert len(list((tmp_path / "data").iterdir())) == 2
    again = run("restore", moved)
    assert (again.returncode, again.stdout) == (0, "2 files in place already\n")


def test_it_says_what_it_could_not_put_back(moved: Path, tmp_path: Path) -> None:
    (tmp_path / "data/two\n.jpg").write_bytes(b"another one")
    done = run("restore", moved)
    assert done.returncode == 1
    assert f"{tmp_path}/data/two\\n.jpg: Another file has its place by now" in done.stdout
    assert done.stdout.endswith("1 file put back\n1 file not put back\n")


@pytest.mark.parametrize("content", [None, "", "{}"])
def test_a_manifest_that_cannot_be_used_is_one_line_and_status_2(tmp_path: Path, content: str | None) -> None:
    manifest = tmp_path / "some.jsonl"
    if content is not None:
        manifest.write_text(content, encoding="utf-8")
    done = run("restore", manifest)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("inspector: ")
    assert str(manifest) in done.stderr


def test_without_a_manifest_it_says_so() -> None:
    done = run("restore")
    assert done.returncode == 2
    assert "MANIFEST" in done.stderr
    assert "MANIFEST" in run("restore", "--help").stdout
