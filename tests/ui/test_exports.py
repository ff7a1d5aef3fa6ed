"""The menu File > Export, through its file dialogs."""

import csv
import json
from html import unescape
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QLabel, QMenu, QWidget

from inspector.monitor.colour_proof import summarise
from inspector.monitor.records import RunState
from tests.make_sample import BAD_FILES
from tests.ui.conftest import Open, Opened


def export(opened: Opened, action: str, file: Path) -> None:
    """Choose `file` in the dialog of an action."""
    opened.trigger(action)
    dialog = next(each for each in opened.window.findChildren(QFileDialog) if each.isVisible())
    dialog.fileSelected.emit(str(file))
    dialog.close()


def test_plots_numbers_and_window_are_exported(open_window: Open, sample: Path, tmp_path: Path) -> None:
    opened = open_window(sample, batch_size=8, num_workers=1)
    opened.wait_for_batch()
    opened.session.change(step_ms=6.0)
    opened.wait_until(lambda: "step" in "".join(each.text for each in opened.session.series().changes))
    since = opened.session.snapshot().time_s
    opened.wait_until(lambda: float(opened.session.series().time_s[-1]) > since)
    export(opened, "exportPlotsAction", table := tmp_path / "plots.csv")
    opened.wait_until(table.exists)
    header, *rows = csv.reader(table.read_text("utf-8").splitlines())
    assert header[1] == "batches per second (1/s)"
    assert float(rows[-1][0]) == 0.0
    assert [row[4] for row in rows if row[4]] == [each.text for each in opened.session.series().changes]
    opened.wait_until(lambda: not opened.window._exports._background.busy)

    export(opened, "exportNumbersAction", numbers := tmp_path / "numbers.json")
    opened.wait_until(numbers.exists)
    record = json.loads(numbers.read_text("utf-8"))
    assert (record["version"], record["source"]) == (1, str(sample))
    assert record["settings"]["batch_size"] == 8
    assert sum(record["problems_by_kind"].values()) == record["problems"] or record["state"] == "running"
    opened.wait_until(lambda: not opened.window._exports._background.busy)

    export(opened, "exportViewAction", picture := tmp_path / "window.png")
    opened.wait_until(picture.exists)
    assert QImage(str(picture)).size() == opened.window.size() * opened.window.devicePixelRatioF()
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.slow
def test_the_report_has_the_batch_its_proof_and_the_skipped_files(
    open_window: Open, sample: Path, tmp_path: Path
) -> None:
    opened = open_window(sample, batch_size=8, num_workers=1, step_ms=20.0)
    opened.wait_until(lambda: len(opened.session.problems()) == len(BAD_FILES))
    opened.session.pause()
    opened.wait_for_state(RunState.PAUSED)
    opened.wait_until(lambda: None not in opened.session.proofs(opened.shown().key))
    view = opened.shown()
    export(opened, "exportReportAction", file := tmp_path / "report.html")
    opened.wait_until(file.exists)
    html = file.read_text("utf-8")
    assert summarise(opened.session.proofs(view.key)).sentence in unescape(html)
    assert html.count("<img ") == len(view.thumbnails)
    assert html.count("<tr><td>") == len(BAD_FILES)
    assert all(problem.reason in unescape(html) for problem in opened.session.problems())
    assert "photo/bad-empty.jpg" in html
    opened.wait_until(lambda: not opened.window._exports._background.busy)


def test_a_report_proves_what_was_not_proved_yet(open_window: Open, sample: Path, tmp_path: Path) -> None:
    opened = open_window(sample, batch_size=4, num_workers=1, step_ms=2.0)
    opened.wait_for_batch()
    export(opened, "exportReportAction", file := tmp_path / "report.html")
    opened.wait_until(file.exists)
    html = file.read_text("utf-8")
    assert html.count('<b class="badge') == html.count("<img ") > 0
    assert "checked so far" not in html
    opened.wait_until(lambda: not opened.window._exports._background.busy)


def test_a_report_can_be_written_before_a_folder_is_open(open_window: Open, tmp_path: Path) -> None:
    opened = open_window()
    export(opened, "exportReportAction", file := tmp_path / "report.html")
    opened.wait_until(file.exists)
    assert "No folder" in file.read_text("utf-8")
    opened.wait_until(lambda: not opened.window._exports._background.busy)


def test_an_export_that_fails_is_told_in_the_banner(open_window: Open, tmp_path: Path) -> None:
    opened = open_window()
    assert opened.find(QMenu, "exportMenu").actions()
    export(opened, "exportNumbersAction", tmp_path / "nowhere" / "numbers.json")
    opened.wait_until(lambda: opened.find(QWidget, "faultBanner").isVisible())
    assert "nowhere" in opened.find(QLabel, "faultText").text()
