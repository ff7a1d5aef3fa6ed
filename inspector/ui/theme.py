"""The window in its colours: light or dark, following the system live unless the user chose one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPalette
from PySide6.QtWidgets import QApplication

from inspector.assets import assets_dir
from inspector.colours import DARK, LIGHT, Colours

SHADE: Final = "#b9000000"  # below words that stand on an image, whose colours are then DARK's
OUTLINE: Final = ("#000000", "#ffffff")  # a frame of both is seen on any image

USUAL_LINE_PX: Final = 15

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
        self._system = app.styleHints().colorScheme()
        app.styleHints().colorSchemeChanged.connect(self._follow_system)
        self._wear(self._wanted())

    def choose(self, choice: str) -> None:
        """Follow the "system", or keep to "light" or "dark"."""
        self.choice = choice
        hints = self._app.styleHints()
        hints.setColorScheme(SCHEMES[choice])
        self._follow_system(hints.colorScheme())  # some platforms do not take it, and then emit nothing

    @contextmanager
    def dressing_at_the_end(self) -> Iterator[None]:
        """Widgets made meanwhile get their style at once, at the end.

        Else Qt recomputes the style of a widget and all in it whenever it is put into another.
        """
        self._app.setStyleSheet("")
        try:
            yield
        finally:
            self._dress()

    def _wanted(self) -> Colours:
        scheme = SCHEMES[self.choice]
        if scheme == Qt.ColorScheme.Unknown:
            scheme = self._system
        return DARK if scheme == Qt.ColorScheme.Dark else LIGHT

    def _follow_system(self, scheme: Qt.ColorScheme) -> None:
        self._system = scheme
        wanted = self._wanted()
        if wanted is not self.colours:
            self._wear(wanted)
            self.changed.emit()

    def _wear(self, colours: Colours) -> None:
        self.colours = colours
        self._app.setStyleSheet("")  # to change one takes Qt five times as long as to put one on
        self._app.setPalette(_qt_palette(colours))
        self._dress()

    def _dress(self) -> None:
        self._app.setStyleSheet(_style_sheet(self.colours, enlarged(1000) / 1000))


def enlarged(pixels: float) -> int:
    """Logical pixels for what stands beside text: `pixels` at the default size of the font, more with a larger one."""
    return round(pixels * max(1.0, QFontMetrics(QApplication.font()).height() / USUAL_LINE_PX))


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


def _style_sheet(c: Colours, scale: float) -> str:
    """Only what the palette cannot say: cards, fields, toolbar buttons, tabs and tables."""
    icons = (assets_dir() / "icons").as_posix()

    def px(pixels: float) -> str:
        return f"{round(pixels * scale)}px"

    return f"""
    QToolTip {{ color: {c.text}; background: {c.card}; border: 1px solid {c.border}; padding: 3px; }}
    QFrame[card="true"] {{ background: {c.card}; border: 1px solid {c.border}; border-radius: 5px; }}
    QLabel[role="section"] {{ color: {c.dim}; }}
    QLabel[role="dim"] {{ color: {c.dim}; }}
    QLabel[role="error"] {{ color: {c.bad}; }}
    QToolBar {{ background: {c.window}; border: none; spacing: 6px; padding: 5px 10px 1px 10px; }}
    QToolButton[bar="true"], QPushButton[bar="true"], QDialogButtonBox QPushButton {{
        background: {c.field}; border: 1px solid {c.border}; border-radius: 5px; padding: 4px 11px; color: {c.text}; }}
    QToolButton[bar="true"]:hover, QPushButton[bar="true"]:hover, QDialogButtonBox QPushButton:hover {{
        border-color: {c.dim}; }}
    QToolButton[bar="true"]:pressed, QPushButton[bar="true"]:pressed, QDialogButtonBox QPushButton:pressed {{
        background: {c.border}; }}
    QToolButton[bar="true"]:focus, QPushButton[bar="true"]:focus, QDialogButtonBox QPushButton:focus {{
        border: 2px solid {c.accent}; padding: 3px 10px; }}
    QToolButton[bar="true"]:checked {{ border-color: {c.accent}; color: {c.accent}; font-weight: 600; }}
    QToolButton[bar="true"]:disabled, QPushButton[bar="true"]:disabled {{ color: {c.dim}; }}
    QToolButton[bar="true"]::menu-indicator {{ image: none; }}
    QToolButton[primary="true"], QPushButton[primary="true"] {{
        background: {c.accent}; border-color: {c.accent}; color: {c.on_accent}; font-weight: 600; }}
    QToolButton[primary="true"]:focus, QPushButton[primary="true"]:focus {{ border-color: {c.text}; }}
    QToolButton[primary="true"]:hover, QPushButton[primary="true"]:hover {{
        background: {c.accent_hover}; border-color: {c.accent_hover}; }}
    QToolButton[primary="true"]:disabled, QPushButton[primary="true"]:disabled {{
        background: {c.field}; border-color: {c.border}; color: {c.dim}; }}
    QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
    QAbstractItemView {{ background: {c.card}; border: 1px solid transparent; outline: none; }}
    QAbstractItemView:focus {{ border-color: {c.accent}; }}
    QTableView, QTreeView {{ selection-background-color: {c.selection}; selection-color: {c.text}; }}
    QTableView {{ gridline-color: transparent; }}
    QHeaderView {{ background: {c.card}; }}
    QHeaderView::section {{
        background: {c.card}; color: {c.dim}; border: none; border-bottom: 1px solid {c.border}; padding: 3px 4px; }}
    QPlainTextEdit, QTextEdit {{ background: {c.card}; border: 1px solid transparent; }}
    QPlainTextEdit:focus, QTextEdit:focus {{ border-color: {c.accent}; }}
    QScrollArea:focus {{ border: 1px solid {c.accent}; }}
    QTabBar::tab {{ color: {c.dim}; padding: 5px 12px; border: none; border-bottom: 2px solid transparent; }}
    QTabBar[compact="true"]::tab {{ padding: 0 3px 2px 3px; margin: 0 4px 0 3px; }}
    QTabBar::tab:hover {{ color: {c.text}; }}
    QTabBar::tab:selected {{ color: {c.text}; border-bottom-color: {c.accent}; }}
    QTabBar::tab:selected:focus {{ border: 2px solid {c.accent}; border-radius: 4px; padding: 3px 10px; }}
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
    QAbstractSpinBox:focus, QComboBox:focus, QLineEdit:focus {{ border: 2px solid {c.accent}; padding: 1px 4px; }}
    QComboBox QLineEdit, QAbstractSpinBox QLineEdit, QComboBox QLineEdit:focus, QAbstractSpinBox QLineEdit:focus {{
        border: none; padding: 0; min-height: 0; background: transparent; }}
    QAbstractSpinBox QLineEdit {{ padding-left: 5px; }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{
        subcontrol-origin: border; width: {px(17)}; border: none; background: transparent; }}
    QAbstractSpinBox::up-button {{ subcontrol-position: top right; }}
    QAbstractSpinBox::down-button {{ subcontrol-position: bottom right; }}
    QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover {{ background: {c.border}; }}
    QAbstractSpinBox::up-arrow {{ image: url("{icons}/chevron-up-{c.name}.svg"); width: {px(9)}; height: {px(9)}; }}
    QAbstractSpinBox::down-arrow {{ image: url("{icons}/chevron-down-{c.name}.svg"); width: {px(9)}; height: {px(9)}; }}
    QComboBox::drop-down {{ border: none; width: {px(19)}; }}
    QComboBox::down-arrow {{ image: url("{icons}/chevron-down-{c.name}.svg"); width: {px(10)}; height: {px(10)}; }}
    QComboBox QAbstractItemView {{
        background: {c.card}; border: 1px solid {c.border}; padding: 2px;
        selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
    QCheckBox {{ spacing: {px(7)}; }}
    QCheckBox::indicator, QTreeView::indicator {{
        width: {px(13)}; height: {px(13)}; background: {c.field}; border: 1px solid {c.edge}; border-radius: 3px; }}
    QCheckBox::indicator:hover {{ border-color: {c.text}; }}
    QCheckBox::indicator:checked, QTreeView::indicator:checked {{
        background: {c.accent}; border-color: {c.accent}; image: url("{icons}/tick-{c.name}.svg"); }}
    QCheckBox::indicator:disabled {{ background: {c.card}; border-color: {c.border}; }}
    QCheckBox::indicator:focus {{ border: 2px solid {c.text}; }}
    QCheckBox:disabled {{ color: {c.dim}; }}
    QSlider {{ min-height: {px(20)}; }}
    QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {c.border}; }}
    QSlider::sub-page:horizontal {{ height: 4px; border-radius: 2px; background: {c.accent}; }}
    QSlider::handle:horizontal {{
        width: 12px; height: 12px; margin: -5px 0; border-radius: 7px; background: {c.accent};
        border: 1px solid {c.card}; }}
    QSlider::handle:horizontal:hover {{ border-color: {c.text}; }}
    QSlider::handle:horizontal:focus {{ border: 2px solid {c.text}; width: 10px; height: 10px; }}
    QHeaderView::up-arrow, QHeaderView::down-arrow {{ image: none; width: 0; height: 0; }}
    QSplitter::handle {{ background: transparent; }}
    QSplitter::handle:hover {{ background: {c.border}; }}
    QMenuBar {{ background: {c.window}; }}
    """
