"""What a path leads to."""

import os
import sys
from pathlib import Path

import pytest

from inspector.locations import LocationKind, check_readable, file_of, kind_of


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.jpg", LocationKind.IMAGE),
        ("A.JPG", LocationKind.IMAGE),
        ("list.txt", LocationKind.LIST),
        ("list.TXT", LocationKind.LIST),
        ("notes.md", LocationKind.OTHER),
        ("README", LocationKind.OTHER),
        ("folder.jpg", LocationKind.FOLDER),
    ],
)
def test_the_kind_of_a_path(name: str, kind: LocationKind, tmp_path: Path) -> None:
    path = tmp_path / name
    path.mkdir() if name.startswith("folder") else path.touch()
    assert kind_of(str(path), ("jpg", "png")) is kind
    check_readable(str(path))


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        kind_of(str(tmp_path / "a.jpg"), ("jpg",))


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert kind_of(str(tmp_path / "pipe.jpg"), ("jpg",)) is LocationKind.OTHER
    check_readable(str(tmp_path / "pipe.jpg"))


def test_the_file_that_a_sample_lies_in() -> None:
    assert file_of("/data/a.jpg") == "/data/a.jpg"
    assert file_of("tar://a::b.jpg::/data/all.tar") == "/data/all.tar"
    assert file_of("parquet://7::part.parquet") == "part.parquet"
    assert file_of("s3://bucket/a.jpg") == ""
    assert file_of("tar://a.jpg::https://host/all.tar") == ""
