"""Small building blocks that several panels share: a card, its heading, a text that changes often."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, SignalInstance
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetrics, QIcon, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFileDialog,
    QFrame,
    QInputDialog,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from inspector.formatting import readable
from inspector.ui.plain_text import plain_text


class Card(QFrame):
    """A framed panel with a column layout."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(11, 8, 11, 9)
        self.column.setSpacing(6)


def scaled_font(base: QFont, factor: float) -> QFont:
    """`base` in another size, whether it is set in points or in pixels."""
    font = QFont(base)
    if base.pointSizeF() > 0:
        font.setPointSizeF(base.pointSizeF() * factor)
    else:
        font.setPixelSize(max(1, round(base.pixelSize() * factor)))
    return font


def fixed_font(base: QFont) -> QFont:
    """The system's font of fixed width, in the size of `base`."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    if base.pointSizeF() > 0:
        font.setPointSizeF(base.pointSizeF())
    else:
        font.setPixelSize(base.pixelSize())
    return font


def scrolling(page: QWidget) -> QScrollArea:
    """`page`, with scroll bars while it is larger than the room for it; nothing is squeezed or clipped."""
    scroll = QScrollArea()
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setWidgetResizable(True)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    scroll.setWidget(page)
    return scroll


def ask_where_to_export(
    parent: QWidget, kind: str, name: str, chosen: Callable[[str], None] | SignalInstance, title: str = ""
) -> None:
    """Let the user choose a file to export to, `name` in the format `kind` at first; `chosen` gets it.

    The dialog asks before a file is replaced.
    """
    dialog = QFileDialog(parent, title or f"Export as {kind}")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(kind.lower())
    dialog.selectFile(f"{name}.{kind.lower()}")
    dialog.fileSelected.connect(chosen)
    dialog.open()


def ask_for_path_there(parent: QWidget, name: str, question: str, proposed: str) -> SignalInstance:
    """A path on another machine, whose folders no dialog of this one shows: what is emitted when it was typed."""
    dialog = QInputDialog(parent)
    dialog.setObjectName(name)
    dialog.setWindowTitle("Files on another machine")
    dialog.setLabelText(question)
    dialog.setTextValue(readable(proposed))
    dialog.resize(560, dialog.sizeHint().height())
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog.textValueSelected


def plain_buttons(box: QDialogButtonBox) -> None:
    """As the window's own buttons are, without the style's icons; those of Qt get a name and a tip, too."""
    for button in box.buttons():
        button.setIcon(QIcon())
        button.setProperty("bar", True)
        words = button.text().replace("&", "")
        if not button.objectName():
            button.setObjectName(f"{words.lower().split()[0]}DialogButton")
        button.setAccessibleName(button.accessibleName() or words)
        button.setToolTip(plain_text(button.toolTip() or f"{words} this window (Esc)"))


def label(text: str = "", role: str = "") -> QLabel:
    """A plain-text label; `role` is one of the style sheet's: section, dim, error, figure, message."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)  # file names are never markup
    if role:
        made.setProperty("role", role)
    if role == "section":
        made.setFont(section_font(made.font()))
    return made


class LiveText(QWidget):
    """A line of text that changes often: strong words first, then dim ones, cut where the room ends.

    A QLabel would lay out the whole window again at each change; this only repaints itself.
    """

    def __init__(
        self, strong: QFont, strong_role: QPalette.ColorRole = QPalette.ColorRole.WindowText, gap: int = 10
    ) -> None:
        super().__init__()
        self._strong_font = strong
        self._strong_role = strong_role
        self._gap = gap
        self._strong = self._dim = self._colour = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        """What it shows, as one line."""
        return " ".join(part for part in (self._strong, self._dim) if part)

    def show_text(self, strong: str, dim: str = "", colour: str = "", tip: str = "") -> None:
        """`colour`: of the strong words, where it is not that of all text. `tip`: in place of the text, which may be
        cut.
        """
        if (strong, dim, colour) != (self._strong, self._dim, self._colour):
            self._strong, self._dim, self._colour = strong, dim, colour
            self.setToolTip(plain_text(tip or self.text()))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, max(QFontMetrics(self._strong_font).height(), self.fontMetrics().height()))

    def minimumSizeHint(self) -> QSize:
        return QSize(20, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        strong, plain = QFontMetrics(self._strong_font), self.fontMetrics()
        baseline = (self.height() + strong.ascent() - strong.descent()) // 2
        cut = strong.elidedText(self._strong, Qt.TextElideMode.ElideMiddle, self.width())
        painter.setFont(self._strong_font)
        painter.setPen(QColor(self._colour) if self._colour else self.palette().color(self._strong_role))
        painter.drawText(0, baseline, cut)
        left = strong.horizontalAdvance(cut) + self._gap if cut else 0
        if left < self.width():
            painter.setFont(self.font())
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            dim = plain.elidedText(self._dim, Qt.TextElideMode.ElideRight, self.width() - left)
            painter.drawText(left, baseline, dim)
        painter.end()


def section_font(base: QFont) -> QFont:
    """Small, spaced capitals, as the headings of the cards are set."""
    font = scaled_font(base, 0.86)
    font.setWeight(QFont.Weight.DemiBold)
    font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 1.0)
    return font
