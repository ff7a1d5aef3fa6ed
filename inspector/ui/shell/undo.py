"""What can be undone with one key: changes of settings, a reset, a cleared list."""

import time
from collections.abc import Callable

from PySide6.QtGui import QUndoCommand

from inspector.settings import SettingValue

MOST_STEPS = 200
ONE_GESTURE_S = 1.0  # changes of one setting that follow so closely are one step: a drag, a key held down
_SETTING = 1  # commands with this id may merge


class DoneCommand(QUndoCommand):
    """Something that has been done already when it is pushed, and the way back and forth again."""

    def __init__(self, text: str, redo: Callable[[], None], undo: Callable[[], None]) -> None:
        super().__init__(text)
        self._redo, self._undo = redo, undo
        self._is_done = True

    def redo(self) -> None:
        if not self._is_done:
            self._redo()
        self._is_done = False

    def undo(self) -> None:
        self._undo()


class SettingCommand(QUndoCommand):
    """A changed setting. One that follows closely on another of the same setting becomes one with it.

    Args:
        describe: the change as a menu puts it, such as "batch 32→64".
        apply: gives the setting a value; whether that worked.
    """

    def __init__(
        self,
        name: str,
        before: SettingValue,
        after: SettingValue,
        describe: Callable[[str, SettingValue, SettingValue], str],
        apply: Callable[[str, SettingValue], object],
    ) -> None:
        super().__init__(describe(name, before, after))
        self.name, self.before, self.after = name, before, after
        self.at_s = time.monotonic()
        self._describe, self._apply = describe, apply
        self._is_done = True

    def id(self) -> int:
        return _SETTING

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, SettingCommand) or other.name != self.name:
            return False
        if other.at_s - self.at_s >= ONE_GESTURE_S:
            return False
        self.after, self.at_s = other.after, other.at_s
        self.setText(self._describe(self.name, self.before, self.after))
        self.setObsolete(self.before == self.after)
        return True

    def redo(self) -> None:
        if not self._is_done:
            self._apply(self.name, self.after)
        self._is_done = False

    def undo(self) -> None:
        self._apply(self.name, self.before)
