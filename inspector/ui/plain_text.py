"""The door for text that may come from outside: Qt shows it as it is, and never takes it for HTML.

Names of files and classes, reasons, tracebacks, manifests: any of them may hold `<img src=...>`, which Qt would open in
the window's own thread. Tool tips and message boxes guess what their text is, and have no switch against it.
"""

import re
from collections.abc import Iterable

from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication, Qt
from PySide6.QtWidgets import QLabel, QMessageBox, QToolTip, QWidget

from inspector.formatting import readable

_WORD_JOINER = "\u2060"  # has no width, and is no part of a tag's name
_LONG = re.compile(r"\S{24}")


def plain_text(text: str) -> str:
    """`text` for a tool tip. What Qt would take for HTML gets an invisible character that keeps it from that."""
    if not Qt.mightBeRichText(text):
        return text
    return text.replace("<", f"<{_WORD_JOINER}").replace("&", f"&{_WORD_JOINER}")


def show_tip(at: QPoint, text: str, widget: QWidget) -> None:
    """Show a tool tip now, at a point of the screen. All of its text is plain."""
    QToolTip.showText(at, plain_text(text), widget)


def message_box(icon: QMessageBox.Icon, title: str, text: str, more: str, parent: QWidget) -> QMessageBox:
    """A message box without buttons, all of whose text is plain. `more`: the text in the second place."""
    box = QMessageBox(icon, title, "", parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(text)
    box.setInformativeText(plain_text(more))
    for label in box.findChildren(QLabel):
        label.setTextFormat(Qt.TextFormat.PlainText)
    return box


def copy_paths(paths: Iterable[str]) -> None:
    """To the clipboard, a line each: pasted into a terminal, a line break in a name would end a command."""
    QGuiApplication.clipboard().setText("\n".join(map(readable, paths)))


def breakable(text: str) -> str:
    """`text` for a label that is wrapped: a long name, too, may be broken."""
    return _LONG.sub("\\g<0>\u200b", text)  # a space without width
