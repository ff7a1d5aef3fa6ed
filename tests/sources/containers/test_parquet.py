"""Parquet files that pyarrow writes."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from inspector.errors import InspectorError, SourceError
from inspector.formats.problems import BadFile, ProblemKind
from inspector.loader.loader import Loader
from inspector.session.local import LocalSession
from inspector.settings import SessionConfig
from inspector.sources.containers import parquet as form
from inspector.sources.containers.entry import Choice
from inspector.sources.opening import open_source
from tests.session.waiting import wait_until
from tests.sources.containers.samples import CLASSES, contents, entries_of, label_of, opened, photographs

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


def table(**columns: Any) -> Any:
    images = pa.array([content for _, content in photographs()], pa.binary())
    return pa.table({"image": images, "label": [label_of(i) for i in range(len(photographs()))]} | columns)


def write(path: Path, rows: Any, **options: Any) -> Path:
    parquet.write_table(rows, path, **({"row_group_size": 7} | options))
    return path


@pytest.mark.parametrize("compression", ["none", "snappy", "zstd"])
def test_has_what_the_files_have(tmp_path: Path, compression: str) -> None:
    found = contents(form, write(tmp_path / "a.parquet", table(), compression=compression))
    assert [image for _, image in found] == [content for _, content in photographs()]
    assert [entry.label for entry, _ in found] == [label_of(i) for i in range(len(found))]
    assert [entry.name for entry, _ in found] == [str(i) for i in range(len(found))]


def test_columns_of_hugging_face(tmp_path: Path) -> None:
    features = {"label": {"names": [*CLASSES], "_type": "ClassLabel"}, "image": {"_type": "Image"}}
    structs = [{"bytes": content, "path": name} for name, content in photographs()]
    rows = table(image=structs, other=pa.array([b"x"] * len(structs)))
    rows = rows.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    path = write(tmp_path / "a.parquet", rows)
    found = contents(form, path)
    assert [image for _, image in found] == [content for _, content in photographs()]
    assert [entry.label for entry, _ in found] == [CLASSES[label_of(i)] for i in range(len(found))]
    with opened(path) as blob:
        assert form.fields(blob, found[8][0]) == {"label": "owl", "other": "x"}


def test_columns_can_be_chosen(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", table(other=[b"x"] * len(photographs())))
    assert {image for _, image in contents(form, path, Choice("other"))} == {b"x"}
    with pytest.raises(SourceError, match="no column up: it has image, label, other"):
        entries_of(form, path, Choice("up"))
    with pytest.raises(SourceError, match="--image"):
        entries_of(form, write(path, pa.table({"a": [1]})))


def test_rows_without_an_image_are_bad_samples(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", pa.table({"image": [photographs()[1][1], None]}))
    first, second = entries_of(form, path)
    with opened(path) as blob:
        assert form.read(blob, first) == photographs()[1][1]
        with pytest.raises(BadFile) as caught:
            form.read(blob, second)
    assert caught.value.kind is ProblemKind.EMPTY


@pytest.mark.parametrize("content", [b"", b"PAR1", b"x" * 500])
def test_what_is_no_parquet_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(SourceError, match="is no Parquet file, or a cut one"):
        entries_of(form, tmp_path / "a.parquet")


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", table())
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(SourceError, match="a cut one"):
        entries_of(form, path)


def test_damaged_pages_are_bad_samples(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", table(), compression="zstd")
    data = bytearray(path.read_bytes())
    data[8:200] = bytes(192)
    path.write_bytes(data)
    found = entries_of(form, path, Choice("image"))
    with opened(path) as blob, pytest.raises(BadFile) as caught:
        form.read(blob, found[0])
    assert caught.value.kind is ProblemKind.DAMAGED


def test_without_pyarrow_a_sentence_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.parquet", table())
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(SourceError, match=r"pip install 'loader-inspector\[arrow\]'"):
        entries_of(form, path)


def epochs(path: Path, **settings: Any) -> list[list[int]]:
    """The samples of two epochs, as they come."""
    found: list[list[int]] = []
    with Loader(path, batch_size=4, seed=3, image_size=(16, 16), epochs=2, drop_last=False, **settings) as loader:
        for _ in range(2):
            found.append([int(index) for batch in loader for index in batch.indices])
        return [*found, sorted(problem.index for problem in loader.problems)]


@pytest.mark.slow
def test_samples_come_in_blocks_once_an_epoch_at_any_number_of_workers(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", table(), row_group_size=3)
    first, second, bad = epochs(path, num_workers=1, shuffle_blocks=2)
    assert sorted(first + bad) == sorted(second + bad) == list(range(len(photographs())))
    assert first != second
    assert epochs(path, num_workers=3, shuffle_blocks=2) == [first, second, bad]
    assert epochs(path, num_workers=2, shuffle_blocks=100) != [first, second, bad]
    assert epochs(path, num_workers=2, shuffle=False)[0] == sorted(first)
    starts = open_source(path).block_starts()  # type: ignore[union-attr]
    assert starts is not None
    assert starts.tolist() == list(range(0, len(photographs()), 3))


@pytest.mark.parametrize("settings", [{}, {"shuffle_blocks": 1}, {"shuffle": False}])
def test_the_order_is_said(tmp_path: Path, settings: dict[str, Any]) -> None:
    path = write(tmp_path / "a.parquet", table())
    session = LocalSession(SessionConfig(num_workers=1, **settings))
    try:
        session.open(str(path))
        wait_until(lambda: session.snapshot().files == len(photographs()))
        note = session.snapshot().order_note
    finally:
        session.close()
    blocks = {8: "8 row groups", 1: "1 row group"}[settings.get("shuffle_blocks", 8)]
    assert note == (f"shuffled in blocks of {blocks}, not globally" if settings.get("shuffle", True) else "")


def test_it_resumes_within_a_block(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", table(), row_group_size=5)
    settings: dict[str, Any] = {"batch_size": 3, "seed": 1, "image_size": (16, 16), "epochs": 2, "shuffle_blocks": 2}
    with Loader(path, num_workers=1, **settings) as loader:
        whole = [batch.indices.tolist() for batch in loader]
    with Loader(path, num_workers=2, **settings) as loader:
        begun = [next(loader).indices.tolist() for _ in range(2)]
        state = loader.state_dict()
    with Loader(path, num_workers=3, **settings) as loader:
        loader.load_state_dict(state)
        assert begun + [batch.indices.tolist() for batch in loader] == whole
    with (
        Loader(path, num_workers=1, **(settings | {"shuffle_blocks": 3})) as loader,
        pytest.raises(InspectorError, match="shuffle_blocks=2"),
    ):
        loader.load_state_dict(state)
    with (
        Loader(write(path, table(), row_group_size=4), num_workers=1, **settings) as loader,
        pytest.raises(InspectorError, match="other files"),
    ):
        loader.load_state_dict(state)
