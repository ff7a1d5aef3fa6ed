"""Runs the real app on the display and lets loose on it: thousands of clicks and keys, wherever they hit.

`python -m tests.ui.click_storm PHOTOS --events N --seed N`, in a process of its own. PHOTOS is a folder that may be
spoilt: files are moved aside, too. Events come from the X server, as a person's do; only where they aim is decided in
here. What is random is drawn from the seed; when it comes is not.

A quit by a click or a key ends the storm early. On standard output: the number of events, and how often which. An error
in the window is told on standard error, the last events before it, too, and the status is not 0.
"""

import argparse
import faulthandler
import json
import os
import random
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QLineEdit,
    QMainWindow,
    QSpinBox,
    QTabBar,
    QWidget,
)

from inspector.app import run_app
from inspector.monitor.records import RunState
from inspector.settings import SessionConfig

HANGS_AFTER_S = 60.0  # without an event; the storm then prints where each thread is, and ends
MOST_WORKERS = 8  # the machine is not what is tested
MOST_IMAGES = 512
LONGEST_PAUSE_MS = 25
DIALOG_EVENTS = 12  # a dialog gets so many before it is closed
LAST_EVENTS = 15  # are told when something went wrong

CONTROLS = (QAbstractButton, QComboBox, QAbstractSpinBox, QAbstractSlider, QLineEdit, QTabBar)
LEFT, MIDDLE, RIGHT, WHEEL_UP, WHEEL_DOWN = range(1, 6)
KEYS = (
    *"abcdefghijklmnopqrstuvwxyz", *"0124" * 3, *("Left", "Right", "Up", "Down", "Home", "End", "Prior", "Next") * 2,
    *("Tab", "Tab", "ISO_Left_Tab", "space", "space", "space", "Return", "Return", "Escape", "Escape", "Escape"),
    *("Delete", "BackSpace", "F1", "F2", "F3", "F5", "F10", "F11", "Menu", "plus", "minus"),
)  # fmt: skip
MODIFIERS = ("",) * 6 + ("ctrl+", "ctrl+", "shift+", "alt+")
QUIT = "ctrl+q"  # would end most storms early; quitting is still in the menu


