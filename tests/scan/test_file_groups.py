"""Files in groups: every file once, as many together as suits their size."""

import os
from pathlib import Path

import pytest

from inspector.scan.file_groups import FileGroups
from inspector.sources.file_index import FileIndex


def all_paths(groups: FileGroups) -> list[str]:
    return [path for group in groups for path in group.paths]


@pytest.mark.parametrize("first", [0, 1, 17, 99, 100])
@pytest.mark.parametrize("size", [1, 3, 16])
def test_every_file_from_the_first_on_comes_once(first: int, size: int) -> None:
    index = FileIndex.scan([f"/data/{number}.jpg" for number in range(100)])
    groups = FileGroups(index, range(first, 100), size)
    assert all_paths(groups) == [index.path(number) for number in range(first, 100)]


def test_one_by_one() -> None:
    index = FileIndex.scan([f"/data/{number}.jpg" for number in range(10)])
    groups = FileGroups(index, range(1, 10), 4)
    assert all_paths(groups.one_by_one(2)) == ["/data/9.jpg"]
    assert [all_paths(groups.one_by_one(1)), len(groups.one_by_one(1))] == [list(groups[1].paths), 4]


@pytest.mark.parametrize(
    ("file_bytes", "files", "size"), [(10, 1000, 16), (200_000, 1000, 5), (3 << 20, 99, 1), (9, 9, 1)]
)
def test_small_files_are_many_together(file_bytes: int, files: int, size: int, tmp_path: Path) -> None:
    original = tmp_path / "0.jpg"
    original.write_bytes(bytes(file_bytes))
    for number in range(1, files):
        os.link(original, tmp_path / f"{number}.jpg")
    index = FileIndex.scan(tmp_path)
    assert FileGroups.of(index, range(len(index))).size == size


def test_relative_paths_hold_wherever_the_worker_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.jpg").touch()
    monkeypatch.chdir(tmp_path)
    (path,) = all_paths(FileGroups.of(FileIndex.scan("."), range(1)))
    assert os.path.isabs(path)
    assert os.path.samefile(path, "a.jpg")
