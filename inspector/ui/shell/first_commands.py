"""The jobs of inspector on the welcome page, each with its command line to copy."""

from PySide6.QtCore import QTimer
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QWidget

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
    """A row a job: what it is, its command, and a button that copies it."""

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(9, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        grid.addWidget(label("FROM A TERMINAL", "section"), 0, 0, 1, 3)
        for row, (name, job, command) in enumerate(_JOBS, start=1):
            shown = label(command, "dim")
            shown.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
            shown.setObjectName(f"welcome{name}Command")
            shown.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            shown.setAccessibleName(command)
            shown.setToolTip(plain_text(command))
            copy = _button(f"welcomeCopy{name}Button", "Copy", f"Copy the command: {job.lower()}")
            copy.clicked.connect(lambda _checked=False, command=command, copy=copy: _copy(command, copy))
            grid.addWidget(label(job), row, 0)
            grid.addWidget(shown, row, 1)
            grid.addWidget(copy, row, 2)


def _copy(command: str, button: QPushButton) -> None:
    QGuiApplication.clipboard().setText(command)
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
