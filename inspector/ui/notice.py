"""A line above a table or the window: what is being done or has been done, with the one button that belongs to it."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QWidget

from inspector.ui.theme import Theme
from inspector.ui.widgets import LiveText


class Notice(QWidget):
    """Hidden until there is something to report."""

    def __init__(self, theme: Theme, name: str = "problems") -> None:
        super().__init__()
        self._theme = theme
        self._act: Callable[[], None] = lambda: None
        self.setObjectName(f"{name}Notice")
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        self.line = LiveText(bold)
        self.line.setObjectName(f"{name}NoticeText")
        self.button = QPushButton()
        self.button.setObjectName(f"{name}NoticeButton")
        self.button.setAccessibleName("Do what the message offers")
        self.button.setToolTip("What can be done about what the message says")
        self.button.setProperty("bar", True)
        self.button.clicked.connect(lambda: self._act())
        self._close = QToolButton()
        self._close.setObjectName(f"{name}NoticeClose")
        self._close.setText("×")
        self._close.setAutoRaise(True)
        self._close.setToolTip("Hide this message")
        self._close.setAccessibleName("Hide this message")
        self._close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 0, 0, 2)
        layout.addWidget(self.line, 1)
        layout.addWidget(self.button)
        layout.addWidget(self._close)
        for widget in (self.button, self._close):
            widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.hide()

    def report(
        self, strong: str, more: str = "", *, level: str = "", button: str = "", act: Callable[[], None] | None = None
    ) -> None:
        """Show `strong` words, in the colour of `level`, and `more`; `act` is what the button does."""
        self.line.show_text(strong, more, self._theme.colours.level(level) if level else "")
        self.button.setVisible(bool(button))
        self.button.setText(button)
        if button:
            self.button.setAccessibleName(f"{button}: {strong}")
        self._act = act or (lambda: None)
        self.show()
