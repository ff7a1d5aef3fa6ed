"""Partial results of somebody else: resumed, or refused in one sentence that names the file."""

import functools
import json
import os
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import InspectorError, SettingsError
from inspector.formats.problems import ProblemKind
from inspector.scan import persistence
from inspector.scan.check_file import FileReport
from inspector.scan.check_settings import CheckSettings
from inspector.scan.checks import Finding
from inspector.scan.digests import DigestTable
from inspector.scan.measure_table import MeasureTable
from inspector.scan.measures import MEASURE_BYTES
from inspector.scan.results import ScanResults
from inspector.scan.runners.ahead import Ahead
from inspector.scan.runners.partial import Partial
from inspector.scan.scan import Scan, ScanSettings
from inspector.sources.file_index import FileIndex
from tests.conftest import ROOT
from tests.json_values import deep_texts, with_something_else

PHOTOS = ROOT / "assets" / "sample"


@functools.cache
def partial() -> str:
    """What a scan leaves that was cancelled after two files."""
    scan = Scan(str(PHOTOS), ScanSettings(CheckSettings.without(), 1))
    index = FileIndex.scan(str(PHOTOS))
    results, digests, measures = ScanResults(index), DigestTable(len(index)), MeasureTable(len(index))
    results.add(0, ProblemKind.EMPTY, "The file is empty.", 0)
    results.add(1, "alpha", "It has an alpha channel.", 10)
    results.add(1, "duplicate", "It has exactly the same content as another.", 10, 0, 0)
    results.done, results.good = 2, 1
    digests.add(1, b"1" * 16)
    measures.put(1, b"2" * MEASURE_BYTES, (10).to_bytes(8, "little"))
    reports = [
        FileReport(7, b"3" * 16, b"4" * MEASURE_BYTES),
        FileReport(None, kind=ProblemKind.EMPTY, reason="Empty."),
    ]
    reports.append(FileReport(9, b"5" * 16, b"6" * MEASURE_BYTES, (Finding("alpha", "It has an alpha channel."),)))
    scan.restore(results, digests, measures, 1.5, Ahead([Partial.of(5, reports), Partial.of(8, reports[:1])]))
    return "".join(persistence.as_json(scan))


def read(text: str) -> Scan:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "results.json")
        file.write_text(text)
        return persistence.read_partial(file, None, 1)


def test_it_comes_back() -> None:
    assert read(partial()).progress().done == 2
    assert "".join(persistence.as_json(read(partial()))) == partial()


@given(st.deferred(lambda: with_something_else(json.loads(partial()))))
def test_any_json_is_refused_in_a_sentence_or_resumed(saved: object) -> None:
    try:
        read(json.dumps(saved))
    except InspectorError as error:
        assert "\n" not in str(error)  # noqa: PT017  it need not be refused


@pytest.mark.parametrize("files", [1, 3, len(FileIndex.scan(str(PHOTOS)))])
def test_a_number_of_files_that_nothing_is_known_of_is_refused(files: int) -> None:
    """Else the others would count as checked."""
    with pytest.raises(SettingsError, match="not what inspector scan writes"):
        read(json.dumps({**json.loads(partial()), "files": files}))


def test_the_field_that_is_wrong_is_named() -> None:
    saved = json.loads(partial())
    saved["resume"]["limits"]["min_side"] = "ten"
    with pytest.raises(SettingsError, match=r"field “resume\.limits.*”: Expected `float`, got `str`"):
        read(json.dumps(saved))


@pytest.mark.parametrize("text", [*deep_texts, "null", "\udcff"])
def test_what_is_no_result_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"results\.json: cannot resume from it"):
        read(text.encode("utf-8", "surrogateescape").decode("latin1"))


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "results.json")
    with pytest.raises(SettingsError, match="not a regular file"):
        persistence.read_partial(tmp_path / "results.json", None, 1)


def test_a_file_that_becomes_a_pipe_does_not_stop_a_scan(tmp_path: Path, sample: Path) -> None:
    photo = next(iter(sorted(sample.rglob("*.jpg")))).read_bytes()
    for n in range(100):
        (tmp_path / f"{n:03}.jpg").write_bytes(photo)
    scan = Scan(str(tmp_path), ScanSettings(CheckSettings.without(), 1))
    scan.start()
    waiting = threading.Event()
    while scan.progress().done < 1:
        waiting.wait(0.01)
    (tmp_path / "000.jpg").unlink()
    os.mkfifo(tmp_path / "000.jpg")
    assert scan.wait(60)
    scan.close()
    assert scan.progress().done == 100


def test_a_result_of_the_first_format_is_resumed() -> None:
    saved = json.loads(partial())
    for name in ("version", "limits", "measures", "file_sizes", "scores", "finding_others"):
        del saved["resume"][name]
    del saved["findings"][1]["other"], saved["findings"][1]["group"]
    saved["resume"] |= {"checks": ["duplicate", "small"], "min_side": 16, "max_aspect": 4.0}
    scan = read(json.dumps(saved))
    assert (scan.settings.checks.names, scan.settings.checks.min_side) == (("duplicate", "small"), 16)
    assert scan.progress().done == 2


@pytest.mark.parametrize(
    ("wrong", "message"), [({"version": 4}, "a newer inspector wrote it"), ({"limits": {"x": 1}}, "no limit called x")]
)
def test_a_result_of_another_format_is_refused(wrong: dict[str, object], message: str) -> None:
    saved = json.loads(partial())
    saved["resume"] |= wrong
    with pytest.raises(SettingsError, match=message):
        read(json.dumps(saved))
