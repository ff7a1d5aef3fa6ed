"""Where nothing can be moved aside, a list of what to keep is written, which is a source again."""

from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QPushButton, QToolButton

from inspector.monitor.records import RunState
from inspector.sources.opening import open_source
from inspector.ui.scan.controls import ScanControls
from inspector.ui.scan.panel import NO_LIST_YET, ScanPanel
from inspector.ui.widgets import LiveText
from tests.sources.containers.tars import write_tar
from tests.ui.conftest import Open, Opened


@pytest.fixture
def tar(sample: Path, tmp_path: Path) -> Path:
    photo = sample / "photo"
    names = ("china.jpg", "bad-truncated-half.jpg", "chelsea-palette.png", "bad-empty.jpg")
    return write_tar(tmp_path / "all.tar", [(name, (photo / name).read_bytes()) for name in names])


def _action(opened: Opened, name: str) -> QAction:
    return opened.find(QAction, name)


def _skipped_chosen(opened: Opened) -> None:
    """The first row of the skipped files is chosen."""
    table = opened.window._panels.problems.table
    opened.wait_until(lambda: table.model().rowCount() > 0)
    table.selectRow(0)
    opened.wait_until(_action(opened, "copyPathAction").isEnabled)


def _status(opened: Opened) -> str:
    return opened.find(LiveText, "scanProgressLabel").text()


def test_move_aside_is_off_with_a_sentence_before_anything_is_planned(open_window: Open, tar: Path) -> None:
    opened = open_window(tar, batch_size=2, num_workers=1, epochs=1)
    opened.wait_for_state(RunState.FINISHED)
    _skipped_chosen(opened)
    move, keep = _action(opened, "moveAsideAction"), _action(opened, "keepListAction")
    assert not move.isEnabled()
    assert move.toolTip().startswith("Nothing can be moved out of a tar. Write a list of what to keep")
    assert keep.isEnabled()
    assert opened.find(QToolButton, "moveAsideButton").isHidden()
    assert not opened.find(QToolButton, "keepListButton").isHidden()
    assert _action(opened, "revealProblemAction").isEnabled()
    assert not _action(opened, "openProblemAction").isEnabled()


def test_in_a_folder_it_is_as_before(open_window: Open, sample: Path) -> None:
    opened = open_window(sample / "photo", batch_size=8, num_workers=1, epochs=1)
    opened.wait_for_state(RunState.FINISHED)
    _skipped_chosen(opened)
    assert _action(opened, "moveAsideAction").isEnabled()
    assert _action(opened, "moveAsideAction").toolTip().startswith("Move the files out of the data set")
    assert opened.find(QToolButton, "keepListButton").isHidden()
    assert not opened.find(QToolButton, "moveAsideButton").isHidden()


def test_the_list_is_written_after_a_check_and_opens_as_a_source(open_window: Open, tar: Path, tmp_path: Path) -> None:
    opened = open_window(tar, batch_size=2, num_workers=1, epochs=1)
    opened.wait_for_state(RunState.FINISHED)
    _action(opened, "keepListAction").trigger()
    opened.wait_until(lambda: _status(opened).startswith(NO_LIST_YET))
    assert opened.window.findChild(QFileDialog) is None
    start = opened.find(QPushButton, "scanStartButton")
    opened.wait_until(start.isEnabled)
    start.click()
    opened.wait_until(opened.find(QPushButton, "scanNewButton").isVisible)
    _action(opened, "keepListAction").trigger()
    dialog = opened.window.findChild(QFileDialog)
    assert dialog is not None
    assert dialog.windowTitle() == "Write a list of what to keep"
    assert dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    assert not dialog.testOption(QFileDialog.Option.DontConfirmOverwrite)
    dialog.reject()
    panel = opened.window.findChild(ScanPanel)
    assert panel is not None
    file = tmp_path / "keep.txt"
    panel.export(str(file))
    opened.wait_until(lambda: "2 of 4 samples written to keep.txt" in _status(opened))
    assert file.read_text() == f"tar://china.jpg::{tar}\ntar://chelsea-palette.png::{tar}\n"
    assert len(open_source(file)) == 2
    assert opened.window.findChild(ScanControls) is not None


def test_what_is_open_is_not_replaced(open_window: Open, tar: Path, tmp_path: Path) -> None:
    listed = tmp_path / "listed.txt"
    listed.write_text(f"tar://china.jpg::{tar}\ntar://bad-empty.jpg::{tar}\n")
    opened = open_window(listed, batch_size=2, num_workers=1, epochs=1)
    opened.wait_for_state(RunState.FINISHED)
    panel = opened.window.findChild(ScanPanel)
    assert panel is not None
    opened.wait_until(lambda: panel._can_start)
    opened.trigger("checkAllAction")
    panel.start()
    opened.wait_until(opened.find(QPushButton, "scanNewButton").isVisible)
    failures: list[str] = []
    panel.export_failed.connect(failures.append)
    panel.export(str(listed))
    opened.wait_until(lambda: bool(failures))
    assert failures == [f"{listed} is what is open, and is not replaced: choose another name"]
    panel.export(str(tmp_path / "nowhere" / "keep.txt"))
    opened.wait_until(lambda: len(failures) == 2)
    assert "keep.txt: cannot be written" in failures[1]
    assert listed.read_text().count("\n") == 2
