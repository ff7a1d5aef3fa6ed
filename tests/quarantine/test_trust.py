"""A manifest of somebody else, and files that are swapped meanwhile: nothing moves that the user did not see."""

import contextlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.errors import ManifestError, QuarantineError
from inspector.quarantine import move_aside, plan, read_manifest, restore
from inspector.quarantine.manifest import KIND, VERSION
from tests.command import run
from tests.json_values import json_values

same_folders = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def manifest(file: Path, root: object, rows: list[object], **more: object) -> Path:
    file.parent.mkdir(exist_ok=True)
    head = {"kind": KIND, "version": VERSION, "time": "", "root": root, "folders": [], "files": len(rows), **more}
    file.write_text("".join(json.dumps(line) + "\n" for line in (head, *rows)), encoding="ascii")
    return file


def row(path: str, aside: str) -> dict[str, object]:
    return {"path": path, "aside": aside, "bytes": 1}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A data set, a received folder with a file, and what is nobody's business."""
    for name in ("data/a/b", "pack/a/b", "private/a/b"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "pack/a/b/x.jpg").write_text("x")
    (tmp_path / "private/a/b/x.jpg").write_text("secret")
    return tmp_path


@pytest.mark.parametrize("link", ["pack/l", "pack/a/l", "data/l", "data/a/l"])
@pytest.mark.parametrize("target", ["private", "private/a", "private/a/b", "../PLACE/private/a/b"])
def test_no_link_on_the_way_is_followed(place: Path, link: str, target: str) -> None:
    (place / link).symlink_to(place / target.replace("PLACE", place.name))
    inside = str(Path(link).relative_to(Path(link).parts[0]))
    for rest in ("", "a/", "b/", "a/b/", "new/"):
        through = f"{inside}/{rest}x.jpg"
        rows = [row("y.jpg", through)] if link.startswith("pack") else [row(through.replace("x.", "z."), "a/b/x.jpg")]
        file = manifest(place / "pack/m.jsonl", str(place / "data"), [*rows])
        outcome = restore(str(file))
        assert outcome.moved == ()
        assert (place / "private/a/b/x.jpg").read_text() == "secret"
        assert (place / "pack/a/b/x.jpg").read_text() == "x"
        assert sorted(os.listdir(place / "private/a/b")) == ["x.jpg"]
        assert not (place / "private/new").exists()


def test_no_folder_is_removed_that_no_file_of_the_manifest_is_in(place: Path) -> None:
    (place / "pack/empty").mkdir()
    (place / "pack/link").symlink_to(place / "private")
    (place / "private/empty").mkdir()
    for folder in ("empty", "link/empty"):
        with pytest.raises(ManifestError, match="no file of it lies in"):
            restore(str(manifest(place / "pack/m.jsonl", str(place / "data"), [], folders=[folder])))
    file = manifest(place / "pack/m.jsonl", str(place / "data"), [row("q", "link/empty/q")], folders=["link/empty"])
    restore(str(file))
    assert (place / "pack/empty").exists()
    assert (place / "private/empty").exists()


@given(
    value=json_values,
    field=st.sampled_from(["kind", "version", "root", "folders", "files", "signed", "path", "aside", "bytes", None]),
)
@same_folders
def test_any_json_is_a_manifest_or_refused_in_a_sentence(place: Path, value: object, field: str | None) -> None:
    first = row("y.jpg", "nowhere.jpg")
    if field in first:
        file = manifest(place / "pack/m.jsonl", str(place / "data"), [{**first, str(field): value}])
    elif field is None:
        file = manifest(place / "pack/m.jsonl", str(place / "data"), [value])
    else:
        file = manifest(place / "pack/m.jsonl", **{"root": str(place / "data"), "rows": [first], field: value})  # type: ignore[arg-type]
    said = str(file)
    try:
        read_manifest(str(file))
    except ManifestError as error:
        said = str(error)
    assert str(file) in said


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000, "9" * 10_000])
def test_deep_json_is_no_manifest(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.jsonl").write_text(text)
    with pytest.raises(ManifestError, match="no manifest"):
        read_manifest(str(tmp_path / "m.jsonl"))


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/zero", path)])
def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path, make: object) -> None:
    assert callable(make)
    make(tmp_path / "m.jsonl")
    with pytest.raises(ManifestError, match="cannot be read"):
        read_manifest(str(tmp_path / "m.jsonl"))


