"""The whole window on a session that has no files and few capabilities: what it cannot do is not shown, or says why."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QListView, QSpinBox, QTabBar, QTableView, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from inspector.session.protocol import Capabilities
from inspector.ui.faults.log_collector import LogCollector
from inspector.ui.shell.preferences import Preferences
from inspector.ui.theme import Theme
from inspector.ui.window import MainWindow
from tests.session.limited import IMAGES, WATCHED, LimitedSession


@pytest.fixture
def session() -> LimitedSession:
    return LimitedSession()


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path, session: LimitedSession) -> Iterator[MainWindow]:
    theme = Theme(qapp, "dark")
    preferences = Preferences(str(tmp_path / "window.json"))
    with theme.dressing_at_the_end():
        made = MainWindow(session, theme, preferences, LogCollector())
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made, timeout=60_000)
    yield made
    made.close()
    theme.deleteLater()
    assert session.closed


def test_batches_figures_and_workers_are_shown(qtbot: QtBot, window: MainWindow, session: LimitedSession) -> None:
    for _ in range(20):
        session.tick()
    tiles = window.findChild(QListView, "batchView")
    assert tiles is not None
    qtbot.waitUntil(lambda: tiles.isVisible() and tiles.model().rowCount() == IMAGES, timeout=60_000)
    workers = window.findChild(QTableView, "workersTable")
    assert workers is not None
    qtbot.waitUntil(lambda: workers.model().rowCount() == 4, timeout=60_000)
    problems = window.findChild(QTableView, "problemsTable")
    assert problems is not None
    qtbot.waitUntil(lambda: problems.model().rowCount() == 1, timeout=60_000)
    session.tick()
    window.refresh()
    assert "train.py" in window.windowTitle()


def test_it_waits_with_a_sentence_and_offers_nothing_to_open(window: MainWindow) -> None:
    window.refresh()
    welcome = window.findChild(QWidget, "welcomePage")
    assert welcome is not None
    assert not welcome.isVisible()
    detail = [label.text() for label in window.findChildren(QWidget, "messageLabel")]  # type: ignore[attr-defined]
    assert detail == ["Nothing is loaded yet"]
    button = window.findChild(QWidget, "messageButton")
    assert button is not None
    assert not button.isVisible()
    assert not window.acceptDrops()


def test_what_it_cannot_do_is_not_shown_or_says_why(window: MainWindow, session: LimitedSession) -> None:
    session.tick()
    window.refresh()
    actions = {action.objectName(): action for action in window.findChildren(QAction)}
    for name in ("openFolderAction", "openSampleAction", "lookAgainAction", "nextBatchAction", "checkAllAction"):
        assert not actions[name].isVisible(), name
        assert not actions[name].isEnabled(), name
    run = actions["runAction"]
    assert run.isVisible()
    assert not run.isEnabled()
    assert run.toolTip() == WATCHED
    tabs = window.findChild(QTabBar, "detailTabs")
    assert tabs is not None
    names = [tabs.tabText(number).split("  ")[0] for number in range(tabs.count())]
    assert names == ["Skipped files", "Log"]
    assert window.findChild(QWidget, "proofLabel").isVisible() is False  # type: ignore[union-attr]


def test_settings_are_changed_shown_or_absent(qtbot: QtBot, window: MainWindow, session: LimitedSession) -> None:
    session.tick()
    window.refresh()
    workers, batch_size = window.findChild(QSpinBox, "workersSpin"), window.findChild(QSpinBox, "batchSizeSpin")
    assert workers is not None
    assert batch_size is not None
    assert workers.value() == 4
    workers.setValue(6)
    assert session.snapshot().num_workers == 6
    window.refresh()
    assert workers.value() == 6
    assert batch_size.value() == IMAGES
    assert not batch_size.isEnabled()
    assert batch_size.toolTip() == WATCHED
    assert window.findChild(QWidget, "seedSpin") is None
    window.findChild(QAction, "undoAction").trigger()  # type: ignore[union-attr]
    assert session.snapshot().num_workers == 4


def test_every_key_can_be_pressed(qtbot: QtBot, window: MainWindow, session: LimitedSession) -> None:
    """None asks the session for what it cannot do: it would raise."""
    session.tick()
    window.refresh()
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_F5, Qt.Key.Key_X):
        qtbot.keyClick(window, key)  # type: ignore[no-untyped-call]
    for key in (Qt.Key.Key_O, Qt.Key.Key_R, Qt.Key.Key_K, Qt.Key.Key_T, Qt.Key.Key_B, Qt.Key.Key_Return):
        qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)  # type: ignore[no-untyped-call]
    for button in window.findChildren(QToolButton):
        if button.isVisible() and button.isEnabled() and button.menu() is None:
            button.click()
    window.refresh()


def test_a_session_that_can_do_nothing_at_all(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    session = LimitedSession(Capabilities())
    theme = Theme(qapp, "light")
    preferences = Preferences(str(tmp_path / "other.json"))
    with theme.dressing_at_the_end():
        window = MainWindow(session, theme, preferences, LogCollector())
    qtbot.addWidget(window)
    window.show()
    session.tick()
    window.refresh()
    window.close()
    theme.deleteLater()
