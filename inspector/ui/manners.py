"""Which keys belong to a widget and which to the window, and when the mouse wheel may change a value."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QSlider, QTabBar, QWidget


class KeyManners(QObject):
    """Event filter. Space and the arrows are the window's shortcuts; a widget that needs one keeps it while in focus.

    A spin box gives Space up, since no number has one. The wheel scrolls the panel and does not change a value, unless
    its widget was clicked before.
    """

    def teach(self, widget: QWidget) -> None:
        widget.installEventFilter(self)
        if widget.focusPolicy() == Qt.FocusPolicy.WheelFocus:
            widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if isinstance(watched, QAbstractSpinBox) and event.key() == Qt.Key.Key_Space:
                event.ignore()
                return True
            if event.key() in _own_keys(watched):
                event.accept()
                return True
        return False


def _own_keys(widget: QObject) -> tuple[int, ...]:
    if isinstance(widget, QAbstractButton):
        return (Qt.Key.Key_Space,)
    if isinstance(widget, QComboBox):
        return (Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Right)
    if isinstance(widget, (QSlider, QTabBar)):
        return (Qt.Key.Key_Left, Qt.Key.Key_Right)
    return ()
