"""Every action has a name and keys of its own; the keys work, and the menus and the sheet of shortcuts tell them."""

from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMainWindow,
    QMenu,
    QPushButton,
    QSpinBox,
    QTabBar,
    QToolButton,
    QTreeWidget,
    QWidget,
    QWidgetAction,
)

from inspector.monitor.records import RunState
from inspector.ui.shell.actions import MENUS, keys_in_words
from inspector.ui.shell.shortcut_sheet import ShortcutSheet, keyed_actions
from inspector.ui.theme import Theme
from tests.ui.conftest import Open, Opened


def own_actions(window: QMainWindow) -> list[QAction]:
    """All but separators, menus, the buttons inside text fields, and what a plot brings along."""
    return [
        action
        for action in window.findChildren(QAction)
        if not action.isSeparator() and action.menu() is None and not _is_of_a_part(action)
    ]


def _is_of_a_part(action: QAction) -> bool:
    home = action.parent()
    while home is not None and not isinstance(home, QMainWindow):
        if isinstance(home, QLineEdit) or type(home).__module__.startswith("pyqtgraph"):
            return True
        home = home.parent()
    return isinstance(action, QWidgetAction) or action.text() == "Toolbar"


def press(opened: Opened, keys: str, target: QWidget | None = None) -> None:
    """Type them, as on the keyboard."""
    if target is None:
        opened.wait_until(opened.window.isActiveWindow)
    combination = QKeySequence(keys)[0]  # type: ignore[index]  # it is
    QTest.keyClick(target or opened.window, combination.key(), combination.keyboardModifiers())


@pytest.fixture
def running(open_window: Open, photos: Path) -> Opened:
    """A window on photographs, with a batch."""
    opened = open_window(photos, batch_size=8, num_workers=1)
    opened.wait_for_batch()
    opened.window.activateWindow()
    return opened


def test_every_action_has_a_name_of_its_own(open_window: Open) -> None:
    names = Counter(action.objectName() for action in own_actions(open_window().window))
    assert not [name for name, count in names.items() if count > 1 or not name.endswith("Action")]


def test_every_action_of_the_window_has_keys_and_says_what_it_does(open_window: Open) -> None:
    opened = open_window()
    for entry in (entry for menu in MENUS.values() for entry in menu if entry is not None):
        action = opened.find(QAction, f"{entry.name}Action")
        assert [keys.toString() for keys in action.shortcuts()] == list(entry.keys), entry.name
        assert entry.tip in action.toolTip(), entry.name
        assert entry.keys[0] in action.toolTip(), entry.name
        assert any(isinstance(home, QMenu) for home in action.associatedObjects()), entry.name


def test_every_action_has_keys(open_window: Open) -> None:
    """Those of panels and of the viewer, too."""
    actions = [action for action in own_actions(open_window().window) if action.text()]
    assert len(actions) > 60
    assert [action.objectName() for action in actions if not action.shortcuts()] == []
    assert [action.objectName() for action in actions if keys_in_words(action) not in action.toolTip()] == []


def homes(action: QAction) -> set[QWidget]:
    """Where its keys work: the widgets that have it, or the button whose menu has it."""
    found: set[QWidget] = set()
    for home in action.associatedObjects():
        if isinstance(home, QMenu):
            found |= {other for other in home.menuAction().associatedObjects() if isinstance(other, QToolButton)}
        elif isinstance(home, QWidget):
            found.add(home)
    return found


def test_no_two_actions_have_the_same_keys(open_window: Open) -> None:
    """In a window; those that belong to pages that are never seen together, or to one table each, may be the same."""
    window = open_window().window
    everywhere: dict[str, str] = {}
    actions = [action for action in own_actions(window) if action.text()]
    for action in actions:
        if window in homes(action):
            for keys in action.shortcuts():
                assert everywhere.setdefault(keys.toString(), action.objectName()) == action.objectName()
    taken: dict[tuple[QWidget, str], str] = {}
    for action in actions:
        for home in homes(action) - {window}:
            for keys in action.shortcuts():
                assert home.isWindow() or everywhere.get(keys.toString()) in (None, action.objectName()), keys
                assert taken.setdefault((home, keys.toString()), action.objectName()) == action.objectName()


