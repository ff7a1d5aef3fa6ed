"""TFRecord files; the writer is checked against known records."""

import gzip
from pathlib import Path

import pytest

from inspector.errors import SourceError
from inspector.formats.problems import BadFile, ProblemKind
from inspector.scan.check_file import CheckFiles
from inspector.scan.check_settings import CheckSettings
from inspector.scan.file_groups import FileGroup
from inspector.sources.containers import checksums
from inspector.sources.containers import tfrecord as form
from inspector.sources.containers.entry import Choice
from inspector.sources.containers.index import ContainerIndex
from inspector.sources.opening import open_source
from tests.sources.containers.samples import contents, entries_of, label_of, opened, photographs
from tests.sources.containers.tfrecords import Value, crc_32c, example, masked, record, write_tfrecord


def samples() -> list[dict[str, Value]]:
    return [
        {"image/encoded": content, "image/class/label": label_of(i), "name": name.encode(), "sizes": [1.5, 2.5]}
        for i, (name, content) in enumerate(photographs())
    ]


def test_the_writer_is_right() -> None:
    assert crc_32c(b"123456789") == 0xE3069283  # the check value of CRC-32C
    assert masked(0x8A9136AA) == ((0x8A9136AA >> 15 | 0x8A9136AA << 17) + 0xA282EAD8) & 0xFFFFFFFF
    assert example({"a": 1}).hex() == "0a0c0a0a0a016112051a030a0101"  # by hand, from the documentation


@pytest.mark.slow
def test_another_reader_reads_it(tmp_path: Path) -> None:
    reader = pytest.importorskip("tfrecord")
    path = write_tfrecord(tmp_path / "a.tfrecord", samples()[:3])
    found = [*reader.tfrecord_loader(str(path), None, None)]
    assert [bytes(each["image/encoded"]) for each in found] == [content for _, content in photographs()[:3]]


def test_reads_what_another_writer_writes(tmp_path: Path) -> None:
    writer = pytest.importorskip("tfrecord.writer").TFRecordWriter(str(tmp_path / "a.tfrecord"))
    for i, (_, content) in enumerate(photographs()):
        writer.write({"picture": (content, "byte"), "label": (i - 3, "int"), "weights": ([0.5, 2.0], "float")})
    writer.close()
    found = contents(form, tmp_path / "a.tfrecord")
    assert [image for _, image in found] == [content for _, content in photographs()]
    assert [entry.label for entry, _ in found] == [i - 3 for i in range(len(found))]
    with opened(tmp_path / "a.tfrecord") as blob:
        assert form.fields(blob, found[0][0]) == {"label": -3, "weights": [0.5, 2.0]}


def test_has_what_the_files_have(tmp_path: Path) -> None:
    found = contents(form, write_tfrecord(tmp_path / "a.tfrecord", samples()))
    assert [image for _, image in found] == [content for _, content in photographs()]
    assert [entry.label for entry, _ in found] == [label_of(i) for i in range(len(found))]
    assert [entry.name for entry, _ in found] == [str(i) for i in range(len(found))]


def test_fields(tmp_path: Path) -> None:
    path = write_tfrecord(tmp_path / "a.tfrecord", [{**each, "n": [-1, 2], "raw": b"\0\1"} for each in samples()])
    entry = entries_of(form, path)[2]
    with opened(path) as blob:
        assert form.fields(blob, entry) == {
            "image/class/label": 2,
            "name": photographs()[2][0],
            "sizes": [1.5, 2.5],
            "n": [-1, 2],
            "raw": "2 bytes",
        }


def test_the_feature_with_the_image_is_found_or_chosen(tmp_path: Path) -> None:
    one, two = [content for name, content in photographs() if "-bad-" not in name][:2]
    first: dict[str, Value] = {"a": b"text", "left": b"bad", "right": two}
    path = write_tfrecord(tmp_path / "a.tfrecord", [first, {"left": one, "right": two, "k": b"owl"}])
    assert contents(form, path)[0][1] == two
    chosen = contents(form, path, Choice(image="left", label="k"))
    assert [(image, entry.label) for entry, image in chosen] == [(b"bad", None), (one, "owl")]
    with pytest.raises(SourceError, match="no feature up: it has a, k, left, right"):
        entries_of(form, path, Choice("up"))
    with pytest.raises(SourceError, match="--image"):
        entries_of(form, write_tfrecord(path, [{"a": b"text"}]))


