"""Check all files in a real window: begin, cancel, resume, look at what was found, and write it down."""

import json
import os
from pathlib import Path

import cv2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QInputDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QTableView,
    QTreeWidget,
)
from pytestqt.qtbot import QtBot

from inspector.formats.problems import ProblemKind
from inspector.monitor.records import RunState
from inspector.scan.check_settings import CHECKS, CheckSettings
from inspector.scan.results import ScanResults
from inspector.sources.file_index import FileIndex
from inspector.ui.scan.model import FILE, KIND, SCORE, SIZE, ScanModel
from inspector.ui.scan.panel import ScanPanel
from inspector.ui.theme import Theme
from inspector.ui.widgets import LiveText
from tests.make_sample import BAD_FILES
from tests.ui.conftest import Open, Opened

pytestmark = pytest.mark.slow


def click(opened: Opened, name: str) -> None:
    button = opened.find(QPushButton, name)
    opened.wait_until(lambda: button.isVisible() and button.isEnabled())
    button.click()


def checked(opened: Opened, source: Path) -> ScanPanel:
    """Open the tab and let it check all files."""
    opened.wait_for_state(RunState.RUNNING)
    opened.trigger("checkAllAction")
    click(opened, "scanStartButton")
    opened.wait_until(opened.find(QPushButton, "scanNewButton").isVisible)
    panel = opened.window.findChild(ScanPanel)
    assert panel is not None
    return panel


def shown(panel: ScanPanel, column: int) -> list[str]:
    model = panel.model
    return [str(model.data(model.index(row, column))) for row in range(model.rowCount())]


def choose(opened: Opened, words: str) -> None:
    summary = opened.find(QTreeWidget, "scanSummary")
    summary.setCurrentItem(summary.findItems(words, Qt.MatchFlag.MatchContains)[0])


def test_all_files_of_the_sample(open_window: Open, sample: Path, tmp_path: Path) -> None:
    opened = open_window(sample)
    panel = checked(opened, sample)
    choose(opened, "Problems")
    assert set(shown(panel, FILE)) == set(BAD_FILES)
    choose(opened, "TRUNCATED")
    assert shown(panel, KIND) == ["TRUNCATED"] * 5
    choose(opened, "CMYK")
    assert shown(panel, FILE) == ["chart/colours-cmyk.jpg", "photo/china-cmyk.jpg"]
    choose(opened, "All that was found")
    opened.find(QLineEdit, "scanFilter").setText("EXIF orientation 6")
    assert shown(panel, FILE) == ["chart/exif-6.jpg"]
    opened.find(QLineEdit, "scanFilter").clear()
    panel.table.sortByColumn(SIZE, Qt.SortOrder.DescendingOrder)
    assert "photo/bad-empty.jpg" in shown(panel, FILE)[-3:]  # the size of a class is unknown
    out = tmp_path / "out.json"
    panel.export(str(out))
    opened.wait_until(out.exists)
    assert json.loads(out.read_text())["files"] == 70
    opened.wait_until(lambda: not panel._background.busy)
    panel.export(str(tmp_path / "nowhere" / "out.json"))
    opened.wait_until(lambda: "nowhere" in opened.find(QLabel, "faultText").text())
    opened.wait_until(lambda: opened.session.snapshot().state is RunState.RUNNING)  # the batches continue


def test_before_it_begins_it_says_what_it_will_do(open_window: Open, sample: Path) -> None:
    opened = open_window(sample)
    opened.wait_for_state(RunState.RUNNING)
    opened.trigger("checkAllAction")
    assert opened.find(QPushButton, "scanStartButton").isVisible()
    assert not opened.find(QTableView, "scanTable").isVisible()


