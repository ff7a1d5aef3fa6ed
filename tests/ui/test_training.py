"""The whole window beside a training: what it has of its own, and what it does not offer."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLabel,
    QListView,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QTabBar,
    QTableView,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from inspector.session.watched import WatchedSession
from inspector.ui.faults.log_collector import LogCollector
from inspector.ui.shell.preferences import Preferences
from inspector.ui.theme import Theme
from inspector.ui.widgets import LiveText
from inspector.ui.window import MainWindow
from inspector.watched.process import write_command
from tests.watched.written import PIXELS, WrittenRun, normalised

ALIVE = os.getppid()
WAITS_MS = 60_000


@pytest.fixture
def run(tmp_path: Path) -> WrittenRun:
    return WrittenRun(tmp_path)


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path, run: WrittenRun) -> Iterator[MainWindow]:
    theme = Theme(qapp, "dark")
    with theme.dressing_at_the_end():
        made = MainWindow(WatchedSession(run.folder), theme, Preferences(str(tmp_path / "window.json")), LogCollector())
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made, timeout=WAITS_MS)
    yield made
    made.close()
    theme.deleteLater()


def trains(run: WrittenRun) -> None:
    """Two loaders, input-bound; one worker that runs, pictures, an error."""
    now = time.monotonic()
    error = {"type": "ValueError", "message": "no such label", "index": 17, "path": "/data/a.jpg", "time_s": now - 10.0}
    about = {"workers": [[ALIVE, 0]], "num_workers": 1}
    slow = ({"ms": 812.5, "index": 5, "path": "/data/big.jpg", "time_s": now},)
    run.worker(ALIVE, 0, batches=200, samples=800, fetch_s=20.0, alive_s=20.0, busy_since_s=now, slow=slow,
               events=((now, 0.1, 0.01, 4.0, 5.0, 0.05, 12.0, 1.0),), errors=(error,))  # fmt: skip
    run.loader(1, "train_loader", batches=200, images=800, wait_s=15.0, step_s=5.0, steps=200, errors=(error,),
               about=about, depth_sum=20, depths=200)  # fmt: skip
    run.loader(2, "val_loader", batches=9, images=36, wait_s=0.5, step_s=0.5, starts=1)
    run.pictures(1, normalised(PIXELS), batch=199, count=256, paths=("/data/a.jpg",))
    run.pictures(2, normalised(PIXELS[:2]), batch=8)


def text(window: MainWindow, name: str) -> str:
    found = window.findChild(QWidget, name)
    assert isinstance(found, QLabel | LiveText), name
    return found.text()


def rows(window: MainWindow, name: str) -> int:
    table = window.findChild(QWidget, name)
    assert isinstance(table, QTableView | QListView)
    return table.model().rowCount()


def test_it_waits_with_a_sentence(qtbot: QtBot, window: MainWindow) -> None:
    window.refresh()
    assert text(window, "messageLabel") == "Nothing is loaded yet"
    assert text(window, "trainingState").startswith("Started")
    assert window.findChild(QPushButton, "copyLineButton").isVisible() is False  # type: ignore[union-attr]


@pytest.mark.slow
def test_a_training_is_shown(qtbot: QtBot, window: MainWindow, run: WrittenRun) -> None:
    trains(run)
    qtbot.waitUntil(lambda: rows(window, "batchView") == len(PIXELS), timeout=WAITS_MS)
    qtbot.waitUntil(lambda: rows(window, "loadersTable") == 2, timeout=WAITS_MS)
    qtbot.waitUntil(lambda: rows(window, "problemsTable") == 1, timeout=WAITS_MS)
    qtbot.waitUntil(lambda: rows(window, "workersTable") == 1, timeout=WAITS_MS)
    qtbot.waitUntil(lambda: "Input-bound (train_loader)." in text(window, "verdictLabel"), timeout=WAITS_MS)
    assert "6 of 256 images" in text(window, "batchHeading")
    assert "Normalize undone: ImageNet's" in text(window, "proofLabel")
    assert window.findChild(QWidget, "proofLabel").isVisible()  # type: ignore[union-attr]
    assert "train.py" in window.windowTitle()
    qtbot.waitUntil(lambda: text(window, "adviceLine").startswith("DataLoader(..."), timeout=WAITS_MS)
    button = window.findChild(QPushButton, "copyLineButton")
    assert button is not None
    button.click()
    assert QGuiApplication.clipboard().text().startswith("DataLoader(..., num_workers=")


def test_another_loader_can_be_chosen_in_the_list_and_in_the_table(
    qtbot: QtBot, window: MainWindow, run: WrittenRun
) -> None:
    trains(run)
    combo, table = window.findChild(QComboBox, "loaderCombo"), window.findChild(QTableView, "loadersTable")
    assert combo is not None
    assert table is not None
    qtbot.waitUntil(lambda: combo.count() == 2 and rows(window, "batchView") == len(PIXELS), timeout=WAITS_MS)
    assert combo.currentText() == "train_loader"
    combo.setCurrentIndex(1)
    combo.activated.emit(1)
    qtbot.waitUntil(lambda: rows(window, "batchView") == 2, timeout=WAITS_MS)
    qtbot.waitUntil(lambda: table.currentIndex().row() == 1, timeout=WAITS_MS)
    table.selectRow(0)
    qtbot.waitUntil(lambda: rows(window, "batchView") == len(PIXELS), timeout=WAITS_MS)
    assert combo.currentText() == "train_loader"


def test_what_a_training_does_not_let_us_do_is_not_there(qtbot: QtBot, window: MainWindow, run: WrittenRun) -> None:
    trains(run)
    qtbot.waitUntil(lambda: rows(window, "batchView") == len(PIXELS), timeout=WAITS_MS)
    actions = {action.objectName(): action for action in window.findChildren(QAction)}
    for name in ("openFolderAction", "runAction", "lookAgainAction", "checkAllAction"):
        assert not actions[name].isVisible(), name
    assert actions["previousBatchAction"].isEnabled()
    tabs = window.findChild(QTabBar, "detailTabs")
    assert tabs is not None
    assert [tabs.tabText(at).split("  ")[0] for at in range(tabs.count())] == ["DataLoaders", "Errors", "Log"]
    assert not any(spin.isVisible() for spin in window.findChildren(QSpinBox))


def test_every_key_and_button_can_be_pressed(qtbot: QtBot, window: MainWindow, run: WrittenRun) -> None:
    trains(run)
    qtbot.waitUntil(lambda: rows(window, "batchView") == len(PIXELS), timeout=WAITS_MS)
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_F5, Qt.Key.Key_F6, Qt.Key.Key_F6):
        qtbot.keyClick(window, key)  # type: ignore[no-untyped-call]
    for key in (Qt.Key.Key_O, Qt.Key.Key_R, Qt.Key.Key_K, Qt.Key.Key_B, Qt.Key.Key_Return, Qt.Key.Key_Comma):
        qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)  # type: ignore[no-untyped-call]
    for button in window.findChildren(QToolButton):
        if button.isVisible() and button.isEnabled() and button.menu() is None:
            button.click()
    window.refresh()


def test_when_the_training_has_ended_the_window_says_how_and_keeps_what_was_seen(
    qtbot: QtBot, window: MainWindow, run: WrittenRun
) -> None:
    trains(run)
    qtbot.waitUntil(lambda: rows(window, "batchView") == len(PIXELS), timeout=WAITS_MS)
    run.end(3)
    sentence = "The training has ended with exit status 3."
    qtbot.waitUntil(lambda: text(window, "trainingState") == sentence, timeout=WAITS_MS)
    qtbot.waitUntil(lambda: sentence in text(window, "whereLabel"), timeout=WAITS_MS)
    assert rows(window, "batchView") == len(PIXELS)
    actions = {action.objectName(): action for action in window.findChildren(QAction)}
    assert actions["nextBatchAction"].isEnabled()


def test_the_details_of_an_error_have_its_traceback(qtbot: QtBot, window: MainWindow, run: WrittenRun) -> None:
    trains(run)
    qtbot.waitUntil(lambda: rows(window, "problemsTable") == 1, timeout=WAITS_MS)
    table = window.findChild(QTableView, "problemsTable")
    assert table is not None
    table.selectRow(0)
    details = window.findChild(QWidget, "problemText")
    qtbot.waitUntil(lambda: "no such label" in details.toPlainText(), timeout=WAITS_MS)  # type: ignore[union-attr]


def test_output_that_goes_to_a_file_has_a_page_and_no_button_to_stop_it(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, run: WrittenRun
) -> None:
    """As of `inspector run train.py > train.log`."""
    log = tmp_path / "train.log"
    log.write_text(" 1 %\r100 %\nepoch 1\n")
    write_command(run.folder, replace(run.command, output=str(log)))
    theme = Theme(qapp, "light")
    made = MainWindow(WatchedSession(run.folder), theme, Preferences(str(tmp_path / "window.json")), LogCollector())
    qtbot.addWidget(made)
    made.show()
    tabs, view = made.findChild(QTabBar, "detailTabs"), made.findChild(QPlainTextEdit, "outputView")
    assert tabs is not None
    assert view is not None
    tabs.setCurrentIndex(2)
    qtbot.waitUntil(lambda: view.toPlainText() == "100 %\nepoch 1", timeout=WAITS_MS)
    assert made.findChild(QPushButton, "trainingStopButton") is None
    assert text(made, "outputPath") == str(log)
    made.close()
    theme.deleteLater()
