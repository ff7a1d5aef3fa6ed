"""Rows in packed columns, and the table of digests."""

import os
import random
from pathlib import Path

import pytest

from inspector.formats.problems import ProblemKind
from inspector.scan.digests import DigestTable, same_content
from inspector.scan.results import ROW_NAMES, ScanResults
from inspector.sources.file_index import FileIndex


@pytest.fixture
def results() -> ScanResults:
    index = FileIndex.scan([f"/data/class/Photo-{number}.jpg" for number in range(50)])
    results = ScanResults(index)
    results.add(3, ProblemKind.TRUNCATED, "The file stops early.", 4096)
    results.add(7, "alpha", "It has an alpha channel.", 10)
    results.add(7, "duplicate", "The same as Photo-3.jpg.", None)
    return results


def test_rows_come_back_as_they_were(results: ScanResults) -> None:
    assert len(results) == 3
    assert results.row(0) == ("/data/class/Photo-3.jpg", "TRUNCATED", True, "The file stops early.", 4096)
    assert results.row(2) == ("/data/class/Photo-7.jpg", "duplicate", False, "The same as Photo-3.jpg.", None)
    assert results.relative(1) == "Photo-7.jpg"
    assert results.counts() == {"TRUNCATED": 1, "duplicate": 1, "alpha": 1}


def test_the_text_is_searched_row_by_row(results: ScanResults) -> None:
    assert results.containing("photo-3.JPG").tolist() == [0, 2]
    assert results.containing("alpha").tolist() == [1]
    assert results.containing("early.Photo").tolist() == []  # the end of one row and the beginning of the next
    assert results.containing("o").tolist() == [0, 1, 2]
    assert results.containing("nowhere").tolist() == []


def test_names_that_are_not_text(tmp_path: Path) -> None:
    strange = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n.jpg")
    Path(strange).write_bytes(b"x")
    results = ScanResults(FileIndex.scan(tmp_path))
    results.add(0, ProblemKind.NOT_IMAGE, f"like {strange}", 1)
    assert results.row(0).path == strange
    assert results.row(0).reason == f"like {strange}"
    assert results.containing("\udcff").tolist() == [0]


def test_a_million_rows_take_little_memory() -> None:
    results = ScanResults(FileIndex.scan([f"/data/{number}.jpg" for number in range(1000)]))
    for number in range(20_000):
        results.add(number % 1000, "rotated", "It is stored upside down.", number)
    assert results.nbytes / len(results) < 60
    assert results.columns()[1][-1] == 19_999
    assert set(results.columns()[0].tolist()) == {ROW_NAMES.index("rotated")}


def yes(other: int) -> bool:
    return True


def test_equal_digests_find_the_first_file() -> None:
    chance = random.Random(0)
    contents = [chance.randbytes(8) for _ in range(700)]
    digests, first = DigestTable(5000), dict[bytes, int]()
    for file in range(5000):
        content = chance.choice(contents)
        assert digests.add(file, content, yes) == first.get(content)
        first.setdefault(content, file)
    assert digests.nbytes <= 40 * 5000


def test_digests_that_begin_alike_are_told_apart() -> None:
    digests = DigestTable(300)
    for file in range(300):
        assert digests.add(file, bytes(4) + file.to_bytes(4, "big") if file else b"\1" * 8, yes) is None
    assert digests.add(299, bytes(4) + (5).to_bytes(4, "big"), yes) == 5


def test_files_with_the_same_digest_are_told_apart_by_their_content() -> None:
    contents, digests = "abcabcab", DigestTable(8)
    found = [
        digests.add(file, b"the same", lambda other, content=content: contents[other] == content)  # type: ignore[misc]
        for file, content in enumerate(contents)
    ]
    assert found == [None, None, None, 0, 1, 2, 0, 1]


def test_contents_are_compared_to_the_end(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    content = bytes(3 << 20)
    for other, same in ((content, True), (content[:-1] + b"1", False), (content[:-1], False), (content + b"0", False)):
        first.write_bytes(content)
        second.write_bytes(other)
        assert same_content(str(first), str(second)) is same
        assert same_content(str(second), str(first)) is same
    assert not same_content(str(first), str(tmp_path / "gone"))


def test_digests_go_on_where_others_ended() -> None:
    before, after = DigestTable(10), DigestTable(10)
    before.add(0, b"a" * 8, yes)
    before.add(2, b"b" * 8, yes)  # file 1 is bad and has none
    after.unpack(before.packed(3))
    assert after.add(3, b"b" * 8, yes) == 2
    assert after.add(4, b"a" * 8, yes) == 0
    assert after.add(5, b"c" * 8, yes) is None
