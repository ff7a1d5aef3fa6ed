"""Quitting asks only where something would be lost."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QCloseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QPushButton, QSpinBox, QTabBar

from tests.ui.conftest import Open, Opened

CTRL = Qt.KeyboardModifier.ControlModifier


def quit_by_key(opened: Opened) -> None:
    opened.window.activateWindow()  # there is no window manager, which would do it after a question
    opened.wait_until(opened.window.isActiveWindow)
    QTest.keyClick(opened.window, Qt.Key.Key_Q, CTRL)


def answer(opened: Opened, button: str) -> str:
    """Answer the question; what it said."""
    box = opened.find(QMessageBox, "quitBox")
    opened.wait_until(box.isVisible)
    words = box.informativeText()
    found = box.findChild(QPushButton, button)
    assert found is not None
    QTest.mouseClick(found, Qt.MouseButton.LeftButton)
    opened.wait_until(lambda: opened.window.findChild(QMessageBox, "quitBox") is None)
    return words


@pytest.fixture
def sweeping(open_window: Open, photos: Path) -> Opened:
    """A window in which a sweep is under way."""
    opened = open_window(photos, batch_size=8, num_workers=1)
    opened.wait_for_batch()
    opened.find(QTabBar, "detailTabs").setCurrentIndex(2)
    opened.find(QSpinBox, "tunerBudgetSpin").setValue(60)
    start = opened.find(QPushButton, "tunerStartButton")
    opened.wait_until(start.isEnabled)
    start.click()
    return opened


def test_it_closes_at_once_where_nothing_would_be_lost(open_window: Open, photos: Path) -> None:
    opened = open_window(photos, batch_size=8, num_workers=1)
    opened.wait_for_batch()
    quit_by_key(opened)
    assert not opened.window.isVisible()


def test_a_sweep_is_asked_about_once_and_cancel_keeps_it(sweeping: Opened) -> None:
    quit_by_key(sweeping)
    sweeping.window._quit_confirmation.quit()  # another way, while the question is asked
    assert len(sweeping.window.findChildren(QMessageBox, "quitBox")) == 1
    assert "sweep" in answer(sweeping, "quitCancelButton")
    assert sweeping.window.isVisible()
    assert sweeping.find(QPushButton, "tunerCancelButton").isVisible()  # it continues
    quit_by_key(sweeping)
    answer(sweeping, "quitAnywayButton")
    assert not sweeping.window.isVisible()


@pytest.mark.slow
def test_a_check_of_all_files_is_asked_about(open_window: Open, tmp_path: Path, photos: Path) -> None:
    files = tmp_path / "files.txt"
    files.write_text("".join(f"{file}\n" for file in sorted(photos.iterdir())) * 100)  # seconds of work
    opened = open_window(files, batch_size=8, num_workers=1)
    opened.wait_for_batch()
    opened.find(QAction, "checkAllAction").trigger()
    opened.find(QPushButton, "scanStartButton").click()
    opened.wait_until(opened.find(QPushButton, "scanCancelButton").isVisible)
    quit_by_key(opened)
    assert "check of all files" in answer(opened, "quitCancelButton")


def test_the_windows_close_button_asks_too_but_the_program_does_not(sweeping: Opened) -> None:
    class CloseButton(QCloseEvent):
        """What the window system sends."""

        def spontaneous(self) -> bool:
            return True

    event = CloseButton()
    sweeping.window.closeEvent(event)
    assert not event.isAccepted()
    assert "sweep" in answer(sweeping, "quitCancelButton")
    sweeping.window.close()  # as a signal and --quit-after do
    assert not sweeping.window.isVisible()
