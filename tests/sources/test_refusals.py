"""What cannot be loaded, or has no sample, is a sentence that says what to do."""

import gzip
from pathlib import Path

import pytest

from inspector.errors import InspectorError, SourceError
from inspector.loader.loader import Loader
from inspector.settings import LoaderConfig
from inspector.sources.opening import open_source
from tests.sources.containers.tars import write_tar


def _why(source: Path | str, **settings: str) -> str:
    with pytest.raises(InspectorError) as refused:
        Loader(source, LoaderConfig(**settings))  # type: ignore[arg-type]
    return str(refused.value)


def test_a_pattern_that_matches_nothing(tmp_path: Path) -> None:
    pattern = str(tmp_path / "train-*.tar")
    assert _why(pattern) == f"no image and no shard matches {pattern}: check the pattern, or give the folder"


@pytest.mark.parametrize("name", ["train.tfrecord.gz", "train.parquet.zst"])
def test_a_file_that_is_compressed_as_a_whole(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(b"1"))
    assert "is compressed as a whole; unpack it once" in _why(tmp_path / name)


def test_parquet_without_rows_and_with_lists_of_images(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(arrow.table({"image": arrow.array([], arrow.binary())}), tmp_path / "a.parquet")
    assert _why(tmp_path / "a.parquet") == f"there are no samples in {tmp_path / 'a.parquet'}: give one that has some"
    parquet.write_table(arrow.table({"image": [b"\xff\xd8\xff"]}), tmp_path / "b.parquet")
    assert len(open_source(tmp_path)) == 1  # one without rows beside it is no problem
    parquet.write_table(arrow.table({"images": [[b"1", b"2"]]}), tmp_path / "c.parquet")
    assert "the column images does not hold one image a row" in _why(tmp_path / "c.parquet", image="images")


def test_what_path_says_of_a_chosen_member_can_be_opened(tmp_path: Path) -> None:
    names = ("a.left.jpg", "a.right.jpg", "b.left.jpg", "b.right.jpg")
    tar = write_tar(tmp_path / "a.tar", [(name, name.encode()) for name in names])
    index = open_source(tar, LoaderConfig(image="right.jpg"))
    opened = open_source(index.path(1))
    assert (len(opened), opened.path(0)) == (1, f"tar://b.right.jpg::{tar}")
    with pytest.raises(SourceError, match=r"has no c\.right\.jpg"):
        open_source(f"tar://c.right.jpg::{tar}")
