"""A data set of the user's own code in the window."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QPushButton

from inspector.monitor.records import RunState
from inspector.named_code import NamedCode
from inspector.settings import SessionConfig
from inspector.ui.shell.code_dialog import CodeDialog
from inspector.ui.shell.preferences import Preferences
from tests.ui.conftest import Open, Opened

CODE = """
import numpy as np

class Shapes:
    def __init__(self, bad=None): self.bad = bad
    def __len__(self): return 20
    def __getitem__(self, i):
        if i == self.bad: raise KeyError("<b>no</b> such shape")
        return np.full((16, 16, 3), i, np.uint8), i

def make(): return Shapes()
def make_bad(): return Shapes(3)
def flip(rgb, rng): return rgb[::-1]
"""


@pytest.fixture
def code(tmp_path: Path) -> Iterator[Path]:
    path = [*sys.path]
    file = tmp_path / "own_window_code.py"
    file.write_text(CODE)
    yield file
    sys.path[:] = path


def ask(opened: Opened, dataset: str, transform: str = "") -> CodeDialog:
    """Type it into the dialog of the menu, and press Open."""
    opened.trigger("openCodeAction")
    dialog = opened.window.findChildren(CodeDialog)[-1]
    dialog.findChild(QLineEdit, "codeDatasetEdit").setText(dataset)  # type: ignore[union-attr]
    dialog.findChild(QLineEdit, "codeTransformEdit").setText(transform)  # type: ignore[union-attr]
    dialog.open_button.click()
    return dialog


@pytest.mark.slow
def test_the_menu_opens_it_and_it_is_remembered(
    open_window: Open, code: Path, remembered: str, tiny_images: Path
) -> None:
    opened = open_window()
    ask(opened, f"{code}:make", f"{code}:flip")
    opened.wait_for_batch()
    snapshot = opened.session.snapshot()
    assert (snapshot.location, snapshot.transform) == (f"{code}:make", f"{code}:flip")
    opened.wait_until(lambda: Preferences(remembered).last == f"{code}:make")
    opened.window.open_source(str(tiny_images))  # the transform belongs to the data set
    opened.wait_until(lambda: opened.session.snapshot().files == 300)
    assert opened.session.snapshot().transform is None
    opened.window.open_source(f"{code}:make")  # as the list of those opened before does
    opened.wait_until(lambda: opened.session.snapshot().files == 20)
    assert opened.session.snapshot().transform == f"{code}:flip"
    resumed = Preferences(remembered).resume_source(SessionConfig(), NamedCode.parse(f"{code}:make"), ())
    assert resumed.transform == f"{code}:flip"


def test_what_names_no_code_keeps_the_dialog_open(open_window: Open) -> None:
    opened = open_window()
    dialog = ask(opened, "nonsense")
    assert dialog.isVisible()
    refusal = dialog.findChild(QLabel, "codeRefusalLabel")
    assert refusal is not None
    assert "names no code" in refusal.text()
    dialog.reject()


@pytest.mark.slow
def test_an_error_is_a_page_with_its_traceback(open_window: Open, code: Path) -> None:
    opened = open_window()
    opened.window.open_source(NamedCode.parse(f"{code}:make_bad"))
    trace = opened.find(QPlainTextEdit, "tracebackText")
    again = opened.find(QPushButton, "messageButton")
    opened.wait_until(trace.isVisible)
    assert trace.toPlainText().endswith("KeyError: '<b>no</b> such shape'")
    assert f'File "{code}"' in trace.toPlainText()
    assert again.text() == "Run again"
    code.write_text(CODE.replace("Shapes(3)", "Shapes()"))
    again.click()
    opened.wait_for_batch()
    assert not trace.isVisible()


@pytest.mark.slow
def test_samples_that_fail_can_be_skipped(open_window: Open, code: Path) -> None:
    opened = open_window()
    opened.window.open_source(NamedCode.parse(f"{code}:make_bad"))
    skip = opened.find(QPushButton, "secondMessageButton")
    opened.wait_until(skip.isVisible)
    skip.click()
    opened.wait_for_batch()
    opened.wait_until(lambda: len(opened.session.problems()) == 1)
    assert not skip.isVisible()


def test_code_that_cannot_be_found_has_no_traceback(open_window: Open, code: Path) -> None:
    opened = open_window()
    opened.window.open_source(NamedCode.parse(f"{code}:nothing"))
    opened.wait_for_state(RunState.FAILED)
    again = opened.find(QPushButton, "messageButton")
    opened.wait_until(lambda: again.text() == "Run again")
    assert not opened.find(QPlainTextEdit, "tracebackText").isVisible()
    assert not opened.find(QPushButton, "secondMessageButton").isVisible()


@pytest.mark.slow
def test_code_is_watched_on_request(open_window: Open, code: Path, remembered: str) -> None:
    opened = open_window()
    opened.window.open_source(NamedCode.parse(f"{code}:make"))
    opened.wait_for_batch()
    opened.find(QAction, "watchCodeAction").setChecked(True)
    assert opened.session.snapshot().settings["watch_code"] is True
    code.write_text(CODE.replace("return 20", "return 24"))
    opened.wait_until(lambda: opened.session.snapshot().files == 24)
    opened.window.close()
    assert json.loads(Path(remembered).read_text())["loader"]["watch_code"] is True
    assert open_window(watch_code=True).find(QAction, "watchCodeAction").isChecked()
