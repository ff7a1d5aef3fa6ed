"""`inspector install-desktop`: what is written, that desktops accept it, and that it goes again."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from inspector.commands import install_desktop
from tests.command import run
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there are no such desktops")


def validate(entry: Path) -> None:
    """With the desktop's own validator, where it is installed."""
    if shutil.which("desktop-file-validate"):
        done = subprocess.run(["desktop-file-validate", entry], capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, "")


def test_installed_and_removed_again(tmp_path: Path) -> None:
    done = run("install-desktop", XDG_DATA_HOME=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    entry = tmp_path / "applications" / "inspector.desktop"
    validate(entry)
    lines = entry.read_text("utf-8").splitlines()
    assert "MimeType=inode/directory;" in lines
    (started_by,) = (line for line in lines if line.startswith("Exec="))
    program = started_by.removeprefix("Exec=").split('"')[1]
    assert os.access(program, os.X_OK)
    theme = tmp_path / "icons" / "hicolor"
    assert (theme / "scalable/apps/inspector.svg").read_bytes() == (ROOT / "assets/icons/inspector.svg").read_bytes()
    sides = {path.parents[1].name for path in theme.glob("*/apps/inspector.png")}
    assert {"16x16", "48x48", "256x256"} <= sides
    for side in sides:
        icon = cv2.imread(str(theme / side / "apps/inspector.png"))
        assert icon is not None
        assert f"{icon.shape[1]}x{icon.shape[0]}" == side

    assert run("install-desktop", XDG_DATA_HOME=str(tmp_path)).returncode == 0  # again: an update
    done = run("install-desktop", "--uninstall", XDG_DATA_HOME=str(tmp_path))
    assert done.stdout.count("removed: ") == len(sides) + 2
    left = {file.name for file in tmp_path.rglob("*") if file.is_file()}
    assert left <= {"mimeinfo.cache", "icon-theme.cache"}  # the desktop's own lists
    assert (
        "nothing of inspector is installed" in run("install-desktop", "--uninstall", XDG_DATA_HOME=str(tmp_path)).stdout
    )


def test_an_entry_of_somebody_else_stays(tmp_path: Path) -> None:
    entry = tmp_path / "applications" / "inspector.desktop"
    entry.parent.mkdir()
    entry.write_text("[Desktop Entry]\nName=another inspector\n")
    done = run("install-desktop", XDG_DATA_HOME=str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "not from inspector" in done.stderr
    run("install-desktop", "--uninstall", XDG_DATA_HOME=str(tmp_path))
    assert "another" in entry.read_text()
    assert not (tmp_path / "icons").exists()


@pytest.mark.skipif(sys.platform != "win32" and os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    done = run("install-desktop", XDG_DATA_HOME=str(tmp_path))
    assert done.returncode == 2
    assert str(tmp_path) in done.stderr


def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    done = run("install-desktop", XDG_DATA_HOME=str(tmp_path / "data"))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert str(tmp_path / "data") in done.stderr


@pytest.mark.parametrize(
    ("argument", "written"),
    [
        ("/usr/bin/inspector", '"/usr/bin/inspector"'),
        ("/my programs/inspector", '"/my programs/inspector"'),
        ("/100%/inspector", '"/100%%/inspector"'),
        ('/a"b/inspector', r'"/a\\"b/inspector"'),
        ("/a$b/`c`", r'"/a\\$b/\\`c\\`"'),
        ("/a\\b", r'"/a\\\\b"'),
    ],
)
def test_an_argument_is_written_as_the_specification_asks(argument: str, written: str, tmp_path: Path) -> None:
    assert install_desktop.quoted(argument) == written
    entry = tmp_path / "quoted.desktop"
    entry.write_text(f"[Desktop Entry]\nType=Application\nName=quoted\nExec={written} %f\n")
    validate(entry)


def test_the_icons_are_the_drawing_in_each_size(tmp_path: Path) -> None:
    """As `python -m tests.make_icons` makes them."""
    script = "import sys; from pathlib import Path; from tests.make_icons import make; make(Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", script, tmp_path], cwd=ROOT, check=True)
    for made in tmp_path.iterdir():
        kept, new = (cv2.imread(str(file), cv2.IMREAD_UNCHANGED) for file in (ROOT / "assets/icons" / made.name, made))
        assert kept is not None
        assert new is not None
        assert cv2.absdiff(kept, new).mean() < 2, made.name  # another version of Qt may draw edges a little differently
