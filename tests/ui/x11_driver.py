"""Runs the real app on the display and uses it as a person would: clicks and keys on widgets, found by object name.

`python -m tests.ui.x11_driver SCENARIO PATH [MORE]`, in a process of its own. What goes wrong is an exception inside
the running window: the app reports it on standard error and ends with status 1.
"""

import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QCursor, QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QLabel,
    QLineEdit,
    QListView,
    QMainWindow,
    QPlainTextEdit,
    QPushButton,
    QSlider,
    QTableView,
    QToolButton,
    QWidget,
)

from inspector.app import run_app
from inspector.settings import SessionConfig
from inspector.ui.widgets import LiveText

TIMEOUT_S = 60.0
PID, RESTARTS = 0, 6  # columns of the workers' table
Found = TypeVar("Found", bound=QWidget)
LEFT = Qt.MouseButton.LeftButton


class User:
    """Eyes and hands on the window."""

    def __init__(self) -> None:
        self.window = next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QMainWindow))

    def find(self, kind: type[Found], name: str) -> Found:
        found = self.window.findChild(kind, name)
        assert isinstance(found, kind), f"there is no {name}"
        return found

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait for what must come to be seen."""
        deadline = time.monotonic() + TIMEOUT_S
        while not condition():
            assert time.monotonic() < deadline, f"never seen: {what}; {self.message()!r}, {self.heading()!r}"
            QTest.qWait(5)

    def message(self) -> str:
        """The sentence in place of the batch, "" while there is a batch."""
        label = self.find(QLabel, "messageLabel")
        return label.text() if label.isVisible() else ""

    def heading(self) -> str:
        return self.find(LiveText, "batchHeading").text()

    def tiles(self) -> int:
        """Images and skipped files in sight; 0 where there is a sentence instead."""
        tiles = self.find(QListView, "batchView")
        return tiles.model().rowCount() if tiles.isVisible() else 0

    def worker(self, row: int, column: int) -> str:
        return str(self.find(QTableView, "workersTable").model().index(row, column).data())

    def workers(self) -> int:
        return self.find(QTableView, "workersTable").model().rowCount()

    def batches_go_on(self) -> None:
        before = self.heading()
        self.until(lambda: self.tiles() and self.heading() != before, "another batch")

    def click(self, action_name: str) -> None:
        """Click the toolbar's button of that action."""
        action = self.window.findChild(QAction, action_name)
        button = next(found for found in self.window.findChildren(QToolButton) if found.defaultAction() is action)
        self.until(button.isEnabled, f"{action_name} enabled")
        QTest.mouseClick(button, LEFT)

    def press(self, keys: str, target: QWidget | None = None) -> None:
        if target is None:
            self.window.activateWindow()  # there is no window manager, which would do it
            self.until(self.window.isActiveWindow, "the window active")
        combination = QKeySequence(keys)[0]  # type: ignore[index]  # it is
        QTest.keyClick(target or self.window, combination.key(), combination.keyboardModifiers())

    def type_number(self, name: str, number: int) -> None:
        box = self.find(QAbstractSpinBox, name)
        QTest.keyClick(box, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(box, str(number))
        QTest.keyClick(box, Qt.Key.Key_Return)

    def drag(self, name: str, share: float) -> None:
        """Drag a slider's handle to `share` of its length."""
        slider = self.find(QSlider, name)
        middle = slider.height() // 2
        at = 6 + (slider.width() - 12) * slider.value() // slider.maximum()
        to = 6 + round((slider.width() - 12) * share)
        QTest.mousePress(slider, LEFT, pos=QPoint(at, middle))
        for step in range(1, 9):
            QTest.mouseMove(slider, QPoint(at + (to - at) * step // 8, middle))
        QTest.mouseRelease(slider, LEFT, pos=QPoint(to, middle))

    def open_folder(self, path: Path) -> None:
        """By the dialog, as one who types the path."""
        self.click("openFolderAction")
        self.until(lambda: self.window.findChild(QFileDialog), "the dialog")
        dialog = self.find(QFileDialog, "QFileDialog")
        self.until(dialog.isVisible, "the dialog")
        line = dialog.findChild(QLineEdit, "fileNameEdit")
        assert isinstance(line, QLineEdit)
        line.setText(str(path))
        QTest.keyClick(line, Qt.Key.Key_Return)
        self.until(lambda: self.window.findChild(QFileDialog) is None, "the dialog closed")
        self.until(lambda: path.name in self.window.windowTitle(), f"{path.name} in the title")


def live_changes(user: User, path: Path) -> None:
    """Workers 0 to 64 and batch size 1 to 4096 while it runs; a worker that is killed; pause and step."""
    user.until(user.tiles, "a batch")
    for workers in (64, 0, 2):
        user.type_number("workersSpin", workers)
        user.until(lambda: user.workers() == workers, f"{workers} workers")  # noqa: B023  used at once
        user.batches_go_on()
    images = len(list(path.iterdir()))
    for batch_size in (1, 4096, 8):
        user.type_number("batchSizeSpin", batch_size)
        wanted = min(batch_size, images)
        user.until(lambda: f" {wanted} image" in user.heading(), f"{wanted} images")  # noqa: B023  used at once
    user.until(lambda: user.worker(0, PID).isdigit(), "a pid")
    os.kill(int(user.worker(0, PID)), signal.SIGKILL)
    user.until(lambda: "1" in (user.worker(0, RESTARTS), user.worker(1, RESTARTS)), "a restart")
    user.batches_go_on()
    user.click("runAction")
    user.until(lambda: user.find(QLabel, "verdictLabel").text().startswith("<b>Paused"), "paused")
    newest = user.find(LiveText, "whereLabel")
    QTest.qWait(1500)  # both may still say what was before the pause, and agree
    user.until(lambda: newest.text().endswith(user.heading().split(" ")[1]), "the newest batch")
    for action, step in (("nextBatchAction", 1), ("previousBatchAction", -1), ("previousBatchAction", -1)):
        before = user.heading().split(" ")[1].replace(",", "")
        wanted_heading = f"BATCH {int(before) + step:,} "
        user.click(action)
        user.until(lambda: user.heading().startswith(wanted_heading), wanted_heading)  # noqa: B023  used at once
    user.click("runAction")
    user.batches_go_on()


def poor_folders(user: User, path: Path) -> None:
    """Folders with nothing to show end in a sentence; one that is deleted too; and the next one just works."""
    empty, bad, few = (path.parent / name for name in ("empty", "bad", "few"))
    user.until(user.tiles, "a batch")
    user.open_folder(empty)
    user.until(lambda: user.message() and "Looking" not in user.message(), "why there is no batch")
    user.open_folder(bad)
    problems = user.find(QTableView, "problemsTable").model()
    user.until(lambda: user.message() and problems.rowCount() == 2, "two skipped files and a sentence")
    user.open_folder(few)
    user.until(lambda: " 2 images" in user.heading(), "a batch of two")
    shutil.rmtree(few)
    user.until(user.message, "that the files have vanished")
    user.until(lambda: problems.index(0, 0).data() == "VANISHED", "VANISHED")
    user.open_folder(path)
    user.until(user.tiles, "a batch")
    user.batches_go_on()


def cancelled_indexing(user: User, path: Path) -> None:
    """A very long list of files; the Cancel button; and another folder after it."""
    button = user.find(QPushButton, "messageButton")
    user.until(lambda: button.isVisible() and button.text() == "Cancel", "the Cancel button")
    QTest.mouseClick(button, LEFT)
    said = user.find(QLabel, "welcomeMessage")
    user.until(lambda: said.isVisible() and "cancelled" in said.text(), "nothing open, and why")
    user.open_folder(path.parent / "photos")
    user.until(user.tiles, "a batch")


def storm(user: User, path: Path) -> None:
    """Every setting, as fast as events go through, for some seconds; then everything still works."""
    user.until(user.tiles, "a batch")
    chance = random.Random(0)
    spins = [user.find(QAbstractSpinBox, name) for name in ("workersSpin", "batchSizeSpin", "prefetchSpin", "stepSpin")]
    spins.append(user.find(QAbstractSpinBox, "seedSpin"))
    combos = [user.find(QComboBox, name) for name in ("engineCombo", "imageSizeCombo", "dtypeCombo", "damagedCombo")]
    deadline = time.monotonic() + 4
    while time.monotonic() < deadline:
        match chance.randrange(5):
            case 0:
                user.drag("workersSlider", chance.random())
            case 1:
                user.drag("batchSizeSlider", chance.random() * 0.6)
            case 2:
                QTest.keyClick(chance.choice(spins), chance.choice((Qt.Key.Key_Up, Qt.Key.Key_Down)))
            case 3:
                QTest.keyClick(chance.choice(combos), chance.choice((Qt.Key.Key_Up, Qt.Key.Key_Down)))
            case _:
                QTest.mouseClick(user.find(QCheckBox, "shuffleCheck"), LEFT, pos=QPoint(8, 8))
    for name, number in (("workersSpin", 2), ("batchSizeSpin", 8), ("stepSpin", 0)):
        user.type_number(name, number)
    engine = user.find(QComboBox, "engineCombo")
    while engine.currentText() != "processes":
        QTest.keyClick(engine, Qt.Key.Key_Up)
    user.until(lambda: " 8 images" in user.heading() and user.workers() == 2, "the last settings")
    user.batches_go_on()


def colours(user: User, path: Path) -> None:
    """What is on the screen where a pure red, green and blue file is shown."""
    user.until(lambda: user.tiles() == 3, "three tiles")
    log = user.find(QPlainTextEdit, "logView")
    user.until(lambda: "first batch on screen" in log.toPlainText(), "how long that took, in the log")
    user.click("runAction")
    user.until(lambda: user.find(QLabel, "verdictLabel").text().startswith("<b>Paused"), "paused")
    tiles = user.find(QListView, "batchView")
    QCursor.setPos(0, 0)  # or a tool tip may cover a tile

    def painted() -> dict[str, str]:
        screen, found = QGuiApplication.primaryScreen().grabWindow(0).toImage(), {}
        for row in range(3):
            index = tiles.model().index(row, 0)
            cell = tiles.visualRect(index)
            middle = tiles.viewport().mapToGlobal(QPoint(cell.center().x(), cell.top() + cell.width() // 2))
            found[index.data()] = screen.pixelColor(middle).name()
        return found

    pure = {"red.png": "#ff0000", "green.png": "#00ff00", "blue.png": "#0000ff"}
    user.until(lambda: painted() == pure, f"pure colours on the screen, not {painted()}")


def keyboard_only(user: User, path: Path) -> None:
    """From the welcome page to a batch, through the pages and panels, to the sheet of keys, and out."""
    user.until(user.find(QLabel, "welcomeTitle").isVisible, "the welcome page")
    user.press("Ctrl+Shift+S")
    user.until(user.tiles, "a batch of the sample")
    user.press("Space")
    user.until(lambda: user.find(QLabel, "verdictLabel").text().startswith("<b>Paused"), "paused")
    before = user.heading()
    user.press("Right")
    user.until(lambda: user.heading() != before, "the next batch")
    for number in range(1, 7):
        user.press(f"Ctrl+{number}")
    user.until(user.find(QPlainTextEdit, "logView").isVisible, "the log")
    user.press("F8")
    user.until(lambda: not user.find(QPlainTextEdit, "logView").isVisible(), "no log")
    user.press("F1")
    user.until(lambda: user.window.findChild(QDialog, "shortcutSheet"), "the sheet of keys")
    user.press("Esc", user.find(QDialog, "shortcutSheet"))
    user.until(lambda: user.window.findChild(QDialog, "shortcutSheet") is None, "the sheet closed")
    user.press("Ctrl+Q")
    user.until(lambda: not user.window.isVisible(), "the window closed")


def closed_at(user: User, path: Path, after_ms: str) -> None:
    """Closed after so many milliseconds, whatever it does then, and whatever else opens at that moment."""
    late = QWidget(user.window, Qt.WindowType.Window)
    QTimer.singleShot(int(after_ms) + 1, late.show)
    QTest.qWait(int(after_ms))


SCENARIOS: dict[str, Callable[..., None]] = {
    scenario.__name__: scenario
    for scenario in (live_changes, poor_folders, cancelled_indexing, storm, colours, keyboard_only, closed_at)
}
SETTINGS: dict[str, dict[str, Any]] = {
    "live_changes": {"image_size": (32, 32)},
    "poor_folders": {"sample_timeout_s": 6.0},  # half of it is waited for a folder that has vanished
    "colours": {"batch_size": 3},
}


def main() -> int:
    name, path, *more = sys.argv[1:]
    app = QApplication(["inspector"])

    def use() -> None:
        user = User()
        try:
            SCENARIOS[name](user, Path(path), *more)
        finally:
            user.window.close()

    QTimer.singleShot(0, app, use)
    settings = SessionConfig(**({"batch_size": 16, "num_workers": 2, "step_ms": 2.0} | SETTINGS.get(name, {})))
    with tempfile.TemporaryDirectory() as store:  # what an earlier run left of splitters and sizes is not for this one
        os.environ["XDG_CONFIG_HOME"] = store
        return run_app(None if name == "keyboard_only" else path, settings)


if __name__ == "__main__":
    sys.exit(main())
