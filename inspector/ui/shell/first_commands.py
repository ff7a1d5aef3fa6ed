"""The jobs of inspector on the welcome page, each with its command line to copy."""

import shlex

from PySide6.QtCore import QTimer
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QGridLayout, QLabel, QPushButton, QSizePolicy, QWidget

from inspector import formatting as fmt
from inspector.ui.plain_text import plain_text
from inspector.ui.widgets import label

_JOBS = (
    ("Training", "Watch a training", "inspector run train.py"),
    ("Images", "Open images", "inspector photos/"),
    ("Far", "Open on another machine", "inspector ssh://host/photos"),
    ("Sample", "Try the sample", "inspector --sample"),
)
_COPIED_MS = 1500


class FirstCommands(QWidget):
    """A row a job: what it is, its command, and a button that copies it. A training's script can be chosen."""

    def __init__(self) -> None:
        super().__init__()
        self._commands: dict[str, str] = {}
        self._labels: dict[str, QLabel] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(9, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        grid.addWidget(label("FROM A TERMINAL", "section"), 0, 0, 1, 4)
        choose = _button("welcomeScriptButton", "Choose script…", "Choose the script that trains")
        choose.clicked.connect(self._choose)
        grid.addWidget(choose, 1, 2)  # first: before its Copy in the order of Tab
        for row, (name, job, command) in enumerate(_JOBS, start=1):
            shown = self._labels[name] = label("", "dim")
            shown.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
            shown.setObjectName(f"welcome{name}Command")
            shown.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            copy = _button(f"welcomeCopy{name}Button", "Copy", f"Copy the command: {job.lower()}")
            copy.clicked.connect(lambda _checked=False, name=name, copy=copy: self._copy(name, copy))
            grid.addWidget(label(job), row, 0)
            grid.addWidget(shown, row, 1)
            grid.addWidget(copy, row, 3)
            self._show(name, command)
        choose = _button("welcomeScriptButton", "Choose script…", "Choose the script that trains")
        choose.clicked.connect(self._choose)
        grid.addWidget(choose, 1, 2)
        copies = self.findChildren(QPushButton, "welcomeCopyTrainingButton")
        self.setTabOrder(choose, copies[0])

    def take_script(self, path: str) -> None:
        """The command that watches this script's training is shown, and can be copied."""
        self._show("Training", f"inspector run {shlex.quote(path)}")

    def _show(self, name: str, command: str) -> None:
        self._commands[name] = command
        shown = self._labels[name]
        text = fmt.readable(command)
        shown.setText(text)
        shown.setAccessibleName(text)
        shown.setToolTip(plain_text(text))

    def _choose(self) -> None:
        dialog = QFileDialog(self.window(), "Choose the script that trains")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(["Python scripts (*.py)", "All files (*)"])
        dialog.fileSelected.connect(self.take_script)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _copy(self, name: str, button: QPushButton) -> None:
        QGuiApplication.clipboard().setText(self._commands[name])
        button.setText("Copied")
        QTimer.singleShot(_COPIED_MS, button, lambda: button.setText("Copy"))


def _button(name: str, text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setAccessibleName(tip)
    button.setToolTip(plain_text(tip))
    button.setProperty("bar", True)
    button.setMinimumWidth(button.fontMetrics().horizontalAdvance("Copied") + 24)
    return button
