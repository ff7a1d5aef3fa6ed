"""Folders and files that are dropped on the window."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from inspector.errors import SourceError
from inspector.monitor.records import RunState
from inspector.settings import IMAGE_EXTENSIONS
from inspector.sources.remote import client, secrets
from inspector.ui.shell.drop import what_to_open
from inspector.ui.widgets import LiveText
from tests.sources.containers.tars import write_tar
from tests.sources.remote.servers import web_server
from tests.ui.conftest import Open, Opened

NOTHING, LEFT = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton


def dragged(*things: Path | str) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(thing)) if isinstance(thing, Path) else QUrl(thing) for thing in things])
    return mime


def drag_over(opened: Opened, mime: QMimeData) -> QDragEnterEvent:
    event = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, mime, LEFT, NOTHING)
    QApplication.sendEvent(opened.window, event)
    return event


def drop(opened: Opened, mime: QMimeData) -> None:
    drag_over(opened, mime)
    event = QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, mime, LEFT, NOTHING, QEvent.Type.Drop)
    QApplication.sendEvent(opened.window, event)
    assert not opened.find(QWidget, "dropVeil").isVisible()


def refusal(opened: Opened) -> str:
    """What the line at the top says."""
    notice = opened.find(QWidget, "windowNotice")
    opened.wait_until(notice.isVisible)
    return opened.find(LiveText, "windowNoticeText").text()


@pytest.fixture
def things(tmp_path: Path, sample: Path) -> Path:
    for name in ("a.png", "b.png", "c.PNG"):
        (tmp_path / name).write_bytes((sample / "chart" / "red.png").read_bytes())
    (tmp_path / "notes.md").write_text("words")
    (tmp_path / "list.txt").write_text("a.png\nb.png\n")
    (tmp_path / "folder.jpg").mkdir()  # only the file system knows
    return tmp_path


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["folder.jpg"], "folder.jpg"),
        (["a.png"], "a.png"),
        (["list.txt"], "list.txt"),
        (["b.png", "c.PNG"], ["b.png", "c.PNG"]),
        (["b.png", "notes.md", "a.png"], ["b.png", "a.png"]),
        (["notes.md", "a.png"], "a.png"),
    ],
)
def test_what_can_be_opened(things: Path, names: Sequence[str], expected: str | list[str]) -> None:
    found = what_to_open([str(things / name) for name in names], IMAGE_EXTENSIONS)
    assert (os.path.basename(found) if isinstance(found, str) else [*map(os.path.basename, found)]) == expected


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["notes.md"], "notes.md is not a folder"),
        (["gone"], "gone is not a folder"),
        (["a.png", "folder.jpg"], "“folder.jpg” is a folder"),
        (["notes.md", "list.txt"], "None of the 2 files is an image"),
    ],
)
def test_what_cannot_is_told(things: Path, names: Sequence[str], told: str) -> None:
    with pytest.raises(SourceError, match=told):
        what_to_open([str(things / name) for name in names], IMAGE_EXTENSIONS)


def test_a_dropped_folder_is_opened_and_the_window_shows_that_it_will_be(open_window: Open, photos: Path) -> None:
    opened = open_window(batch_size=8, num_workers=1)
    veil = opened.find(QWidget, "dropVeil")
    assert drag_over(opened, dragged(photos)).isAccepted()
    assert veil.isVisible()
    assert veil.geometry() == opened.window.rect()
    assert photos.name in veil.accessibleName()
    QApplication.sendEvent(opened.window, QDragLeaveEvent())
    assert not veil.isVisible()
    drop(opened, dragged(photos))
    opened.wait_for_batch()
    assert photos.name in opened.window.windowTitle()


def test_dropped_images_are_a_list(open_window: Open, things: Path) -> None:
    opened = open_window(batch_size=2, num_workers=1)
    drop(opened, dragged(things / "b.png", things / "notes.md", things / "a.png"))
    opened.wait_for_batch()
    assert opened.window.windowTitle().startswith("2 files")
    assert opened.session.snapshot().files == 2


def test_a_dropped_shard_and_several_are_opened(open_window: Open, things: Path, sample: Path) -> None:
    image = (sample / "chart" / "red.png").read_bytes()
    shards = [write_tar(things / f"{name}.tar", [(f"{name}.png", image)]) for name in "xyz"]
    opened = open_window(batch_size=2, num_workers=1)
    drop(opened, dragged(shards[0]))
    opened.wait_until(lambda: opened.session.snapshot().files == 1)
    opened.wait_for_batch()
    drop(opened, dragged(*shards))
    opened.wait_until(lambda: opened.session.snapshot().files == 3)
    with pytest.raises(SourceError, match="Drop images, one folder"):
        what_to_open([str(shards[0]), str(things / "notes.md")], IMAGE_EXTENSIONS)


def test_a_dropped_link_is_opened_without_what_is_secret_in_it(open_window: Open, things: Path) -> None:
    pytest.importorskip("obstore")
    opened = open_window(batch_size=2, num_workers=1)
    with web_server(things, needs=("", "token=hunter2")) as url:
        drop(opened, dragged(f"{url}/a.png?token=hunter2"))
        opened.wait_for_batch()
        opened.wait_until(lambda: "a.png" in opened.window.windowTitle())
    assert opened.session.snapshot().location == f"{url}/a.png"
    client._clients.clear()
    secrets._queries.clear()


def test_what_cannot_be_opened_is_said_and_what_is_open_stays(open_window: Open, photos: Path, things: Path) -> None:
    opened = open_window(photos, batch_size=8, num_workers=1)
    opened.wait_for_batch()
    drop(opened, dragged(things / "notes.md"))
    assert "notes.md is not a folder, an image, a container such as a tar, or a .txt list" in refusal(opened)
    drop(opened, dragged("mailto:someone@example.com"))
    opened.wait_until(lambda: "something else, such as text" in refusal(opened))
    assert opened.session.snapshot().source == str(photos)
    assert opened.session.snapshot().state is RunState.RUNNING
    drop(opened, dragged(things / "a.png"))
    opened.wait_until(lambda: not opened.find(QWidget, "windowNotice").isVisible())  # it is no longer so


def test_what_cannot_be_opened_is_said_on_the_welcome_page_too(open_window: Open, things: Path) -> None:
    opened = open_window()
    drop(opened, dragged(things / "a.png", things / "folder.jpg"))
    assert "“folder.jpg” is a folder" in refusal(opened)


def test_no_text_field_takes_a_path_as_its_text(open_window: Open) -> None:
    opened = open_window()
    assert not [field.objectName() for field in opened.window.findChildren(QLineEdit) if field.acceptDrops()]


def test_a_dropped_script_is_offered_as_a_training(open_window: Open, things: Path) -> None:
    script = things / "train.py"
    script.write_text("pass\n")
    (things / "photos.py").mkdir()  # a folder all the same
    opened = open_window()
    drag_over(opened, dragged(script))
    assert opened.find(QWidget, "dropVeil").accessibleName() == "Drop to watch train.py"
    drop(opened, dragged(script))
    opened.wait_until(lambda: opened.window.findChild(QWidget, "trainingDialog") is not None)
    assert opened.find(QLineEdit, "trainingCommandEdit").text() == str(script)
    assert what_to_open([str(things / "photos.py")], IMAGE_EXTENSIONS) == str(things / "photos.py")
    opened.window.trainings.stop()


def test_a_script_is_a_training_from_the_dialogs_too(open_window: Open, things: Path) -> None:
    opened = open_window()
    opening, chosen = opened.window._opening, list[str]()
    opening.script_chosen.disconnect()
    opening.script_chosen.connect(chosen.append)
    opening._take_files([str(things / "train.py")])
    opening._take_location("~/train.py", {})
    assert chosen == [str(things / "train.py"), "~/train.py"]
