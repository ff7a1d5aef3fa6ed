"""What stands in the place of the batch while there is none."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from inspector.ui.widgets import label, scaled_font


class MessagePage(QWidget):
    """A large sentence, a smaller one below, and at most one button."""

    pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title = label("", "message")
        self._title.setFont(scaled_font(self._title.font(), 1.5))
        self._title.setWordWrap(True)
        self._title.setObjectName("messageLabel")
        self._detail = label("", "dim")
        self._detail.setWordWrap(True)
        self.button = QPushButton()
        self.button.setObjectName("messageButton")
        self.button.setToolTip("Do what the sentence above says")
        self.button.setAccessibleName("Open folder…")
        self.button.setProperty("bar", True)
        self.button.setProperty("primary", True)
        self.button.clicked.connect(self.pressed)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(10)
        column.addStretch(2)
        for text in (self._title, self._detail):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(text)
        column.addSpacing(8)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def show_message(self, title: str, detail: str, button: str) -> None:
        self._title.setText(title)
        self._detail.setText(detail)
        self.button.setText(button)
        if button:
            self.button.setAccessibleName(f"{button} – {title}")
        self.button.setVisible(bool(button))
