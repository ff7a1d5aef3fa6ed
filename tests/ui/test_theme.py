"""The theme's colours: in one place, to be read by everybody, and followed while the app runs."""

import ast
import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QLineEdit
from pytestqt.qtbot import QtBot
from skimage.color import rgb2lab

import inspector.ui
from inspector.assets import assets_dir
from inspector.colours import DARK, LIGHT, Colours
from inspector.ui.theme import OUTLINE, SHADE, Theme
from inspector.ui.widgets import Card

# What severe colour blindness makes of linear RGB: Machado, Oliveira and Fernandes (2009), severity 1.0.
SIGHT = {
    "usual": np.eye(3),
    "protanopia": np.array([
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]),
    "deuteranopia": np.array([
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]),
    "tritanopia": np.array([
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ]),
}  # fmt: skip
THEMES = pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
MEANINGS = ("accent", "good", "warn", "bad")
SEEN_APART = 12.0  # CIE76; 2.3 is just noticeable side by side
TEXT, MARK = 4.5, 3.0  # least contrast by WCAG 2.1
UI = Path(inspector.ui.__file__).parent


def rgb(colour: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """0 to 1."""
    return np.array([channel(QColor(colour)) for channel in (QColor.redF, QColor.greenF, QColor.blueF)])


def linear(colour: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    values = rgb(colour)
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def as_seen(colour: str, sight: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """CIELAB."""
    values = np.clip(SIGHT[sight] @ linear(colour), 0, 1)
    encoded = np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)
    return np.asarray(rgb2lab(encoded.reshape(1, 1, 3)), np.float64).ravel()


def contrast(one: str, other: str) -> float:
    light, dark = sorted((float(linear(colour) @ (0.2126, 0.7152, 0.0722)) for colour in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@THEMES
@pytest.mark.parametrize("sight", SIGHT)
def test_different_meanings_look_different_to_everybody(colours: Colours, sight: str) -> None:
    apart = {
        (one, other): round(
            float(np.linalg.norm(as_seen(getattr(colours, one), sight) - as_seen(getattr(colours, other), sight))), 1
        )
        for one, other in combinations(MEANINGS, 2)
    }
    assert {pair: distance for pair, distance in apart.items() if distance < SEEN_APART} == {}


@THEMES
def test_every_text_can_be_read_on_its_ground(colours: Colours) -> None:
    grounds = ("window", "card", "field")
    pairs = [(ink, ground) for ink in ("text", "dim", *MEANINGS) for ground in grounds]
    pairs += [("on_accent", "accent"), ("on_accent", "accent_hover"), ("text", "selection")]
    faint = {pair: round(contrast(getattr(colours, pair[0]), getattr(colours, pair[1])), 2) for pair in pairs}
    assert {pair: value for pair, value in faint.items() if value < TEXT} == {}


@THEMES
def test_marks_lines_and_edges_of_fields_stand_out(colours: Colours) -> None:
    pairs = [
        (ink, ground)
        for ink in ("accent", "good", "warn", "bad", "red", "green", "blue")
        for ground in ("card", "field")
    ]
    pairs += [("edge", ground) for ground in ("window", "card", "field")]
    faint = {pair: round(contrast(getattr(colours, pair[0]), getattr(colours, pair[1])), 2) for pair in pairs}
    assert {pair: value for pair, value in faint.items() if value < MARK} == {}


def test_what_stands_on_an_image_is_seen_on_every_image() -> None:
    opacity = QColor(SHADE).alphaF()
    brightest = QColor.fromRgbF(1 - opacity, 1 - opacity, 1 - opacity).name()  # of what is below the shade: white
    assert min(contrast(getattr(DARK, ink), brightest) for ink in ("text", "good", "warn", "bad")) >= MARK
    assert contrast(*OUTLINE) >= 20


@THEMES
def test_the_icons_in_files_have_the_theme_s_colours(colours: Colours) -> None:
    files = sorted((assets_dir() / "icons").glob(f"*-{colours.name}.svg"))
    used = {file.stem: set(re.findall("#[0-9a-f]{6}", file.read_text())) for file in files}
    assert used == {
        f"chevron-down-{colours.name}": {colours.dim},
        f"chevron-up-{colours.name}": {colours.dim},
        f"tick-{colours.name}": {colours.on_accent},
    }


def literal_colours(source: str) -> list[str]:
    """Where this Python text itself says which colour something has."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Constant(value=str(text)) if re.search("#[0-9a-fA-F]{3,8}\\b|rgba?\\(", text):
                found.append(f"{node.lineno}: {text}")
            case ast.Attribute(value=ast.Attribute(attr="GlobalColor"), attr=name) if name != "transparent":
                found.append(f"{node.lineno}: {name}")
            case ast.Call(
                func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Constant() | ast.UnaryOp(), *_]
            ) if name in ("QColor", "mkColor", "mkPen", "mkBrush", "fromRgb", "fromHsv", "fromRgbF", "fromHsvF"):
                found.append(f"{node.lineno}: {name}")
            case ast.Call(func=ast.Attribute(attr="setStyleSheet")):
                found.append(f"{node.lineno}: a style sheet")
    return found


@pytest.mark.parametrize(
    "source",
    ["QColor('red')", "x = '#fff'", "pg.mkPen('r')", "Qt.GlobalColor.red", "QColor(0, 0, 0, 185)", "f('rgba(1, 2')"],
)
def test_a_literal_colour_is_noticed(source: str) -> None:
    assert literal_colours(source)


def test_only_the_theme_knows_colours() -> None:
    files = [file for file in UI.rglob("*.py") if file.name != "theme.py"]
    assert len(files) > 40
    assert {file.name: found for file in files if (found := literal_colours(file.read_text()))} == {}


def test_the_theme_follows_the_system_while_it_runs_until_one_is_chosen(qapp: QApplication, qtbot: QtBot) -> None:
    hints = qapp.styleHints()
    theme = Theme(qapp, "system")
    try:
        for scheme, expected in (
            (Qt.ColorScheme.Dark, DARK),
            (Qt.ColorScheme.Light, LIGHT),
            (Qt.ColorScheme.Dark, DARK),
        ):
            with qtbot.waitSignal(theme.changed, timeout=60_000):
                hints.colorSchemeChanged.emit(scheme)  # as Qt does when the user changes the desktop's
            assert theme.colours is expected
            assert qapp.palette().color(QPalette.ColorRole.Window).name() == expected.window
            assert expected.card in qapp.styleSheet()
        theme.choose("light")
        assert theme.colours is LIGHT
        hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
        assert theme.colours is LIGHT
    finally:
        theme.deleteLater()


def test_widgets_made_before_the_style_sheet_look_as_those_made_with_it(qtbot: QtBot, qapp: QApplication) -> None:
    theme = Theme(qapp, "dark")
    sheet = qapp.styleSheet()

    def make() -> Card:
        card = Card()
        qtbot.addWidget(card)
        card.column.addWidget(QLineEdit("12"))
        card.column.addWidget(QCheckBox("shuffle"))
        return card

    before = make()
    with theme.dressing_at_the_end():
        assert qapp.styleSheet() == ""
        after = make()
    assert qapp.styleSheet() == sheet != ""
    assert before.grab().toImage() == after.grab().toImage()


def test_the_style_sheet_comes_back_where_making_widgets_fails(qapp: QApplication) -> None:
    theme = Theme(qapp, "light")
    sheet = qapp.styleSheet()
    with pytest.raises(ZeroDivisionError), theme.dressing_at_the_end():
        1 / 0  # noqa: B018
    assert qapp.styleSheet() == sheet
