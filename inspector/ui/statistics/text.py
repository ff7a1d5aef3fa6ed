"""Text of several lines that changes while one looks at it, and a judgement with its sign."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from inspector.ui.icons import LevelSign
from inspector.ui.theme import Theme


class WrappedText(QLabel):
    """A plain text of as many lines as it needs, at whatever width there is; it can be selected."""

    def __init__(self, object_name: str, accessible_name: str, role: str = "dim") -> None:
        super().__init__()
        self.setObjectName(object_name)
        self.setAccessibleName(accessible_name)
        self.setTextFormat(Qt.TextFormat.PlainText)  # file names are never markup
        self.setProperty("role", role)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)

    def minimumSizeHint(self) -> QSize:
        """A line. Qt's would be the height at some width of its own; a layout asks for the height at its width."""
        return QSize(0, self.fontMetrics().height())


class Judgement(QWidget):
    """A sign whose shape shows the level, and a sentence."""

    def __init__(self, theme: Theme, object_name: str, accessible_name: str) -> None:
        super().__init__()
        self._sign = LevelSign(theme)
        self._text = WrappedText(object_name, accessible_name, role="")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def show_text(self, level: str, text: str) -> None:
        """`level`: "good", "info", "warn" or "bad"."""
        self._sign.show_level(level)
        self._sign.setAccessibleName(level)
        self._text.setText(text)
        self._keep_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._keep_room()

    def _keep_room(self) -> None:
        """For all lines: a layout would squeeze it to one where the window is low."""
        self._text.setMinimumHeight(max(0, self._text.heightForWidth(self._text.width())))
