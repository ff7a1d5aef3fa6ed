"""Arrow files and data sets that pyarrow and Hugging Face's library write."""

import datetime
import decimal
import itertools
import pickle
import random
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from inspector.errors import SourceError
from inspector.formats.problems import ProblemKind
from inspector.sources.containers import arrow as form
from inspector.sources.containers.entry import Choice
from tests.sources.containers.samples import CLASSES, contents, entries_of, label_of, opened, photographs, tried

pa = pytest.importorskip("pyarrow")
pytest.importorskip("pyarrow.ipc")


def write(path: Path, table: Any, *, rows: int = 7, file: bool = False, **options: Any) -> Path:
    new = pa.ipc.new_file if file else pa.ipc.new_stream
    with new(str(path), table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table, max_chunksize=rows)
    return path


def images(kind: Any = None) -> Any:
    return pa.array([content for _, content in photographs()], kind or pa.binary())


def table(**columns: Any) -> Any:
    count = len(photographs())
    return pa.table({"image": images(), "label": pa.array([label_of(i) for i in range(count)])} | columns)


@pytest.mark.parametrize("file", [False, True])
@pytest.mark.parametrize("kind", ["binary", "large_binary", "binary_view"])
def test_has_what_the_files_have(tmp_path: Path, kind: str, file: bool) -> None:
    path = write(tmp_path / "a.arrow", table(image=images(getattr(pa, kind)())), file=file)
    found = contents(form, path)
    assert [image for _, image in found] == [content for _, content in photographs()]
    assert [entry.label for entry, _ in found] == [label_of(i) for i in range(len(found))]
    assert [entry.name for entry, _ in found] == [str(i) for i in range(len(found))]


def others(count: int) -> dict[str, Any]:
    """A column of every type that Arrow has, with values that are none."""

    def some(values: list[Any], kind: Any) -> Any:
        return pa.array([values[i % len(values)] for i in range(count)], kind)

    day = datetime.date(2020, 1, 2)
    pair = pa.struct([("a", pa.int8()), ("b", pa.list_(pa.string()))])
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([1, count], pa.int32()), pa.array(["x", None]))
    types = pa.array([i % 2 for i in range(count)], pa.int8())
    sparse = pa.UnionArray.from_sparse(types, [some([1, 2], pa.int32()), some(["u", None], pa.string())])
    places = pa.array([0] * count, pa.int32())
    dense = pa.UnionArray.from_dense(types, places, [pa.array([5]), pa.array(["only"])])
    return {
        "nothing": pa.nulls(count),
        "flag": some([True, None, False], pa.bool_()),
        "half": some([0.5, None], pa.float16()),
        "words": some(["a", None, "much longer than twelve bytes"], pa.string_view()),
        "large": some(["a", None], pa.large_string()),
        "fixed": some([b"abc", None], pa.binary(3)),
        "money": some([decimal.Decimal("1.5"), None], pa.decimal128(9, 2)),
        "day": some([day, None], pa.date32()),
        "time": some([1, None], pa.timestamp("ns", "UTC")),
        "span": some([1, None], pa.duration("s")),
        "list": some([[1, 2], None, []], pa.list_(pa.int64())),
        "large_list": some([[pair_value()], None], pa.large_list(pair)),
        "list_view": some([[1, 2], None], pa.list_view(pa.int16())),
        "fixed_list": some([[1, 2], None], pa.list_(pa.int16(), 2)),
        "map": some([[("k", 1)], None], pa.map_(pa.string(), pa.int32())),
        "pair": some([pair_value(), None], pair),
        "category": some(["p", "q", None], pa.string()).dictionary_encode(),
        "runs": runs,
        "sparse": sparse,
        "dense": dense,
        "views": pa.array([{"v": b"a view of more than twelve bytes"}] * count, pa.struct([("v", pa.binary_view())])),
    }


def pair_value() -> dict[str, Any]:
    return {"a": 1, "b": ["x", None]}


def test_the_image_is_found_among_columns_of_any_type(tmp_path: Path) -> None:
    count = len(photographs())
    columns = {**others(count), "image": images(), "picture": images(pa.binary_view()), "label": pa.array(range(count))}
    names = list(columns)
    for number in range(8):
        random.Random(number).shuffle(names)
        whole = pa.table({name: columns[name] for name in names})
        part = whole.slice(number, count - 2 * number)  # offsets that do not begin at 0
        path = write(
            tmp_path / "a.arrow", part, rows=3 + number, file=bool(number % 2), emit_dictionary_deltas=not number % 2
        )
        for column in ("image", "picture"):
            found = contents(form, path, Choice(column))
            assert [image for _, image in found] == [content for _, content in photographs()][number : count - number]
            assert [entry.label for entry, _ in found] == list(range(number, count - number))


@pytest.mark.parametrize("version", ["V4", "V5"])
@pytest.mark.parametrize("legacy", [False, True])
def test_older_versions(tmp_path: Path, version: str, legacy: bool) -> None:
    options = {"metadata_version": getattr(pa.ipc.MetadataVersion, version), "use_legacy_format": legacy}
    for file in (False, True):
        found = contents(form, write(tmp_path / "a.arrow", table(), file=file, **options))
        assert [image for _, image in found] == [content for _, content in photographs()]


