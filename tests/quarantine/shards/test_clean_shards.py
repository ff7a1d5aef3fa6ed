"""Clean shards: the good samples in new files, whatever lies in the source, and whatever interrupts the writing."""

import os
import resource
import signal
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.errors import QuarantineError
from inspector.quarantine.shards import CleanOutcome, CleanProgress, plan, write
from inspector.sources.opening import open_source
from tests.sources.containers.tars import add, write_tar

BAD = b"bad"


def clean(source: Path, folder: Path, drop: tuple[str, ...] = (), **arguments: Any) -> CleanOutcome:
    """Without samples whose images are `BAD`, and those called so."""
    return write(planned(source, folder, drop), **arguments)


def planned(source: Path, folder: Path, drop: tuple[str, ...] = ()) -> Any:
    index = open_source(source)
    reader = index.reader()  # type: ignore[union-attr]
    keep = [
        i
        for i in range(len(index))
        if "tar://" not in index.path(i)
        or (not any(f"tar://{name}::" in index.path(i) for name in drop) and reader.read(i) != BAD)
    ]
    return plan(index, np.array(keep, np.int64), str(folder))


def contents(path: Path) -> list[tuple[str, bytes]]:
    """What the standard library reads in a tar."""
    with tarfile.open(path) as tar:
        return [
            (member.name, file.read() if (file := tar.extractfile(member)) is not None else b"")
            for member in tar.getmembers()
        ]


def files(folder: Path) -> set[str]:
    return {name for name in os.listdir(folder) if not name.startswith(".inspector-clean")}


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    """Three tars of four samples, the second of each is bad."""
    folder = tmp_path / "shards"
    folder.mkdir()
    for shard in range(3):
        members = []
        for i in range(4):
            members += [(f"{i}.jpg", BAD if i == 1 else b"%d-%d" % (shard, i) * 700), (f"{i}.cls", b"%d" % i)]
        write_tar(folder / f"{shard}.tar", members)
    return folder


