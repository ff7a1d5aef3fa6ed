"""The whole window, driven through its widgets, on real folders."""

import os
from functools import partial
from pathlib import Path

import psutil
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QComboBox,
    QGraphicsTextItem,
    QLabel,
    QListView,
    QPushButton,
    QSlider,
    QSpinBox,
    QTableView,
    QWidget,
)

from inspector.monitor.records import RunState
from inspector.ui.batch.model import TILE_ROLE
from inspector.ui.tables import WordyTable
from inspector.ui.widgets import LiveText
from tests.ui.conftest import Open

FIXED_NAMES = (
    "workersSpin", "batchSizeSpin", "prefetchSpin", "runAction", "nextBatchAction", "previousBatchAction",
    "openFolderAction", "batchView", "throughputPlot", "queueDepthPlot", "workersTable", "problemsTable",
    "verdictLabel", "stepSpin", "engineCombo", "shuffleCheck", "seedSpin", "imageSizeCombo",
)  # fmt: skip


def type_text(widget: QWidget, text: str) -> None:
    """In place of what is there."""
    widget.setFocus()
    QTest.keyClick(widget, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(widget, text)


def test_everything_that_can_be_used_has_its_name_and_says_what_it_is(open_window: Open) -> None:
    opened = open_window()
    for name in FIXED_NAMES:
        found = opened.window.findChild(QWidget, name) or opened.window.findChild(QAction, name)
        assert found is not None, name
        assert found.toolTip() or isinstance(found, QLabel | QListView | QTableView), name
        if isinstance(found, QWidget):
            assert found.accessibleName(), name


def test_without_a_folder_it_asks_for_one_and_knows_no_numbers(open_window: Open) -> None:
    opened = open_window()
    opened.wait_until(lambda: opened.find(QPushButton, "welcomeOpenButton").isVisible())
    figures = [opened.find(LiveText, f"{name}Figure") for name in ("batches", "images", "dataWait", "skipped")]
    opened.wait_until(lambda: [figure.text() for figure in figures] == ["–"] * 4)
    assert not opened.find(QAction, "runAction").isEnabled()


def test_a_folder_is_shown_with_its_batch_its_workers_and_its_figures(open_window: Open, photos: Path) -> None:
    opened = open_window(photos, batch_size=16, num_workers=2)
    opened.wait_for_batch()
    assert photos.name in opened.window.windowTitle()
    assert opened.find(QListView, "batchView").model().rowCount() == 16
    workers = opened.find(QTableView, "workersTable").model()
    opened.wait_until(lambda: workers.rowCount() == 2)
    opened.wait_until(lambda: opened.find(LiveText, "batchesFigure").text() != "–")
    opened.wait_until(lambda: "120 files" in opened.find(LiveText, "whereLabel").text())


def test_files_that_links_lead_to_outside_are_counted(open_window: Open, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(photos)
    opened = open_window(tmp_path)
    opened.wait_for_batch()
    opened.wait_until(lambda: "120 outside it, behind links" in opened.find(LiveText, "whereLabel").text())


def test_all_columns_of_the_workers_are_in_sight(open_window: Open, photos: Path) -> None:
    opened = open_window(photos, batch_size=8, num_workers=2)
    opened.wait_for_batch()
    table = opened.find(QTableView, "workersTable")
    opened.wait_until(lambda: table.model().rowCount() == 2)
    assert table.horizontalScrollBar().maximum() == 0
    assert table.columnWidth(table.model().columnCount() - 1) >= 60  # the last file


def test_workers_change_while_it_runs(open_window: Open, photos: Path) -> None:
    opened = open_window(photos, batch_size=8, num_workers=1)
    opened.wait_for_batch()
    spin = opened.find(QSpinBox, "workersSpin")
    spin.setFocus()
    QTest.keyClick(spin, Qt.Key.Key_Up)
    assert opened.session.snapshot().num_workers in (1, 2)  # a snapshot may be 20 ms old
    workers = opened.find(QTableView, "workersTable").model()
    opened.wait_until(lambda: workers.rowCount() == 2)
    assert opened.find(QSlider, "workersSlider").value() == 2
    before = opened.session.snapshot().batches
    opened.wait_until(lambda: opened.session.snapshot().batches > before)
    assert opened.session.snapshot().changes[-1].text == "workers 1→2"


def test_the_slider_sets_the_workers_too(open_window: Open, photos: Path) -> None:
    opened = open_window(photos, batch_size=8, num_workers=1)
    opened.wait_for_batch()
    for value in (5, 4, 3, 2, 0):  # as a drag does, faster than workers start
        opened.find(QSlider, "workersSlider").setValue(value)
    assert opened.find(QSpinBox, "workersSpin").value() == 0
    opened.wait_until(lambda: opened.session.snapshot().num_workers == 0)
    before = opened.session.snapshot().batches
    opened.wait_until(lambda: opened.session.snapshot().batches > before + 1)


@pytest.mark.slow
def test_a_typed_batch_size_is_not_tried_half_typed(open_window: Open, photos: Path) -> None:
    opened = open_window(photos, batch_size=32, num_workers=1)
    opened.wait_for_batch()
    spin = opened.find(QSpinBox, "batchSizeSpin")
    type_text(spin, "12")
    assert opened.session.snapshot().batch_size == 32
    QTest.keyClick(spin, Qt.Key.Key_Return)
    opened.wait_until(lambda: opened.find(QListView, "batchView").model().rowCount() == 12)
    assert [change.text for change in opened.session.snapshot().changes] == ["batch 32→12"]


@pytest.mark.slow
def test_a_typed_number_applies_when_the_typing_rests(open_window: Open, photos: Path) -> None:
    opened = open_window(photos, batch_size=32, num_workers=1)
    opened.wait_for_batch()
    type_text(opened.find(QSpinBox, "batchSizeSpin"), "10")
    opened.wait_until(lambda: opened.session.snapshot().batch_size == 10)


def test_the_batch_slider_reaches_from_1_to_4096(open_window: Open) -> None:
    opened = open_window()
    slider, spin = opened.find(QSlider, "batchSizeSlider"), opened.find(QSpinBox, "batchSizeSpin")
    slider.setValue(slider.minimum())
    assert spin.value() == 1
    slider.setValue(slider.maximum())
    assert spin.value() == 4096
    spin.setValue(65_536)
    assert (slider.value(), spin.value()) == (slider.maximum(), 65_536)


@pytest.mark.slow
def test_pause_and_look_back_and_forward(open_window: Open, photos: Path) -> None:
    # During a long step none is on its way, which would still come after the pause.
    opened = open_window(photos, batch_size=8, num_workers=1, step_ms=3_600_000.0)
    heading = opened.find(LiveText, "batchHeading")
    opened.wait_until(lambda: "BATCH 0 " in heading.text())
    opened.trigger("runAction")
    opened.wait_for_state(RunState.PAUSED)
    opened.wait_until(lambda: opened.find(QAction, "runAction").text() == "Run")

    def shows(number: int) -> bool:
        return f"BATCH {number} " in heading.text()

    steps = [("next", 1), ("next", 2), ("previous", 1), ("previous", 0), ("next", 1), ("next", 2), ("next", 3)]
    for action, number in steps:
        opened.wait_until(opened.find(QAction, f"{action}BatchAction").isEnabled)
        opened.trigger(f"{action}BatchAction")
        opened.wait_until(partial(shows, number))
    opened.wait_until(lambda: opened.session.snapshot().batches == 4)


def test_space_runs_and_pauses_also_while_a_number_has_the_focus(open_window: Open, photos: Path) -> None:
    opened = open_window(photos, batch_size=8, num_workers=1)
    opened.wait_for_batch()
    for name in ("batchView", "workersSpin"):
        widget = opened.find(QWidget, name)
        widget.setFocus()
        QTest.keyClick(widget, Qt.Key.Key_Space)
        opened.wait_for_state(RunState.PAUSED)
        opened.wait_until(lambda: opened.find(QAction, "runAction").text() == "Run")
        QTest.keyClick(widget, Qt.Key.Key_Space)
        opened.wait_for_state(RunState.RUNNING)
        opened.wait_until(lambda: opened.find(QAction, "runAction").text() == "Pause")


def test_space_ticks_the_box_that_has_the_focus(open_window: Open, photos: Path) -> None:
    opened = open_window(photos, batch_size=8, num_workers=1)
    opened.wait_for_batch()
    box = opened.find(QWidget, "shuffleCheck")
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Space)
    opened.wait_until(lambda: not opened.session.snapshot().shuffle)
    assert opened.session.snapshot().state is not RunState.PAUSED


@pytest.mark.parametrize(
    ("files", "settings"),
    [({}, {}), ({"a.jpg": b"", "b.png": b"no image"}, {})],
    ids=["empty folder", "only bad files"],
)
def test_nothing_to_show_is_said_in_a_sentence(
    open_window: Open, tmp_path: Path, files: dict[str, bytes], settings: dict[str, object]
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    opened = open_window(folder, num_workers=1, **settings)
    opened.wait_for_state(RunState.FAILED)
    message = opened.find(QLabel, "messageLabel")
    opened.wait_until(lambda: message.isVisible() and message.text() == opened.session.snapshot().message)
    assert message.text()
    table = opened.find(QTableView, "problemsTable").model()
    opened.wait_until(lambda: table.rowCount() == len(files))


def test_pages_can_be_looked_at_without_a_folder(open_window: Open) -> None:
    opened = open_window()
    opened.wait_until(lambda: opened.find(QPushButton, "welcomeOpenButton").isVisible())
    opened.trigger("showLogPageAction")
    assert opened.find(QWidget, "logView").isVisible()
    opened.wait_until(lambda: opened.find(QLabel, "messageLabel").text() == "No folder is open")


def test_what_is_empty_says_what_will_be_there(open_window: Open, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    opened = open_window(tmp_path / "empty", num_workers=1)
    opened.wait_for_state(RunState.FAILED)
    opened.wait_until(lambda: "worker" in opened.find(WordyTable, "workersTable").empty_words)
    for name, words in (
        ("throughputPlot", "Batches per second"),
        ("queueDepthPlot", "Queue depth"),
        ("tunerPlot", "Images per second"),
    ):
        plot = opened.find(pg.PlotWidget, name)
        told = [item.toPlainText() for item in plot.items() if isinstance(item, QGraphicsTextItem) and item.isVisible()]
        assert any(text.startswith(words) for text in told), told


def test_fewer_files_than_a_batch_is_said_in_a_sentence(open_window: Open, photos: Path) -> None:
    opened = open_window(photos, num_workers=1, batch_size=200, drop_last=True)
    opened.wait_for_state(RunState.FAILED)
    opened.wait_until(lambda: opened.find(QLabel, "messageLabel").isVisible())
    assert not opened.find(QListView, "batchView").isVisible()


def test_another_folder_takes_the_place_of_a_failed_one(open_window: Open, tmp_path: Path, photos: Path) -> None:
    (tmp_path / "empty").mkdir()
    opened = open_window(tmp_path / "empty", num_workers=1, batch_size=8)
    opened.wait_until(lambda: opened.find(QPushButton, "messageButton").text() == "Open folder…")
    opened.window.open_source(str(photos))
    opened.wait_for_batch()
    assert not opened.find(QLabel, "messageLabel").isVisible()


@pytest.mark.slow
def test_pure_colours_are_painted_as_they_are(open_window: Open, sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "colours"
    folder.mkdir()
    colours = {"red.png": "#ff0000", "green.png": "#00ff00", "blue.png": "#0000ff"}
    for name in colours:
        (folder / name).write_bytes((sample / "chart" / name).read_bytes())
    opened = open_window(folder, batch_size=3, num_workers=1)
    opened.wait_for_batch()
    opened.trigger("runAction")
    opened.wait_for_state(RunState.PAUSED)
    tiles = opened.find(QListView, "batchView")
    model = tiles.model()
    painted = {}
    picture = tiles.viewport().grab().toImage()
    for row in range(model.rowCount()):
        index = model.index(row, 0)
        cell = tiles.visualRect(index)
        middle = QPoint(cell.center().x(), cell.top() + cell.width() // 2)
        painted[index.data()] = picture.pixelColor(middle).name()
    assert painted == colours


def test_256_thumbnails_fit_into_the_list(open_window: Open, tiny_images: Path) -> None:
    opened = open_window(tiny_images, batch_size=256, num_workers=1)
    opened.wait_for_batch()
    tiles = opened.find(QListView, "batchView")
    opened.wait_until(lambda: tiles.model().rowCount() == 256)
    tiles.scrollToBottom()
    last = tiles.model().index(255, 0)
    opened.wait_until(lambda: tiles.viewport().rect().contains(tiles.visualRect(last).center()))
    assert "class class-" in last.data(Qt.ItemDataRole.ToolTipRole)


def test_a_name_that_is_not_utf_8_is_shown_with_escapes(open_window: Open, sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "names"
    folder.mkdir()
    file = os.path.join(os.fsencode(folder), b"caf\xe9.png")
    try:
        with open(file, "wb") as out:
            out.write((sample / "chart" / "red.png").read_bytes())
    except OSError:
        pytest.skip("this file system takes no such name")
    opened = open_window(folder, batch_size=1, num_workers=1)
    opened.wait_for_batch()
    assert opened.find(QListView, "batchView").model().index(0, 0).data() == "caf\\xe9.png"
    assert opened.find(QListView, "batchView").grab().width() > 0


@pytest.mark.slow
def test_every_skipped_file_is_in_the_table_and_in_the_batch(open_window: Open, sample: Path) -> None:
    opened = open_window(sample, batch_size=200, num_workers=2)
    opened.wait_for_batch()
    table = opened.find(QTableView, "problemsTable").model()
    bad = {file.name for file in sample.rglob("bad-*")}
    opened.wait_until(lambda: table.rowCount() == opened.session.snapshot().problems >= len(bad))
    assert bad <= {Path(str(table.index(row, 1).data())).name for row in range(table.rowCount())}
    tiles = opened.find(QListView, "batchView").model()
    assert any(not hasattr(tiles.index(row, 0).data(TILE_ROLE), "pixels") for row in range(tiles.rowCount()))


@pytest.mark.slow
def test_a_size_that_cannot_be_is_said_and_changes_nothing(open_window: Open, photos: Path) -> None:
    opened = open_window(photos, batch_size=8, num_workers=1)
    opened.wait_for_batch()
    combo, error = opened.find(QComboBox, "imageSizeCombo"), opened.find(QLabel, "settingsErrorLabel")
    for text in ("big", "0x10"):
        type_text(combo, text)
        QTest.keyClick(combo, Qt.Key.Key_Return)
        assert error.isVisible(), text
        opened.wait_until(lambda: combo.currentText() == "native")
    type_text(combo, "64x48")
    QTest.keyClick(combo, Qt.Key.Key_Return)
    opened.wait_until(lambda: "64×48×3" in opened.find(LiveText, "batchHeading").text())
    assert not error.isVisible()


def test_another_theme_repaints_the_plots(open_window: Open, photos: Path) -> None:
    opened = open_window(photos, batch_size=8, num_workers=1)
    opened.wait_for_batch()
    for choice in ("dark", "light", "dark"):
        opened.theme.choose(choice)
        for name in ("throughputPlot", "queueDepthPlot", "batchView"):
            picture = opened.find(QWidget, name).grab().toImage()
            corner = picture.pixelColor(1, picture.height() - 2)
            assert corner == QColor(opened.theme.colours.card), (choice, name)


@pytest.mark.slow
def test_hidden_panels_stay_hidden_the_next_time(open_window: Open, photos: Path) -> None:
    first = open_window(photos)
    first.wait_for_batch()
    first.trigger("showSettingsAction")
    assert not first.find(QSpinBox, "workersSpin").isVisible()
    first.window.close()
    second = open_window(photos)
    second.wait_for_batch()
    assert not second.find(QSpinBox, "workersSpin").isVisible()
    assert second.find(QTableView, "problemsTable").isVisible()


def test_closing_in_mid_run_leaves_nothing(open_window: Open, photos: Path) -> None:
    others = set(psutil.Process().children(recursive=True))
    opened = open_window(photos, batch_size=8, num_workers=3, step_ms=0.0)
    opened.wait_for_batch()
    children = set(psutil.Process().children(recursive=True)) - others
    assert len(children) >= 3
    opened.window.close()
    opened.wait_until(lambda: not any(child.is_running() for child in children))


def test_it_can_be_closed_while_it_opens_a_folder(open_window: Open, photos: Path) -> None:
    opened = open_window(photos, num_workers=2)
    opened.window.close()
    assert not opened.window.isVisible()


@pytest.mark.slow
def test_a_hidden_window_paints_nothing_and_catches_up(open_window: Open, photos: Path) -> None:
    opened = open_window(photos, batch_size=8, num_workers=1)
    opened.wait_for_batch()
    opened.window.hide()
    heading = opened.find(LiveText, "batchHeading")
    before, shown = heading.text(), opened.session.snapshot().batch_serial
    opened.wait_until(lambda: opened.session.snapshot().batch_serial > shown + 1)
    assert heading.text() == before
    opened.window.show()
    opened.wait_until(lambda: heading.text() != before)
