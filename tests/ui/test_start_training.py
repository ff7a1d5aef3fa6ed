"""Trainings from the window: the dialog, the list of those that run, and what is asked when the window closes."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QTabBar
from pytestqt.qtbot import QtBot

from inspector.session.trainings import TrainingChoice, start
from inspector.session.watched import WatchedSession
from inspector.ui.faults.log_collector import LogCollector
from inspector.ui.shell.live_trainings import MOST, LiveTrainings
from inspector.ui.shell.preferences import Preferences
from inspector.ui.shell.training_dialog import TrainingDialog
from inspector.ui.theme import Theme
from inspector.ui.window import MainWindow
from inspector.watched.process import CommandState, lives, process_mark, write_command
from inspector.watched.run_names import PREFIX
from tests.ui.access import clipped, nameless_twins, unexplained
from tests.ui.conftest import Found, Open, Opened

WAITS_MS = 60_000
TRAINS = "import time\nprint('begins')\ntry:\n    time.sleep(600)\nexcept KeyboardInterrupt:\n    raise SystemExit(3)\n"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    file = tmp_path / "train.py"
    file.write_text(TRAINS)
    return file


def asked(opened: Opened) -> TrainingDialog:
    """The dialog, filled by what it has found out."""
    QTest.mouseClick(opened.find(QPushButton, "welcomeTrainingButton"), Qt.MouseButton.LeftButton)
    dialog = opened.find(TrainingDialog, "trainingDialog")
    opened.wait_until(dialog.isVisible)
    return dialog


def fill(dialog: TrainingDialog, name: str, text: str) -> None:
    edit = dialog.findChild(QLineEdit, f"training{name}Edit")
    assert edit is not None
    edit.setText(text)


def named(folder: str) -> bool:
    """A process has it on its command line: the janitor, which may still be starting on a busy machine."""
    return any(folder in (each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"]))


def ends(session: WatchedSession, qtbot: QtBot) -> None:
    """Whatever becomes of the test; the session may be closed by now."""
    process, command = session.process, session._command
    assert process is not None
    assert command is not None
    if lives(command.pid, command.pid_mark):
        process.stop()
    qtbot.waitUntil(lambda: not lives(command.launcher, command.launcher_mark), timeout=WAITS_MS)
    session.close()
    qtbot.waitUntil(lambda: not named(str(session._folder)), timeout=WAITS_MS)


@pytest.mark.slow
def test_a_training_is_started_and_the_window_gives_way_to_it(open_window: Open, script: Path) -> None:
    opened = open_window()
    opened.wait_until(opened.find(QLabel, "welcomeTitle").isVisible)
    dialog = asked(opened)
    fill(dialog, "Command", str(script))
    fill(dialog, "Arguments", "--epochs 3")
    opened.wait_until(lambda: "train.py --epochs 3" in dialog._line_text)
    about = dialog.findChild(QLabel, "trainingPythonLabel")
    assert about is not None
    assert about.text().startswith("Python 3.")
    assert unexplained(dialog) == []
    assert nameless_twins(dialog) == []
    assert clipped(dialog) == []
    dialog._python.setEditText(sys.executable)
    QTest.mouseClick(dialog.start_button, Qt.MouseButton.LeftButton)
    opened.wait_until(lambda: not opened.window.isVisible())
    session = opened.window.trainings.next
    assert isinstance(session, WatchedSession)
    assert session.process is not None
    assert session.process.words == (sys.executable, str(script), "--epochs", "3")
    ends(session, opened.qtbot)
    again = open_window()
    assert asked(again).choice() == TrainingChoice(str(script), "--epochs 3", sys.executable, "")


def test_what_cannot_be_started_is_said_in_the_dialog(open_window: Open, tmp_path: Path) -> None:
    opened = open_window()
    opened.wait_until(opened.find(QLabel, "welcomeTitle").isVisible)
    dialog = asked(opened)
    refusal = dialog.findChild(QLabel, "trainingRefusalLabel")
    assert refusal is not None
    QTest.mouseClick(dialog.start_button, Qt.MouseButton.LeftButton)
    opened.wait_until(lambda: refusal.text() == "Choose the script that trains, or write a command.")
    long = tmp_path / f"{'long' * 60}.py"
    fill(dialog, "Command", str(long))
    QTest.mouseClick(dialog.start_button, Qt.MouseButton.LeftButton)
    opened.wait_until(lambda: refusal.text().replace("\u200b", "") == f"{long}: there is no such script.")
    assert dialog.start_button.isEnabled()
    QTest.qWait(1)  # for the layout
    assert dialog.width() <= opened.window.width()
    assert clipped(dialog) == []


def run_folder(number: int, words: tuple[str, ...] = ("python", "train.py")) -> Path:
    """Of a training that this process plays."""
    folder = Path(os.environ["XDG_RUNTIME_DIR"], f"{PREFIX}live{number}")
    folder.mkdir(mode=0o700)
    mark = process_mark(os.getpid())
    state = CommandState(words, os.getpid(), os.getpid(), name=f"train-{number}.py", number=number, pid_mark=mark)
    write_command(folder, state)
    return folder


@pytest.fixture
def running() -> Iterator[Callable[[int], Path]]:
    made: list[Path] = []

    def run(number: int) -> Path:
        made.append(run_folder(number))
        return made[-1]

    yield run
    for folder in made:
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


@pytest.mark.slow
def test_trainings_that_run_are_listed_and_one_click_attaches(
    open_window: Open, running: Callable[[int], Path]
) -> None:
    opened = open_window()
    section = opened.window.findChild(LiveTrainings)
    assert section is not None
    first = opened.find(QPushButton, "liveTrainingButton1")
    assert not first.isVisible()
    folders = [running(number) for number in range(MOST + 2)]
    more = opened.find(QLabel, "moreTrainingsLabel")
    opened.wait_until(
        lambda: first.isVisible() and more.text() == "and 2 more: inspector attach --list"
    )  # all are seen
    assert first.accessibleName() == f"Watch train-{MOST + 1}.py"
    assert f"process {os.getpid()}" in first.toolTip()
    QTest.mouseClick(first, Qt.MouseButton.LeftButton)
    opened.wait_until(lambda: not opened.window.isVisible())
    session = opened.window.trainings.next
    assert isinstance(session, WatchedSession)
    assert session._folder == folders[-1]
    session.close()


Watch = Callable[[], tuple[MainWindow, WatchedSession]]


@pytest.fixture
def watch(qtbot: QtBot, qapp: QApplication, tmp_path: Path, script: Path) -> Iterator[Watch]:
    """A window on a training that it has started."""
    made: list[tuple[MainWindow, WatchedSession]] = []
    theme = Theme(qapp, "light")

    def show() -> tuple[MainWindow, WatchedSession]:
        choice = TrainingChoice(str(script), "", sys.executable)
        session = start(choice.words(), choice.start_folder(), choice.chosen_python(), lambda: False)
        with theme.dressing_at_the_end():
            window = MainWindow(session, theme, Preferences(str(tmp_path / "window.json")), LogCollector())
        made.append((window, session))
        window.show()
        qtbot.waitExposed(window, timeout=WAITS_MS)
        return made[-1]

    yield show
    for window, session in made:
        window.close()
        ends(session, qtbot)
        window.deleteLater()
    theme.deleteLater()


def find(window: MainWindow, kind: type[Found], name: str) -> Found:
    found = window.findChild(kind, name)
    assert found is not None, name
    return found


def test_output_stop_and_run_again_are_there(qtbot: QtBot, watch: Watch) -> None:
    window, session = watch()
    assert session.process is not None
    tabs = find(window, QTabBar, "detailTabs")
    tabs.setCurrentIndex([tabs.tabText(at) for at in range(tabs.count())].index("Output"))
    output = find(window, QPlainTextEdit, "outputView")
    qtbot.waitUntil(lambda: output.toPlainText() == "begins", timeout=WAITS_MS)
    stop, again = find(window, QPushButton, "trainingStopButton"), find(window, QPushButton, "trainingAgainButton")
    assert (stop.isVisible(), again.isVisible()) == (True, False)
    QTest.mouseClick(stop, Qt.MouseButton.LeftButton)
    assert stop.text() == "Stop now"
    qtbot.waitUntil(again.isVisible, timeout=WAITS_MS)
    assert not stop.isVisible()
    state = find(window, QLabel, "trainingState")
    qtbot.waitUntil(lambda: state.text() == "The training has ended with exit status 3.", timeout=WAITS_MS)
    QTest.mouseClick(again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=WAITS_MS)
    following = window.trainings.next
    assert isinstance(following, WatchedSession)
    assert following.process is not None
    assert following.process.words == session.process.words
    ends(following, qtbot)


def test_closing_asks_whether_the_training_is_to_continue(qtbot: QtBot, watch: Watch) -> None:
    window, session = watch()
    assert session.process is not None
    quit_action = find(window, QAction, "quitAction")
    quit_action.trigger()
    QTest.mouseClick(find(window, QPushButton, "quitCancelButton"), Qt.MouseButton.LeftButton)
    assert window.isVisible()
    qtbot.waitUntil(lambda: window.findChild(QPushButton, "keepTrainingButton") is None, timeout=WAITS_MS)
    quit_action.trigger()
    QTest.mouseClick(find(window, QPushButton, "keepTrainingButton"), Qt.MouseButton.LeftButton)
    assert not window.isVisible()
    assert session._command is not None
    assert lives(session._command.pid, session._command.pid_mark)


def test_or_is_to_end(qtbot: QtBot, watch: Watch) -> None:
    window, session = watch()
    find(window, QAction, "quitAction").trigger()
    QTest.mouseClick(find(window, QPushButton, "stopTrainingButton"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=WAITS_MS)
    assert session.process is not None
    assert not session.process.runs
