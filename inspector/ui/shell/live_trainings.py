"""Trainings on the welcome page: a button that starts one, and a row for each that runs."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from inspector import formatting as fmt
from inspector.session.trainings import LiveTraining, live_trainings
from inspector.ui.background_job import BackgroundJob
from inspector.ui.shell.row_button import RowButton
from inspector.ui.widgets import label

MOST = 5
_LOOK_MS = 2000


class LiveTrainings(QWidget):
    """Looks for those that run while it is visible. `chosen`: the place of one."""

    start_wanted = Signal()
    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._live: list[LiveTraining] = []
        self._background = BackgroundJob(self)
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._look)
        start = QPushButton("Watch a training…")
        start.setObjectName("welcomeTrainingButton")
        start.setAccessibleName("Watch a training")
        start.setToolTip("Start a PyTorch script, and see what its own DataLoader does (Ctrl+Shift+T)")
        start.setProperty("bar", True)
        start.clicked.connect(lambda _checked=False: self.start_wanted.emit())
        about = label("Start your PyTorch script here, and see what its own DataLoader does.", "dim")
        about.setWordWrap(True)
        line = QHBoxLayout()
        line.setContentsMargins(9, 0, 0, 3)
        line.setSpacing(12)
        line.addWidget(start)
        line.addWidget(about, 1)
        heading = label("TRAININGS", "section")
        heading.setContentsMargins(9, 0, 0, 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(heading)
        column.addLayout(line)
        self._rows = [RowButton(f"liveTrainingButton{number}", f"Training {number}") for number in range(1, MOST + 1)]
        for number, row in enumerate(self._rows):
            row.clicked.connect(lambda _checked=False, number=number: self.chosen.emit(self._live[number].place))
            column.addWidget(row)
        self._more = label("", "dim")
        self._more.setObjectName("moreTrainingsLabel")
        self._more.setContentsMargins(9, 2, 0, 0)
        column.addWidget(self._more)
        self._show([])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()
        self._look()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()
        self._background.stop()

    def _look(self) -> None:
        if not self._background.busy:
            self._background.start(lambda _job: live_trainings(), self._show, lambda _reason: None)

    def _show(self, live: list[LiveTraining]) -> None:
        self._live = live
        for number, row in enumerate(self._rows):
            row.setVisible(number < len(live))
            if number < len(live):
                training = live[number]
                state = f"running for {fmt.duration(training.age_s)}, process {training.pid}"
                tip = f"Watch {training.name}, {state}"
                row.show_row(training.name, state, f"Watch {training.name}", tip)
        self._more.setText(f"and {len(live) - MOST} more: inspector attach --list")
        self._more.setVisible(len(live) > MOST)
