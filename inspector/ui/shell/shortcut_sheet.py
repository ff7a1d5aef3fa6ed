"""All keys on one sheet, read from the actions themselves, so that none can be forgotten."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QMenu,
    QScrollArea,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from inspector.ui.plain_text import plain_text
from inspector.ui.widgets import label, plain_buttons

COLUMNS = 2


def keyed_actions(window: QWidget) -> dict[str, list[QAction]]:
    """The actions in `window` that have keys, by the words for where they are, in the menus' order."""
    groups: dict[str, list[QAction]] = {}
    for action in window.findChildren(QAction):
        if action.shortcuts() and action.isVisible() and action.text():
            groups.setdefault(_where(action, window), []).append(action)
    return groups


def _where(action: QAction, window: QWidget) -> str:
    """Its menu, or the panel, or the window besides `window`, that it belongs to."""
    homes = action.associatedObjects()
    for home in homes:
        if isinstance(home, QMenu) and home.title():
            return home.title().replace("&", "")
    for home in homes:
        if isinstance(home, QWidget) and not isinstance(home, QMenu | QToolBar) and home is not window:
            return home.accessibleName() or home.objectName()
    return "Everywhere"


class ShortcutSheet(QDialog):
    """Two columns of groups; Escape closes it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("shortcutSheet")
        self.setWindowTitle("Keyboard shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        groups = keyed_actions(window)
        columns: list[list[str]] = [[] for _ in range(COLUMNS)]
        lengths = [0] * COLUMNS
        for name, actions in groups.items():
            shortest = lengths.index(min(lengths))
            columns[shortest].append(name)
            lengths[shortest] += len(actions) + 2
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(18, 12, 18, 12)
        row.setSpacing(36)
        for names in columns:
            column = QVBoxLayout()
            column.setSpacing(14)
            for name in names:
                column.addLayout(_group(name, groups[name]))
            column.addStretch(1)
            row.addLayout(column, 1)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(page)
        scroll.setAccessibleName("Keyboard shortcuts")
        hint = label(
            "Space and the arrows belong to a control while it has the focus. Hold X to swap red and blue.", "dim"
        )
        hint.setWordWrap(True)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        plain_buttons(close)
        foot = QHBoxLayout()
        foot.setContentsMargins(18, 0, 12, 4)
        foot.addWidget(hint, 1)
        foot.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 8)
        layout.addWidget(scroll, 1)
        layout.addLayout(foot)
        wanted = page.sizeHint().grownBy(self.contentsMargins())
        self.resize(wanted.width() + 24, min(wanted.height() + 70, window.height() - 40))


def _group(name: str, actions: Iterable[QAction]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(18)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(0, 1)
    grid.addWidget(label(name.upper(), "section"), 0, 0, 1, 2)
    for row, action in enumerate(actions, start=1):
        words = label(action.text().replace("&", ""))
        words.setToolTip(plain_text(action.statusTip() or action.toolTip()))
        keys = "   ".join(keys.toString(QKeySequence.SequenceFormat.NativeText) for keys in action.shortcuts())
        grid.addWidget(words, row, 0)
        grid.addWidget(label(keys, "dim"), row, 1, Qt.AlignmentFlag.AlignRight)
    return grid
