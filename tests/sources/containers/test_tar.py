"""Which samples a tar has, compared with what the standard library makes of it, and what becomes of a damaged one."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.errors import SourceError, StaleIndexError
from inspector.formats.problems import BadFile, ProblemKind
from inspector.sources.containers import members, tar
from inspector.sources.containers.blob import LocalBlob
from inspector.sources.containers.entry import Choice, Entry
from tests.sources.containers.tars import add, write_tar

FORMATS = (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT)


def entries(path: Path, choice: Choice | None = None) -> list[Entry]:
    return [*tar.entries(LocalBlob(str(path)), choice or Choice())]


def content(path: Path, entry: Entry) -> bytes:
    return tar.read(LocalBlob(str(path)), entry)


class TestNames:
    @pytest.mark.parametrize("tar_format", FORMATS)
    def test_each_member_with_its_bytes(self, tar_format: int, tmp_path: Path) -> None:
        members = [
            ("a.jpg", b"1" * 700),
            ("n01/b.PNG", b"22"),
            ("n01/" + "x" * 90 + ".jpg", b"3"),
            ("c.webp", b"4" * 512),
        ]
        path = write_tar(tmp_path / "a.tar", [*members, ("readme.txt", b"no image")], tar_format)
        assert [(entry.name, content(path, entry)) for entry in entries(path)] == members

    @pytest.mark.parametrize("tar_format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
    def test_long_and_foreign_names(self, tar_format: int, tmp_path: Path) -> None:
        members = [("d" * 200 + "/" + "ü" * 120 + ".jpg", b"1"), ("日本/写真.jpg", b"2")]
        path = write_tar(tmp_path / "a.tar", members, tar_format)
        assert [(entry.name, content(path, entry)) for entry in entries(path)] == members

    def test_bytes_that_are_no_unicode(self, tmp_path: Path) -> None:
        name = b"caf\xe9.jpg".decode("utf-8", "surrogateescape")
        path = tmp_path / "a.tar"
        with tarfile.open(path, "w", format=tarfile.GNU_FORMAT, encoding="utf-8", errors="surrogateescape") as made:
            add(made, name, b"1")
        assert [entry.name for entry in entries(path)] == [name]

    def test_a_name_that_comes_twice_is_two_samples(self, tmp_path: Path) -> None:
        path = write_tar(tmp_path / "a.tar", [("a.jpg", b"1"), ("a.jpg", b"22")])
        assert [content(path, entry) for entry in entries(path)] == [b"1", b"22"]

    def test_what_is_no_file_is_left_out(self, tmp_path: Path) -> None:
        path = tmp_path / "a.tar"
        with tarfile.open(path, "w") as made:
            add(made, "folder.jpg", type=tarfile.DIRTYPE)
            add(made, "._a.jpg", b"of a Mac")
            add(made, "a.jpg", b"1")
        assert [entry.name for entry in entries(path)] == ["a.jpg"]

    @pytest.mark.parametrize(
        ("name", "key", "kind"),
        [
            ("n01/0001.jpg", "n01/0001", "jpg"),
            ("v1.2/0001.seg.png", "v1.2/0001", "seg.png"),
            ("frame.0001.JPG", "frame.0001", "jpg"),
            ("1403636579.763555.png", "1403636579.763555", "png"),
            ("noextension", "noextension", ""),
            ("a/.hidden.jpg", "a/.hidden.jpg", ""),
        ],
    )
    def test_key_and_kind(self, name: str, key: str, kind: str) -> None:
        assert members.split(name) == (key, kind)


class TestSamples:
    def test_members_with_one_key_are_one_sample(self, tmp_path: Path) -> None:
        members = [
            *(("1.jpg", b"1"), ("1.cls", b"7\n"), ("1.json", b'{"label": 9, "by": "me"}'), ("1.txt", b"a cat")),
            *(("2.json", b'{"label": "dog"}'), ("2.jpg", b"2")),
            *(("3.seg.png", b"mask"), ("3.png", b"3")),
            ("4.cls", b"1"),
        ]
        path = write_tar(tmp_path / "a.tar", members)
        found = entries(path)
        assert [(entry.name, entry.label) for entry in found] == [("1.jpg", 7), ("2.jpg", "dog"), ("3.png", None)]
        blob = LocalBlob(str(path))
        assert tar.fields(blob, found[0]) == {"cls": 7, "json": {"label": 9, "by": "me"}, "txt": "a cat"}
        assert tar.fields(blob, found[2]) == {"seg.png": "mask"}

    def test_image_and_label_can_be_chosen(self, tmp_path: Path) -> None:
        members = [("1.left.jpg", b"L"), ("1.right.jpg", b"R"), ("1.json", b'{"breed": "pug"}'), ("1.alt", b"x")]
        path = write_tar(tmp_path / "a.tar", members)
        assert [content(path, each) for each in entries(path)] == [b"L"]
        chosen = entries(path, Choice(image="right.jpg", label="breed"))
        assert [(content(path, each), each.label) for each in chosen] == [(b"R", "pug")]
        assert [each.label for each in entries(path, Choice(label="alt"))] == ["x"]

    @pytest.mark.parametrize("label", [b"", b"not json", b"[1]", b'{"label": {"a": 1}}', b"[" * 100_000])
    def test_a_label_that_makes_no_sense_is_none(self, label: bytes, tmp_path: Path) -> None:
        path = write_tar(tmp_path / "a.tar", [("1.jpg", b"1"), ("1.json", label)])
        assert [each.label for each in entries(path)] == [None]

    def test_a_hard_link_is_what_it_leads_to(self, tmp_path: Path) -> None:
        path = tmp_path / "a.tar"
        with tarfile.open(path, "w") as made:
            add(made, "a.jpg", b"12345")
            add(made, "b.jpg", type=tarfile.LNKTYPE, linkname="a.jpg")
            add(made, "c.jpg", type=tarfile.LNKTYPE, linkname="b.jpg")
            add(made, "d.jpg", type=tarfile.LNKTYPE, linkname="nowhere.jpg")
        found = entries(path)
        assert [content(path, each) for each in found[:3]] == [b"12345"] * 3
        assert "nowhere.jpg" in found[3].fault
        assert "--hard-dereference" in found[3].fault

    def test_a_symbolic_link_is_what_it_leads_to(self, tmp_path: Path) -> None:
        path = tmp_path / "a.tar"
        with tarfile.open(path, "w") as made:
            add(made, "./x/a.jpg", b"12345")
            for name, target in (("./x/b.jpg", "a.jpg"), ("./y/c.jpg", "../x/a.jpg"), ("./y/d.jpg", "c.jpg")):
                add(made, name, type=tarfile.SYMTYPE, linkname=target)
            for name, target in (("./e.jpg", "/data/e.jpg"), ("./f.jpg", "later.jpg"), ("./folder", "x")):
                add(made, name, type=tarfile.SYMTYPE, linkname=target)
            add(made, "./between.jpg", b"7")
            add(made, "./later.jpg", b"6")
        found = entries(path)
        assert [each.name for each in found if each.fault] == ["./e.jpg", "./f.jpg"]
        assert [content(path, each) for each in found if not each.fault] == [b"12345"] * 4 + [b"7", b"6"]
        assert found[4].fault.startswith("It is a symbolic link to /data/e.jpg, which the tar does not have before")
        assert "--dereference" in found[5].fault

    def test_a_sparse_member_is_refused_by_its_name(self, tmp_path: Path) -> None:
        path = tmp_path / "a.tar"
        with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as made:
            add(made, "a.jpg", b"1", pax_headers={"GNU.sparse.major": "1", "GNU.sparse.name": "hole.jpg"})
            add(made, "b.jpg", b"2")
        found = entries(path)
        assert [(each.name, each.kind if each.fault else None) for each in found] == [
            ("hole.jpg", ProblemKind.UNSUPPORTED),
            ("b.jpg", None),
        ]


class TestFaults:
    @pytest.mark.parametrize(("length", "kept"), [(512, 0), (700, 0), (1536 + 100, 1), (1536 + 512, 1), (3 * 1024, 2)])
    def test_of_a_cut_tar_the_members_before_the_cut_are_kept(self, length: int, kept: int, tmp_path: Path) -> None:
        path = write_tar(tmp_path / "a.tar", [("a.jpg", b"1" * 1000), ("b.jpg", b"2" * 1000), ("c.jpg", b"3" * 1000)])
        path.write_bytes(path.read_bytes()[:length])
        *whole, fault = entries(path)
        assert [each.name for each in whole] == ["a.jpg", "b.jpg"][:kept]
        assert (fault.name, fault.kind) == ("", ProblemKind.TRUNCATED)
        assert f"{length:,}" in fault.fault

    def test_two_tars_in_one_are_noticed(self, tmp_path: Path) -> None:
        path = write_tar(tmp_path / "a.tar", [("a.jpg", b"1")])
        path.write_bytes(path.read_bytes() + write_tar(tmp_path / "b.tar", [("b.jpg", b"2")]).read_bytes())
        kept, fault = entries(path)
        assert (kept.name, fault.name, fault.kind) == ("a.jpg", "", ProblemKind.DAMAGED)
        assert "--ignore-zeros" in fault.fault

    def test_a_damaged_header_ends_it(self, tmp_path: Path) -> None:
        path = write_tar(tmp_path / "a.tar", [("a.jpg", b"1"), ("b.jpg", b"2"), ("c.jpg", b"3")])
        data = bytearray(path.read_bytes())
        data[1024 + 5] ^= 0xFF
        path.write_bytes(data)
        found = entries(path)
        assert [each.name for each in found] == ["a.jpg", ""]
        assert found[1].kind is ProblemKind.DAMAGED
        assert "1,024" in found[1].fault

    @pytest.mark.parametrize(
        ("make", "said"),
        [
            (lambda data: __import__("gzip").compress(data), "gunzip"),
            (lambda data: __import__("bz2").compress(data), "bunzip2"),
            (lambda data: b"plain text", "no tar file"),
            (lambda data: b"", "no tar file"),
        ],
    )
    def test_what_is_no_tar_is_refused(self, make: Callable[[bytes], bytes], said: str, tmp_path: Path) -> None:
        path = write_tar(tmp_path / "a.tar", [("a.jpg", b"1")])
        path.write_bytes(make(path.read_bytes()))
        with pytest.raises(SourceError, match=said):
            entries(path)

    def test_a_tar_that_changes_is_noticed_by_whoever_has_it_open(self, tmp_path: Path) -> None:
        path = write_tar(tmp_path / "a.tar", [("a.jpg", b"1")])
        (entry,) = entries(path)
        blob = LocalBlob(str(path))
        write_tar(path, [("bbbb.jpg", b"1" * 5000), ("a.jpg", b"2")])
        with pytest.raises(StaleIndexError, match="open it again"):
            tar.read(blob, entry)

    @settings(max_examples=200)
    @given(st.data())
    def test_no_bytes_crash_it(self, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=data.draw(st.sampled_from(FORMATS))) as made:
            add(made, "a.jpg", b"1" * 600)
            if made.format != tarfile.USTAR_FORMAT:
                add(made, "l" * 150 + ".jpg", b"2")
        content = bytearray(buffer.getvalue()[:4096])
        for place, value in data.draw(st.lists(st.tuples(st.integers(0, 4095), st.integers(0, 255)), max_size=8)):
            if place < len(content):
                content[place] = value
        path = tmp_path_factory.mktemp("tars") / "a.tar"
        path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
        try:
            found = entries(path)
        except SourceError:
            return
        for each in found:
            if not each.fault:
                assert each.offset + each.length <= len(content)
                try:
                    content_of = LocalBlob(str(path)).read(each.offset, each.length)
                except BadFile:
                    continue
                assert len(content_of) == each.length
