"""The fields of a sample in a container, as a view gets them: read when one is looked at, bounded, as plain text."""

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.session.local import LocalSession
from inspector.session.protocol import Fields
from inspector.settings import SessionConfig
from tests.session.waiting import wait_until
from tests.sources.containers.mds_shards import write_mds
from tests.sources.containers.tars import write_tar
from tests.sources.containers.tfrecords import write_tfrecord

_LARGE = 30_000_000


@pytest.fixture
def session() -> Iterator[LocalSession]:
    made = LocalSession(SessionConfig(num_workers=1, batch_size=2, shuffle=False, epochs=1))
    yield made
    made.close()


@pytest.fixture
def image(sample: Path) -> bytes:
    return (sample / "photo" / "china.jpg").read_bytes()


def _fields(session: LocalSession, source: Path) -> dict[str, str]:
    session.open(str(source))
    wait_until(lambda: (view := session.batch_view()) is not None and str(source.name) in view.thumbnails[0].path)
    view = session.batch_view()
    assert view is not None
    fields: Fields = session.fields(view.key, 0).result(60)
    return dict(fields)


def test_members_of_a_tar(session: LocalSession, image: bytes, tmp_path: Path) -> None:
    about = {"caption": "<b>a temple</b>", "boxes": [[1, 2, 3, 4]], "width": 640}
    members = [
        ("1.jpg", image),
        ("1.json", json.dumps(about).encode()),
        ("1.txt", b"a temple\nby a lake " + b"x" * 5000),
        ("1.cls", b"7"),
        ("1.mask.bin", b"\0\1" * 8),
        ("1.large.txt", b"y" * _LARGE),
    ]
    tar = write_tar(tmp_path / "a.tar", members)
    tracemalloc.start()
    fields = _fields(session, tar)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert fields["json"] == "{caption: <b>a temple</b>, boxes: [[1, 2, 3, 4]], width: 640}"
    assert fields["txt"].startswith("a temple by a lake xxx")
    assert len(fields["txt"]) <= 4000
    assert fields["cls"] == "7"
    assert fields["mask.bin"] in ("16 bytes", "\\x00\\x01" * 8)
    assert fields["large.txt"] == "30,000,000 bytes"
    assert peak < _LARGE / 2


def test_columns_of_parquet(session: LocalSession, image: bytes, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pa.table(
        {
            "image": [image, image],
            "caption": ["a temple", "another"],
            "boxes": [[[1.0, 2.0], [3.0, 4.0]], []],
            "about": [{"width": 640, "note": None}, {"width": 1, "note": "x"}],
            "large": ["y" * _LARGE, ""],
            "numbers": [list(range(100)), []],
        }
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    fields = _fields(session, tmp_path / "a.parquet")
    assert fields["caption"] == "a temple"
    assert fields["boxes"] == "[[1, 2], [3, 4]]"
    assert fields["about"] == "{width: 640, note: None}"
    assert fields["large"] == "30,000,000 bytes"
    assert fields["numbers"] == "[0, 1, 2, 3, 4, 5, 6, 7, …]"
    assert "image" not in fields


def test_a_column_that_is_too_large_to_unpack_is_not_read(
    session: LocalSession, image: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    from inspector.sources.containers import parquet_values

    monkeypatch.setattr(parquet_values, "_MOST_COLUMN_BYTES", 1000)
    table = pa.table({"image": [image], "large": ["y" * 2000], "small": [1]})
    parquet.write_table(table, tmp_path / "a.parquet", compression="none", use_dictionary=False)
    fields = _fields(session, tmp_path / "a.parquet")
    assert fields["large"].startswith("not read: its row group has ")
    assert fields["small"] == "1"


def test_features_and_columns_of_other_containers(session: LocalSession, image: bytes, tmp_path: Path) -> None:
    write_tfrecord(tmp_path / "a.tfrecord", [{"image/encoded": image, "image/class/label": 3, "caption": b"a temple"}])
    assert _fields(session, tmp_path / "a.tfrecord") == {"image/class/label": "3", "caption": "a temple"}
    write_mds(tmp_path / "mds", {"image": "bytes", "label": "int", "caption": "str"}, [
        [{"image": image, "label": 5, "caption": "a lake"}]
    ])  # fmt: skip
    session.open(str(tmp_path / "mds"))
    wait_until(lambda: (view := session.batch_view()) is not None and "mds://" in view.thumbnails[0].path)
    view = session.batch_view()
    assert view is not None
    assert dict(session.fields(view.key, 0).result(60)) == {"label": "5", "caption": "a lake"}


def test_what_cannot_be_read_is_a_sentence(session: LocalSession, image: bytes, tmp_path: Path) -> None:
    tar = write_tar(tmp_path / "a.tar", [("1.jpg", image), ("1.txt", b"a temple")])
    assert _fields(session, tar) == {"txt": "a temple"}
    view = session.batch_view()
    assert view is not None
    write_tar(tar, [("1.jpg", image), ("1.txt", b"another one")])
    ((name, text),) = session.fields(view.key, 0).result(60)
    assert name == "not read"
    assert "has changed since its samples were found" in text
    assert session.fields(view.key._replace(run=99), 0).result(60) == ()


def test_a_file_has_none(session: LocalSession, image: bytes, tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(image)
    assert _fields(session, tmp_path / "1.jpg") == {}
