"""What stands in the place of the batch while there is none."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from inspector.formatting import readable_lines
from inspector.ui.widgets import fixed_font, label, scaled_font


class MessagePage(QWidget):
    """A large sentence, a smaller one below, perhaps a traceback, and at most two buttons."""

    pressed = Signal()
    second_pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title = label("", "message")
        self._title.setFont(scaled_font(self._title.font(), 1.5))
        self._title.setWordWrap(True)
        self._title.setObjectName("messageLabel")
        self._detail = label("", "dim")
        self._detail.setWordWrap(True)
        self._traceback = QPlainTextEdit()
        self._traceback.setObjectName("tracebackText")
        self._traceback.setAccessibleName("Traceback of your code")
        self._traceback.setToolTip("Traceback of your code; the last line is the error")
        self._traceback.setReadOnly(True)
        self._traceback.setTabChangesFocus(True)
        self._traceback.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._traceback.setFont(fixed_font(self._traceback.font()))
        self._traceback.hide()
        self.button = _button("messageButton")
        self.button.setToolTip("Do what the sentence above says")
        self.button.setAccessibleName("Open folder…")
        self.button.setProperty("primary", True)
        self.button.clicked.connect(self.pressed)
        self.second_button = _button("secondMessageButton")
        self.second_button.setToolTip("What else can be done about what the sentence above says")
        self.second_button.setAccessibleName("Retry")
        self.second_button.clicked.connect(self.second_pressed)
        self.second_button.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(10)
        column.addStretch(2)
        for text in (self._title, self._detail):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(text)
        column.addWidget(self._traceback, 12)
        column.addSpacing(8)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.button)
        buttons.addWidget(self.second_button)
        buttons.addStretch(1)
        column.addLayout(buttons)
        column.addStretch(3)

    def show_message(self, title: str, detail: str, button: str, *, second: str = "", traceback: str = "") -> None:
        self._title.setText(title)
        self._detail.setText(detail)
        for each, words in ((self.button, button), (self.second_button, second)):
            each.setText(words)
            if words:
                each.setAccessibleName(f"{words} – {title}")
            each.setVisible(bool(words))
        text = readable_lines(traceback)
        if self._traceback.toPlainText() != text:
            self._traceback.setPlainText(text)
            bar = self._traceback.verticalScrollBar()
            bar.setValue(bar.maximum())  # the error itself
        self._traceback.setVisible(bool(traceback))


def _button(name: str) -> QPushButton:
    button = QPushButton()
    button.setObjectName(name)
    button.setProperty("bar", True)
    return button
