"""Moving files aside and back, as a user meets it: names, places, refusals, and disks that do not want to."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import pytest

from inspector.errors import ManifestError, QuarantineError
from inspector.quarantine import MoveOutcome, move_aside, plan, restore
from tests.conftest import ROOT


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data set of four files; `bad` and `worse` are to be moved."""
    for name in ("a/bad.jpg", "a/good.jpg", "b/c/worse.png", "bad.jpg"):
        file = tmp_path / "data" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode() * 100)
    return tmp_path / "data"


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its content, manifests left out."""
    found = (file for file in folder.rglob("*") if file.is_file() and file.suffix != ".jsonl")
    return {str(file.relative_to(folder)): file.read_bytes() for file in found}


def move(data: Path, names: Sequence[str], destination: Path) -> MoveOutcome:
    return move_aside(plan([str(data / name) for name in names], str(destination), root=str(data)))


@pytest.fixture(params=["on one disk", "across disks"])
def destination(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "on one disk":
        return tmp_path / "aside"
    other: Path = request.getfixturevalue("other_disk")
    return other / "aside"


def test_a_file_keeps_path_time_and_mode_and_comes_back(data: Path, destination: Path) -> None:
    before = files(data)
    for name, mode in (("a/bad.jpg", 0o640), ("b/c/worse.png", 0o444)):
        (data / name).chmod(mode)
        os.utime(data / name, ns=(1_500_000_000_123_456_789, 1_400_000_000_987_654_321))
    wanted = [(data / name).stat() for name in ("a/bad.jpg", "b/c/worse.png")]
    there = move(data, ["a/bad.jpg", "b/c/worse.png"], destination)
    assert files(destination) == {name: before[name] for name in ("a/bad.jpg", "b/c/worse.png")}
    assert files(data) == {name: before[name] for name in ("a/good.jpg", "bad.jpg")}
    back = restore(there.manifest)
    assert (len(there.moved), len(back.moved), back.failed, back.left) == (2, 2, (), 0)
    assert files(data) == before
    for name, status in zip(("a/bad.jpg", "b/c/worse.png"), wanted, strict=True):
        now = (data / name).stat()
        assert (now.st_mtime_ns, now.st_mode) == (status.st_mtime_ns, status.st_mode)
    assert [entry.name for entry in destination.iterdir()] == [Path(there.manifest).name]


def test_nothing_moves_before_the_plan_is_carried_out(data: Path, tmp_path: Path) -> None:
    before = files(data)
    wanted = plan([str(data / "bad.jpg")], str(tmp_path / "aside"), root=str(data))
    assert [(move.relative, move.file_bytes) for move in wanted.moves] == [("bad.jpg", 700)]
    assert (wanted.total_bytes, files(data), (tmp_path / "aside").exists()) == (700, before, False)


def test_a_name_that_is_taken_gets_a_number(data: Path, destination: Path) -> None:
    (destination / "a").mkdir(parents=True)
    (destination / "a/bad.jpg").write_bytes(b"somebody else's")
    before = files(data)
    outcome = move(data, ["a/bad.jpg"], destination)
    assert files(destination) == {"a/bad.jpg": b"somebody else's", "a/bad (2).jpg": before["a/bad.jpg"]}
    restore(outcome.manifest)
    assert (files(data), files(destination)) == (before, {"a/bad.jpg": b"somebody else's"})


def test_a_file_that_appears_after_the_plan_is_not_overwritten(data: Path, destination: Path) -> None:
    wanted = plan([str(data / "bad.jpg"), str(data / "a/bad.jpg")], str(destination), root=str(data))
    destination.mkdir()
    (destination / "bad.jpg").write_bytes(b"quicker")
    before = files(data)
    outcome = move_aside(wanted)
    assert [refusal.path for refusal in outcome.failed] == [str(data / "bad.jpg")]
    assert "nothing was overwritten" in outcome.failed[0].reason
    assert files(destination) == {"bad.jpg": b"quicker", "a/bad.jpg": before["a/bad.jpg"]}
    assert (data / "bad.jpg").read_bytes() == before["bad.jpg"]


def test_what_took_its_place_stays_and_the_file_stays_aside(data: Path, destination: Path) -> None:
    outcome = move(data, ["bad.jpg", "a/bad.jpg"], destination)
    (data / "bad.jpg").write_bytes(b"a new one")
    back = restore(outcome.manifest)
    assert [refusal.path for refusal in back.failed] == [str(data / "bad.jpg")]
    assert (data / "bad.jpg").read_bytes() == b"a new one"
    assert (destination / "bad.jpg").read_bytes() == b"bad.jpg" * 100
    (data / "bad.jpg").unlink()
    assert restore(outcome.manifest).in_place == 1
    assert len(files(data)) == 4


def test_a_file_that_was_repaired_aside_comes_back_repaired(data: Path, destination: Path) -> None:
    outcome = move(data, ["bad.jpg"], destination)
    (destination / "bad.jpg").write_bytes(b"repaired")
    restore(outcome.manifest)
    assert (data / "bad.jpg").read_bytes() == b"repaired"


def test_a_link_is_moved_itself(data: Path, destination: Path) -> None:
    (data / "a/link.jpg").symlink_to("good.jpg")
    (data / "a/dangling.jpg").symlink_to("nowhere.jpg")
    before = files(data)
    outcome = move(data, ["a/link.jpg", "a/dangling.jpg"], destination)
    assert os.readlink(destination / "a/link.jpg") == "good.jpg"
    assert not os.path.lexists(data / "a/link.jpg")
    assert (data / "a/good.jpg").exists()
    restore(outcome.manifest)
    assert (os.readlink(data / "a/dangling.jpg"), files(data)) == ("nowhere.jpg", before)


@pytest.mark.parametrize(
    "name", [b"caf\xe9.jpg", b"two\nlines.jpg", b"-rf *.jpg", "夜.jpg".encode(), b"x" * 251 + b".jpg"]
)
def test_any_name(data: Path, destination: Path, name: bytes) -> None:
    file = data / os.fsdecode(name)
    for content in (b"first", b"second"):  # the second time, the name is taken
        file.write_bytes(content)
        outcome = move(data, [file.name], destination)
        assert outcome.failed == ()
    assert sorted(files(destination).values()) == [b"first", b"second"]
    restore(outcome.manifest)
    assert file.read_bytes() == b"second"


@pytest.mark.parametrize("inside", [".", "a", "new/folder", "../data", "link-to-a", "../linked/deep"])
def test_a_destination_in_the_data_set_is_refused(data: Path, tmp_path: Path, inside: str) -> None:
    (tmp_path / "linked/deep").mkdir(parents=True)
    (tmp_path / "linked/bad.jpg").write_bytes(b"bad")
    (data / "elsewhere").symlink_to(tmp_path / "linked")
    (data / "link-to-a").symlink_to("a")
    paths = [str(data / "bad.jpg"), str(data / "elsewhere/bad.jpg")]
    with pytest.raises(QuarantineError, match="inside the data set"):
        plan(paths, str(data / inside), root=str(data))


def test_a_neighbour_with_a_similar_name_is_no_part_of_the_data_set(data: Path) -> None:
    assert move(data, ["bad.jpg"], data.with_name("data-bad")).failed == ()


def test_a_destination_that_is_a_file_is_refused(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(QuarantineError, match="not a folder"):
        plan([str(data / "bad.jpg")], str(tmp_path / "file"), root=str(data))
    outcome_of = plan([str(data / "bad.jpg")], str(tmp_path / "file/below"), root=str(data))
    with pytest.raises(QuarantineError, match=r"Nothing was moved\.$"):
        move_aside(outcome_of)
    assert (data / "bad.jpg").exists()


def test_what_is_no_file_stays(data: Path, tmp_path: Path) -> None:
    os.mkfifo(data / "pipe.jpg")
    (data / "folder.jpg").mkdir()
    paths = [str(data / name) for name in ("pipe.jpg", "folder.jpg", "gone.jpg", "bad.jpg", "bad.jpg")]
    wanted = plan(paths, str(tmp_path / "aside"), root=str(data))
    assert [refusal.path for refusal in wanted.refused] == paths[:3]
    assert [move.path for move in wanted.moves] == paths[3:4]


def test_the_files_of_a_list_keep_what_their_paths_have_not_in_common(data: Path, tmp_path: Path) -> None:
    paths = [str(data / "a/bad.jpg"), str(data / "b/c/worse.png")]
    outcome = move_aside(plan(paths, str(data / "aside"), root=None))
    assert sorted(files(data / "aside")) == ["a/bad.jpg", "b/c/worse.png"]
    assert len(restore(outcome.manifest).moved) == 2
    with pytest.raises(QuarantineError, match="lie in this folder already"):
        plan([str(data / "bad.jpg")], str(data), root=None)


def test_a_folder_of_files_set_aside_may_be_renamed(data: Path, tmp_path: Path) -> None:
    before = files(data)
    outcome = move(data, ["bad.jpg", "b/c/worse.png"], tmp_path / "aside")
    (tmp_path / "aside").rename(tmp_path / "other")
    shutil.rmtree(data / "b")
    restore(str(tmp_path / "other" / Path(outcome.manifest).name))
    assert files(data) == before


def test_a_move_that_is_stopped_tells_what_it_did_not_reach(data: Path, tmp_path: Path) -> None:
    wanted = plan([str(data / name) for name in ("bad.jpg", "a/bad.jpg", "b/c/worse.png")], str(tmp_path / "aside"), root=str(data))  # fmt: skip  # noqa: E501
    done: list[int] = []
    outcome = move_aside(wanted, on_progress=done.append, cancelled=lambda: done == [1])
    assert (len(outcome.moved), outcome.left, len(files(data)), done) == (1, 2, 3, [1])
    back = restore(outcome.manifest)
    assert (len(back.moved), back.in_place, len(files(data))) == (1, 2, 4)


def test_a_copy_that_is_stopped_leaves_nothing(data: Path, other_disk: Path) -> None:
    (data / "bad.jpg").write_bytes(b"x" * 5_000_000)
    asked: list[bool] = []

    def on_the_third_megabyte() -> bool:
        asked.append(True)
        return len(asked) > 3

    wanted = plan([str(data / "bad.jpg")], str(other_disk / "aside"), root=str(data))
    outcome = move_aside(wanted, cancelled=on_the_third_megabyte)
    assert (outcome.moved, outcome.left, files(other_disk), len(files(data))) == ((), 1, {}, 4)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[: text.rindex("{")], "cut short"),
        (lambda text: text.replace('"bad.jpg"', '"../bad.jpg"'), "outside"),
        (lambda text: text.replace('"bad.jpg"', '"/etc/passwd"'), "outside"),
        (lambda text: text.replace('"version": 1', '"version": 2'), "another version"),
        (lambda text: text.replace('"bytes"', '"size"'), "damaged"),
        (lambda text: "[]", "damaged|no manifest"),
        (lambda text: "", "no manifest"),
        (lambda text: '{"kind": "something else"}', "no manifest"),
        (lambda text: "é", "no manifest"),
    ],
)
def test_a_manifest_that_is_none_moves_nothing(data: Path, tmp_path: Path, damage: object, message: str) -> None:
    assert callable(damage)
    outcome = move(data, ["bad.jpg"], tmp_path / "aside")
    manifest = Path(outcome.manifest)
    manifest.write_text(damage(manifest.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ManifestError, match=message):
        restore(str(manifest))
    assert len(files(data)) == 3


def test_a_data_set_that_is_not_there_is_not_made(data: Path, tmp_path: Path) -> None:
    outcome = move(data, ["bad.jpg"], tmp_path / "aside")
    data.rename(tmp_path / "unmounted")
    with pytest.raises(ManifestError, match="connect its drive"):
        restore(outcome.manifest)
    assert not data.exists()


def test_the_manifest_can_be_read_by_anybody(data: Path, tmp_path: Path) -> None:
    outcome = move(data, ["b/c/worse.png"], tmp_path / "aside")
    head, row = map(json.loads, Path(outcome.manifest).read_text(encoding="ascii").splitlines())
    assert (head["root"], head["files"]) == (str(data), 1)
    assert row == {"path": "b/c/worse.png", "aside": "b/c/worse.png", "bytes": 1300}


def in_a_namespace(script: str, *arguments: Path) -> None:
    """Run Python where file systems can be mounted that nobody else sees."""
    may_mount = ["unshare", "--user", "--map-root-user", "--mount"]
    if shutil.which("unshare") is None or subprocess.run([*may_mount, "true"], capture_output=True).returncode:
        pytest.skip("this system does not let users mount file systems of their own")
    begin = (
        "import subprocess, sys\nfrom pathlib import Path\n"
        "from tests.quarantine.test_quarantine import files, move, plan, move_aside, restore\n"
        "data, place = map(Path, sys.argv[1:])\n"
        "def mount(*options): subprocess.run(['mount', *options, str(place)], check=True)\n"
    )
    done = subprocess.run(
        [*may_mount, sys.executable, "-c", begin + textwrap.dedent(script), *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_a_full_disk_is_said_and_loses_nothing(data: Path, tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    (data / "large.jpg").write_bytes(b"x" * 3_000_000)
    in_a_namespace(
        """
        mount("-t", "tmpfs", "-o", "size=1M", "none")
        before = files(data)
        outcome = move(data, ["bad.jpg", "large.jpg", "a/bad.jpg"], place)
        assert [refusal.path for refusal in outcome.failed] == [str(data / "large.jpg")], outcome
        assert "no room left" in outcome.failed[0].reason, outcome
        assert (len(outcome.moved), outcome.left) == (1, 1), outcome
        assert set(files(place)) == {"bad.jpg"}, files(place)
        assert restore(outcome.manifest).failed == () and files(data) == before
        """,
        data,
        tmp_path / "small",
    )


def test_a_disk_that_cannot_be_written_to_is_said(data: Path, tmp_path: Path) -> None:
    (tmp_path / "fixed").mkdir()
    in_a_namespace(
        """
        from inspector.errors import QuarantineError
        before = files(data)
        mount("-t", "tmpfs", "-o", "ro", "none")
        try:
            move(data, ["bad.jpg"], place)
        except QuarantineError as error:
            assert "read-only file system" in str(error) and "Nothing was moved." in str(error), error
        else:
            raise AssertionError("it moved")
        assert files(data) == before
        """,
        data,
        tmp_path / "fixed",
    )


def test_a_data_set_that_cannot_be_written_to_keeps_its_files(data: Path, tmp_path: Path) -> None:
    in_a_namespace(
        """
        subprocess.run(["mount", "--bind", str(data), str(data)], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", str(data)], check=True)
        before = files(data)
        outcome = move(data, ["bad.jpg", "a/bad.jpg"], place)
        assert len(outcome.failed) == 1 and outcome.left == 1, outcome
        assert files(data) == before and files(place) == {}, files(place)
        """,
        data,
        tmp_path / "aside",
    )
