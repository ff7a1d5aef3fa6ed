"""Quitting while something is under way: one question that names what would be lost."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QLabel, QMessageBox, QWidget

from inspector.ui.panels import Panels
from inspector.ui.plain_text import message_box
from inspector.ui.shell.auto_pause import AutoPause

SWEEP = "A sweep is under way: what it has measured so far is lost."
SCAN = "A check of all files is under way: what it has found so far is lost."
MOVE = "Files are being moved or exported: it stops after the current file; no file is lost."


def under_way(panels: Panels, auto_pause: AutoPause) -> Mapping[str, Callable[[], bool]]:
    """What would be lost by closing the window, as sentences, and whether it is so now."""
    return {
        SWEEP: lambda: auto_pause.is_asked_by(panels.tuner),
        SCAN: lambda: auto_pause.is_asked_by(panels.scan),
        MOVE: lambda: panels.moving,
    }


class QuitConfirmation(QObject):
    """Asks the user who wants to quit; a window that is closed by the program itself is not asked about.

    `under_way`: what would be lost, as sentences, and whether it is so now.
    """

    def __init__(self, window: QWidget, under_way: Mapping[str, Callable[[], bool]]) -> None:
        super().__init__(window)
        self._window = window
        self._under_way = under_way

    def quit(self, stays: Callable[[], None] = lambda: None) -> None:
        """Close the window, after a question where that loses something; `stays` is called where the user does not."""
        losses = [sentence for sentence, is_so in self._under_way.items() if is_so()]
        if losses and self._window.findChild(QMessageBox, "quitBox") is not None:
            stays()
        elif losses:
            self._ask("\n\n".join(losses), stays)
        else:
            self._window.close()

    def puts_off(self, event: QCloseEvent) -> bool:
        """Is this the window's close button while something is under way? Then it is asked first."""
        if not event.spontaneous() or not any(is_so() for is_so in self._under_way.values()):
            return False
        event.ignore()
        self.quit()
        return True

    def _ask(self, losses: str, stays: Callable[[], None]) -> None:
        box = message_box(QMessageBox.Icon.Question, "Quit inspector", "Quit all the same?", losses, self._window)
        box.setObjectName("quitBox")
        widen(box)
        go = box.addButton("Quit", QMessageBox.ButtonRole.DestructiveRole)
        go.setObjectName("quitAnywayButton")
        go.setAccessibleName("Quit all the same")
        go.setToolTip("Stop what is running, and close the window")
        stay = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
        stay.setObjectName("quitCancelButton")
        stay.setAccessibleName("Do not quit")
        stay.setToolTip("Keep the window open (Esc)")
        box.setDefaultButton(stay)
        box.setEscapeButton(stay)
        go.clicked.connect(self._window.close)
        stay.clicked.connect(stays)
        box.finished.connect(box.deleteLater)
        box.open()


def widen(box: QMessageBox) -> None:
    """Else its text is wrapped after each word."""
    if (words := box.findChild(QLabel, "qt_msgbox_informativelabel")) is not None:
        words.setMinimumWidth(25 * words.fontMetrics().height())
