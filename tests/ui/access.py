"""What somebody who cannot see, point or enlarge the window would miss in it; found by walking over its widgets."""

from collections.abc import Iterator
from html import unescape
from re import sub

import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QScrollBar,
    QTabBar,
    QTextEdit,
    QWidget,
)

USED = (
    QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit,
    QProgressBar, QTabBar, QTextEdit, pg.PlotWidget,
)  # fmt: skip
WHOLE = (QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit, QTabBar)  # what is in them is Qt's own


def widgets_to_use(root: QWidget) -> Iterator[QWidget]:
    """Buttons, fields, tables, plots ... of our own, shown or not."""
    for widget in root.findChildren(QWidget):
        if not isinstance(widget, USED) or isinstance(widget, (QScrollBar, QHeaderView)):
            continue
        if not widget.objectName().startswith("qt_") and not _is_part(widget):
            yield widget


def _is_part(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None and not parent.isWindow():
        if isinstance(parent, WHOLE):
            return True
        parent = parent.parentWidget()
    return parent is not None and parent.windowType() == Qt.WindowType.Popup  # the list of a combo box, a plot's menu


def unexplained(root: QWidget) -> list[str]:
    """What has no name to be found by, no name to be read out, or no tool tip."""
    found = []
    for widget in widgets_to_use(root):
        lacks = [
            what
            for what, there in (
                ("object name", widget.objectName()),
                ("accessible name", widget.accessibleName()),
                ("tool tip", widget.toolTip()),
            )
            if not there
        ]
        if lacks:
            found.append(f"{_called(widget)}: no {', no '.join(lacks)}")
    return found


def nameless_twins(root: QWidget) -> list[str]:
    """Object names that more than one widget has."""
    names = [widget.objectName() for widget in widgets_to_use(root)]
    return sorted({name for name in names if names.count(name) > 1})


def clipped(root: QWidget) -> list[str]:
    """Labels and buttons that have not the room for their words, however far one scrolls."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)  # of words that have just changed
    found = []
    worded: list[QLabel | QAbstractButton] = [*root.findChildren(QLabel), *root.findChildren(QAbstractButton)]
    for widget in worded:
        if not widget.isVisibleTo(root) or not widget.text() or _is_part(widget):
            continue
        if isinstance(widget, QLabel) and widget.wordWrap():
            fits = widget.heightForWidth(widget.width()) <= widget.height()
        elif isinstance(widget, QLabel):
            fits = widget.sizeHint().width() <= widget.width() and widget.sizeHint().height() <= widget.height() + 1
        else:
            fits = widget.minimumSizeHint().width() <= widget.width()
        if not fits:
            found.append(f"{_called(widget)}: {_plain(widget.text())!r} in {widget.width()}x{widget.height()}")
    return found


def _plain(text: str) -> str:
    return unescape(sub("<[^>]*>", "", text))


def _called(widget: QWidget) -> str:
    parent = widget.parentWidget()
    inside = type(parent).__name__ if parent is not None else ""
    return f"{type(widget).__name__} {widget.objectName() or repr(widget.accessibleName())} in {inside}"
