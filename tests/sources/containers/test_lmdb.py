"""Files that LMDB writes."""

import contextlib
import pickle
import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from inspector.errors import SourceError
from inspector.formats.problems import BadFile, ProblemKind
from inspector.sources.containers import lmdb as form
from inspector.sources.containers.entry import Choice
from inspector.sources.containers.lmdb_pages import LmdbFile
from tests.sources.containers.samples import contents, entries_of, label_of, opened, photographs

lmdb = pytest.importorskip("lmdb")


def write(folder: Path, items: Iterable[tuple[bytes, bytes]], **options: object) -> Path:
    with lmdb.open(str(folder), map_size=1 << 28, **options) as environment, environment.begin(write=True) as writer:
        for key, value in items:
            writer.put(key, value)
    return folder / "data.mdb" if folder.is_dir() else folder


def images() -> list[tuple[bytes, bytes]]:
    return [(b"image-%09d" % i, content) for i, (_, content) in enumerate(photographs())]


def labels() -> list[tuple[bytes, bytes]]:
    return [(b"label-%09d" % i, b"%d" % label_of(i)) for i in range(len(photographs()))]


def test_has_what_the_files_have(tmp_path: Path) -> None:
    path = write(tmp_path / "a", [*images(), *labels(), (b"num-samples", b"30")])
    found = contents(form, path)
    assert [(entry.name.encode(), image) for entry, image in found] == images()
    assert [entry.label for entry, _ in found] == [label_of(i) for i in range(len(found))]
    with opened(path) as blob:
        assert form.fields(blob, found[4][0]) == {"label-000000004": "1"}


def test_a_folder_and_a_single_file(tmp_path: Path) -> None:
    write(tmp_path / "a", images())
    assert form.recognize(str(tmp_path / "a")) == ["data.mdb"]
    assert form.recognize(str(tmp_path)) is None
    assert [image for _, image in contents(form, write(tmp_path / "a.lmdb", images(), subdir=False))] == [
        content for _, content in photographs()
    ]


@pytest.mark.parametrize("seed", range(4))
def test_finds_what_the_library_finds(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    folder, known = tmp_path / "a", dict[bytes, bytes]()
    with lmdb.open(str(folder), map_size=1 << 28) as environment:
        for _ in range(5):
            with environment.begin(write=True) as writer:
                for _ in range(chance.choice((1, 300, 900))):
                    key = bytes(chance.choices(b"abcdef", k=chance.choice((1, 5, 200))))
                    if known and chance.random() < 0.3:
                        gone = chance.choice([*known])
                        writer.delete(gone)
                        del known[gone]
                    known[key] = chance.randbytes(chance.choice((0, 1, 90, 2000, 5000)))
                    writer.put(key, known[key])
    with opened(folder / "data.mdb") as blob:
        file = LmdbFile(blob)
        assert [(item.key, blob.read(item.offset, item.length)) for item in file.items()] == sorted(known.items())
        assert file.count == len(known)
        for key in chance.sample([*known], 50):
            item = file.find(key)
            assert item is not None
            assert blob.read(item.offset, item.length) == known[key]
        assert file.find(b"no such key") is None


def test_an_empty_one(tmp_path: Path) -> None:
    assert entries_of(form, write(tmp_path / "a", [])) == []


def test_any_key_will_do_where_the_value_is_an_image(tmp_path: Path) -> None:
    good = photographs()[1][1]
    path = write(tmp_path / "a", [(b"\xff\0", good), (b"n01/x.jpg", b"bad"), (b"notes", b"text"), (b"__keys__", b"x")])
    found = contents(form, path)
    assert [(entry.name, image) for entry, image in found] == [("n01/x.jpg", b"bad"), ("\udcff\0", good)]
    assert [entry.name for entry in entries_of(form, path, Choice("notes"))] == ["notes"]


def test_datums_of_caffe(tmp_path: Path) -> None:
    good = photographs()[1][1]
    length = bytes((len(good) & 0x7F | 0x80, len(good) >> 7 & 0x7F | 0x80, len(good) >> 14))
    datum = b"\x08\x03\x22" + length + good + b"\x28\x07\x38\x01"
    path = write(tmp_path / "a", [(b"0001", datum), (b"0002", b"\x08\x03\x22\x03raw\x28\x07")])
    ((entry, image),) = contents(form, path)
    assert (entry.name, entry.label, image) == ("0001", 7, good)


def test_pickles_are_never_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a", [(b"1", pickle.dumps((photographs()[1][1], 3)))])
    with pytest.raises(SourceError, match="pickles, which are never unpacked"):
        entries_of(form, path)


def test_several_values_for_a_key_are_no_samples(tmp_path: Path) -> None:
    with lmdb.open(str(tmp_path / "a"), map_size=1 << 24, max_dbs=2) as environment:
        named = environment.open_db(b"inner")
        with environment.begin(write=True) as writer:
            writer.put(b"k", b"v", db=named)
            writer.put(b"image", photographs()[1][1])
    assert [entry.name for entry in entries_of(form, tmp_path / "a" / "data.mdb")] == ["image"]


def test_a_cut_file_keeps_what_is_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "a", [*images(), *labels()])
    data = path.read_bytes()
    for pages in (3, 20, 60, len(data) // 4096 - 1):
        path.write_bytes(data[: pages * 4096])
        found = entries_of(form, path)
        assert any(entry.kind is ProblemKind.TRUNCATED and entry.fault for entry in found)
        with opened(path) as blob:
            for entry in found:
                if not entry.fault:
                    assert form.read(blob, entry) == dict(images())[entry.name.encode()]


def test_damaged_pages_end_it_and_circles_end(tmp_path: Path) -> None:
    path = write(tmp_path / "a", [(b"%05d" % i, b"\xff\xd8\xff" + b"x" * 500) for i in range(500)])
    data = path.read_bytes()
    chance = random.Random(1)
    for _ in range(300):
        changed = bytearray(data)
        for _ in range(20):
            changed[chance.randrange(len(changed) // 4096) * 4096 + chance.randrange(200)] = chance.choice(
                (0, 1, 2, 255)
            )
        path.write_bytes(changed)
        with contextlib.suppress(SourceError, BadFile):
            assert len(entries_of(form, path)) < 20_000


@pytest.mark.parametrize("content", [b"", b"x" * 100, b"\0" * 9000])
def test_what_is_no_lmdb_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "data.mdb").write_bytes(content)
    with pytest.raises(SourceError, match="is no file of LMDB"):
        entries_of(form, tmp_path / "data.mdb")
