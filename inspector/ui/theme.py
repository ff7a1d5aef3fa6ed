"""The one place that knows colours. Light and dark, following the system live unless the user chose one.

State colours are blue, teal, orange and vermilion, which stay apart with the common kinds of colour blindness; and
wherever one of them is used, a word or a shape says the same.
"""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from inspector.config import assets_dir


@dataclass(frozen=True, slots=True)
class Colours:
    """Every colour of the window, as "#rrggbb"."""

    window: str
    card: str
    field: str  # where text is typed, and the empty part of a tile
    border: str
    text: str
    dim: str
    accent: str
    accent_hover: str
    on_accent: str
    good: str
    warn: str
    bad: str
    grid: str
    red: str  # the channels of an image
    green: str
    blue: str

    def level(self, level: str) -> str:
        """The colour of a verdict's level: "good", "info", "warn" or "bad"."""
        return {"good": self.good, "warn": self.warn, "bad": self.bad}.get(level, self.accent)


DARK: Final = Colours(
    window="#1b1d21", card="#25282d", field="#2e3238", border="#3a3f46", text="#e9ebee", dim="#a3a9b2",
    accent="#4ea1ff", accent_hover="#74b6ff", on_accent="#07182b",
    good="#3cc196", warn="#f2a93b", bad="#ff7a6b", grid="#3a3f46",
    red="#e0655a", green="#4fae62", blue="#5b93e6",
)  # fmt: skip
LIGHT: Final = Colours(
    window="#f3f4f6", card="#ffffff", field="#eff1f5", border="#d9dce2", text="#1c1f24", dim="#5c6470",
    accent="#0a66cc", accent_hover="#0b57ad", on_accent="#ffffff",
    good="#0b7a5a", warn="#9a5b00", bad="#c2321f", grid="#dfe2e8",
    red="#cf4a3c", green="#2f8f46", blue="#2f6fd0",
)  # fmt: skip

SCHEMES: Final = {
    "system": Qt.ColorScheme.Unknown,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}


class Theme(QObject):
    """The colours in use; `changed` is emitted, in the GUI thread, after the application wears new ones."""

    changed = Signal()

    def __init__(self, app: QApplication, choice: str = "system") -> None:
        super().__init__(app)
        self._app = app
        self.choice = choice if choice in SCHEMES else "system"
        self.colours = LIGHT
        app.setStyle("Fusion")
        app.styleHints().setColorScheme(SCHEMES[self.choice])
        app.styleHints().colorSchemeChanged.connect(self._follow)
        self._wear(self._wanted())

    def choose(self, choice: str) -> None:
        """Follow the "system", or keep to "light" or "dark"."""
        self.choice = choice
        self._app.styleHints().setColorScheme(SCHEMES[choice])
        self._follow()  # some platforms cannot be told, and then emit nothing

    def _wanted(self) -> Colours:
        scheme = SCHEMES[self.choice]
        if scheme == Qt.ColorScheme.Unknown:
            scheme = self._app.styleHints().colorScheme()
        return DARK if scheme == Qt.ColorScheme.Dark else LIGHT

    def _follow(self) -> None:
        wanted = self._wanted()
        if wanted is not self.colours:
            self._wear(wanted)
            self.changed.emit()

    def _wear(self, colours: Colours) -> None:
        self.colours = colours
        self._app.setPalette(_qt_palette(colours))
        self._app.setStyleSheet(_style_sheet(colours))


def _qt_palette(colours: Colours) -> QPalette:
    palette = QPalette(QColor(colours.field), QColor(colours.window))
    role = QPalette.ColorRole
    for target, colour in {
        role.Window: colours.window, role.WindowText: colours.text, role.Base: colours.field, role.Text: colours.text,
        role.AlternateBase: colours.card, role.Button: colours.field, role.ButtonText: colours.text,
        role.ToolTipBase: colours.card, role.ToolTipText: colours.text, role.PlaceholderText: colours.dim,
        role.Highlight: colours.accent, role.HighlightedText: colours.on_accent, role.Accent: colours.accent,
        role.Link: colours.accent, role.BrightText: colours.bad, role.Mid: colours.border, role.Dark: colours.border,
    }.items():  # fmt: skip
        palette.setColor(target, QColor(colour))
    for target in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, target, QColor(colours.dim))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(colours.border))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Accent, QColor(colours.border))
    return palette


