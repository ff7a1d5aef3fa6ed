"""Scanning real folders: every file once, the right kinds, cancelled and gone on with, written down and read again."""

import csv
import functools
import io
import json
import os
import shutil
from pathlib import Path

import pytest

from inspector.errors import SettingsError, SourceError
from inspector.scan import persistence as saved
from inspector.scan.check_settings import CheckSettings
from inspector.scan.progress import ScanState
from inspector.scan.runners.local import LocalPartials
from inspector.scan.scan import Scan, ScanSettings
from inspector.sources.file_index import FileIndex
from tests.make_sample import BAD_FILES
from tests.scan.killer import check_or_die


@pytest.fixture
def copies(photos: Path, tmp_path: Path) -> Path:
    """240 photographs, 40 of them six times under other names, and two bad files."""
    folder = tmp_path / "copies"
    folder.mkdir()
    for number in range(6):
        for photo in sorted(photos.iterdir())[:40]:
            os.link(photo, folder / f"{number}-{photo.name}")
    (folder / "0-empty.jpg").touch()
    (folder / "9-text.png").write_text("no image")
    return folder


def finished(scan: Scan) -> Scan:
    scan.start()
    assert scan.wait(200)
    return scan


def rows(scan: Scan) -> list[tuple[str, str, str]]:
    results = scan.results
    assert results is not None
    return [(results.relative(i), results.row(i).name, results.row(i).reason) for i in range(len(results))]


@pytest.mark.parametrize("num_workers", [0, 2])
def test_the_sample(sample: Path, num_workers: int) -> None:
    scan = finished(Scan(str(sample), ScanSettings(num_workers=num_workers)))
    progress, results = scan.progress(), scan.results
    assert results is not None
    assert progress.state is ScanState.COMPLETE
    problems = {path: name for path, name, _ in rows(scan) if name.isupper()}
    assert problems == BAD_FILES
    assert (progress.files, progress.done) == (len(results.index), len(results.index))
    assert progress.good == progress.files - len(BAD_FILES)
    assert [path for path, name, _ in rows(scan) if name == "cmyk"] == [
        "chart/colours-cmyk.jpg",
        "photo/china-cmyk.jpg",
    ]


@pytest.mark.slow
def test_the_number_of_workers_changes_nothing(copies: Path) -> None:
    found = [rows(finished(Scan(str(copies), ScanSettings(num_workers=number)))) for number in (0, 1, 3)]
    assert found[0] == found[1] == found[2]


def test_duplicates_name_the_first_of_them(copies: Path) -> None:
    scan = finished(Scan(str(copies)))
    assert scan.results is not None
    counts = scan.results.counts()
    assert {"EMPTY": 1, "NOT_IMAGE": 1, "duplicate": 200}.items() <= counts.items()
    for path, name, reason in rows(scan):
        if name == "duplicate":
            assert f" 0-{path[2:]}." in reason


def test_a_check_that_is_off_finds_nothing(copies: Path) -> None:
    scan = finished(Scan(str(copies), ScanSettings(CheckSettings(("small",)))))
    assert scan.digests is None
    assert [name for _, name, _ in rows(scan)] == ["EMPTY", "NOT_IMAGE"]


def cancel_midway(scan: Scan) -> None:
    scan.start()
    while not scan.progress().done and not scan.wait(0.001):
        pass
    scan.close()
    assert scan.progress().state is ScanState.CANCELLED
    assert 0 < scan.progress().done < scan.progress().files


def test_a_cancelled_scan_goes_on_where_it_was(copies: Path) -> None:
    whole = finished(Scan(str(copies)))
    scan = Scan(str(copies), ScanSettings(num_workers=1))
    cancel_midway(scan)
    finished(scan)
    assert rows(scan) == rows(whole)
    assert scan.progress().good == 240


def test_a_partial_result_is_kept_in_a_file_and_gone_on_with(copies: Path, tmp_path: Path) -> None:
    whole = finished(Scan(str(copies)))
    scan = Scan(str(copies), ScanSettings(num_workers=1))
    cancel_midway(scan)
    kept = tmp_path / "partial.json"
    saved.write(kept, saved.as_json(scan))
    partial = json.loads(kept.read_text())
    assert partial["complete"] is False
    assert partial["files"] == scan.progress().done
    again = finished(saved.read_partial(kept, None, 2))
    assert rows(again) == rows(whole)
    assert again.progress().seconds > partial["seconds"]
    assert json.loads("".join(saved.as_json(again))).keys() == json.loads("".join(saved.as_json(whole))).keys()


def test_the_folder_may_have_moved_but_not_changed(copies: Path, tmp_path: Path) -> None:
    scan = Scan(str(copies), ScanSettings(num_workers=1))
    cancel_midway(scan)
    kept = tmp_path / "partial.json"
    saved.write(kept, saved.as_json(scan))
    moved = copies.rename(tmp_path / "moved")
    assert finished(saved.read_partial(kept, str(moved), 1)).progress().good == 240
    (moved / "5-new.jpg").touch()
    with pytest.raises(SourceError, match="other files"):
        saved.read_partial(kept, str(moved), 1)
    with pytest.raises(SourceError):
        saved.read_partial(kept, None, 1)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"files": 1}', '{"problems": [], "resume": {}}', "\udcff"])
