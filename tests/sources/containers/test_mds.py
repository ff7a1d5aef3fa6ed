"""Shards of MosaicML Streaming."""

import json
import os
import pickle
import struct
from pathlib import Path
from typing import Any

import pytest

from inspector.errors import SourceError
from inspector.formats.problems import ProblemKind
from inspector.sources.containers import mds as form
from inspector.sources.containers.entry import Choice
from tests.sources.containers.mds_shards import write_mds
from tests.sources.containers.samples import CLASSES, contents, entries_of, label_of, opened, photographs, tried

COLUMNS = {"image": "bytes", "label": "str", "id": "int", "meta": "json", "score": "float32", "z": "bytes"}


def sample(i: int, content: bytes) -> dict[str, Any]:
    return {"image": content, "label": CLASSES[label_of(i)], "id": i, "meta": {"a": i}, "score": 0.5, "z": b"\0"}


def write(folder: Path) -> list[Path]:
    samples = [sample(i, content) for i, (_, content) in enumerate(photographs())]
    return write_mds(folder, COLUMNS, [samples[:12], samples[12:]])


def test_has_what_the_files_have(tmp_path: Path) -> None:
    files = write(tmp_path)
    found = [each for file in files for each in contents(form, file)]
    assert [image for _, image in found] == [content for _, content in photographs()]
    assert [entry.label for entry, _ in found] == [CLASSES[label_of(i)] for i in range(len(found))]
    assert found[12][0].name == "0"


def test_a_folder_is_recognised_with_its_shards_in_order(tmp_path: Path) -> None:
    files = [file.name for file in write(tmp_path)]
    assert form.recognize(str(tmp_path)) == files
    (tmp_path / "index.json").rename(tmp_path / "other.json")
    assert form.recognize(str(tmp_path)) is None
    (tmp_path / "index.json").write_text('{"shards": 3}')
    assert form.recognize(str(tmp_path)) is None


@pytest.mark.parametrize("name", ["../a.mds", "/etc/passwd", "..", "", 3, None, "a\0.mds"])
def test_no_shard_is_looked_for_elsewhere(tmp_path: Path, name: object) -> None:
    shard = {"format": "mds", "raw_data": {"basename": name}}
    (tmp_path / "index.json").write_text(json.dumps({"shards": [shard]}))
    with pytest.raises(SourceError, match="not in its folder"):
        form.recognize(str(tmp_path))


def test_compressed_and_other_shards_are_refused(tmp_path: Path) -> None:
    write(tmp_path)
    index = json.loads((tmp_path / "index.json").read_text())
    index["shards"][0].update(compression="zstd:7", zip_data={"basename": "shard.00000.mds.zstd"})
    (tmp_path / "index.json").write_text(json.dumps(index))
    assert form.recognize(str(tmp_path)) is not None  # decompressed already
    (tmp_path / "shard.00000.mds").unlink()
    with pytest.raises(SourceError, match="compressed"):
        form.recognize(str(tmp_path))
    index["shards"][0]["format"] = "csv"
    (tmp_path / "index.json").write_text(json.dumps(index))
    with pytest.raises(SourceError, match="format csv"):
        form.recognize(str(tmp_path))


def test_fields(tmp_path: Path) -> None:
    file, _ = write(tmp_path)
    entry = entries_of(form, file)[4]
    with opened(file) as blob:
        assert form.fields(blob, entry) == {
            "id": 4,
            "label": "dog",
            "meta": {"a": 4},
            "score": 0.5,
            "z": "1 bytes",
        }


def test_columns_can_be_chosen(tmp_path: Path) -> None:
    one, two = [content for name, content in photographs() if "-bad-" not in name][:2]
    (file,) = write_mds(tmp_path, {"a": "bytes", "b": "bytes", "k": "int"}, [[{"a": one, "b": two, "k": 7}]])
    ((entry, image),) = contents(form, file, Choice("b", "k"))
    assert (entry.label, image) == (7, two)
    assert contents(form, file)[0][1] == one
    with pytest.raises(SourceError, match="no column c: it has a, b, k"):
        entries_of(form, file, Choice("c"))


def test_pickles_are_never_read(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(tmp_path / "ran"),)

    trap = pickle.dumps(Trap())
    (file,) = write_mds(tmp_path, {"image": "pkl", "label": "int"}, [[{"image": trap, "label": 1}]])
    with pytest.raises(SourceError, match="encoding pkl, which is never unpacked"):
        entries_of(form, file)
    (file,) = write_mds(tmp_path, {"image": "jpeg", "x": "pkl"}, [[{"image": photographs()[1][1], "x": trap}]])
    ((entry, _),) = contents(form, file)
    with opened(file) as blob:
        assert "not read" in form.fields(blob, entry)["x"]
    assert not (tmp_path / "ran").exists()


def test_pixels_are_no_image_file(tmp_path: Path) -> None:
    (file,) = write_mds(tmp_path, {"image": "pil", "label": "int"}, [[{"image": b"raw", "label": 1}]])
    with pytest.raises(SourceError, match="encoding pil"):
        entries_of(form, file)


def test_a_cut_shard_keeps_what_is_whole(tmp_path: Path) -> None:
    file, _ = write(tmp_path)
    whole = entries_of(form, file)
    file.write_bytes(file.read_bytes()[: whole[5].record + 50])
    *kept, last = entries_of(form, file)
    assert kept == whole[:5]
    assert (last.name, last.kind) == ("", ProblemKind.TRUNCATED)


def test_sizes_and_offsets_that_are_lies(tmp_path: Path) -> None:
    file, _ = write(tmp_path)
    whole = entries_of(form, file)
    data = bytearray(file.read_bytes())
    data[whole[2].record : whole[2].record + 4] = b"\xff\xff\xff\xff"
    file.write_bytes(data)
    assert len(tried(form, file)) == 1
    data[4 + 4 * 7 : 4 + 4 * 7 + 4] = struct.pack("<I", 1)
    file.write_bytes(data)
    assert entries_of(form, file)[-1].kind is ProblemKind.DAMAGED


@pytest.mark.parametrize("content", [b"", b"abc", b"\0" * 100, b"\xff" * 100, struct.pack("<3I", 1, 14, 14) + b"{}"])
def test_what_is_no_shard_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mds").write_bytes(content)
    with pytest.raises(SourceError, match="is no shard"):
        entries_of(form, tmp_path / "a.mds")
