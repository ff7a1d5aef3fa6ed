"""A line of the welcome page that can be clicked: strong words, and dim ones behind them."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from inspector.ui.plain_text import plain_text
from inspector.ui.theme import enlarged
from inspector.ui.widgets import LiveText

WIDTH_PX = 620


class RowButton(QPushButton):
    """Flat, and as wide as the page's column."""

    def __init__(self, name: str, accessible: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setFlat(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        self._words = LiveText(bold)
        self._words.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        row = QHBoxLayout(self)
        row.setContentsMargins(9, 4, 9, 4)
        row.addWidget(self._words)
        self.setAccessibleName(accessible)
        self.setToolTip(plain_text(accessible))

    def sizeHint(self) -> QSize:
        return QSize(enlarged(WIDTH_PX), self._words.sizeHint().height() + 10)

    def show_row(self, strong: str, dim: str, accessible: str, tip: str) -> None:
        """Its words, and what they are for whoever cannot see them."""
        self._words.show_text(strong, dim)
        self.setAccessibleName(accessible)
        self.setToolTip(plain_text(tip))
