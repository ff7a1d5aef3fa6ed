"""Open shards or a URL: what is typed is looked at, its parts can be chosen, and it is remembered without secrets."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton

from inspector.monitor.records import RunState
from inspector.ui.shell.location_dialog import AUTOMATIC, LocationDialog
from inspector.ui.shell.preferences import Preferences
from inspector.ui.shell.recent import is_there
from tests.sources.containers.tars import write_tar
from tests.ui.conftest import Found, Open, Opened


@pytest.fixture
def shards(sample: Path, tmp_path: Path) -> Path:
    """Two tars with two images and two labels in each sample."""
    red, green = ((sample / "chart" / f"{name}.png").read_bytes() for name in ("red", "green"))
    for number in range(2):
        members = []
        for i in range(6):
            about = json.dumps({"breed": f"breed {i % 2}"}).encode()
            members += [(f"{i}.a.png", red), (f"{i}.b.png", green), (f"{i}.json", about), (f"{i}.cls", b"%d" % (i % 3))]
        write_tar(tmp_path / f"train-{number:03}.tar", members)
    return tmp_path


def _asked(opened: Opened) -> LocationDialog:
    opened.trigger("openLocationAction")
    return next(each for each in opened.window.findChildren(LocationDialog) if each.isVisible())


def _in(dialog: LocationDialog, kind: type[Found], name: str) -> Found:
    found = dialog.findChild(kind, name)
    assert found is not None, name
    return found


def _typed(opened: Opened, text: str) -> LocationDialog:
    dialog = _asked(opened)
    edit = _in(dialog, QLineEdit, "locationEdit")
    edit.clear()
    QTest.keyClicks(edit, text)
    return dialog


def _found(dialog: LocationDialog) -> str:
    return _in(dialog, QLabel, "locationFoundLabel").text()


def _accept(opened: Opened, dialog: LocationDialog) -> None:
    QTest.mouseClick(_in(dialog, QPushButton, "locationOpenButton"), Qt.MouseButton.LeftButton)
    opened.wait_until(lambda: not dialog.isVisible())


@pytest.fixture
def opened(open_window: Open) -> Opened:
    return open_window(batch_size=4, num_workers=1, shuffle=False)


@pytest.mark.slow
def test_the_parts_are_offered_and_the_chosen_ones_are_loaded(opened: Opened, shards: Path, remembered: str) -> None:
    pattern = f"{shards}/train-{{000..001}}.tar"
    dialog = _typed(opened, pattern)
    opened.wait_until(lambda: "format tar" in _found(dialog))
    image, label = (_in(dialog, QComboBox, f"location{name}Combo") for name in ("Image", "Label"))
    assert [image.itemText(i) for i in range(image.count())] == [AUTOMATIC, "a.png", "b.png"]
    assert [label.itemText(i) for i in range(label.count())] == [AUTOMATIC, "breed", "cls"]
    image.setCurrentText("b.png")
    label.setCurrentText("breed")
    _accept(opened, dialog)
    opened.wait_for_batch()
    opened.wait_for_state(RunState.RUNNING)
    assert opened.shown().thumbnails[0].label in ("breed 0", "breed 1")
    assert opened.shown().thumbnails[0].pixels[0, 0].tolist()[1] > 100  # green
    assert opened.session.snapshot().source == pattern
    opened.wait_until(lambda: Preferences(remembered).parts == {pattern: {"image": "b.png", "label": "breed"}})
    assert Preferences(remembered).recent[0] == pattern
    # something else has parts of its own; what was opened before has them again
    opened.window.open_source(str(shards / "train-000.tar"))
    opened.wait_until(lambda: opened.session.snapshot().settings["label"] == "")
    opened.wait_until(lambda: bool(opened.session.snapshot().batches))
    opened.window.open_source(pattern)
    opened.wait_until(lambda: opened.session.snapshot().settings["label"] == "breed")
    opened.wait_until(lambda: bool(opened.session.snapshot().batches))


@pytest.mark.slow
def test_what_cannot_be_opened_is_said_while_it_is_typed(opened: Opened, tmp_path: Path) -> None:
    dialog = _typed(opened, str(tmp_path / "nothing.tar"))
    opened.wait_until(lambda: "nothing.tar" in _found(dialog))
    edit = _in(dialog, QLineEdit, "locationEdit")
    edit.clear()
    QTest.keyClicks(edit, "s3://key:hunter2@bucket/a.tar")
    opened.wait_until(lambda: "credentials in such a URL are not used" in _found(dialog))
    assert "hunter2" not in _found(dialog)
    edit.clear()
    QTest.mouseClick(_in(dialog, QPushButton, "locationOpenButton"), Qt.MouseButton.LeftButton)
    assert _found(dialog) == "Enter a path or a URL first."
    dialog.reject()


def test_a_url_with_credentials_that_are_not_used_is_a_sentence(opened: Opened, remembered: str) -> None:
    opened.window.open_source("s3://key:hunter2@bucket/a.tar")
    opened.wait_for_state(RunState.FAILED)
    snapshot = opened.session.snapshot()
    assert "credentials in such a URL are not used" in snapshot.message
    assert "hunter2" not in repr(snapshot)
    assert not Path(remembered).exists() or "hunter2" not in Path(remembered).read_text()


def test_which_of_those_opened_before_are_there(shards: Path) -> None:
    assert is_there(f"{shards}/train-*.tar")
    assert not is_there(f"{shards}/test-*.tar")
    assert is_there(f"tar://0.a.png::{shards}/train-000.tar")
    assert not is_there(f"tar://0.a.png::{shards}/train-009.tar")
    assert is_there("s3://bucket/photos")
    assert is_there("tar://0.png::https://host/a.tar")
    assert not is_there("")