class TestTar:
    def test_all_members_of_a_sample_go_together_and_others_stay(self, tmp_path: Path) -> None:
        long_name = "folder/" + "n" * 150
        with tarfile.open(tmp_path / "a.tar", "w") as tar:
            add(tar, "README", b"to read")
            add(tar, "folder/", type=tarfile.DIRTYPE)
            add(tar, "folder/0.jpg", BAD)
            add(tar, "notes/", type=tarfile.DIRTYPE)
            add(tar, "folder/0.cls", b"1")
            add(tar, "folder/0.json", b"{}")
            add(tar, f"{long_name}.jpg", b"good" * 500)
            add(tar, f"{long_name}.cls", b"2")
            add(tar, "ä\udce9.jpg", b"a name that is no UTF-8")
            add(tar, "annotations.json", b"[]")
            add(tar, "last.jpg", BAD)
        before = contents(tmp_path / "a.tar")
        outcome = clean(tmp_path / "a.tar", tmp_path / "out")
        gone = {"folder/0.jpg", "folder/0.cls", "folder/0.json", "last.jpg"}
        assert contents(tmp_path / "out" / "a.tar") == [each for each in before if each[0] not in gone]
        assert (outcome.kept, outcome.left_out, outcome.failures) == (2, 2, ())
        assert (tmp_path / "out" / "a.tar").stat().st_size % 10240 == 0

    def test_members_that_lie_apart_go_with_their_sample(self, tmp_path: Path) -> None:
        images = [("0.jpg", b"0"), ("1.jpg", BAD), ("2.jpg", b"2")]
        write_tar(tmp_path / "a.tar", [*images, *((f"{i}.cls", b"%d" % i) for i in range(3))])
        clean(tmp_path / "a.tar", tmp_path / "out")
        assert [name for name, _ in contents(tmp_path / "out" / "a.tar")] == ["0.jpg", "2.jpg", "0.cls", "2.cls"]

    def test_one_of_two_with_the_same_name(self, tmp_path: Path) -> None:
        write_tar(tmp_path / "a.tar", [("0.jpg", b"0"), ("0.cls", b"5"), ("0.jpg", BAD), ("0.cls", b"6")])
        clean(tmp_path / "a.tar", tmp_path / "out")
        assert contents(tmp_path / "out" / "a.tar") == [("0.jpg", b"0"), ("0.cls", b"5")]

    def test_a_hard_link_to_what_is_left_out_becomes_a_file(self, tmp_path: Path) -> None:
        with tarfile.open(tmp_path / "a.tar", "w") as tar:
            add(tar, "0.jpg", b"content" * 300)
            add(tar, "1.jpg", type=tarfile.LNKTYPE, linkname="0.jpg")
            add(tar, "2.jpg", b"another")
            add(tar, "3.jpg", type=tarfile.LNKTYPE, linkname="2.jpg")
        clean(tmp_path / "a.tar", tmp_path / "out", drop=("0.jpg",))
        with tarfile.open(tmp_path / "out" / "a.tar") as tar:
            assert [(member.name, member.islnk()) for member in tar] == [
                ("1.jpg", False),
                ("2.jpg", False),
                ("3.jpg", True),
            ]
        found = dict(contents(tmp_path / "out" / "a.tar"))
        assert (found["1.jpg"], found["3.jpg"]) == (b"content" * 300, b"another")

    def test_a_header_for_all_members_outlives_the_first(self, tmp_path: Path) -> None:
        with tarfile.open(tmp_path / "a.tar", "w", pax_headers={"comment": "for all", "uname": "somebody"}) as tar:
            add(tar, "0.jpg", BAD)
            add(tar, "1.jpg", b"good")
        clean(tmp_path / "a.tar", tmp_path / "out")
        with tarfile.open(tmp_path / "out" / "a.tar") as tar:
            assert [(member.name, member.uname) for member in tar] == [("1.jpg", "somebody")]
            assert tar.pax_headers["comment"] == "for all"

    @pytest.mark.parametrize(("cut_at", "names"), [(2500, ["0.jpg", "0.cls"]), (4100, ["0.jpg", "0.cls"])])
    def test_of_a_cut_tar_the_samples_that_are_whole_are_kept(
        self, tmp_path: Path, cut_at: int, names: list[str]
    ) -> None:
        members = [(f"{i}.{kind}", b"%d" % i) for i in range(3) for kind in ("jpg", "cls")]
        path = write_tar(tmp_path / "a.tar", members)
        path.write_bytes(path.read_bytes()[: cut_at - cut_at % 512 + 100])
        outcome = clean(path, tmp_path / "out")
        assert [name for name, _ in contents(tmp_path / "out" / "a.tar")][:2] == names
        with tarfile.open(tmp_path / "out" / "a.tar") as tar:
            kinds = [member.name for member in tar]
        assert len(kinds) % 2 == 0, kinds
        ((shard, reason),) = outcome.failures
        assert shard == str(path)
        assert "it is cut" in reason

    def test_what_was_written_is_what_the_loader_reads(self, tmp_path: Path, shards: Path) -> None:
        outcome = clean(shards, tmp_path / "out")
        index = open_source(tmp_path / "out")
        assert (len(index), outcome.kept, outcome.left_out, len(outcome.written)) == (9, 9, 3, 3)
        assert [index.label(i) for i in range(9)] == [0, 2, 3] * 3


