"""Which keys belong to a widget and which to the window, and when the mouse wheel may change a value."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QSlider, QTabBar, QTreeView, QWidget


class KeyFilters(QObject):
    """Event filter. Space and the arrows are the window's shortcuts; a widget that needs one keeps it while in focus.

    A spin box gives Space up, since no number has one, and Undo where nothing is typed. The wheel scrolls the panel and
    does not change a value, unless its widget was clicked before.
    """

    def teach(self, widget: QWidget) -> None:
        widget.installEventFilter(self)
        if widget.focusPolicy() == Qt.FocusPolicy.WheelFocus:
            widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def teach_all(self, window: QWidget) -> None:
        """Every control that there is in the window."""
        for kind in (QAbstractButton, QAbstractSpinBox, QComboBox, QSlider, QTabBar, QTreeView):
            for widget in window.findChildren(kind):
                self.teach(widget)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if isinstance(watched, QAbstractSpinBox) and _is_for_the_window(event, watched):
                event.ignore()
                return True
            if event.key() in _own_keys(watched):
                event.accept()
                return True
        return False


def _is_for_the_window(event: QKeyEvent, spin: QAbstractSpinBox) -> bool:
    undo, redo = QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo
    if event.matches(undo) or event.matches(redo):  # of what is typed while it is typed, or else of the last setting
        return not spin.lineEdit().isModified()
    return event.key() == Qt.Key.Key_Space


def _own_keys(widget: QObject) -> tuple[int, ...]:
    if isinstance(widget, (QAbstractButton, QTreeView)):
        return (Qt.Key.Key_Space,)
    if isinstance(widget, QComboBox):
        return (Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Right)
    if isinstance(widget, (QSlider, QTabBar)):
        return (Qt.Key.Key_Left, Qt.Key.Key_Right)
    return ()