def test_a_manifest_of_ones_own_is_known_and_any_other_is_asked_about(place: Path) -> None:
    (place / "data/bad.jpg").write_text("bad")
    outcome = move_aside(plan([str(place / "data/bad.jpg")], str(place / "aside"), root=str(place / "data")))
    own = Path(outcome.manifest)
    assert read_manifest(str(own)).own
    text = own.read_text()
    own.write_text(text.replace(str(place / "data"), str(place / "private")))
    assert not read_manifest(str(own)).own
    refused = run("restore", own)
    assert refused.returncode == 2
    assert str(place / "private") in refused.stdout
    assert "--yes" in refused.stderr
    assert not (place / "private/bad.jpg").exists()
    assert run("restore", own, "--yes").returncode == 0
    assert (place / "private/bad.jpg").exists()


def test_a_manifest_that_changed_since_it_was_shown_is_refused(place: Path) -> None:
    file = manifest(place / "pack/m.jsonl", str(place / "data"), [row("y.jpg", "a/b/x.jpg")])
    seen = read_manifest(str(file))
    manifest(file, str(place / "private"), [row("y.jpg", "a/b/x.jpg")])
    with pytest.raises(ManifestError, match="has changed"):
        restore(str(file), agreed=seen)


def _other_content(file: Path) -> None:
    file.write_text("of another size")


def _other_file(file: Path) -> None:
    file.rename(file.with_suffix(".old"))
    file.write_text("bad")


def _link(file: Path) -> None:
    file.rename(file.with_suffix(".old"))
    file.symlink_to(file.with_suffix(".old"))


def _touched(file: Path) -> None:
    os.utime(file, (1, 1))


@pytest.mark.parametrize("change", [_other_content, _other_file, _link, _touched])
def test_a_file_that_changed_since_the_yes_stays(place: Path, change: object) -> None:
    assert callable(change)
    file = place / "data/a/b/x.jpg"
    file.write_text("bad")
    agreed = plan([str(file)], str(place / "aside"), root=str(place / "data"))
    change(file)
    outcome = move_aside(agreed)
    assert [refused.path for refused in outcome.failed] == [str(file)]
    assert os.path.lexists(file)


@pytest.mark.parametrize("folder", ["data/a", "data/a/b", "data"])
def test_a_folder_that_became_a_link_since_the_yes_is_not_entered(place: Path, folder: str) -> None:
    file = place / "data/a/b/x.jpg"
    file.write_text("bad")
    agreed = plan([str(file)], str(place / "aside"), root=str(place / "data"))
    (place / folder).rename(place / "old")
    (place / folder).symlink_to(place / folder.replace("data", "private"))
    with contextlib.suppress(QuarantineError):
        assert move_aside(agreed).moved == ()
    assert (place / "private/a/b/x.jpg").read_text() == "secret"


@pytest.mark.parametrize("link", ["aside/a", "aside/a/b"])
def test_nothing_is_moved_into_a_link_in_the_destination(place: Path, link: str) -> None:
    file = place / "data/a/b/y.jpg"
    file.write_text("bad")
    agreed = plan([str(file)], str(place / "aside"), root=str(place / "data"))
    (place / link).parent.mkdir(parents=True)
    (place / link).symlink_to(place / "private")
    assert move_aside(agreed).moved == ()
    assert file.exists()
    assert sorted(os.listdir(place / "private")) == ["a"]


def test_a_file_behind_a_link_within_the_data_set_is_moved_from_its_own_folder_and_back(place: Path) -> None:
    (place / "data/a/b/x.jpg").write_text("bad")
    (place / "data/link").symlink_to("a")
    outcome = move_aside(plan([str(place / "data/link/b/x.jpg")], str(place / "aside"), root=str(place / "data")))
    assert (place / "aside/a/b/x.jpg").exists()
    restore(outcome.manifest)
    assert (place / "data/a/b/x.jpg").read_text() == "bad"


def test_a_file_outside_of_the_data_set_stays(place: Path) -> None:
    (place / "data/link").symlink_to(place / "private")
    wanted = plan([str(place / "data/link/a/b/x.jpg")], str(place / "aside"), root=str(place / "data"))
    assert wanted.moves == ()
    assert "outside of the data set" in wanted.refused[0].reason
