"""The page of statistics, in a window on a real session and with records that say what went wrong."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QTabBar, QTableView, QTableWidget, QWidget

from inspector.monitor.channel_statistics import ChannelStatistics
from inspector.monitor.order import OrderSample
from inspector.monitor.records import RunState
from inspector.monitor.sample_counts import ClassCounts, EpochCounts, RepeatedFile
from inspector.ui.statistics.channels import rests_on
from inspector.ui.statistics.classes import judge_classes
from inspector.ui.statistics.files import judge_files
from tests.ui.conftest import Open, Opened

WHOLE = EpochCounts(3, 100, 100, 100, 0, 0, (), None, OrderSample(0, np.arange(100), 100), over=True)
KNOWN = ChannelStatistics(64, 64 * 50, 0, (127.5, 51.0, 0.0), (25.5, 51.0, 2.55))


def open_page(opened: Opened) -> None:
    tabs = opened.find(QTabBar, "detailTabs")
    names = [tabs.tabText(number) for number in range(tabs.count())]
    tabs.setCurrentIndex(names.index("Statistics"))


def text(opened: Opened, name: str) -> str:
    return opened.find(QLabel, name).text()


def test_without_an_image_it_says_what_will_be_here(open_window: Open, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    opened = open_window(tmp_path / "empty")
    open_page(opened)
    idle = opened.find(QLabel, "statisticsIdleLabel")
    opened.wait_until(idle.isVisible)
    assert "mean and standard deviation" in idle.text()
    assert not opened.find(QTableWidget, "channelsTable").isVisible()


@pytest.mark.slow
def test_a_whole_epoch_of_a_shuffled_folder(open_window: Open, tiny_images: Path) -> None:
    opened = open_window(tiny_images, batch_size=16, num_workers=1, step_ms=1.0)
    open_page(opened)
    opened.wait_until(lambda: (tally := opened.session.sample_counts()) is not None and tally.previous is not None)
    opened.find(QComboBox, "statisticsEpochCombo").setCurrentIndex(1)
    opened.wait_until(lambda: text(opened, "filesLabel") == "Every file came exactly once.")
    assert (text(opened, "filesOnce"), text(opened, "filesRepeated"), text(opened, "filesNever")) == ("300", "0", "0")
    assert text(opened, "orderLabel").startswith("Looks shuffled: ")
    assert text(opened, "classesLabel") == "Each class comes as often as its size says. All have 150 files."
    classes = opened.find(QTableView, "classesTable").model()
    assert [classes.index(0, column).data() for column in range(4)] == ["class-0", "150", "150", "150"]
    opened.wait_until(lambda: text(opened, "channelsLabel").startswith("Rests on "))


@pytest.mark.slow
def test_an_epoch_in_file_order_is_called_so(open_window: Open, tiny_images: Path) -> None:
    opened = open_window(tiny_images, batch_size=16, num_workers=1, shuffle=False, epochs=1, step_ms=0.0)
    open_page(opened)
    opened.wait_for_state(RunState.FINISHED)
    opened.wait_until(lambda: text(opened, "orderLabel").startswith("In file order, as shuffle is off: "))


@pytest.mark.slow
def test_the_code_is_copied_with_what_it_rests_on(open_window: Open, tiny_images: Path) -> None:
    opened = open_window(tiny_images, batch_size=16, num_workers=1, image_size=(20, 20), step_ms=600.0)
    open_page(opened)
    button = opened.find(QPushButton, "copyStatisticsButton")
    opened.wait_until(lambda: button.isVisible() and button.isEnabled())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    note, code = QGuiApplication.clipboard().text().splitlines()
    assert "resized to 20 × 20" in note
    assert "Population std over pixels" in note
    assert code.startswith("transforms.Normalize(mean=[0.")
    assert button.text() == "Copied"
    opened.wait_until(lambda: button.text() == "Copy as code")


@pytest.mark.parametrize("name", ["channelsTable", "classesTable", "orderPlot", "statisticsEpochCombo"])
def test_each_part_says_what_it_is(open_window: Open, name: str) -> None:
    widget = open_window().find(QWidget, name)
    assert widget.accessibleName()


def test_a_file_that_came_twice_is_named() -> None:
    tally = replace(WHOLE, once=98, repeated=2, repeated_files=(RepeatedFile("/data/a/1.jpg", 3),))
    level, sentence = judge_files(tally, "/data")
    assert level == "bad"
    assert sentence == "Came more than once, which no epoch should do: a/1.jpg (3 times) and 1 more."


def test_files_that_are_missing_skipped_or_to_come() -> None:
    assert judge_files(replace(WHOLE, once=97, skipped=3), "")[1] == (
        "Every file came exactly once but 3 that had to be skipped."
    )
    level, sentence = judge_files(replace(WHOLE, once=90), "")
    assert level == "info"
    assert "10 files did not come before the next epoch began" in sentence
    assert judge_files(replace(WHOLE, once=90, over=False), "")[1] == "No file came twice so far; 10 still to come."


def test_classes_that_do_not_come_alike() -> None:
    counts = np.array([200, 0]), np.array([0, 0]), np.array([400, 400])
    classes = ClassCounts(("cat", "dog"), *counts)
    level, sentence = judge_classes(classes, shuffle=True)
    assert level == "bad"
    assert "cat came 200 times where 100 are expected" in sentence
    assert judge_classes(classes, shuffle=False)[0] == "info"
    assert judge_classes(None, shuffle=True) == (
        "info", "No class folders: files lie directly in the folder that is open.",
    )  # fmt: skip


def test_what_the_figures_rest_on_is_said() -> None:
    native, weights = rests_on(KNOWN, 80, image_size=None, transformed=False, bgr=False)
    assert native == "Rests on 64 of 80 files delivered so far, 3,200 pixels."
    assert "larger images weigh more" in weights
    resized, weights = rests_on(KNOWN, 80, image_size=(5, 10), transformed=False, bgr=True)
    assert resized == "Rests on 64 of 80 files delivered so far, 3,200 pixels, resized to 5 × 10."
    assert weights.startswith("All images weigh the same.")
    assert "Red and blue are exchanged" in weights
    assert (
        "2 images left out"
        in rests_on(replace(KNOWN, left_out=2), 80, image_size=None, transformed=False, bgr=False)[1]
    )
