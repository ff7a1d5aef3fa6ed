"""Zip files that the standard library writes."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from inspector.errors import SourceError
from inspector.formats.problems import BadFile, ProblemKind
from inspector.sources.containers import zip as form
from inspector.sources.containers.blob import LocalBlob
from inspector.sources.containers.entry import Choice
from tests.sources.containers.samples import contents, entries_of, opened, photographs, tried


def write(path: Path, method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("photo/", b"")
        archive.writestr("photo/README", b"no image")
        for i, (name, content) in enumerate(photographs()):
            archive.writestr(f"photo/{name}", content)
            archive.writestr(f"photo/{name.split('.')[0]}.cls", str(i))
    return path


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_has_what_the_files_have(tmp_path: Path, method: int) -> None:
    found = contents(form, write(tmp_path / "a.zip", method))
    assert [(entry.name, image) for entry, image in found] == [(f"photo/{n}", c) for n, c in photographs()]
    assert [entry.label for entry, _ in found] == list(range(len(found)))
    assert not any(entry.fault for entry, _ in found)


class Pipe(io.BytesIO):
    def seekable(self) -> bool:
        return False

    def seek(self, *_: object) -> int:
        raise OSError

    def tell(self) -> int:
        raise OSError


def write_to_pipe(path: Path, method: int) -> Path:
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", method) as archive:
        for i, (name, content) in enumerate(photographs()):
            archive.writestr(name, content)
            archive.writestr(f"{name.split('.')[0]}.cls", str(i))
    path.write_bytes(pipe.getvalue())
    return path


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_written_to_a_pipe_has_sizes_behind_the_data(tmp_path: Path, method: int) -> None:
    found = contents(form, write_to_pipe(tmp_path / "a.zip", method))
    assert [image for _, image in found] == [content for _, content in photographs()]


@pytest.mark.parametrize("written", [write, partial(write_to_pipe, method=zipfile.ZIP_STORED)])
def test_a_flipped_bit_in_a_stored_member_is_found_by_a_scan(tmp_path: Path, written: Callable[[Path], Path]) -> None:
    path = written(tmp_path / "a.zip")
    found = [(entry, image) for entry, image in contents(form, path) if image]
    with opened(path) as blob:
        assert [form.read_checked(blob, entry) for entry, _ in found] == [image for _, image in found]
    content, (entry, image) = bytearray(path.read_bytes()), found[2]
    content[content.index(image) + len(image) // 2] ^= 1
    path.write_bytes(content)
    with opened(path) as blob:
        assert form.read(blob, entry) != image
        with pytest.raises(BadFile, match="checksum") as caught:
            form.read_checked(blob, entry)
        assert caught.value.kind is ProblemKind.DAMAGED
        assert form.read_checked(blob, found[3][0]) == found[3][1]


def test_zip64_and_a_program_before_it(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    (name, content) = photographs()[1]
    path.write_bytes(b"#!/bin/sh\n" * 50)
    with zipfile.ZipFile(path, "a") as archive, archive.open(name, "w", force_zip64=True) as member:
        member.write(content)
    assert [image for _, image in contents(form, path)] == [content]
    _as_zip64(path)
    assert [image for _, image in contents(form, path)] == [content]


def _as_zip64(path: Path) -> None:
    """The same file with an end for 64 bits; the place that it gives is the one without what is before the file."""
    data = path.read_bytes()
    at = data.rindex(b"PK\5\6")
    _, _, _, _, members, size, offset, _ = struct.unpack("<4s4H2LH", data[at:])
    end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, members, members, size, offset)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, size + offset, 1)
    path.write_bytes(
        data[:at] + end + locator + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, *[0xFFFF] * 2, *[2**32 - 1] * 2, 0)
    )


@pytest.mark.slow
def test_more_than_65535_members(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for i in range(66_000):
            archive.writestr(f"{i}.jpg", b"%d" % i)
    found = entries_of(form, tmp_path / "a.zip")
    assert len(found) == 66_000
    with opened(tmp_path / "a.zip") as blob:
        assert form.read(blob, found[-1]) == b"65999"


def test_names_in_several_encodings(tmp_path: Path) -> None:
    names = ["a b.jpg", "ä.jpg", "写真.jpg", "x" * 3000 + ".jpg"]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in names:
            archive.writestr(name, name.encode())
    assert [(entry.name, image.decode()) for entry, image in contents(form, tmp_path / "a.zip")] == list(
        zip(names, names, strict=True)
    )


def test_labels_from_json_and_fields(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.jpg", b"image", zipfile.ZIP_STORED)
        archive.writestr("1.json", json.dumps({"label": "owl", "kind": 3}))
        archive.writestr("1.txt", "an owl\n")
        archive.writestr("1.npy", b"\x93NUMPY\xff")
        archive.writestr("2.seg.png", b"mask")
        archive.writestr("2.png", b"other")
    path = tmp_path / "a.zip"
    first, second = entries_of(form, path)
    assert (first.label, second.label) == ("owl", None)
    assert entries_of(form, path, Choice(label="kind"))[0].label == 3
    with opened(path) as blob:
        assert form.fields(blob, first) == {"json": {"label": "owl", "kind": 3}, "txt": "an owl", "npy": "7 bytes"}
        assert form.read(blob, second) == b"other"
        (mask,) = form.entries(blob, Choice(image="seg.png"))
        assert form.read(blob, mask) == b"mask"


def test_a_deflated_image_beside_what_is_stored(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("1.cls", "4")
        archive.writestr("1.jpg", b"image" * 100, zipfile.ZIP_DEFLATED)
    ((entry, image),) = contents(form, tmp_path / "a.zip")
    assert image == b"image" * 100
    assert entry.label == 4


def test_encryption_and_other_methods_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.jpg", b"1")
        archive.writestr("2.jpg", b"2", zipfile.ZIP_LZMA)
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    one, two = entries_of(form, path)
    assert "encrypted" in one.fault
    assert "LZMA" in two.fault
    assert one.kind is two.kind is ProblemKind.UNSUPPORTED


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_cut_file_keeps_what_is_whole(tmp_path: Path, method: int) -> None:
    path = write(tmp_path / "a.zip", method)
    whole = contents(form, path)
    with zipfile.ZipFile(path) as archive:
        tenth = next(info for info in archive.infolist() if info.filename.endswith(whole[10][0].name)).header_offset
    path.write_bytes(path.read_bytes()[: tenth + 40])
    *kept, last = entries_of(form, path)
    with opened(path) as blob:
        assert [(entry.name, form.read(blob, entry)) for entry in kept] == [(e.name, i) for e, i in whole[:10]]
    assert (last.name, last.kind) == ("", ProblemKind.TRUNCATED)
    assert "cut" in last.fault


def test_a_damaged_directory_keeps_what_is_before(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip")
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\1\2", data.index(b"PK\1\2", data.rindex(b"PK\5\6") - 600) + 4)
    data[at] = 0
    path.write_bytes(data)
    *kept, last = entries_of(form, path)
    assert kept
    assert last.kind is ProblemKind.DAMAGED


def test_unpacked_data_are_compared_with_their_checksum(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.bmp", bytes(range(256)) * 40)
    data = bytearray(path.read_bytes())
    data[30 + 5 + 60] ^= 0x55
    path.write_bytes(data)
    (reason,) = tried(form, path)
    assert "zip file" in reason


def test_a_size_that_is_a_lie_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.jpg", b"0" * 1000)
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\1\2") + 24
    data[at : at + 4] = b"\xff\xff\xff\x3f"
    path.write_bytes(data)
    (reason,) = tried(form, path)
    assert "checksum" in reason


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"no zip file at all")
    with pytest.raises(SourceError, match="is no zip file"):
        entries_of(form, tmp_path / "a.zip")
    (tmp_path / "a.zip").write_bytes(b"")
    with pytest.raises(SourceError, match="is no zip file"):
        entries_of(form, tmp_path / "a.zip")


def test_a_member_that_is_elsewhere_is_bad(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip")
    entry = entries_of(form, path)[3]
    blob = LocalBlob(str(path))
    with pytest.raises(BadFile, match="no member at byte"):
        form.read(blob, entry._replace(offset=entry.offset + 1))
    blob.close()


def test_zip64_records_that_nothing_needs(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip")
    whole = contents(form, path)
    content = path.read_bytes()
    end = content.rindex(b"PK\5\6")
    _, _, _, _, count, size, start, _ = struct.unpack("<4s4H2LH", content[end:])
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    path.write_bytes(content[:end] + record + locator + content[end:])
    assert contents(form, path) == whole


def test_a_part_of_a_split_zip_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip")
    content = bytearray(path.read_bytes())
    content[content.rindex(b"PK\5\6") + 4] = 7
    path.write_bytes(content)
    with pytest.raises(SourceError, match="last part of a split zip file: put it together"):
        entries_of(form, path)


def test_a_symbolic_link_is_named_as_one(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("b.jpg")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.jpg", b"1")
        archive.writestr(link, b"a.jpg")
    good, bad = entries_of(form, tmp_path / "a.zip")
    assert not good.fault
    assert bad.kind is ProblemKind.UNSUPPORTED
    assert "symbolic link" in bad.fault
