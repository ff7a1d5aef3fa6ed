"""Which index a source gets."""

from collections.abc import Callable
from pathlib import Path

import pytest

from inspector.errors import IndexingCancelled, SourceError
from inspector.formats.problems import BadFile, ProblemKind
from inspector.sources.braces import expanded_braces
from inspector.sources.containers.index import ContainerIndex
from inspector.sources.file_index import FileIndex
from inspector.sources.opening import open_source
from tests.sources.containers.mds_shards import write_mds
from tests.sources.containers.tars import write_tar


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    """Five tars of two samples."""
    for i in range(5):
        write_tar(tmp_path / f"train-{i:03d}.tar", [(f"{i}{j}.jpg", b"x") for j in range(2)])
    return tmp_path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a-{000..002}.tar", ["a-000.tar", "a-001.tar", "a-002.tar"]),
        ("a-{8..11}.tar", ["a-8.tar", "a-9.tar", "a-10.tar", "a-11.tar"]),
        ("{3..1}", ["3", "2", "1"]),
        ("{0..9..4}", ["0", "4", "8"]),
        ("{train,val}/{0..1}", ["train/0", "train/1", "val/0", "val/1"]),
        ("{a}", ["{a}"]),
        ("plain", ["plain"]),
    ],
)
def test_braces(text: str, expected: list[str]) -> None:
    assert expanded_braces(text) == expected


def test_braces_for_more_files_than_there_can_be() -> None:
    with pytest.raises(SourceError, match="more than 1,000,000"):
        expanded_braces("{0..99999999999}")


@pytest.mark.parametrize(
    "source",
    [
        lambda root: root,
        lambda root: f"{root}/train-*.tar",
        lambda root: f"{root}/train-{{000..004}}.tar",
        lambda root: [f"{root}/train-00{i}.tar" for i in range(5)],
        lambda root: [root / f"train-00{i}.tar" for i in range(5)],
        lambda root: _list(root, [f"train-00{i}.tar" for i in range(5)]),
        lambda root: _list(root, [f"tar://{i}{j}.jpg::train-00{i}.tar" for i in range(5) for j in range(2)]),
    ],
)
def test_all_ways_to_name_several_tars(source: Callable[[Path], object], shards: Path) -> None:
    index = open_source(source(shards))  # type: ignore[arg-type]
    assert isinstance(index, ContainerIndex)
    assert [index.relative(i) for i in (0, 9)] == ["tar://00.jpg::train-000.tar", "tar://41.jpg::train-004.tar"]
    assert len(index) == 10


def _list(root: Path, lines: list[str]) -> Path:
    file = root / "list.txt"
    file.write_text("# a comment\n\n" + "\n".join(lines) + "\n")
    return file


def test_files_are_found_as_before(shards: Path, tmp_path: Path) -> None:
    (shards / "a.jpg").touch()
    for source in (tmp_path, f"{tmp_path}/*.jpg", [tmp_path / "a.jpg"], f"{tmp_path}/{{a,a}}.jpg"):
        index = open_source(source)
        assert isinstance(index, FileIndex)
        assert index.path(0) == str(tmp_path / "a.jpg")


def test_a_missing_shard_is_named(shards: Path) -> None:
    (shards / "train-003.tar").unlink()
    with pytest.raises(SourceError, match=r"train-003\.tar is not there"):
        open_source(f"{shards}/train-{{000..004}}.tar")


def test_a_bad_shard_among_good_ones_is_a_bad_sample(shards: Path) -> None:
    (shards / "train-002.tar").write_bytes(b"no tar at all")
    index = open_source(shards)
    assert isinstance(index, ContainerIndex)
    assert (len(index), index.path(4)) == (9, str(shards / "train-002.tar"))
    with pytest.raises(BadFile) as caught:
        index.reader().read(4)
    assert caught.value.kind is ProblemKind.DAMAGED


def test_a_bad_shard_alone_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"no tar at all")
    with pytest.raises(SourceError, match="no tar"):
        open_source(tmp_path / "a.tar")


def test_a_compressed_tar_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_bytes(b"\x1f\x8b\x08")
    for source in (tmp_path / "a.tar.gz", tmp_path):
        with pytest.raises(SourceError, match="gunzip"):
            open_source(source)


def test_mixed_lists_are_refused(shards: Path) -> None:
    with pytest.raises(SourceError, match="give files of one kind"):
        open_source([f"{shards}/train-000.tar", f"{shards}/a.jpg"])
    with pytest.raises(SourceError, match="one kind"):
        open_source([f"tar://00.jpg::{shards}/train-000.tar", f"{shards}/a.jpg"])


def test_it_counts_and_can_be_cancelled(shards: Path) -> None:
    counts: list[int] = []
    open_source(shards, on_progress=counts.append)
    assert counts[-1] == 10
    with pytest.raises(IndexingCancelled):
        open_source(shards / "train-000.tar", cancelled=lambda: True)


class TestLeftOut:
    def test_a_folder_with_tars_beside_images_says_so(self, shards: Path) -> None:
        (shards / "a.jpg").write_bytes(b"x")
        index = open_source(shards)
        assert isinstance(index, FileIndex)
        assert index.left_out == f"5 containers beside the images are not loaded: give '{shards}/*.tar' for them"
        assert len(open_source(f"{shards}/*.tar")) == 10

    def test_one_of_them_is_named_and_several_kinds_by_the_first(self, tmp_path: Path) -> None:
        (tmp_path / "a.jpg").write_bytes(b"x")
        (tmp_path / "deep").mkdir()
        (tmp_path / "deep" / "x.parquet").write_bytes(b"x")
        (tmp_path / "notes.json.gz").write_bytes(b"x")
        said = "1 container beside the images is not loaded: give"
        assert open_source(tmp_path).left_out == f"{said} {tmp_path}/deep/x.parquet for it"
        (tmp_path / "all.tar.gz").write_bytes(b"x")
        assert f"give {tmp_path}/all.tar.gz for them" in open_source(tmp_path).left_out

    def test_in_folders_of_several_depths(self, tmp_path: Path) -> None:
        for name in ("a/x.tar", "a/b/y.tar", "z.jpg"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(b"x")
        assert f"give '{tmp_path}/a/**/*.tar' for them" in open_source(tmp_path).left_out

    def test_a_pattern_that_fits_both_says_what_it_took(self, shards: Path) -> None:
        for name in ("a.jpg", "b.jpg"):
            (shards / name).write_bytes(b"x")
        index = open_source(f"{shards}/*")
        assert isinstance(index, ContainerIndex)
        assert index.left_out == f"2 images beside the containers are not loaded: give '{shards}/*.jpg' for them"

    def test_a_data_set_as_a_whole_says_what_lies_in_its_folder(self, tmp_path: Path) -> None:
        write_mds(tmp_path, {"image": "jpeg"}, [[{"image": b"\xff\xd8\xff"}]])
        assert open_source(tmp_path).left_out == ""
        (tmp_path / "preview.png").write_bytes(b"x")
        said = "1 image beside the containers is not loaded"
        assert open_source(tmp_path).left_out == f"{said}: give {tmp_path}/preview.png for it"

    def test_nothing_is_said_where_there_is_nothing(self, shards: Path, tmp_path: Path) -> None:
        assert open_source(shards).left_out == ""
        (tmp_path / "images").mkdir()
        (tmp_path / "images" / "a.jpg").write_bytes(b"x")
        (tmp_path / "images" / "notes.txt").write_bytes(b"x")
        assert open_source(tmp_path / "images").left_out == ""
