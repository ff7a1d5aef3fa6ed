"""Reports: exported, kept, read back, compared."""

import csv
import io
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from inspector.tuner.report import Report, comparison
from inspector.tuner.report_archive import KEPT_PER_SOURCE, ReportArchive, data_dir
from inspector.tuner.trials import Trial, TrialSetting
from tests.json_values import deep_texts, with_something_else

TRIALS = (
    Trial(TrialSetting(0), 100.0, 95.0, 105.0, 99.0, 80_000_000, 0.5, 4),
    Trial(TrialSetting(2, prefetch_batches=4), 200.0, 190.0, 210.0, None, None, None, 5),
)


def report(source: str = "photos", **changes: object) -> Report:
    base = Report(
        source=source,
        fingerprint=7,
        files=120,
        measured_at="2026-03-01T10:00:00+01:00",
        recommended=TRIALS[1].setting,
        reason="2 workers load 200 images/s.",
        cautions=("The files lay in memory.",),
        limit="cores",
        images_per_s=200.0,
        memory_bytes=None,
        data_wait=None,
        checked=False,
        cannot_tell_from=(TrialSetting(3),),
        trials=TRIALS,
        complete=True,
        seconds=30.5,
        step_ms=0.0,
        image_size=(224, 224),
        usable_cores=1.5,
        cached=None,
        cold=False,
        notes=(),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def test_json_there_and_back() -> None:
    told = json.loads(report().as_json())
    assert told["recommended"] == {
        "num_workers": 2,
        "engine": "processes",
        "batch_size": 32,
        "prefetch_batches": 4,
        "decode": "exact",
    }
    trial = told["trials"][0]
    assert {trial[name] for name in ("num_workers", "engine", "batch_size")} == {0, "serial", 32}
    assert [trial[name] for name in ("images_per_s", "low", "high", "cpu_percent")] == [100.0, 95.0, 105.0, 99.0]
    assert trial["memory_bytes"] == 80_000_000
    assert Report.from_dict(told) == report()
    nothing = report(recommended=None, trials=(), image_size=None)
    assert Report.from_dict(json.loads(nothing.as_json())) == nothing


def test_csv_has_a_row_a_trial() -> None:
    rows = list(csv.DictReader(io.StringIO(report().as_csv())))
    assert [(row["num_workers"], row["images_per_s"], row["cpu_percent"]) for row in rows] == [
        ("0", "100.0", "99.0"),
        ("2", "200.0", ""),
    ]


@pytest.mark.parametrize(
    "content", ["", "[]", "null", '{"version": 99}', '{"version": 1}', '{"version": 1, "trials": 3}']
)
def test_what_is_no_report_is_left_out(content: str, tmp_path: Path) -> None:
    archive = ReportArchive(tmp_path)
    archive.keep(report())
    (kept,) = (tmp_path / "sweeps").iterdir()
    kept.write_text(content)
    assert archive.earlier("photos") == []


def test_earlier_sweeps_of_the_same_folder_newest_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = ReportArchive(tmp_path)
    for day in range(1, KEPT_PER_SOURCE + 4):
        archive.keep(report(measured_at=f"2026-03-{day:02}T10:00:00+01:00"))
    archive.keep(report("elsewhere"))
    monkeypatch.chdir(tmp_path)
    found = ReportArchive(tmp_path).earlier(str(tmp_path / "photos"))
    assert found == []  # the one above was relative to another folder
    monkeypatch.undo()
    days = [each.measured_at[8:10] for each in archive.earlier("./photos/")]
    assert days == [f"{day:02}" for day in range(KEPT_PER_SOURCE + 3, 3, -1)]


def test_the_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("INSPECTOR_DATA_DIR", str(tmp_path / "mine"))
    assert data_dir() == tmp_path / "mine"
    monkeypatch.delenv("INSPECTOR_DATA_DIR")
    assert data_dir().name == "inspector"


def test_compared() -> None:
    faster = report(images_per_s=300.0)
    told = "Earlier, on 2026-03-01 10:00: the same setting, 200 images/s, 67 % of what it is now."
    assert comparison(faster, report()) == told
    assert comparison(report(), report(images_per_s=204.0)).endswith("204 images/s, about as fast as now.")
    other = report(recommended=TrialSetting(4), images_per_s=100.0)
    assert "num_workers=4, batch_size=32, processes" in comparison(report(), other)
    assert comparison(report(recommended=None), report()) == ""


@given(with_something_else(report().as_dict()))
def test_any_json_is_a_sweep_or_left_out(fields: object) -> None:
    try:
        found = Report.from_dict(fields)  # type: ignore[arg-type]
    except ValueError:
        return
    assert Report.from_dict(found.as_dict()).as_json() == found.as_json()
    comparison(report(), found)
    found.as_csv()


@pytest.mark.parametrize("text", deep_texts)
def test_what_is_no_json_is_left_out(tmp_path: Path, text: str) -> None:
    archive = ReportArchive(tmp_path)
    archive.keep(report())
    (good,) = (tmp_path / "sweeps").iterdir()
    good.with_name(good.name.replace(".json", "0.json")).write_text(text)
    os.mkfifo(good.with_name(good.name.replace(".json", "1.json")))
    assert archive.earlier("photos") == [report()]


def test_the_field_that_is_wrong_is_named() -> None:
    with pytest.raises(ValueError, match=r"field “trials\[0\]\.low”: Expected `float`, got `str`"):
        Report.from_dict({**report().as_dict(), "trials": [{**TRIALS[0].as_dict(), "low": "much"}]})
