"""Files are shown in the file manager of each system: what is started there, as though this were that system."""

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from inspector.ui.problems.file_manager import reveal


@pytest.mark.parametrize(
    ("system", "command"),
    [("darwin", ["open", "-R", "--", "{file}"]), ("win32", 'explorer /select,"{file}"')],
)
def test_what_other_systems_start(
    system: str, command: str | list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    file = str(tmp_path / "a b.jpg")
    started: list[object] = []
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(subprocess, "Popen", started.append)
    reveal([file], QObject(), pytest.fail)
    assert started == [
        [word.format(file=file) for word in command] if isinstance(command, list) else command.format(file=file)
    ]