def test_rows_without_an_image_are_bad_samples(tmp_path: Path) -> None:
    good = photographs()[1][1]
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    values = [{"bytes": good, "path": None}, {"bytes": None, "path": "/a.jpg"}, None, {"bytes": good, "path": "b.jpg"}]
    path = write(tmp_path / "a.arrow", pa.table({"image": pa.array(values, kind)}))
    found = entries_of(form, path)
    assert [entry.kind if entry.fault else None for entry in found] == [
        None,
        ProblemKind.EMPTY,
        ProblemKind.EMPTY,
        None,
    ]
    with opened(path) as blob:
        assert form.read(blob, found[3]) == good
        assert form.fields(blob, found[3]) == {"image": "b.jpg"}


def test_fields(tmp_path: Path) -> None:
    columns = {name: column for name, column in others(len(photographs())).items() if name in ("words", "pair", "flag")}
    path = write(tmp_path / "a.arrow", table(**columns))
    with opened(path) as blob:
        assert form.fields(blob, entries_of(form, path)[6]) == {
            "label": 0,
            "words": "a",
            "flag": True,
            "pair": {"a": 1, "b": None},
        }


_SAVE = """
import pickle, sys
import datasets
rows, folder = pickle.load(sys.stdin.buffer)
datasets.disable_progress_bars()
label = datasets.ClassLabel(names=["cat", "dog", "owl"])
features = datasets.Features({"image": datasets.Image(decode=False), "label": label})
whole = datasets.Dataset.from_dict(rows, features=features)
whole.save_to_disk(folder + "/one", num_shards=3)
datasets.DatasetDict({"train": whole, "test": whole.select([2, 1])}).save_to_disk(folder + "/two")
"""


def test_a_data_set_of_hugging_face(tmp_path: Path) -> None:
    if find_spec("datasets") is None:
        pytest.skip("datasets is not installed")
    rows = {
        "image": [{"bytes": content, "path": name} for name, content in photographs()],
        "label": [label_of(i) for i in range(len(photographs()))],
    }
    command = [sys.executable, "-W", "ignore", "-c", _SAVE]
    subprocess.run(command, input=pickle.dumps((rows, str(tmp_path))), check=True, capture_output=True)
    files = form.recognize(str(tmp_path / "one"))
    assert files is not None
    assert len(files) == 3
    found = list(itertools.chain.from_iterable(contents(form, tmp_path / "one" / file) for file in files))
    assert [image for _, image in found] == [content for _, content in photographs()]
    assert [entry.label for entry, _ in found] == [CLASSES[label_of(i)] for i in range(len(found))]
    both = form.recognize(str(tmp_path / "two"))
    assert both is not None
    assert [len(entries_of(form, tmp_path / "two" / file)) for file in both] == [len(photographs()), 2]


def test_no_file_is_looked_for_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"_data_files": [{"filename": "../a.arrow"}]}')
    with pytest.raises(SourceError, match="not in its folder"):
        form.recognize(str(tmp_path))
    (tmp_path / "state.json").write_text("[]")
    assert form.recognize(str(tmp_path)) is None


def test_compressed_batches_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="compressed"):
        entries_of(form, write(tmp_path / "a.arrow", table(), compression="zstd"))


def test_columns_can_be_chosen(tmp_path: Path) -> None:
    path = write(tmp_path / "a.arrow", table(other=pa.array([b"x"] * len(photographs()))))
    assert {image for _, image in contents(form, path, Choice("other"))} == {b"x"}
    with pytest.raises(SourceError, match="no column up: it has image, label, other"):
        entries_of(form, path, Choice("up"))
    with pytest.raises(SourceError, match="no column label of"):
        entries_of(form, path, Choice(label="label of"))


@pytest.mark.parametrize("file", [False, True])
def test_a_cut_file_keeps_what_is_whole(tmp_path: Path, file: bool) -> None:
    path = write(tmp_path / "a.arrow", table(), file=file)
    whole = entries_of(form, path)
    data = path.read_bytes()
    for end in (whole[14].record + 3, whole[14].record + 100, whole[16].offset, whole[14].record):
        path.write_bytes(data[:end])
        *kept, last = entries_of(form, path)
        assert kept == whole[:14]
        assert (last.name, last.kind) == ("", ProblemKind.TRUNCATED)


def test_offsets_that_are_lies(tmp_path: Path) -> None:
    path = write(tmp_path / "a.arrow", pa.table({"image": images()}), rows=1000)
    data = path.read_bytes()
    lengths = list(itertools.accumulate((len(content) for _, content in photographs()), initial=0))
    offsets = pa.array(lengths, pa.int32()).buffers()[1].to_pybytes()
    at = data.index(offsets)
    path.write_bytes(data[: at + 8] + b"\xff\xff\xff\x7f" + data[at + 12 :])
    assert sum("outside its column" in reason for reason in tried(form, path)) == 2


@pytest.mark.parametrize("content", [b"", b"ARROW1\0\0", b"something else" * 9, b"\0" * 50])
def test_what_is_no_arrow_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.arrow").write_bytes(content)
    if content in (b"", b"ARROW1\0\0"):  # its beginning is right
        (entry,) = entries_of(form, tmp_path / "a.arrow")
        assert entry.kind is ProblemKind.TRUNCATED
    else:
        with pytest.raises(SourceError, match="is no Arrow file"):
            entries_of(form, tmp_path / "a.arrow")
