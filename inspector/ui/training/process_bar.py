"""Buttons for a training that a window has started: there is no terminal to press Ctrl+C in."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from inspector.session.training import ProcessControl
from inspector.ui.key_filters import KeyFilters
from inspector.ui.plain_text import plain_text

_STOP = "Ask the training to end, as Ctrl+C does in a terminal (SIGINT)"
_STOP_NOW = "It was asked to end, and is still running. End it now (SIGTERM)"


class ProcessBar(QWidget):
    """Stop while it runs, then Run again."""

    again_wanted = Signal(object)  # the process, which has ended

    def __init__(self, process: ProcessControl) -> None:
        super().__init__()
        self._process = process
        self._stop = QPushButton("Stop")
        self._stop.setObjectName("trainingStopButton")
        self._stop.clicked.connect(self._end)
        self._again = QPushButton("Run again")
        self._again.setObjectName("trainingAgainButton")
        self._again.setToolTip("Start the same command again, and watch it")
        self._again.clicked.connect(lambda _checked=False: self.again_wanted.emit(process))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 0)
        key_filters = KeyFilters(self)
        for button in (self._stop, self._again):
            button.setProperty("bar", True)
            button.setAccessibleName(f"{button.text()}: training")
            key_filters.teach(button)
            row.addWidget(button)
        row.addStretch(1)
        self.show_state()

    def _end(self) -> None:
        self._process.stop()
        self.show_state()

    def show_state(self) -> None:
        """As the process is now."""
        runs, stopping = self._process.runs, self._process.stopping
        self._stop.setVisible(runs)
        self._stop.setText("Stop now" if stopping else "Stop")
        self._stop.setToolTip(plain_text(_STOP_NOW if stopping else _STOP))
        self._again.setVisible(not runs)
