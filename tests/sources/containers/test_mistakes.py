"""What strangers give: files of another kind than their names say, mixed lists, and choices that do not exist."""

import base64
import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from inspector.errors import SourceError
from inspector.formats.problems import BadFile
from inspector.settings import LoaderConfig
from inspector.sources.opening import open_source
from tests.command import run
from tests.sources.containers.mds_shards import write_mds
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


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "parquet", "zip"])
def test_an_archive_of_containers_is_to_be_unpacked(tmp_path: Path, kind: str) -> None:
    write_tar(tmp_path / "all.tar", [(f"shard-000.{kind}", b"x"), (f"shard-001.{kind}", b"x"), ("notes.txt", b"x")])
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr(f"shards/shard-000.{kind}", b"x")
    for name in ("all.tar", "all.zip"):
        said = sentence(tmp_path / name)
        assert said == f"{tmp_path}/{name} has no images, but {kind} files with samples of their own: " + (
            "unpack it once, and give the folder"
        )


@pytest.mark.parametrize("name", ["a.arrow", "a.parquet"])
def test_columns_that_are_no_images_are_named(tmp_path: Path, name: str) -> None:
    pa = pytest.importorskip("pyarrow")

    def written(**columns: object) -> Path:
        return write_table(tmp_path / name, pa.table(columns))

    said = sentence(written(file=["a/1.JPG", "a/2.jpg"], label=["x", "y"]))
    assert "the column file has paths of images, and no column their bytes: write the paths to a .txt list" in said
    assert "the column file has paths" in sentence(written(file=["a/1.JPG", "a/2.jpg"]), image="file")
    assert "the column image has images as Base64" in sentence(written(image=["/9j/4AAQSkZJRg=="]))
    several = [[{"bytes": b"\xff\xd8\xff", "path": None}]] * 2
    for values in (several, [[b"\xff\xd8\xff"]] * 2):
        assert "the column images does not hold one image a row" in sentence(written(images=values, label=["x", "y"]))
    structs = pa.array(
        [{"bytes": None, "path": "a.jpg"}] * 2, pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    )
    index = open_source(written(image=structs))
    with pytest.raises(BadFile, match="A path alone is not followed: embed the images"):
        index.reader().read(0)  # type: ignore[union-attr]


def write_table(path: Path, table: Any) -> Path:
    import pyarrow as pa
    from pyarrow import parquet

    if path.suffix == ".parquet":
        parquet.write_table(table, path)
        return path
    with pa.ipc.new_stream(str(path), table.schema) as writer:
        writer.write_table(table)
    return path


@pytest.mark.parametrize("plaintext_footer", [True, False])
def test_an_encrypted_parquet_file_is_named(tmp_path: Path, plaintext_footer: bool) -> None:
    pa = pytest.importorskip("pyarrow")
    encryption = pytest.importorskip("pyarrow.parquet.encryption")
    from pyarrow import parquet

    class Kms(encryption.KmsClient):  # type: ignore[misc, name-defined]
        def wrap_key(self, key_bytes: bytes, master_key_identifier: str) -> bytes:
            return base64.b64encode(key_bytes)

        def unwrap_key(self, wrapped_key: bytes, master_key_identifier: str) -> bytes:
            return base64.b64decode(wrapped_key)

    factory = encryption.CryptoFactory(lambda config: Kms())
    how = encryption.EncryptionConfiguration(
        footer_key="foot", column_keys={"image": ["image"]}, plaintext_footer=plaintext_footer
    )
    table = pa.table({"image": [b"\xff\xd8\xff"] * 3, "label": [1, 2, 3]})
    path = tmp_path / "a.parquet"
    options = factory.file_encryption_properties(encryption.KmsConnectionConfig(), how)
    with parquet.ParquetWriter(path, table.schema, encryption_properties=options) as writer:
        writer.write_table(table)
    said = sentence(path)
    assert str(path) in said
    assert "encrypted" in said
    assert "without encryption" in said


def test_a_selection_of_hugging_face_is_not_loaded_as_all_of_it(tmp_path: Path) -> None:
    (tmp_path / "data.arrow").write_bytes(b"")
    state = {"_data_files": [{"filename": "data.arrow"}], "_indices_data_files": [{"filename": "indices.arrow"}]}
    (tmp_path / "state.json").write_text(json.dumps(state))
    assert "flatten_indices().save_to_disk" in sentence(tmp_path)
    (tmp_path / "state.json").write_text(json.dumps({"_data_files": []}))
    assert "without rows" in sentence(tmp_path)


def test_an_lmdb_of_pixels_says_so(tmp_path: Path) -> None:
    lmdb = pytest.importorskip("lmdb")
    datum = b"\x08\x03\x10\x02\x18\x02\x22\x0c" + bytes(12) + b"\x28\x05"  # 3 channels of 2 x 2 pixels, label 5
    with lmdb.open(str(tmp_path / "db"), map_size=1 << 20) as environment, environment.begin(write=True) as writer:
        for number in range(3):
            writer.put(b"%08d" % number, datum)
    assert "pixels, in a Datum of Caffe each; write it once more, with encoded images" in sentence(tmp_path / "db")


def test_an_lmdb_with_named_databases_says_so(tmp_path: Path) -> None:
    lmdb = pytest.importorskip("lmdb")
    with lmdb.open(str(tmp_path / "db"), map_size=1 << 20, max_dbs=1) as environment:
        images = environment.open_db(b"images")
        with environment.begin(write=True, db=images) as writer:
            writer.put(b"1", photographs()[1][1][:1000])
    assert "has 1 value, and none is an image file: databases with a name" in sentence(tmp_path / "db")


@pytest.mark.parametrize("encoding", ["list[jpeg]", "jpeg_array", "pil", "ndarray:uint8", "pkl"])
def test_a_column_of_mds_that_is_no_image_file_is_named(tmp_path: Path, encoding: str) -> None:
    write_mds(tmp_path, {"image": encoding}, [[{"image": b"something"}]])
    assert f"the column image has the encoding {encoding}, which is" in sentence(tmp_path)
    assert "write it as jpeg, png or bytes" in sentence(tmp_path)
