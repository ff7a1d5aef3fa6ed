"""Where the time goes, in a real window: the workers, the slowest files, and what the window itself costs."""

import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QTabBar, QTableView

from inspector.monitor.records import RunState
from inspector.ui.measurements.workers_table import cost_in_words
from inspector.ui.widgets import LiveText
from tests.ui.conftest import Open, Opened


def read_slowly(path: str) -> npt.NDArray[np.uint8]:
    """A `read_image`; one file takes longer than the others."""
    time.sleep(0.5 if Path(path).name == "rocket-003.jpg" else 0.001)
    return np.zeros((8, 8, 3), np.uint8)


def slowest(opened: Opened) -> QTableView:
    """The table of the slowest files, brought to the front and filled."""
    opened.find(QTabBar, "workersTabs").setCurrentIndex(1)
    table = opened.find(QTableView, "slowestTable")
    opened.wait_until(table.isVisible)  # not before the folder is shown
    opened.wait_until(lambda: table.model().rowCount() == 10 and table.model().index(0, 2).data() == "rocket-003.jpg")
    return table


@pytest.mark.slow
def test_the_slowest_file_comes_first_and_can_be_found(
    open_window: Open, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_window(photos, num_workers=2, batch_size=8, read_image=read_slowly, step_ms=0.0)
    table = slowest(opened)
    opened.session.pause()
    opened.wait_for_state(RunState.PAUSED)
    first = table.model().index(0, 0)
    assert float(first.data()) >= 500
    assert "read 5" in first.data(0x0003)  # Qt.ItemDataRole.ToolTipRole
    table.setCurrentIndex(first)
    opened.find(QAction, "copySlowPathAction").trigger()
    assert QGuiApplication.clipboard().text() == str(photos / "rocket-003.jpg")
    shown: list[QUrl] = []

    def show(url: QUrl) -> bool:
        shown.append(url)
        return True

    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    monkeypatch.setattr(QDesktopServices, "openUrl", show)
    table.activated.emit(first)  # a double click, or Enter
    opened.wait_until(lambda: len(shown) == 1)
    assert shown[0].toLocalFile() == str(photos)


@pytest.mark.slow
def test_what_the_window_costs_is_shown_with_how_it_is_measured(open_window: Open, photos: Path) -> None:
    opened = open_window(photos, num_workers=1, batch_size=8, image_size=(64, 64), step_ms=50.0)
    label = opened.find(LiveText, "windowCost")
    opened.wait_until(lambda: label.text() != "")
    share = opened.session.snapshot().machine.own_share
    assert share is not None
    assert 0 < share < 1
    assert "CPU time" in label.toolTip()
    opened.session.pause()
    opened.wait_until(lambda: label.text() == "")  # nothing is loaded, so there is nothing to compare with


@pytest.mark.parametrize(("share", "words"), [(None, ""), (0.021, "window costs 2 %")])
def test_in_words(share: float | None, words: str) -> None:
    assert cost_in_words(share) == words
