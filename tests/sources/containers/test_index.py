"""The index of containers: what it knows, how it is kept, and that what it says leads back to the sample."""

import os
import pickle
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from inspector.errors import SourceError, StaleIndexError
from inspector.formats.problems import BadFile, ProblemKind
from inspector.private_folder import cache_folder
from inspector.sources.containers.entry import Entry
from inspector.sources.containers.index import ContainerIndex
from inspector.sources.containers.packed_entries import EntryPacker, PackedEntries
from inspector.sources.opening import open_source
from tests.sources.containers.tars import write_tar


def opened(source: object, **arguments: object) -> ContainerIndex:
    index = open_source(source, **arguments)  # type: ignore[arg-type]
    assert isinstance(index, ContainerIndex)
    return index


def indices() -> set[Path]:
    return {*(cache_folder() / "indices").glob("*")}


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    members = [(f"{i:03d}.{kind}", b"%d" % (i % 12)) for i in range(30) for kind in ("jpg", "cls")]
    return write_tar(tmp_path / "a.tar", members)


class TestWhatItKnows:
    def test_labels_and_classes(self, labelled: Path) -> None:
        index = opened(labelled)
        assert (len(index), index.classes[:3], len(index.classes)) == (30, ("0", "1", "2"), 12)
        assert [index.label(i) for i in (0, 11, 12)] == [0, 11, 0]
        table = index.class_table()
        assert table is not None
        assert table.of(np.array([0, 11, 12])).tolist() == [0, 11, 0]
        assert table.sizes.sum() == 30

    def test_folders_are_classes_where_there_are_no_labels(self, tmp_path: Path) -> None:
        path = write_tar(
            tmp_path / "a.tar", [("set/cat/1.jpg", b"1"), ("set/dog/2.jpg", b"2"), ("set/cat/3.jpg", b"3")]
        )
        path.write_bytes(path.read_bytes()[:3072])  # cut: what stands for the rest is of no class
        index = opened(path)
        assert index.classes == ("cat", "dog")
        assert [index.label(i) for i in range(len(index))] == ["cat", "dog", "cat", None]
        table = index.class_table()
        assert table is not None
        assert (table.of(np.arange(4)).tolist(), table.sizes.tolist()) == ([0, 1, 0, -1], [2, 1])

    def test_labels_of_several_containers_are_one_set(self, tmp_path: Path) -> None:
        for name, label in (("a", b"dog"), ("b", b"cat")):
            write_tar(tmp_path / f"{name}.tar", [(f"{name}.jpg", b"1"), (f"{name}.cls", label)])
        index = opened(tmp_path)
        assert (index.classes, [index.label(i) for i in (0, 1)]) == (("cat", "dog"), ["dog", "cat"])
        table = index.class_table()
        assert table is not None
        assert table.of(np.array([0, 1])).tolist() == [1, 0]

    def test_it_is_the_same_wherever_the_containers_lie(self, labelled: Path, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        shutil.copy(labelled, elsewhere)
        assert opened(labelled).fingerprint() == opened(elsewhere / "a.tar").fingerprint()
        write_tar(labelled, [("000.jpg", b"1")])
        assert opened(labelled).fingerprint() != opened(elsewhere / "a.tar").fingerprint()

    def test_there_is_no_sample_outside(self, labelled: Path) -> None:
        index = opened(labelled)
        for i in (-1, 30):
            with pytest.raises(IndexError):
                index.path(i)


class TestLocations:
    def test_each_leads_back_to_its_sample(self, tmp_path: Path) -> None:
        members = [("a.jpg", b"1"), ("x/a.jpg", b"2"), ("a.jpg", b"3"), ("a.jpg#2", b"no image"), ("b::c.jpg", b"4")]
        index = opened(write_tar(tmp_path / "a::b.tar", members))
        paths = [index.path(i) for i in range(len(index))]
        assert paths[2] == f"tar://a.jpg#2::{tmp_path}/a::b.tar"
        assert [opened(path).reader().read(0) for path in paths] == [b"1", b"2", b"3", b"4"]
        assert [opened(paths).path(i) for i in range(4)] == paths

    def test_a_name_that_looks_like_a_second_one(self, tmp_path: Path) -> None:
        index = opened(write_tar(tmp_path / "a.tar", [("a#2.jpg", b"1"), ("a#2.jpg", b"2")]))
        assert [opened(index.path(i)).reader().read(0) for i in (0, 1)] == [b"1", b"2"]

    def test_many_are_found_in_one_pass(self, labelled: Path) -> None:
        index = opened(labelled)
        some = [index.path(i) for i in (20, 3, 3, 29, 0, 11, 7)]
        chosen = opened(some)
        assert [chosen.path(i) for i in range(len(chosen))] == some
        assert [chosen.label(i) for i in range(2)] == [8, 3]

    def test_a_sample_that_is_not_there(self, labelled: Path) -> None:
        with pytest.raises(SourceError, match=r"has no nothing\.jpg"):
            opened(f"tar://nothing.jpg::{labelled}")


def flip(file: Path, at: int) -> None:
    content = bytearray(file.read_bytes())
    content[at] ^= 0x10
    file.write_bytes(content)


class TestCache:
    def test_it_is_used_until_the_container_changes(self, labelled: Path) -> None:
        before = indices()
        first = opened(labelled)
        (file,) = indices() - before
        stamp = file.stat().st_ino
        assert opened(labelled).fingerprint() == first.fingerprint()
        assert file.stat().st_ino == stamp
        write_tar(labelled, [("b.jpg", b"1")])
        assert [opened(labelled).path(0)] == [f"tar://b.jpg::{labelled}"]
        assert file.stat().st_ino != stamp  # the same name: no file is left for what is gone
        assert indices() - before == {file}

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda file: file.write_bytes(b""),
            lambda file: file.write_bytes(file.read_bytes()[:-5]),
            lambda file: file.write_bytes(b"x" * 500),
            *(partial(flip, at=at) for at in (3, 10, 20, 70, 90, 400, 700, 1300, -30)),  # names, offsets, all there is
            lambda file: file.write_bytes(file.read_bytes().replace(b'"checksum"', b'"checksun"')),
            lambda file: (file.unlink(), file.mkdir()),
            lambda file: (file.rename(f"{file}2"), file.symlink_to(f"{file}2")),
        ],
    )
    def test_a_spoilt_file_is_made_again(self, spoil: Callable[[Path], object], labelled: Path) -> None:
        before = indices()
        expected = opened(labelled).fingerprint()
        (file,) = indices() - before
        spoil(file)
        again = opened(labelled)
        assert again.fingerprint() == expected
        assert [again.reader().read(i) for i in range(12)] == [b"%d" % i for i in range(12)]
        assert opened(labelled).path(29) == again.path(29)

    def test_without_a_cache_it_is_kept_in_memory(self, labelled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nothing")
        index = opened(labelled)
        assert pickle.loads(pickle.dumps(index.reader())).read(3) == b"3"

    def test_a_reader_is_small_to_send(self, labelled: Path) -> None:
        sent = pickle.dumps(opened(labelled).reader())
        assert len(sent) < 2000
        assert pickle.loads(sent).read(5) == b"5"

    def test_an_index_that_is_gone_is_said(self, labelled: Path) -> None:
        before = indices()
        sent = pickle.dumps(opened(labelled).reader())
        (file,) = indices() - before
        file.unlink()
        with pytest.raises(SourceError, match="open the source again"):
            pickle.loads(sent)

    def test_a_million_samples_take_less_than_100_bytes_each(self) -> None:
        packer = EntryPacker()
        for i in range(20_000):
            packer.add(Entry(f"train/n{i // 100:08d}/n{i // 100:08d}_{i:08d}.JPEG", i * 1024, 1000, i * 1024, i // 100))
        packed = PackedEntries(packer.packed("key"), "key")
        assert packed.nbytes / len(packed) < 100
        assert packed.entry(12_345).name == "train/n00000123/n00000123_00012345.JPEG"


class TestReading:
    def test_a_sample_of_0_bytes_is_empty(self, tmp_path: Path) -> None:
        index = opened(write_tar(tmp_path / "a.tar", [("a.jpg", b"")]))
        with pytest.raises(BadFile) as caught:
            index.reader().read(0)
        assert caught.value.kind is ProblemKind.EMPTY

    def test_a_container_that_was_replaced(self, labelled: Path) -> None:
        reader = opened(labelled).reader()
        write_tar(labelled, [("b.jpg", b"1")])
        with pytest.raises(StaleIndexError, match="has changed"):
            reader.read(0)

    def test_a_container_that_is_gone(self, labelled: Path) -> None:
        reader = opened(labelled).reader()
        labelled.unlink()
        with pytest.raises(BadFile) as caught:
            reader.read(0)
        assert caught.value.kind is ProblemKind.VANISHED

    def test_few_containers_are_open_at_once(self, tmp_path: Path) -> None:
        for i in range(100):
            write_tar(tmp_path / f"{i:03d}.tar", [("a.jpg", b"%d" % i)])
        before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
        index = opened(tmp_path)
        reader = index.reader()
        assert [reader.read(i) for i in range(100)] == [b"%d" % i for i in range(100)]
        if before:
            assert len(os.listdir("/proc/self/fd")) - before <= 64