def test_cancel_and_go_on(open_window: Open, photos: Path, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(10):
        for photo in photos.iterdir():
            os.link(photo, folder / f"{number}-{photo.name}")
    opened = open_window(folder, num_workers=1)
    opened.wait_for_state(RunState.RUNNING)
    opened.trigger("checkAllAction")
    panel = opened.window.findChild(ScanPanel)
    assert panel is not None
    summary = opened.find(QTreeWidget, "scanSummary")
    for name in CHECKS.keys() - {"duplicate"}:
        summary.findItems(CHECKS[name].title, Qt.MatchFlag.MatchExactly)[0].setCheckState(0, Qt.CheckState.Unchecked)
    click(opened, "scanStartButton")
    opened.wait_for_state(RunState.PAUSED)  # the check has the cores for itself
    opened.wait_until(lambda: panel.model.rowCount() > 0)  # results appear as they come
    click(opened, "scanCancelButton")
    opened.wait_until(opened.find(QPushButton, "scanGoOnButton").isVisible)
    opened.wait_for_state(RunState.RUNNING)
    found = panel.model.rowCount()
    assert 0 < found < 1080
    click(opened, "scanGoOnButton")
    opened.wait_until(lambda: panel.model.rowCount() == 1080)
    assert set(shown(panel, KIND)) == {"Duplicate"}


def test_images_that_look_alike_are_shown_side_by_side(open_window: Open, sample: Path, tmp_path: Path) -> None:
    opened = open_window(sample)
    panel = checked(opened, sample)
    choose(opened, "Near duplicate")
    assert "photo/coffee-444.jpg" in shown(panel, FILE)
    assert not panel.pair.isVisible()
    panel.table.selectRow(shown(panel, FILE).index("photo/coffee-444.jpg"))
    assert panel.pair.isVisible()
    opened.wait_until(lambda: all(image is not None for image in panel.pair._images))
    bar = panel.limit_bar
    opened.wait_until(lambda: bar.plot.isVisible() and bar._histogram is not None and bar._histogram.high == 8.5)
    distances = bar._histogram
    assert distances is not None
    assert distances.counts[0] > 0
    before = panel.model.rowCount()
    bar.line.setValue(0.2)  # as a drag does
    opened.wait_until(lambda: not panel._scan.changing_limits and panel.model.rowCount() < before)
    choose(opened, "CMYK")
    assert not panel.pair.isVisible()
    page = tmp_path / "page.html"
    panel.export(str(page))
    opened.wait_until(page.exists)
    assert "Near duplicate" in page.read_text("utf-8")


def test_every_limit_has_a_field_and_is_used(open_window: Open, sample: Path) -> None:
    opened = open_window(sample)
    opened.find(QSpinBox, "scanMinSideSpin").setValue(2000)
    opened.find(QDoubleSpinBox, "scanMinSharpnessSpin").setValue(0)
    panel = checked(opened, sample)
    scan = opened.session.scan
    assert scan is not None
    assert scan.checks is not None
    assert scan.checks.limits == {**CheckSettings.without().limits, "min_side": 2000, "min_sharpness": 0}
    choose(opened, "Very small")
    assert panel.model.rowCount() == 56


def test_a_check_without_its_tick_is_not_made(open_window: Open, sample: Path) -> None:
    opened = open_window(sample)
    summary = opened.find(QTreeWidget, "scanSummary")
    for title in ("EXIF-rotated", "Alpha"):
        summary.findItems(title, Qt.MatchFlag.MatchExactly)[0].setCheckState(0, Qt.CheckState.Unchecked)
    panel = checked(opened, sample)
    assert {"CMYK", "One colour"} <= set(shown(panel, KIND))
    assert not {"EXIF-rotated", "Alpha"} & set(shown(panel, KIND))


def test_another_folder_puts_the_result_away_and_a_window_closes_while_it_checks(
    open_window: Open, sample: Path, photos: Path
) -> None:
    opened = open_window(sample)
    panel = checked(opened, sample)
    assert panel.model.rowCount() > 0
    opened.window.open_source(str(photos))
    opened.wait_until(opened.find(QPushButton, "scanStartButton").isVisible)
    assert panel.model.rowCount() == 0
    opened.wait_for_state(RunState.RUNNING)
    click(opened, "scanStartButton")
    opened.window.close()  # the leak fixture sees whether workers are left


@pytest.fixture
def model(qapp: QApplication) -> ScanModel:
    theme = Theme(qapp, "dark")
    qapp.processEvents()
    return ScanModel(theme, theme)


def many_results(count: int) -> ScanResults:
    results = ScanResults(FileIndex.scan([f"/data/{number:06}.jpg" for number in range(count)]))
    names = (ProblemKind.TRUNCATED, *CHECKS)[:10]  # every tenth is truncated
    for number in range(count):
        results.add(number, names[number % len(names)], f"Reason {number % 1000}.", count - number)
    return results


def test_many_rows_are_filtered_sorted_and_followed(model: ScanModel, qtbot: QtBot) -> None:
    results = many_results(20_000)
    model.show_findings(results)
    assert model.rowCount() == 20_000
    model.sort(SIZE, Qt.SortOrder.AscendingOrder)
    assert model.row(0).path == "/data/019999.jpg"
    model.show_only(frozenset({"TRUNCATED"}))
    assert model.rowCount() == 2000
    model.set_filter("reason 7.")
    assert model.rowCount() == 0  # 7, 1007, ... are not multiples of 10
    model.set_filter("REASON 70.")
    assert [model.row(row).path for row in (0, 19)] == ["/data/019070.jpg", "/data/000070.jpg"]
    results.add(0, ProblemKind.TRUNCATED, "reason 70.", 0)
    model.follow()
    assert (model.rowCount(), model.row(0).file_bytes) == (21, 0)


def test_what_is_selected_stays_selected(model: ScanModel, qtbot: QtBot) -> None:
    results = many_results(1000)
    table = QTableView()
    qtbot.addWidget(table)
    model.show_findings(results)
    table.setModel(model)
    table.selectRow(3)
    model.sort(SIZE, Qt.SortOrder.AscendingOrder)
    assert [index.row() for index in table.selectionModel().selectedRows()] == [996]
    results.add(5, "alpha", "It has an alpha channel.", 0)
    model.follow()
    assert [index.row() for index in table.selectionModel().selectedRows()] == [997]


def test_a_limit_is_moved_and_the_findings_follow_at_once(open_window: Open, sample: Path) -> None:
    opened = open_window(sample)
    panel = checked(opened, sample)
    bar = panel.limit_bar
    assert not bar.isVisible()
    choose(opened, "Blurry")
    assert bar.isVisible()
    opened.wait_until(bar.plot.isVisible)
    before = panel.model.rowCount()
    bar.line.setValue(3.0)  # as dragging does
    opened.wait_until(lambda: panel.model.rowCount() > before and not opened.session.scan.changing_limits)
    assert all(float(score) < 3 for score in shown(panel, SCORE))
    panel.table.sortByColumn(SCORE, Qt.SortOrder.DescendingOrder)
    scores = [float(score) for score in shown(panel, SCORE)]
    assert scores == sorted(scores, reverse=True)
    assert opened.find(QDoubleSpinBox, "scanMinSharpnessSpin").value() == 3.0
    opened.find(QDoubleSpinBox, "scanLimitSpin").setValue(0)
    opened.wait_until(lambda: panel.model.rowCount() == 0)
    assert bar.line.value() == 0
    choose(opened, "Near duplicate")
    assert bar.isVisible()
    assert not bar.plot.isVisible()
    choose(opened, "CMYK")
    assert not bar.isVisible()


def test_the_largest_of_each_group_is_kept(open_window: Open, sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    image = cv2.imread(str(sample / "photo" / "china.jpg"))
    assert image is not None
    for name, share in (("a-small", 0.5), ("b-large", 1.0), ("c-tiny", 0.25)):
        cv2.imwrite(str(folder / f"{name}.png"), cv2.resize(image, None, fx=share, fy=share))
    opened = open_window(folder)
    panel = checked(opened, folder)
    choose(opened, "Near duplicate")
    click(opened, "scanKeepLargestButton")
    dialog = opened.find(QDialog, "destinationDialog")  # of another machine's folders, a path is typed
    assert isinstance(dialog, QFileDialog | QInputDialog)
    chosen = dialog.textValueSelected if isinstance(dialog, QInputDialog) else dialog.fileSelected
    chosen.emit(str(tmp_path / "aside"))
    dialog.close()
    opened.wait_until(lambda: opened.window.findChild(QPushButton, "moveButton") is not None)
    opened.find(QPushButton, "moveButton").click()
    opened.wait_until(lambda: not panel.moving.busy and sorted(os.listdir(folder)) == ["b-large.png"])
    opened.wait_until(lambda: "2 files moved aside" in opened.find(LiveText, "scanNoticeText").text())
    assert any("(moved)" in kind for kind in shown(panel, KIND))
    opened.find(QPushButton, "scanNoticeButton").click()
    opened.wait_until(lambda: len(os.listdir(folder)) == 3)
    opened.wait_until(lambda: not any("(moved)" in kind for kind in shown(panel, KIND)))


def test_scores_are_exported_and_splits_are_named(open_window: Open, sample: Path, tmp_path: Path) -> None:
    opened = open_window(sample)
    opened.find(QLineEdit, "scanSplitsEdit").setText("photo, chart")
    panel = checked(opened, sample)
    scan = opened.session.scan
    assert scan is not None
    assert scan.checks is not None
    assert scan.checks.splits == ("photo", "chart")
    panel.export_scores(str(tmp_path / "scores.csv"))
    opened.wait_until((tmp_path / "scores.csv").exists)
    assert len((tmp_path / "scores.csv").read_text().splitlines()) == 1 + scan.progress().files


def test_a_check_on_a_cluster(open_window: Open, sample: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    opened = open_window(sample, num_workers=1)
    opened.wait_for_state(RunState.RUNNING)
    opened.trigger("checkAllAction")
    panel = opened.window.findChild(ScanPanel)
    assert panel is not None
    combo, label = opened.find(QComboBox, "scanOnCombo"), opened.find(LiveText, "scanProgressLabel")
    assert combo.isVisible()
    assert [combo.itemText(i) for i in range(combo.count())] == ["this machine", "dask", "ray"]
    for wrong, why in (("spark", "spark is no cluster"), ("tcp://127.0.0.1:1", "no Dask scheduler answers there")):
        combo.setCurrentText(wrong)
        click(opened, "scanStartButton")
        opened.wait_until(lambda why=why: why in label.text())  # type: ignore[misc]
        click(opened, "scanNewButton")
    combo.setCurrentText("dask")
    click(opened, "scanStartButton")
    opened.wait_until(lambda: "Connecting to dask" in label.text())
    assert not combo.isVisible()
    opened.wait_until(lambda: panel._scan.progress().workers != ())
    opened.wait_until(opened.find(QPushButton, "scanNewButton").isVisible)
    choose(opened, "Problems")
    assert set(shown(panel, FILE)) == set(BAD_FILES)
    out = tmp_path / "out.json"
    panel.export(str(out))
    opened.wait_until(out.exists)
    assert json.loads(out.read_text())["on"] == "dask"