def test_a_file_that_is_no_partial_result(content: str, tmp_path: Path) -> None:
    file = tmp_path / "partial.json"
    file.write_text(content, "utf-8", "surrogateescape")
    with pytest.raises(SettingsError, match=r"partial\.json"):
        saved.read_partial(file, None, 1)


def test_a_complete_result_cannot_be_gone_on_with(sample: Path, tmp_path: Path) -> None:
    file = tmp_path / "whole.json"
    saved.write(file, saved.as_json(finished(Scan(str(sample)))))
    with pytest.raises(SettingsError, match="complete"):
        saved.read_partial(file, None, 1)


def test_csv_has_every_row(copies: Path) -> None:
    scan = finished(Scan(str(copies), ScanSettings(CheckSettings(("duplicate",)))))
    assert scan.results is not None
    table = list(csv.DictReader(io.StringIO("".join(saved.as_csv(scan)))))
    assert len(table) == len(scan.results) == 202
    assert table[0] == {
        "path": str(copies / "0-empty.jpg"),
        "kind": "EMPTY",
        "reason": table[0]["reason"],
        "bytes": "0",
        "other": "",
        "group": "",
    }
    assert table[-2]["other"].startswith(str(copies / "0-"))
    assert scan.results.index.path(int(table[-2]["group"])) == table[-2]["other"]


def test_a_file_that_vanishes_while_the_scan_is_cancelled(copies: Path) -> None:
    scan = Scan(str(copies), ScanSettings(num_workers=1))
    cancel_midway(scan)
    (copies / "9-text.png").unlink()
    assert finished(scan).progress().state is ScanState.COMPLETE
    assert [(path, name) for path, name, _ in rows(scan) if name == "VANISHED"] == [("9-text.png", "VANISHED")]


def test_the_folder_is_deleted_while_it_is_scanned(copies: Path) -> None:
    scan = Scan(str(copies), ScanSettings(num_workers=1))
    scan.start()
    while not scan.progress().done and not scan.wait(0.001):
        pass
    shutil.rmtree(copies)
    assert scan.wait(200)
    assert scan.progress().state is ScanState.COMPLETE
    assert scan.progress().done == 242
    assert ("9-text.png", "VANISHED") in [row[:2] for row in rows(scan)]


def test_only_bad_files(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number}.jpg").touch()
    progress = finished(Scan(str(tmp_path))).progress()
    assert (progress.state, progress.files, progress.good, progress.rows) == (ScanState.COMPLETE, 40, 0, 40)


@pytest.mark.parametrize("source", ["empty", "missing"])
def test_nothing_to_scan(source: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    progress = finished(Scan(str(tmp_path / source))).progress()
    assert progress.state is ScanState.FAILED
    assert source in progress.message


def test_a_folder_that_cannot_be_read_is_told(copies: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    locked = copies / "locked"
    locked.mkdir(mode=0)
    scan = finished(Scan(str(copies)))
    shutil.rmtree(locked)
    assert rows(scan)[-1][:2] == (str(locked), "UNREADABLE")


class DeadlyScan(Scan):
    """A scan in which a file brings down whichever worker reads it, as a fault in a decoder would."""

    def __init__(self, source: Path, deadly: str) -> None:
        super().__init__(str(source))
        assert isinstance(self._source, LocalPartials)
        self._source.check_files = functools.partial(check_or_die, deadly)


@pytest.mark.slow
def test_a_file_that_kills_its_worker_is_told_and_the_others_are_checked(copies: Path) -> None:
    index = FileIndex.scan(copies)
    scan = finished(DeadlyScan(copies, index.path(100)))
    assert scan.progress().state is ScanState.COMPLETE
    assert (scan.progress().done, scan.progress().good) == (242, 239)
    problems = [(path, name) for path, name, _ in rows(scan) if name.isupper()]
    assert problems == [("0-empty.jpg", "EMPTY"), (index.relative(100), "CRASHED"), ("9-text.png", "NOT_IMAGE")]


@pytest.mark.slow
def test_when_every_file_kills_its_worker(copies: Path) -> None:
    last_two = copies.parent / "two.txt"
    last_two.write_text("\n".join(map(str, sorted(copies.iterdir())[-2:])))
    assert [name for _, name, _ in rows(finished(DeadlyScan(last_two, str(copies))))] == ["CRASHED"] * 2


def test_cancelled_before_it_began_and_closed_twice(copies: Path) -> None:
    scan = Scan(str(copies))
    scan.start()
    scan.cancel()
    assert scan.wait(200)
    assert scan.progress().state in (ScanState.CANCELLED, ScanState.COMPLETE)
    scan.close()
    scan.close()
