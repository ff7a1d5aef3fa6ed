"""Where files are, by the names of their folders: every usual layout of splits and classes."""

from pathlib import Path

import pytest

from inspector.errors import SettingsError
from inspector.scan.places import Places
from inspector.sources.file_index import FileIndex
from inspector.sources.opening import open_source
from tests.sources.containers.tars import write_tar


def found(*files: str, splits: tuple[str, ...] = ()) -> list[tuple[str | None, str | None]]:
    places = Places.of(FileIndex.scan([f"/data/{file}" for file in files]), splits)
    return [
        (places.splits[split] if split >= 0 else None, places.classes[name] if name >= 0 else None)
        for split, name in zip(places.split_of.tolist(), places.class_of.tolist(), strict=True)
    ]


@pytest.mark.parametrize(
    ("files", "places"),
    [
        (("train/cat/1.jpg", "val/dog/2.jpg"), [("train", "cat"), ("val", "dog")]),
        (("cat/train/1.jpg", "dog/test/2.jpg"), [("train", "cat"), ("test", "dog")]),
        (("images/train2017/1.jpg", "images/val2017/2.jpg"), [("train2017", None), ("val2017", None)]),
        (("train/1.jpg", "Validation/2.jpg"), [("train", None), ("Validation", None)]),
        (("cat/1.jpg", "test/2.jpg"), [(None, "cat"), (None, "test")]),  # a class that is called test
        (("cat/a/b/1.jpg", "dog/2.jpg"), [(None, "cat"), (None, "dog")]),
        (("1.jpg", "dog/2.jpg"), [(None, None), (None, "dog")]),
        (("Train/cat/1.jpg", "Val/cat/2.jpg"), [("Train", "cat"), ("Val", "cat")]),
        (("data/train/cat/1.jpg", "data/valid/cat/2.jpg", "3.jpg"), [("train", "cat"), ("valid", "cat"), (None, None)]),
        (("train/n01/images/1.jpg", "val/images/2.jpg"), [("train", "n01"), ("val", None)]),
        (("train/images/1.jpg", "valid/images/2.jpg"), [("train", None), ("valid", None)]),
        (("set/train/cat/1.jpg", "set/test/2.jpg", "3.jpg"), [("train", "cat"), ("test", None), (None, None)]),
    ],
)
def test_layouts(files: tuple[str, ...], places: list[tuple[str | None, str | None]]) -> None:
    assert found(*files) == places


def test_splits_that_are_named() -> None:
    files = ("x/fold1/cat/1.jpg", "x/fold2/dog/2.jpg", "x/train/3.jpg")
    assert found(*files, splits=("fold2", "fold1")) == [("fold1", "cat"), ("fold2", "dog"), (None, "train")]
    paths = ("a/fold2/", "/data/a/fold1")
    assert found("a/fold1/cat/1.jpg", "a/fold2/dog/2.jpg", "b/fold1/3.jpg", splits=paths) == [
        ("/data/a/fold1", "cat"),
        ("a/fold2/", "dog"),
        (None, "b"),
    ]
    with pytest.raises(SettingsError, match="fold3"):
        found(*files, splits=("fold3",))


def test_files_that_have_no_folder_in_common() -> None:
    places = Places.of(FileIndex.scan(["/a/train/1.jpg", "b/2.jpg"]))
    assert (list(places.splits), list(places.classes)) == ([], ["b"])


def test_shards_are_splits_by_their_names(tmp_path: Path) -> None:
    for name, folder in (("train-000", "cat"), ("train-001", "dog"), ("val-000", "cat")):
        write_tar(tmp_path / f"{name}.tar", [(f"{folder}/{name}.jpg", b"x")])
    places = Places.of(open_source(tmp_path))
    assert (places.splits, places.trains, places.classes) == (["train", "val"], True, ["cat", "dog"])
    assert (places.split_of.tolist(), places.class_of.tolist()) == ([0, 0, 1], [0, 1, 0])


def test_shards_of_one_name_are_no_folders(tmp_path: Path) -> None:
    for number in range(2):
        write_tar(tmp_path / f"all_{number}.tar", [(f"{folder}/{number}.jpg", b"x") for folder in ("cat", "dog")])
    places = Places.of(open_source(tmp_path))
    assert (places.splits, places.classes, places.class_of.tolist()) == ([], ["cat", "dog"], [0, 1, 0, 1])