class TestParquet:
    @pytest.fixture
    def source(self, tmp_path: Path) -> Path:
        pa = pytest.importorskip("pyarrow")
        from pyarrow import parquet

        rows = 25
        image = [{"bytes": b"%d" % i * 50, "path": f"{i}.jpg"} for i in range(rows)]
        table = pa.table(
            {"image": image, "label": [i % 3 for i in range(rows)], "tags": [["a"] * (i % 4) for i in range(rows)]}
        )
        features = b'{"info": {"features": {"label": {"names": ["x", "y", "z"], "_type": "ClassLabel"}}}}'
        table = table.replace_schema_metadata({b"huggingface": features, b"own": b"kept"})
        path = tmp_path / "set" / "train-00000-of-00001.parquet"
        path.parent.mkdir()
        parquet.write_table(table, path, row_group_size=10, compression="zstd")
        return path

    def test_schema_metadata_groups_and_compression_are_kept(self, source: Path, tmp_path: Path) -> None:
        from pyarrow import parquet

        index = open_source(source)
        bad = [0, 9, *range(10, 20)]
        outcome = write(plan(index, np.setdiff1d(np.arange(25), bad), str(tmp_path / "out")))
        assert (outcome.kept, outcome.left_out) == (13, 12)
        old, new = parquet.ParquetFile(source), parquet.ParquetFile(tmp_path / "out" / source.name)
        assert new.schema_arrow.equals(old.schema_arrow, check_metadata=True)
        assert [new.metadata.row_group(i).num_rows for i in range(new.num_row_groups)] == [8, 5]
        assert {new.metadata.row_group(0).column(i).compression for i in range(new.metadata.num_columns)} == {"ZSTD"}
        rows = old.read().to_pylist()
        assert new.read().to_pylist() == [row for i, row in enumerate(rows) if i not in bad]
        assert [*open_source(tmp_path / "out").classes] == ["x", "y", "z"]

    def test_a_data_set_of_pandas_stays_one(self, tmp_path: Path) -> None:
        pandas = pytest.importorskip("pandas")
        pytest.importorskip("pyarrow")
        pandas.DataFrame({"image": [b"0", b"1", b"2"], "label": [0, 1, 2]}).to_parquet(tmp_path / "a.parquet")
        write(plan(open_source(tmp_path / "a.parquet"), np.array([0, 2]), str(tmp_path / "out")))
        assert pandas.read_parquet(tmp_path / "out" / "a.parquet")["label"].tolist() == [0, 2]

    def test_what_cannot_be_read_leaves_no_file(self, source: Path, tmp_path: Path) -> None:
        index = open_source(source)
        made = plan(index, np.arange(25), str(tmp_path / "out"))
        status = source.stat()
        data = bytearray(source.read_bytes())
        data[4:60] = bytes(56)
        source.write_bytes(data)
        os.utime(source, ns=(status.st_atime_ns, status.st_mtime_ns))
        outcome = write(made)
        assert "Parquet file is damaged" in outcome.failures[0][1]
        assert files(tmp_path / "out") == set()