class Storm:
    """Events until there were enough, or the window is closed."""

    def __init__(self, window: QMainWindow, hands: subprocess.Popen[str], photos: Path, events: int, seed: int) -> None:
        self.window = window
        self._hands = hands
        self.done: Counter[str] = Counter()
        self._photos = photos
        self._events = events
        self._random = random.Random(seed)
        self._seen: Counter[int] = Counter()  # events since a dialog is there
        self._last: deque[str] = deque(maxlen=LAST_EVENTS)
        self._exports = 0

    def go_on(self) -> None:
        """One event, and the next one soon."""
        faulthandler.dump_traceback_later(HANGS_AFTER_S, exit=True)
        if not self.window.isVisible():
            return
        if self.done.total() >= self._events:
            self._end()
            return
        QTimer.singleShot(self._random.randrange(LONGEST_PAUSE_MS), self.window, self.go_on)
        self._stay_reasonable()
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QDialog):
            self._seen[id(dialog)] += 1
            if isinstance(dialog, QFileDialog) or self._seen[id(dialog)] > DIALOG_EVENTS:
                del self._seen[id(dialog)]
                self._answer(dialog)
                return
        target = self._some_window()
        act: Callable[[QWidget], None] = self._random.choices(
            (self._click_anywhere, self._click_a_control, self._press_a_key, self._turn_the_wheel, self._resize),
            (35, 28, 32, 4, 1),
        )[0]
        act(target)

    def complain(self) -> None:
        """Tell the last events, if anything else was told."""
        print("last events:", *self._last, sep="\n  ", file=sys.stderr)

    def _end(self) -> None:
        """Close everything that is open, and then the window, as often as it takes: it may ask something."""
        QTimer.singleShot(20, self.window, self._end)
        popup, dialog = QApplication.activePopupWidget(), QApplication.activeModalWidget()
        if popup is not None:
            popup.close()
        elif isinstance(dialog, QDialog):
            dialog.accept()
        else:
            self.window.close()

    def _note(self, kind: str, what: str) -> None:
        self.done[kind] += 1
        self._last.append(f"{self.done.total()}: {kind}, {what}")

    def _some_window(self) -> QWidget:
        """What the user could hit now: a menu, a dialog, or else any window."""
        on_top = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if on_top is not None:
            return on_top
        return self._random.choice([each for each in QApplication.topLevelWidgets() if each.isVisible()])

    # --- events

    def _click_anywhere(self, window: QWidget) -> None:
        self._click(window, window.objectName())

    def _click_a_control(self, window: QWidget) -> None:
        controls = [
            each
            for each in window.findChildren(QWidget)
            if isinstance(each, CONTROLS) and each.isVisible() and each.isEnabled() and each.window() is window
        ]
        control = self._random.choice(controls or [window])
        self._click(control, control.objectName() or type(control).__name__)

    def _click(self, widget: QWidget, name: str) -> None:
        button = self._random.choices((LEFT, MIDDLE, RIGHT), (88, 3, 9))[0]
        kind = self._random.choices(("click", "double click", "drag"), (80, 12, 8))[0]
        at = self._somewhere(widget)
        self._note(kind, f"button {button} at {at.x()}, {at.y()}: {name}")
        match kind:
            case "click":
                self._type(f"mousemove {at.x()} {at.y()} click {button}")
            case "double click":
                self._type(f"mousemove {at.x()} {at.y()} click --repeat 2 --delay 20 {button}")
            case _:
                to = at + QPoint(self._random.randint(-150, 150), self._random.randint(-150, 150))
                self._type(
                    f"mousemove {at.x()} {at.y()} mousedown {button} "
                    f"mousemove {max(to.x(), 0)} {max(to.y(), 0)} mouseup {button}"
                )

    def _somewhere(self, widget: QWidget) -> QPoint:
        inside = QPoint(self._random.randrange(max(widget.width(), 1)), self._random.randrange(max(widget.height(), 1)))
        at = widget.mapToGlobal(inside)
        return QPoint(max(at.x(), 0), max(at.y(), 0))

    def _press_a_key(self, window: QWidget) -> None:
        keys = self._random.choice(MODIFIERS) + self._random.choice(KEYS)
        if keys != QUIT:
            self._note("key", f"{keys} in {window.objectName()}")
            self._type(f"key --delay 0 {keys}")

    def _turn_the_wheel(self, window: QWidget) -> None:
        at = self._somewhere(window)
        button = self._random.choice((WHEEL_UP, WHEEL_DOWN))
        self._note("wheel", f"button {button} at {at.x()}, {at.y()}: {window.objectName()}")
        self._type(f"mousemove {at.x()} {at.y()} click --repeat 3 --delay 0 {button}")

    def _resize(self, window: QWidget) -> None:
        self._note("resize", window.objectName())
        window.resize(self._random.randint(300, 1500), self._random.randint(200, 950))

    def _type(self, command: str) -> None:
        assert self._hands.stdin is not None
        self._hands.stdin.write(command + "\n")
        self._hands.stdin.flush()

    # --- what a storm must not do, and what would end it

    def _answer(self, dialog: QDialog) -> None:
        """Close it, one way or the other. Where files are chosen, only among those that may be spoilt."""
        accept = self._random.random() < 0.5
        self._note("dialog closed", f"{dialog.objectName()} {dialog.windowTitle()} accepted: {accept}")
        if accept and isinstance(dialog, QFileDialog):
            line = dialog.findChild(QLineEdit, "fileNameEdit")
            assert isinstance(line, QLineEdit)
            line.setText(str(self._some_path(dialog)))
        if accept:
            dialog.accept()
        if dialog.isVisible():
            dialog.reject()

    def _some_path(self, dialog: QFileDialog) -> Path:
        if dialog.acceptMode() == QFileDialog.AcceptMode.AcceptSave:
            self._exports += 1
            return self._photos.parent / f"export-{self._exports}{Path(dialog.selectedFiles()[0]).suffix}"
        if dialog.fileMode() == QFileDialog.FileMode.Directory:
            aside = self._photos.parent / "aside"
            aside.mkdir(exist_ok=True)
            return self._random.choice((self._photos, self._photos, aside))
        return self._photos / "no-such-file"

    def _stay_reasonable(self) -> None:
        for name, most in (("workersSpin", MOST_WORKERS), ("batchSizeSpin", MOST_IMAGES)):
            box = self.window.findChild(QSpinBox, name)
            if box is not None and box.value() > most:
                box.setValue(2)
        session = self.window._session  # type: ignore[attr-defined]
        if session.snapshot().state in (RunState.CLOSED, RunState.FAILED) and self._random.random() < 0.1:
            self._note("opened again", "")
            session.open(str(self._photos))  # a storm on an empty window would show little


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("photos", type=Path)
    parser.add_argument("--events", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with subprocess.Popen(["xdotool", "-"], stdin=subprocess.PIPE, text=True) as hands:
        os.environ["PATH"] = ""  # nothing else from outside is started: no file manager, no browser
        return run(arguments, hands)


def run(arguments: argparse.Namespace, hands: subprocess.Popen[str]) -> int:
    app = QApplication(["inspector"])
    storms: list[Storm] = []

    def begin() -> None:
        window = next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QMainWindow))
        storms.append(Storm(window, hands, arguments.photos, arguments.events, arguments.seed))
        storms[0].go_on()

    QTimer.singleShot(0, app, begin)
    settings = SessionConfig(batch_size=16, num_workers=2, image_size=(96, 96), memory_limit_bytes=256_000_000)
    status = run_app(str(arguments.photos), settings)
    faulthandler.cancel_dump_traceback_later()
    print(json.dumps(dict(storms[0].done)))
    if status:
        storms[0].complain()
    return status


if __name__ == "__main__":
    sys.exit(main())
