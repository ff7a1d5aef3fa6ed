"""Rows in packed columns, and the table of digests."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.formats.problems import ProblemKind
from inspector.scan.digests import DigestTable
from inspector.scan.results import ROW_NAMES, ScanResults
from inspector.sources.file_index import FileIndex


@pytest.fixture
def results() -> ScanResults:
    index = FileIndex.scan([f"/data/class/Photo-{number}.jpg" for number in range(50)])
    results = ScanResults(index)
    results.add(3, ProblemKind.TRUNCATED, "The file stops early.", 4096)
    results.add(7, "alpha", "It has an alpha channel.", 10)
    results.add(7, "duplicate", "The same as Photo-3.jpg.", None, 3, 3)
    return results


def test_rows_come_back_as_they_were(results: ScanResults) -> None:
    assert len(results) == 3
    assert results.row(0)[:5] == ("/data/class/Photo-3.jpg", "TRUNCATED", True, "The file stops early.", 4096)
    assert results.row(2)[:5] == ("/data/class/Photo-7.jpg", "duplicate", False, "The same as Photo-3.jpg.", None)
    assert [results.row(number)[5:] for number in (0, 2)] == [(None, None), ("/data/class/Photo-3.jpg", 3)]
    assert results.links(2) == (3, 3)
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
    assert results.nbytes / len(results) < 70
    assert results.columns()[1][-1] == 19_999
    assert set(results.columns()[0].tolist()) == {ROW_NAMES.index("rotated")}


def test_equal_digests_find_the_first_file() -> None:
    chance = random.Random(0)
    contents = [chance.randbytes(16) for _ in range(700)]
    digests, first = DigestTable(5000), dict[bytes, int]()
    for file in range(5000):
        content = chance.choice(contents)
        assert digests.add(file, content).get(file) == first.get(content)
        first.setdefault(content, file)
    assert digests.nbytes <= 24 * 5000


def test_many_digests_at_once_are_as_one_after_the_other() -> None:
    chance = random.Random(1)
    contents = [bytes(16), *(chance.randbytes(16) for _ in range(900))]
    chosen = [chance.choice(contents) for _ in range(5000)]
    together, one_by_one = DigestTable(5000), DigestTable(5000)
    found, wanted = dict[int, int](), dict[int, int]()
    for first in range(0, 5000, 1250):
        found |= together.add(first, b"".join(chosen[first : first + 1250]))
    for file, content in enumerate(chosen):
        wanted |= one_by_one.add(file, content)
    assert found == wanted
    assert len(found) > 3000
    assert together.packed(5000) == b"".join(chosen)


def test_digests_that_begin_alike_are_told_apart() -> None:
    digests = DigestTable(300)
    for file in range(300):
        assert not digests.add(file, bytes(12) + file.to_bytes(4, "big") if file else b"\1" * 16)
    assert digests.add(299, bytes(12) + (5).to_bytes(4, "big")) == {299: 5}


def test_no_choice_of_digests_makes_the_table_slow() -> None:
    """Their places depend on this process alone: a table filled with what begins and ends alike has short ways."""
    slots = []
    for _ in range(2):
        code = (
            "from inspector.scan.digests import DigestTable; t = DigestTable(64);"
            "[t.add(n, bytes(8) + n.to_bytes(1, 'big') + bytes(7)) for n in range(64)]; print(t._slots.tolist())"
        )
        slots.append(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout)
    assert slots[0] != slots[1]


@given(st.binary(max_size=40).filter(any))
def test_packed_digests_of_other_files_are_refused(packed: bytes) -> None:
    table = DigestTable(2)
    if len(packed) in (16, 32):
        table.unpack(packed)
    else:
        with pytest.raises(ValueError, match="not the digests"):
            table.unpack(packed)


def test_digests_go_on_where_others_ended() -> None:
    before, after = DigestTable(10), DigestTable(10)
    before.add(0, b"a" * 16)
    before.add(2, b"b" * 16)  # file 1 is bad and has none
    after.unpack(before.packed(3))
    assert after.add(3, b"b" * 16 + b"a" * 16 + b"c" * 16) == {3: 2, 4: 0}
