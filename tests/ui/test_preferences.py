"""What comes back in the next run, and what must not."""

import os
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QSettings

from inspector.settings import SessionConfig, plain_values
from inspector.ui.shell.preferences import Preferences


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "window.ini")


def preferences(file: str) -> Preferences:
    """As a new run reads them."""
    return Preferences(QSettings(file, QSettings.Format.IniFormat))


def written(file: str, **values: object) -> Preferences:
    store = QSettings(file, QSettings.Format.IniFormat)
    for name, value in values.items():
        store.setValue(name, value)
    store.sync()
    return preferences(file)


@pytest.mark.skipif(sys.platform != "linux", reason="where a user's settings lie is the system's affair")
def test_the_users_own_lie_where_tests_redirect_them() -> None:
    Preferences.of_user().page = "Log"
    assert "page=Log" in Path(os.environ["XDG_CONFIG_HOME"], "inspector", "window.ini").read_text()


def test_nothing_is_remembered_at_first(file: str) -> None:
    new = preferences(file)
    assert (new.appearance, new.recent, new.last, new.page, new.layout()) == ("system", [], "", "", {})
    assert new.viewer_geometry is None
    assert new.resume(SessionConfig(batch_size=7, step_ms=3.0), ()) == SessionConfig(batch_size=7, step_ms=3.0)


def test_paths_come_back_whatever_their_names(file: str) -> None:
    paths = ["/data/a, b; c=d", "/data/\udcff\udcfe", "/data/ünïcode %20", '/data/"quoted"\nline']
    before = preferences(file)
    before.recent, before.last = paths, paths[1]
    before._store.sync()
    after = preferences(file)
    assert (after.recent, after.last) == (paths, paths[1])


def test_the_settings_come_back_but_those_that_are_given_now(file: str) -> None:
    then = SessionConfig(
        num_workers=3, batch_size=48, prefetch_batches=9, engine="threads", image_size=(64, 80), decode="scaled",
        dtype="float32", on_damaged="keep", shuffle=False, seed=11, deliver_bgr=True, step_ms=12.5,
    )  # fmt: skip
    preferences(file).remember_settings(plain_values(then))
    now = SessionConfig(num_workers=1)
    resumed = preferences(file).resume(now, {"num_workers", "path"})
    assert resumed == then.with_changes(num_workers=1, deliver_bgr=False)  # a fault put on to look at it stays away
    assert preferences(file).resume(now.with_changes(step_ms=2.0), {"step_ms"}).step_ms == 2.0


@pytest.mark.parametrize(
    "loader", ["", "{", "[1]", '{"batch_size": "many"}', '{"batch_size": 0}', '{"image_size": 7}', '{"step_ms": -1}']
)
def test_settings_that_make_no_sense_count_as_none(file: str, loader: str) -> None:
    assert written(file, loader=loader).resume(SessionConfig(step_ms=1.0), ()) == SessionConfig(step_ms=1.0)


def test_the_file_is_not_written_anew_for_what_is_in_it(file: str) -> None:
    def remember(page: str) -> int:
        """Which file it is then: Qt puts a new one in place of the old."""
        kept = preferences(file)
        kept.viewer_geometry, kept.appearance, kept.page = QByteArray(b"\0\xff,;"), "dark", page
        kept.recent, kept.last = ["/data/a, b"], "/data/a, b"
        kept.remember_settings(plain_values(SessionConfig()))
        kept._store.sync()
        return os.stat(file).st_ino

    first = remember("Log")
    with open(file, "rb"):  # its number is not given to another one meanwhile
        assert remember("Log") == first
        assert remember("Scan") != first


@pytest.mark.parametrize("text", ["", "{", "7", '{"a": 1}', "[1, null]"])
def test_a_list_of_folders_that_makes_no_sense_is_empty(file: str, text: str) -> None:
    broken = written(file, recent=text, last=text)
    assert broken.recent == []
    assert broken.last == ""


def test_a_layout_takes_the_place_of_the_one_before(file: str) -> None:
    preferences(file).remember_layout({"columns": QByteArray(b"\0\1\xff"), "old": True})
    after = preferences(file)
    after.remember_layout({"columns": QByteArray(b"\0\2"), "showDetailsAction": False})
    after._store.sync()
    assert preferences(file).layout() == {"columns": QByteArray(b"\0\2"), "showDetailsAction": False}