class TestWriting:
    def test_what_is_done_is_not_done_again(self, shards: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        assert len(clean(shards, out).written) == 3
        before = {name: (out / name).stat().st_mtime_ns for name in files(out)}
        (out / "1.tar").unlink()
        again = clean(shards, out)
        assert (again.written, again.unchanged, again.kept) == (("1.tar",), ("0.tar", "2.tar"), 9)
        assert (out / "0.tar").stat().st_mtime_ns == before["0.tar"]
        other = clean(shards, out, drop=("0.jpg",))
        assert (len(other.written), other.kept) == (3, 6)

    @pytest.mark.parametrize("how", ["cancelled", "Ctrl+C", "full"])
    def test_an_interruption_leaves_whole_shards_only_and_is_resumed(
        self, shards: Path, tmp_path: Path, how: str
    ) -> None:
        out = tmp_path / "out"
        made = planned(shards, out)
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)

        seen: list[CleanProgress] = []

        def step(progress: CleanProgress) -> None:
            seen.append(progress)
            if progress.shards == 1 and progress.nbytes % 10240:
                if how == "Ctrl+C":
                    os.kill(os.getpid(), signal.SIGINT)
                if how == "full":
                    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limit[1]))

        def stops() -> bool:
            return how == "cancelled" and bool(seen) and seen[-1].shards == 1

        expected = KeyboardInterrupt if how == "Ctrl+C" else QuarantineError
        try:
            with pytest.raises(expected) as raised:
                write(made, on_progress=step, cancelled=stops)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        assert how != "full" or ("the disk is full; 1 of 3 shards are done" in str(raised.value))
        assert files(out) == {"0.tar"}
        assert len(clean(shards, out).unchanged) == 1
        assert files(out) == {"0.tar", "1.tar", "2.tar"}

    def test_parts_of_a_process_that_was_killed_are_removed(self, shards: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        if not (pid := os.fork()):
            write(planned(shards, out), on_progress=lambda each: os._exit(9) if each.nbytes % 10240 else None)
            os._exit(0)
        os.waitpid(pid, 0)
        assert len(files(out)) == 1
        clean(shards, out)
        assert files(out) == {"0.tar", "1.tar", "2.tar"}

    def test_a_file_that_is_not_ours_is_never_replaced(self, shards: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        out.mkdir()
        (out / "1.tar").write_bytes(b"somebody's")
        with pytest.raises(QuarantineError, match=r"1\.tar exists, and is no clean shard"):
            clean(shards, out)
        assert (files(out), (out / "1.tar").read_bytes()) == ({"1.tar"}, b"somebody's")
        (out / "1.tar").unlink()
        clean(shards, out)
        with (out / "2.tar").open("ab") as file:
            file.write(b"more")
        with pytest.raises(QuarantineError, match=r"2\.tar exists"):
            clean(shards, out)

    def test_a_note_of_strangers_allows_nothing(self, shards: Path, tmp_path: Path) -> None:
        out, copy = tmp_path / "out", tmp_path / "copy"
        clean(shards, out)
        out.rename(copy)  # a note is of a folder, too
        with pytest.raises(QuarantineError, match="exists"):
            clean(shards, copy)

    def test_never_among_the_shards(self, shards: Path, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(shards)
        for source, folder in (
            (shards, shards),
            (shards, shards / "inside"),
            (shards / "0.tar", shards),
            (shards / "0.tar", tmp_path / "link"),
        ):
            with pytest.raises(QuarantineError, match="another folder"):
                clean(source, folder)
        assert files(shards) == {"0.tar", "1.tar", "2.tar"}
        (tmp_path / "a file").write_bytes(b"")
        with pytest.raises(QuarantineError, match="is a file"):
            clean(shards, tmp_path / "a file")

    def test_one_process_at_a_time(self, shards: Path, tmp_path: Path) -> None:
        fcntl = pytest.importorskip("fcntl")
        out = tmp_path / "out"
        out.mkdir()
        descriptor = os.open(out, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with pytest.raises(QuarantineError, match="another inspector"):
            clean(shards, out)
        os.close(descriptor)

    def test_a_shard_that_has_changed_is_a_failure_of_its_own(self, shards: Path, tmp_path: Path) -> None:
        made = planned(shards, tmp_path / "out")
        write_tar(shards / "1.tar", [("other.jpg", b"1")])
        outcome = write(made)
        assert (outcome.written, outcome.failures[0][0]) == (("0.tar", "2.tar"), str(shards / "1.tar"))
        assert "has changed" in outcome.failures[0][1]

    def test_a_shard_without_a_good_sample_has_no_clean_one(self, shards: Path, tmp_path: Path) -> None:
        write_tar(shards / "1.tar", [("0.jpg", BAD)])
        outcome = clean(shards, tmp_path / "out")
        assert files(tmp_path / "out") == {"0.tar", "2.tar"}
        assert outcome.failures == (
            (str(shards / "1.tar"), "It has no good sample, so there is no clean shard of it."),
        )

    def test_other_sources_are_refused(self, photos: Path, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.writestr("0.jpg", b"0")
        for source in (photos, tmp_path / "a.zip"):
            with pytest.raises(QuarantineError, match=r"tars and Parquet files.*--keep"):
                plan(open_source(source), np.arange(1), str(tmp_path / "out"))
