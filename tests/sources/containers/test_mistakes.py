"""What strangers give: files of another kind than their names say, mixed lists, and choices that do not exist."""

import gzip
import zipfile
from pathlib import Path

import pytest

from inspector.errors import SourceError
from inspector.settings import LoaderConfig
from inspector.sources.opening import open_source
from tests.command import run
from tests.sources.containers.samples import label_of, photographs
from tests.sources.containers.tars import write_tar
from tests.sources.containers.tfrecords import write_tfrecord


def sentence(source: object, **choice: str) -> str:
    with pytest.raises(SourceError) as raised:
        open_source(source, LoaderConfig(**choice))  # type: ignore[arg-type]
    return str(raised.value)


@pytest.fixture
def tar(tmp_path: Path) -> Path:
    return write_tar(tmp_path / "good.tar", [("0.jpg", b"0"), ("0.json", b"{}"), ("0.txt", b"a caption")])


def test_a_file_that_is_something_else_is_named(tmp_path: Path, tar: Path) -> None:
    with zipfile.ZipFile(tmp_path / "good.zip", "w") as archive:
        archive.writestr("0.jpg", b"0")
    for name, content, said in (
        ("a.tar", (tmp_path / "good.zip").read_bytes(), "it is a zip: give it a name that ends in .zip"),
        ("a.zip", tar.read_bytes(), "it is a tar: give it a name that ends in .tar"),
        ("b.tar", gzip.compress(tar.read_bytes()), "unpack it once, with gunzip"),
        ("c.tar", b"", "it is empty"),
        ("d.tar", b"version https://git-lfs.github.com/spec/v1\n" * 30, "git lfs pull"),
        ("e.tar", b"<!DOCTYPE html>" * 100, "the download probably failed"),
        ("b.zip", b"\x89HDF\r\n\x1a\n" * 100, "an HDF5 file"),
    ):
        (tmp_path / name).write_bytes(content)
        assert said in sentence(tmp_path / name), name


def test_a_choice_that_is_not_there_names_what_is(tmp_path: Path, tar: Path) -> None:
    with zipfile.ZipFile(tmp_path / "good.zip", "w") as archive:
        archive.writestr("0.jpg", b"0")
        archive.writestr("0.json", b"{}")
    assert sentence(tar, image="left.png").endswith("has no member left.png: it has jpg, json, txt")
    assert sentence(tar, label="breed").endswith("has no member breed: it has jpg, json, txt")
    assert sentence(tmp_path / "good.zip", image="left.png").endswith("has no member left.png: it has jpg, json")
    assert len(open_source(tar, LoaderConfig(label="txt"))) == 1
    write_tar(tmp_path / "none.tar", [("0.json", b"{}"), ("0.txt", b"")])
    assert sentence(tmp_path / "none.tar").endswith("known to hold images: it has json, txt; name one with --image")


def test_lists_are_of_one_kind(tmp_path: Path, tar: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(photographs()[1][1])
    for order in (["x.jpg", "good.tar"], ["good.tar", "x.jpg"]):
        (tmp_path / "list.txt").write_text("\n".join(order))
        assert "give files of one kind" in sentence(tmp_path / "list.txt")
        assert "give files of one kind" in sentence([str(tmp_path / name) for name in order])


def test_a_shard_that_is_missing_in_a_range_is_named(tmp_path: Path) -> None:
    for number in (0, 2):
        write_tar(tmp_path / f"{number:03}.tar", [("0.jpg", b"0")])
    assert "001.tar is not there, of 3" in sentence(str(tmp_path / "{000..002}.tar"))


def test_numbered_shards_are_found_in_a_folder_and_alone(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    for shard in range(2):
        records = [{"image/encoded": content} for _, content in photographs()[shard::2]]
        write_tfrecord(tmp_path / "train" / f"x.tfrecord-{shard:05}-of-00002", records)
    assert len(open_source(tmp_path)) == len(photographs())
    done = run("scan", tmp_path / "train" / "x.tfrecord-00000-of-00002", "--without", "all")
    assert "13 files checked" in done.stdout


@pytest.mark.parametrize("form", ["file", "stream"])
def test_columns_with_a_dictionary(tmp_path: Path, form: str) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    images = [content for _, content in photographs()] + [photographs()[0][1]]
    labels = [["cat", "dog", "owl"][label_of(i)] for i in range(len(images))]
    table = pa.table(
        {"image": pa.array(images, pa.binary()).dictionary_encode(), "label": pa.array(labels).dictionary_encode()}
    )
    new = pa.ipc.new_file if form == "file" else pa.ipc.new_stream
    with new(str(tmp_path / "a.arrow"), table.schema) as writer:
        writer.write_table(table, max_chunksize=5)
    parquet.write_table(table, tmp_path / "a.parquet", row_group_size=5)
    for name in ("a.arrow", "a.parquet"):
        index = open_source(tmp_path / name)
        reader = index.reader()  # type: ignore[union-attr]
        good = [i for i, image in enumerate(images) if image]
        assert [reader.read(i) for i in good] == [images[i] for i in good]
        assert [index.label(i) for i in range(len(images))] == labels
        assert index.reader().fields(1) == {"label": labels[1]}  # type: ignore[union-attr]


def test_dictionaries_that_grow_and_change(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    values = [["x", "y"], ["x", "y", "z"], ["q"]]
    numbers = [[0, 1], [2, 0], [0, 0]]
    schema = pa.schema([("image", pa.binary()), ("label", pa.dictionary(pa.int8(), pa.string()))])
    options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)
    with pa.ipc.new_stream(str(tmp_path / "a.arrow"), schema, options=options) as writer:
        for known, used in zip(values, numbers, strict=True):
            label = pa.DictionaryArray.from_arrays(pa.array(used, pa.int8()), pa.array(known))
            writer.write_batch(pa.record_batch([pa.array([b"\xff\xd8\xff0"] * 2), label], schema=schema))
    index = open_source(tmp_path / "a.arrow")
    assert [index.label(i) for i in range(6)] == ["x", "y", "z", "x", "q", "q"]


@pytest.mark.parametrize("name", ["a.npy", "a.pt", "a.h5", "a.rec", "a.beton", "a.csv", "a.jsonl", "a.7z", "a.bin"])
def test_files_of_others_end_in_a_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"something")
    done = run("scan", tmp_path / name)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "--dataset" in done.stderr or "give" in done.stderr