@pytest.mark.parametrize(
    ("page", "keys", "title"),
    [(2, "Ctrl+E", "Export as CSV"), (2, "Ctrl+Shift+E", "Export as JSON")],
)
def test_keys_of_a_page_work_while_it_is_in_front(running: Opened, page: int, keys: str, title: str) -> None:
    press(running, f"Ctrl+{page}")
    QTest.mouseClick(running.find(QPushButton, "scanStartButton"), Qt.MouseButton.LeftButton)
    running.wait_until(running.find(QToolButton, "scanExportButton").isEnabled)
    press(running, "Ctrl+1")
    press(running, keys)
    assert title not in [dialog.windowTitle() for dialog in running.window.findChildren(QFileDialog)]
    for other in running.window.findChildren(QFileDialog):
        other.reject()
    running.wait_until(lambda: not running.window.findChildren(QFileDialog))
    press(running, f"Ctrl+{page}")
    press(running, keys)
    dialog = running.window.findChild(QFileDialog)
    assert dialog is not None
    assert dialog.windowTitle() == title
    dialog.reject()


def test_the_sheet_tells_every_key_of_every_action(running: Opened) -> None:
    press(running, "F1")
    running.wait_until(lambda: running.window.findChild(ShortcutSheet) is not None)
    sheet = running.find(ShortcutSheet, "shortcutSheet")
    told = "\n".join(label.text() for label in sheet.findChildren(QLabel))
    for actions in keyed_actions(running.window).values():
        for action in actions:
            assert action.text().replace("&", "") in told
            for keys in action.shortcuts():
                assert keys.toString(QKeySequence.SequenceFormat.NativeText) in told
    for heading in (
        "FILE",
        "LOADER",
        "SKIPPED FILES",
        "CHECK ALL FILES",
        "TUNER",
        "VIEWER",
    ):  # the last are not of menus
        assert heading in told
    press(running, "Esc", sheet)
    running.wait_until(lambda: running.window.findChild(ShortcutSheet) is None)


def test_an_action_that_is_added_later_is_on_the_sheet(open_window: Open) -> None:
    opened = open_window()
    panel = opened.find(QTreeWidget, "scanSummary")
    action = QAction("Count sheep", panel)
    action.setShortcut("Ctrl+Alt+S")
    panel.addAction(action)
    assert action in keyed_actions(opened.window)[panel.accessibleName()]


@pytest.mark.parametrize(
    ("keys", "title"),
    [("Ctrl+O", "Open a folder of images"), ("Ctrl+Shift+O", "Open images or a list of files")],
)
def test_dialogs_to_open_something(open_window: Open, keys: str, title: str, photos: Path) -> None:
    opened = open_window()
    press(opened, keys)
    dialog = opened.window.findChild(QFileDialog)
    assert dialog is not None
    assert dialog.windowTitle() == title
    dialog.fileSelected.emit(str(photos))
    dialog.filesSelected.emit([str(photos)])
    dialog.reject()
    opened.wait_until(lambda: opened.session.snapshot().source == str(photos))
    opened.wait_until(lambda: opened.window.findChild(QFileDialog) is None)


def test_the_sample(open_window: Open) -> None:
    opened = open_window(batch_size=8, num_workers=1)
    press(opened, "Ctrl+Shift+S")
    opened.wait_for_batch()
    assert "sample" in opened.window.windowTitle()


def test_several_images_by_the_dialog(open_window: Open, sample: Path) -> None:
    opened = open_window(batch_size=2, num_workers=1)
    press(opened, "Ctrl+Shift+O")
    dialog = opened.window.findChild(QFileDialog)
    assert dialog is not None
    dialog.filesSelected.emit([str(sample / "chart" / name) for name in ("red.png", "blue.png")])
    dialog.reject()
    opened.wait_for_batch()
    assert opened.session.snapshot().files == 2


def test_files_that_came_are_found_by_looking_again(open_window: Open, tmp_path: Path, sample: Path) -> None:
    red = (sample / "chart" / "red.png").read_bytes()
    (tmp_path / "a.png").write_bytes(red)
    opened = open_window(tmp_path, batch_size=1, num_workers=1)
    opened.wait_for_batch()
    (tmp_path / "b.png").write_bytes(red)
    press(opened, "Ctrl+R")
    opened.wait_until(lambda: opened.session.snapshot().files == 2)
    opened.wait_for_batch()


