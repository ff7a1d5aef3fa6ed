"""Red and blue exchanged on the screen, by a check box or for as long as a key is held."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent

SWAP_KEY = Qt.Key.Key_X  # as in exchange
SWAP_TIP = (
    "Show red and blue exchanged, as a trainer sees it who forgot the conversion from BGR.\n"
    "Only what is shown changes, not what is delivered. Or hold the X key."
)


class Swap(QObject):
    """Whether to exchange them; `changed` reports each change. Holding the key shows the other of the two."""

    changed = Signal(bool)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._checked = self._held = False

    @property
    def on(self) -> bool:
        return self._checked != self._held

    @property
    def checked(self) -> bool:
        """As the check boxes are."""
        return self._checked

    def check(self, checked: bool) -> None:
        """What a check box asks for."""
        if checked != self._checked:
            self._checked = checked
            self.changed.emit(self.on)

    def hold(self, held: bool) -> None:
        """What the key asks for; also to be called with False when the window loses the keyboard."""
        if held != self._held:
            self._held = held
            self.changed.emit(self.on)

    def follow_key(self, event: QKeyEvent, pressed: bool) -> bool:
        """For `keyPressEvent` and `keyReleaseEvent`: was it the key?"""
        if event.key() != SWAP_KEY or event.modifiers() != Qt.KeyboardModifier.NoModifier:
            return False
        if not event.isAutoRepeat():
            self.hold(pressed)
        return True
