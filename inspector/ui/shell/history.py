"""What can be undone with one key: changes of settings, a reset, a cleared list."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

MOST_STEPS = 200
ONE_GESTURE_S = 1.0  # changes of one setting that follow so closely are one step: a drag, a key held down


@dataclass(slots=True)
class Step:
    """Something that was done, and the way back and forth again.

    Attributes:
        name: what it was, or which setting was changed.
        before, after: the setting's values in words; "" where it was something else.
    """

    name: str
    undo: Callable[[], None]
    redo: Callable[[], None]
    before: str = ""
    after: str = ""
    at_s: float = 0.0

    @property
    def words(self) -> str:
        """As a menu puts it: "batch 32→64"."""
        return f"{self.name} {self.before}→{self.after}" if self.after else self.name


class History(QObject):
    """Steps that were done, and those that were undone since."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._at_work = False

    @property
    def undo_words(self) -> str:
        """What would be undone, "" for nothing."""
        return self._done[-1].words if self._done else ""

    @property
    def redo_words(self) -> str:
        """What would be done again, "" for nothing."""
        return self._undone[-1].words if self._undone else ""

    def note(self, step: Step) -> None:
        """`step` has just been done. While one is undone or done again, nothing is noted."""
        if self._at_work:
            return
        step.at_s = time.monotonic()
        last = self._done[-1] if self._done and not self._undone else None
        if last is not None and step.after and last.name == step.name and step.at_s - last.at_s < ONE_GESTURE_S:
            self._done.pop()
            step.before, step.undo = last.before, last.undo
        self._done = [*self._done, step][-MOST_STEPS:]
        self._undone.clear()
        self.changed.emit()

    def do(self, name: str, act: Callable[[], None], undo: Callable[[], None]) -> None:
        """Do something that is one step, whatever steps it is made of."""
        self._at_work = True
        try:
            act()
        finally:
            self._at_work = False
        self.note(Step(name, undo, act))

    def undo(self) -> None:
        """Undo the last step."""
        self._move(self._done, self._undone, lambda step: step.undo())

    def redo(self) -> None:
        """Do again what was undone last."""
        self._move(self._undone, self._done, lambda step: step.redo())

    def _move(self, origin: list[Step], target: list[Step], act: Callable[[Step], None]) -> None:
        if not origin:
            return
        step = origin.pop()
        target.append(step)
        self._at_work = True
        try:
            act(step)
        finally:
            self._at_work = False
        self.changed.emit()
