"""What a training prints, where that goes to a file."""

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QGuiApplication, QHideEvent, QPalette, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QSizePolicy, QWidget

from inspector import formatting as fmt
from inspector.session.training import ProcessControl
from inspector.ui.background_job import BackgroundJob
from inspector.ui.key_filters import KeyFilters
from inspector.ui.widgets import LiveText, fixed_font

_LOOK_MS = 500


class OutputPage(QPlainTextEdit):
    """The last lines; it follows the end unless the user has scrolled up, or has chosen some. `bar`: where it is."""

    def __init__(self, process: ProcessControl) -> None:
        super().__init__()
        self.setObjectName("outputView")
        self.setAccessibleName("What the training prints, the last lines")
        self.setToolTip("What the training prints: the last 500 lines")
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.setFont(fixed_font(self.font()))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setPlaceholderText("Nothing is printed yet.")
        self._tail = process.tail()
        self._waiting: str | None = None  # until the user looks at the end again
        self._background = BackgroundJob(self)
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._look)
        self.bar = _OutputBar(process.output)

    def sizeHint(self) -> QSize:
        return QSize(800, 130)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()
        self._look()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.stop()

    def _look(self) -> None:
        self._show_waiting()
        if not self._background.busy:
            self._background.start(lambda _job: self._tail.read(), self._take, self._refuse)

    def _take(self, text: str | None) -> None:
        if text is not None:
            self._waiting = text
            self._show_waiting()

    def _refuse(self, why: str) -> None:
        self.setPlaceholderText(f"It cannot be read: {fmt.readable(why)}.")

    def _show_waiting(self) -> None:
        bar = self.verticalScrollBar()
        if self._waiting is None or bar.value() < bar.maximum() or self.textCursor().hasSelection():
            return
        self.setPlainText(self._waiting.rstrip("\n"))
        bar.setValue(bar.maximum())
        self._waiting = None

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()
        self._background.stop()


class _OutputBar(QWidget):
    """The file's path, to be copied."""

    def __init__(self, path: str) -> None:
        super().__init__()
        shown = LiveText(self.font(), QPalette.ColorRole.PlaceholderText)
        shown.setObjectName("outputPath")
        shown.setAccessibleName("The file that it prints to")
        shown.show_text(fmt.readable(path))
        shown.setFixedWidth(self.fontMetrics().averageCharWidth() * 45)
        shown.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        copy = QPushButton("Copy path")
        copy.setObjectName("outputCopyButton")
        copy.setAccessibleName("Copy the path of the output")
        copy.setToolTip("Copy the path of the file that it prints to")
        copy.setProperty("bar", True)
        copy.clicked.connect(lambda _checked=False: QGuiApplication.clipboard().setText(path))
        KeyFilters(self).teach(copy)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(shown)
        row.addWidget(copy)