def _style_sheet(c: Colours) -> str:
    """Only what the palette cannot say: cards, fields, toolbar buttons, tabs and tables."""
    icons = (assets_dir() / "icons").as_posix()
    return f"""
    QToolTip {{ color: {c.text}; background: {c.card}; border: 1px solid {c.border}; padding: 3px; }}
    QFrame[card="true"] {{ background: {c.card}; border: 1px solid {c.border}; border-radius: 5px; }}
    QLabel[role="section"] {{ color: {c.dim}; }}
    QLabel[role="dim"] {{ color: {c.dim}; }}
    QLabel[role="error"] {{ color: {c.bad}; }}
    QToolBar {{ background: {c.window}; border: none; spacing: 6px; padding: 5px 10px 1px 10px; }}
    QToolButton[bar="true"], QPushButton[bar="true"] {{
        background: {c.field}; border: 1px solid {c.border}; border-radius: 5px; padding: 4px 11px; color: {c.text}; }}
    QToolButton[bar="true"]:hover, QPushButton[bar="true"]:hover {{ border-color: {c.dim}; }}
    QToolButton[bar="true"]:pressed, QPushButton[bar="true"]:pressed {{ background: {c.border}; }}
    QToolButton[bar="true"]:focus, QPushButton[bar="true"]:focus {{ border-color: {c.accent}; }}
    QToolButton[bar="true"]:checked {{ border-color: {c.accent}; color: {c.accent}; font-weight: 600; }}
    QToolButton[bar="true"]:disabled {{ color: {c.dim}; }}
    QToolButton[bar="true"]::menu-indicator {{ image: none; }}
    QToolButton[primary="true"], QPushButton[primary="true"] {{
        background: {c.accent}; border-color: {c.accent}; color: {c.on_accent}; font-weight: 600; }}
    QToolButton[primary="true"]:hover, QPushButton[primary="true"]:hover {{
        background: {c.accent_hover}; border-color: {c.accent_hover}; }}
    QToolButton[primary="true"]:disabled, QPushButton[primary="true"]:disabled {{
        background: {c.field}; border-color: {c.border}; color: {c.dim}; }}
    QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
    QAbstractItemView {{ background: {c.card}; border: none; outline: none; }}
    QTableView, QTreeView {{ selection-background-color: {c.field}; selection-color: {c.text}; }}
    QTableView {{ gridline-color: transparent; }}
    QHeaderView {{ background: {c.card}; }}
    QHeaderView::section {{
        background: {c.card}; color: {c.dim}; border: none; border-bottom: 1px solid {c.border}; padding: 3px 4px; }}
    QPlainTextEdit, QTextEdit {{ background: {c.card}; border: none; }}
    QTabBar::tab {{ color: {c.dim}; padding: 5px 12px; border: none; border-bottom: 2px solid transparent; }}
    QTabBar::tab:hover {{ color: {c.text}; }}
    QTabBar::tab:selected {{ color: {c.text}; border-bottom-color: {c.accent}; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
    QScrollBar::handle {{ background: {c.border}; border-radius: 3px; margin: 2px; }}
    QScrollBar::handle:vertical {{ min-height: 28px; }}
    QScrollBar::handle:horizontal {{ min-width: 28px; }}
    QScrollBar::handle:hover {{ background: {c.dim}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QAbstractScrollArea::corner {{ background: transparent; border: none; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QAbstractSpinBox, QComboBox, QLineEdit {{
        background: {c.field}; border: 1px solid {c.border}; border-radius: 4px; padding: 2px 5px; min-height: 18px;
        selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
    QAbstractSpinBox:hover, QComboBox:hover, QLineEdit:hover {{ border-color: {c.dim}; }}
    QAbstractSpinBox:focus, QComboBox:focus, QLineEdit:focus {{ border-color: {c.accent}; }}
    QComboBox QLineEdit, QAbstractSpinBox QLineEdit {{
        border: none; padding: 0; min-height: 0; background: transparent; }}
    QAbstractSpinBox QLineEdit {{ padding-left: 5px; }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{
        subcontrol-origin: border; width: 17px; border: none; background: transparent; }}
    QAbstractSpinBox::up-button {{ subcontrol-position: top right; }}
    QAbstractSpinBox::down-button {{ subcontrol-position: bottom right; }}
    QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover {{ background: {c.border}; }}
    QAbstractSpinBox::up-arrow {{ image: url("{icons}/chevron-up.svg"); width: 9px; height: 9px; }}
    QAbstractSpinBox::down-arrow {{ image: url("{icons}/chevron-down.svg"); width: 9px; height: 9px; }}
    QComboBox::drop-down {{ border: none; width: 19px; }}
    QComboBox::down-arrow {{ image: url("{icons}/chevron-down.svg"); width: 10px; height: 10px; }}
    QComboBox QAbstractItemView {{
        background: {c.card}; border: 1px solid {c.border}; padding: 2px;
        selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
    QSlider {{ min-height: 18px; }}
    QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {c.border}; }}
    QSlider::sub-page:horizontal {{ height: 4px; border-radius: 2px; background: {c.accent}; }}
    QSlider::handle:horizontal {{
        width: 12px; height: 12px; margin: -5px 0; border-radius: 7px; background: {c.accent};
        border: 1px solid {c.card}; }}
    QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus {{ border-color: {c.text}; }}
    QHeaderView::up-arrow, QHeaderView::down-arrow {{ image: none; width: 0; height: 0; }}
    QSplitter::handle {{ background: transparent; }}
    QSplitter::handle:hover {{ background: {c.border}; }}
    QMenuBar {{ background: {c.window}; }}
    """
