"""Undo and redo: what merges into one step, and what a step brings back."""

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoStack

from inspector.ui.shell import undo
from inspector.ui.shell.undo import DoneCommand, SettingCommand


class Counters:
    """Two numbers, each change of which is a step."""

    def __init__(self, steps: QUndoStack) -> None:
        self.values = {"count": 0, "other": 0}
        self._steps = steps

    def set(self, value: int, name: str = "count") -> None:
        before = self.values[name]
        self._apply(name, value)
        self._steps.push(SettingCommand(name, before, value, lambda *what: "{} {}→{}".format(*what), self._apply))

    def _apply(self, name: str, value: object) -> None:
        assert isinstance(value, int)
        self.values[name] = value


@pytest.fixture
def steps(qapp: QObject) -> QUndoStack:
    return QUndoStack(qapp)


def test_back_and_forth(steps: QUndoStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo, "ONE_GESTURE_S", 0)
    counters = Counters(steps)
    for value in (1, 2, 3):
        counters.set(value)
    steps.undo()
    steps.undo()
    assert (counters.values["count"], steps.undoText(), steps.redoText()) == (1, "count 0→1", "count 1→2")
    steps.redo()
    assert counters.values["count"] == 2
    counters.set(9)
    assert steps.redoText() == ""  # another way was taken
    for _ in range(5):
        steps.undo()
    assert (counters.values["count"], steps.undoText()) == (0, "")


def test_a_drag_is_one_step_and_another_setting_is_another(steps: QUndoStack) -> None:
    counters = Counters(steps)
    for value in range(1, 6):
        counters.set(value)
    assert steps.undoText() == "count 0→5"
    counters.set(7, "other")
    steps.undo()
    assert counters.values == {"count": 5, "other": 0}
    steps.undo()
    assert counters.values["count"] == 0
    steps.redo()
    assert counters.values["count"] == 5


def test_a_drag_that_comes_back_leaves_no_step(steps: QUndoStack) -> None:
    counters = Counters(steps)
    for value in (1, 2, 0):
        counters.set(value)
    assert steps.undoText() == ""


def test_what_is_done_together_is_undone_together(steps: QUndoStack) -> None:
    done: list[str] = []
    steps.push(DoneCommand("all of it", lambda: done.append("redo"), lambda: done.append("undo")))
    assert (done, steps.undoText()) == ([], "all of it")
    steps.undo()
    steps.redo()
    assert done == ["undo", "redo"]