def test_panels_come_and_go(running: Opened) -> None:
    for keys, name in (("F6", "workersSpin"), ("F7", "throughputPlot"), ("F8", "problemsTable")):
        part = running.find(QWidget, name)
        press(running, keys)
        assert not part.isVisible(), keys
        press(running, keys)
        assert part.isVisible(), keys


def test_pages_come_to_the_front_also_where_they_were_hidden(running: Opened) -> None:
    tabs = running.find(QTabBar, "detailTabs")
    press(running, "F8")
    for number in reversed(range(tabs.count())):
        press(running, f"Ctrl+{number + 1}")
        assert tabs.currentIndex() == number
        assert tabs.isVisible()


def test_the_whole_screen_and_back(running: Opened) -> None:
    press(running, "F11")
    running.wait_until(running.window.isFullScreen)
    press(running, "F11")
    running.wait_until(lambda: not running.window.isFullScreen())


@pytest.mark.parametrize(("keys", "choice"), [("Ctrl+F6", "system"), ("Ctrl+F7", "light"), ("Ctrl+F8", "dark")])
def test_appearance(open_window: Open, keys: str, choice: str) -> None:
    opened = open_window()
    press(opened, "Ctrl+F8" if choice != "dark" else "Ctrl+F7")
    press(opened, keys)
    theme: Theme = opened.theme
    assert theme.choice == choice
    checked = [
        name for name in ("system", "light", "dark") if opened.find(QAction, f"{name}AppearanceAction").isChecked()
    ]
    assert checked == [choice]


def test_settings_are_reached_by_a_key_also_where_they_are_hidden(running: Opened) -> None:
    press(running, "F6")
    press(running, "Ctrl+,")
    running.wait_until(running.find(QSpinBox, "workersSpin").hasFocus)


def test_checking_all_files_is_reached_by_a_key(running: Opened) -> None:
    press(running, "Ctrl+K")
    running.wait_until(running.find(QPushButton, "scanStartButton").hasFocus)


def test_swapped_colours_are_one_choice_wherever_it_is_made(running: Opened) -> None:
    press(running, "Ctrl+B")
    box = running.find(QWidget, "swapCheck")
    assert box.isChecked()  # type: ignore[attr-defined]
    box.click()  # type: ignore[attr-defined]
    assert not running.find(QAction, "swapAction").isChecked()


def test_space_belongs_to_the_control_that_has_the_focus(running: Opened) -> None:
    press(running, "Ctrl+2")
    checks = running.find(QTreeWidget, "scanSummary")
    checks.setFocus()
    item = checks.topLevelItem(checks.topLevelItemCount() - 1)
    assert item is not None
    checks.setCurrentItem(item)
    press(running, "Space", checks)
    assert item.checkState(0) == Qt.CheckState.Unchecked
    combo = running.find(QComboBox, "dtypeCombo")
    combo.setFocus()
    press(running, "Space", combo)
    running.wait_until(combo.view().isVisible)
    combo.hidePopup()
    assert running.session.snapshot().state is RunState.RUNNING


def test_nothing_can_be_asked_for_that_needs_a_folder(open_window: Open) -> None:
    opened = open_window()
    names = ("run", "nextBatch", "previousBatch", "openImage", "lookAgain", "checkAll", "undo", "redo")
    opened.wait_until(lambda: not any(opened.find(QAction, f"{name}Action").isEnabled() for name in names))


@pytest.mark.slow
def test_about_tells_what_a_bug_report_needs_and_copies_it(running: Opened) -> None:
    press(running, "Ctrl+F1")
    box = running.find(QDialog, "aboutBox")
    stall = box.findChild(QLabel, "aboutLongestStallLabel")
    assert stall is not None
    running.wait_until(lambda: "ms in the last minute" in stall.text())  # from the first batch on
    copy = box.findChild(QPushButton, "aboutCopyButton")
    assert copy is not None
    QTest.mouseClick(copy, Qt.MouseButton.LeftButton)
    lines = dict(line.split(": ", 1) for line in QGuiApplication.clipboard().text().splitlines())
    assert {"inspector", "Python", "Qt", "OpenCV", "NumPy", "pyqtgraph", "Cores", "Memory", "Longest stall"} == set(
        lines
    )
    assert all(lines.values())
    press(running, "Esc", box)
    running.wait_until(lambda: running.window.findChild(QDialog, "aboutBox") is None)
