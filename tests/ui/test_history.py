"""Undo and redo, in small."""

import pytest
from PySide6.QtCore import QObject

from inspector.ui.shell import history
from inspector.ui.shell.history import History, Step


class Counter:
    """Something with a number, each change of which is a step."""

    def __init__(self, steps: History) -> None:
        self.value = 0
        self._steps = steps

    def set(self, value: int, name: str = "count") -> None:
        before, self.value = self.value, value
        self._steps.note(Step(name, lambda: self.set(before), lambda: self.set(value), str(before), str(value)))


@pytest.fixture
def steps(qapp: QObject) -> History:
    return History(qapp)


def test_back_and_forth(steps: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "ONE_GESTURE_S", 0)
    counter = Counter(steps)
    for value in (1, 2, 3):
        counter.set(value)
    steps.undo()
    steps.undo()
    assert (counter.value, steps.undo_words, steps.redo_words) == (1, "count 0→1", "count 1→2")
    steps.redo()
    assert counter.value == 2
    counter.set(9)
    assert steps.redo_words == ""  # another way was taken
    for _ in range(5):
        steps.undo()
    assert (counter.value, steps.undo_words) == (0, "")


def test_a_drag_is_one_step_and_another_thing_is_another(steps: History) -> None:
    counter = Counter(steps)
    for value in range(1, 6):
        counter.set(value)
    assert steps.undo_words == "count 0→5"
    counter.set(7, "other")
    steps.undo()
    assert counter.value == 5
    steps.undo()
    assert counter.value == 0
    steps.redo()
    assert counter.value == 5


def test_what_is_done_together_is_undone_together(steps: History) -> None:
    counter = Counter(steps)

    def act() -> None:
        counter.set(3)
        counter.set(4, "other")

    steps.do("all of it", act, lambda: counter.set(0))
    assert steps.undo_words == "all of it"
    steps.undo()
    assert (counter.value, steps.undo_words, steps.redo_words) == (0, "", "all of it")
    steps.redo()
    assert counter.value == 4
