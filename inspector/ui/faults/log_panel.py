"""What happened, a line at a time: changes of state and settings, errors, and whatever the app logs."""

from collections import deque
from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextDocument,
    QTextOption,
)
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPlainTextEdit, QPushButton, QWidget

from inspector.files import write_atomically
from inspector.ui.background_job import BackgroundJob
from inspector.ui.faults.log_collector import MOST_LINES, LogLine
from inspector.ui.key_filters import KeyFilters
from inspector.ui.theme import Theme
from inspector.ui.widgets import ask_where_to_export

_CHOICES = {
    "All levels": ("info", "warning", "error"),
    "Warnings and errors": ("warning", "error"),
    "Errors": ("error",),
}


class LogPanel(QPlainTextEdit):
    """The lines, newest last; it follows the end unless the user has scrolled up. `bar`: its controls."""

    save_failed = Signal(str)  # a sentence

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("logView")
        self.setAccessibleName("Log: time, level, source and message")
        self.setToolTip("What happened, newest last: time, level, source and message")
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.setMaximumBlockCount(MOST_LINES)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setPlaceholderText("Nothing to show: no line fits the level and the search.")
        self._lines: deque[LogLine] = deque(maxlen=MOST_LINES)
        self._writing = BackgroundJob(self)
        self.bar = _LogBar()
        self.bar.levels.currentIndexChanged.connect(self._filter)
        self.bar.search.textChanged.connect(self._filter)
        self.bar.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.toPlainText() + "\n"))
        self.bar.save.clicked.connect(lambda: ask_where_to_export(self, "TXT", "inspector-log", self.save))
        self._colours = _Levels(self.document(), theme)
        self._set_columns()

    def sizeHint(self) -> QSize:
        return QSize(800, 130)

    def _set_columns(self) -> None:
        width = self.fontMetrics().horizontalAdvance
        stops, at = [], 0
        for longest in ("00:00:00", "warning", "inspector-consumer"):
            at += width(longest) + width("MM")
            stops.append(QTextOption.Tab(at, QTextOption.TabType.LeftTab))
        option = self.document().defaultTextOption()
        option.setTabs(stops)
        self.document().setDefaultTextOption(option)

    def add_lines(self, lines: Sequence[LogLine]) -> None:
        self._lines.extend(lines)
        shown = [line.as_text() for line in lines if self._fits(line)]
        if shown:
            bar = self.verticalScrollBar()
            follows = bar.value() == bar.maximum()
            self.appendPlainText("\n".join(shown))
            if follows:
                bar.setValue(bar.maximum())

    def _fits(self, line: LogLine) -> bool:
        wanted = self.bar.search.text().casefold()
        text = line.as_text().replace("\t", " ")
        return line.level in _CHOICES[self.bar.levels.currentText()] and wanted in text.casefold()

    def _filter(self) -> None:
        self.setPlainText("\n".join(line.as_text() for line in self._lines if self._fits(line)))
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def save(self, file: str) -> None:
        """Write all lines to `file`, also those that the filter hides."""
        if self._writing.busy:
            return
        text = "".join(f"{line.as_text()}\n" for line in self._lines)

        def write(_progress: object) -> None:
            write_atomically(file, text)

        done: Callable[[None], None] = lambda _: None  # noqa: E731  the file dialog has said where it is
        self._writing.start(write, done, self.save_failed.emit)

    def stop(self) -> None:
        """Wait until nothing is being written."""
        self._writing.stop()


class _LogBar(QWidget):
    """Which lines are shown, and where they can go."""

    def __init__(self) -> None:
        super().__init__()
        key_filters = KeyFilters(self)
        self.levels = QComboBox()
        self.levels.setObjectName("logLevelCombo")
        self.levels.setAccessibleName("Levels to show")
        self.levels.setToolTip("Show only lines of these levels")
        self.levels.addItems(list(_CHOICES))
        key_filters.teach(self.levels)
        self.search = QLineEdit()
        self.search.setObjectName("logSearch")
        self.search.setAccessibleName("Search the log")
        self.search.setToolTip("Show only lines that contain this text")
        self.search.setPlaceholderText("Search the log")
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(self.fontMetrics().averageCharWidth() * 30)
        self.copy = QPushButton("Copy")
        self.copy.setObjectName("logCopyButton")
        self.copy.setToolTip("Copy the lines that are shown")
        self.save = QPushButton("Save as…")
        self.save.setObjectName("logSaveButton")
        self.save.setToolTip("Write all lines to a file")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.levels)
        row.addWidget(self.search)
        for button in (self.copy, self.save):
            button.setProperty("bar", True)
            button.setAccessibleName(f"{button.text().rstrip('…')}: log")
            key_filters.teach(button)
            row.addWidget(button)


class _Levels(QSyntaxHighlighter):
    """The level of a warning or an error in the theme's colour, beside the word that says it."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._theme = theme
        theme.changed.connect(self.rehighlight)

    def highlightBlock(self, text: str) -> None:
        time_and_level = text.split("\t", 2)[:2]
        if len(time_and_level) == 2 and time_and_level[1] in ("warning", "error"):
            time, level = time_and_level
            look = QTextCharFormat()
            look.setForeground(QColor(self._theme.colours.level("bad" if level == "error" else "warn")))
            self.setFormat(len(time) + 1, len(level), look)
