"""Clean shards from the window: where to, what became of them, and that they are resumed."""

from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QPushButton

from inspector.monitor.records import RunState
from inspector.sources.opening import open_source
from inspector.ui.scan.panel import NO_SHARDS_YET, ScanPanel
from inspector.ui.widgets import LiveText
from tests.sources.containers.tars import write_tar
from tests.ui.conftest import Open, Opened


@pytest.fixture
def tar(sample: Path, tmp_path: Path) -> Path:
    photo = sample / "photo"
    names = ("china.jpg", "bad-truncated-half.jpg", "chelsea-palette.png", "bad-empty.jpg")
    (tmp_path / "shards").mkdir()
    return write_tar(tmp_path / "shards/all.tar", [(name, (photo / name).read_bytes()) for name in names])


def _panel(opened: Opened) -> ScanPanel:
    panel = opened.window.findChild(ScanPanel)
    assert panel is not None
    return panel


def _action(opened: Opened) -> QAction:
    action = _panel(opened).bar.findChild(QAction, "scanCleanShardsAction")
    assert action is not None
    return action


def _check(opened: Opened) -> None:
    opened.wait_for_state(RunState.FINISHED)
    opened.wait_until(lambda: _panel(opened)._can_start)
    opened.trigger("checkAllAction")
    _panel(opened).start()
    opened.wait_until(opened.find(QPushButton, "scanNewButton").isVisible)


def _notice(opened: Opened) -> str:
    return opened.find(LiveText, "scanNoticeText").text()


def test_they_are_written_and_resumed(open_window: Open, tar: Path, tmp_path: Path) -> None:
    opened = open_window(tar, batch_size=2, num_workers=1, epochs=1)
    opened.wait_for_state(RunState.FINISHED)
    action = _action(opened)
    opened.wait_until(action.isVisible)
    action.trigger()
    opened.wait_until(lambda: opened.find(LiveText, "scanProgressLabel").text().startswith(NO_SHARDS_YET))
    _check(opened)
    action.trigger()
    dialog = opened.window.findChild(QFileDialog, "cleanShardsDialog")
    assert dialog is not None
    assert dialog.fileMode() is QFileDialog.FileMode.Directory
    assert dialog.directory().path() == str(tmp_path)  # not the shards' own folder
    dialog.reject()
    clean = tmp_path / "clean"
    _panel(opened).clean_shards.write(str(clean))
    opened.wait_until(lambda: "1 clean shard written" in _notice(opened))
    assert _notice(opened) == f"1 clean shard written to {clean}: 2 samples, without 2."
    assert len(open_source(clean)) == 2
    _panel(opened).clean_shards.write(str(clean))
    opened.wait_until(lambda: ", 1 of them before" in _notice(opened))
    _panel(opened).clean_shards.write(str(tar.parent))
    opened.wait_until(lambda: "Clean shards: stopped." in _notice(opened))
    assert "clean ones must go to another folder" in _notice(opened)
    assert list(tar.parent.iterdir()) == [tar]


def test_of_a_folder_there_are_none(open_window: Open, sample: Path) -> None:
    opened = open_window(sample / "photo", batch_size=8, num_workers=1, epochs=1)
    opened.wait_for_state(RunState.FINISHED)
    opened.wait_until(lambda: _panel(opened)._can_start)
    assert not _action(opened).isVisible()
