"""What happened, a line at a time: changes of state and settings, and whatever the app logs."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QPlainTextEdit

from inspector.ui.log_collector import MOST_LINES


class LogPanel(QPlainTextEdit):
    """The lines, newest last; it follows the end unless the user has scrolled up."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("logView")
        self.setAccessibleName("Log")
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setMaximumBlockCount(MOST_LINES)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)

    def sizeHint(self) -> QSize:
        return QSize(800, 130)

    def add_lines(self, lines: list[str]) -> None:
        if lines:
            self.appendPlainText("\n".join(lines))