def test_records_without_an_image_are_bad_samples(tmp_path: Path) -> None:
    path = tmp_path / "a.tfrecord"
    good = record(example({"image": photographs()[1][1], "label": b"cat"}))
    path.write_bytes(good + record(b"\xff\xff no message") + record(example({"label": b"dog"})) + good)
    found = entries_of(form, path)
    assert [bool(entry.fault) for entry in found] == [False, True, True, False]
    assert [entry.label for entry in found] == ["cat", None, "dog", "cat"]


def test_a_cut_file_keeps_what_is_whole(tmp_path: Path) -> None:
    path = write_tfrecord(tmp_path / "a.tfrecord", samples())
    whole = entries_of(form, path)
    path.write_bytes(path.read_bytes()[: whole[5].record + 40])
    *kept, last = entries_of(form, path)
    assert kept == whole[:5]
    assert (last.name, last.kind) == ("", ProblemKind.TRUNCATED)


def test_a_length_with_a_wrong_checksum_ends_it(tmp_path: Path) -> None:
    path = write_tfrecord(tmp_path / "a.tfrecord", samples())
    whole = entries_of(form, path)
    data = bytearray(path.read_bytes())
    data[whole[5].record + 6] = 0x40  # an enormous one
    path.write_bytes(data)
    *kept, last = entries_of(form, path)
    assert kept == whole[:5]
    assert last.kind is ProblemKind.DAMAGED


def test_what_is_no_tfrecord_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tfrecord"
    path.write_bytes(b"something else, and long enough")
    with pytest.raises(SourceError, match="is no TFRecord file"):
        entries_of(form, path)
    path.write_bytes(gzip.compress(b"x" * 100))
    with pytest.raises(SourceError, match="without compression"):
        entries_of(form, path)


def test_the_checksum_is_right() -> None:
    content = bytes(range(251)) * 9000
    for length in (0, 1, 63, 64, 65, 255, 256, 257, 511, 513, 100_001, 1 << 20, (1 << 20) + 1, 2 * (1 << 20) + 257):
        expected = crc_32c(content[:length])
        assert checksums.crc_32c(content[:length]) == expected
        assert checksums.crc_32c(memoryview(b"x" + content)[1 : length + 1]) == expected


def test_a_flipped_bit_anywhere_in_a_record_is_found_by_a_scan(tmp_path: Path) -> None:
    path = write_tfrecord(tmp_path / "a.tfrecord", [{**each, "after": b"x" * 3000} for each in samples()])
    whole = contents(form, path)
    entry, image = whole[3]
    with opened(path) as blob:
        assert form.read_checked(blob, entry) == image
    content = path.read_bytes()
    for at in (entry.offset + 40, entry.offset - 9, entry.offset + entry.length + 5, whole[4][0].record - 2):
        path.write_bytes(content[:at] + bytes([content[at] ^ 4]) + content[at + 1 :])
        with opened(path) as blob:
            assert [form.read_checked(blob, each) for each, _ in whole[:3]] == [found for _, found in whole[:3]]
            with pytest.raises(BadFile, match="checksum") as caught:
                form.read_checked(blob, entry)
            assert caught.value.kind is ProblemKind.DAMAGED
        index = open_source(path)
        assert isinstance(index, ContainerIndex)
        assert index.path(3) == f"tfrecord://3::{path}"
        if at == entry.offset + 40:
            report = CheckFiles(CheckSettings(()), 1 << 28, own_process=False, reader=index.reader())(
                FileGroup(3, (index.path(3),))
            )
            assert [each.kind for each in report] == [ProblemKind.DAMAGED]
