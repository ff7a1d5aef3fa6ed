"""Closing the window of a training that it, or another window, has started: is the training to continue?"""

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMessageBox, QWidget

from inspector.session.protocol import Session
from inspector.session.training import ProcessControl
from inspector.ui.panels import Panels
from inspector.ui.plain_text import message_box
from inspector.ui.shell.auto_pause import AutoPause
from inspector.ui.shell.quit_confirmation import QuitConfirmation, under_way, widen

_TRAINS = "The training is running. To watch it later, use the welcome page or inspector attach."
_LOOK_MS = 200


class KeepOrStop(QuitConfirmation):
    """The question, with an answer more."""

    def __init__(self, window: QWidget, process: ProcessControl) -> None:
        super().__init__(window, {_TRAINS: lambda: process.runs})
        self._process = process
        self._ended = QTimer(self, interval=_LOOK_MS)
        self._ended.timeout.connect(self._close_when_ended)

    def _ask(self, losses: str, stays: Callable[[], None]) -> None:
        box = message_box(QMessageBox.Icon.Question, "Close the window", "Keep training?", losses, self._window)
        box.setObjectName("quitBox")
        widen(box)
        roles = QMessageBox.ButtonRole
        keep = box.addButton("Keep training", roles.AcceptRole)
        keep.setObjectName("keepTrainingButton")
        keep.setToolTip("Close the window; the training continues")
        keep.clicked.connect(self._window.close)
        stop = box.addButton("Stop training", roles.DestructiveRole)
        stop.setObjectName("stopTrainingButton")
        stop.setToolTip("Ask the training to end, as Ctrl+C does; the window closes when it has")
        stop.clicked.connect(self._stop)
        cancel = box.addButton("Cancel", roles.RejectRole)
        cancel.setObjectName("quitCancelButton")
        cancel.setToolTip("Keep the window open (Esc)")
        cancel.clicked.connect(stays)
        for button in (keep, stop, cancel):
            button.setAccessibleName(button.text())
        box.setDefaultButton(keep)
        box.setEscapeButton(cancel)
        box.finished.connect(box.deleteLater)
        box.open()

    def _stop(self) -> None:
        self._process.stop()
        self._ended.start()

    def _close_when_ended(self) -> None:
        if self._process.runs and self._window.isVisible():
            return
        self._ended.stop()
        if self._window.isVisible():
            self._window.close()


def quit_confirmation(window: QWidget, session: Session, panels: Panels, auto_pause: AutoPause) -> QuitConfirmation:
    """What is asked before a window on this session is closed."""
    process = session.training.process if session.training is not None else None
    if process is not None and process.by_window:
        return KeepOrStop(window, process)
    return QuitConfirmation(window, under_way(panels, auto_pause))
