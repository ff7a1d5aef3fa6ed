"""What can be chosen as image and label, found out before a source is opened."""

import json
from pathlib import Path

import pytest

from inspector.errors import IndexingCancelled, SourceError
from inspector.sources.parts import SourceParts, parts_of
from tests.sources.containers.tars import write_tar


@pytest.fixture
def image(sample: Path) -> bytes:
    return (sample / "photo" / "china.jpg").read_bytes()


def test_members_of_the_first_tar(image: bytes, tmp_path: Path) -> None:
    about = json.dumps({"breed": "owl", "size": 3, "boxes": [[1, 2, 3, 4]]}).encode()
    members = [("1.left.jpg", image), ("1.right.jpg", image), ("1.json", about), ("1.cls", b"1"), ("1.txt", b"text")]
    for number in range(2):
        write_tar(tmp_path / f"train-{number:03}.tar", members)
    expected = SourceParts("tar", ("left.jpg", "right.jpg"), ("breed", "size", "cls", "txt"))
    for source in ("", "/train-000.tar", "/train-*.tar", "/train-{000..001}.tar"):
        assert parts_of(f"{tmp_path}{source}") == expected


def test_one_image_is_no_choice(image: bytes, sample: Path, tmp_path: Path) -> None:
    tar = write_tar(tmp_path / "a.tar", [("1.jpg", image), ("1.cls", b"1"), ("2.png", image)])
    assert parts_of(str(tar)) == SourceParts("tar", (), ("cls",))
    assert parts_of(str(sample)) == SourceParts()


def test_columns_of_parquet(image: bytes, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pa.table({"image": [image], "mask": [image], "label": [1], "breed": ["owl"], "boxes": [[1, 2]]})
    parquet.write_table(table, tmp_path / "a.parquet")
    assert parts_of(str(tmp_path / "a.parquet")) == SourceParts("Parquet", ("mask",), ("label", "breed"))
    parquet.write_table(pa.table({"label": [1]}), tmp_path / "b.parquet")
    assert "name one with --image" in parts_of(str(tmp_path / "b.parquet")).fault


def test_what_cannot_be_looked_at(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        parts_of(str(tmp_path / "nothing"))
    (tmp_path / "a.tar").write_bytes(b"x" * 600)
    assert "is no tar file" in parts_of(str(tmp_path / "a.tar")).fault
    (tmp_path / "list.txt").write_text(f"{tmp_path}/a.tar\n")
    with pytest.raises(IndexingCancelled):
        parts_of(str(tmp_path), cancelled=lambda: True)
