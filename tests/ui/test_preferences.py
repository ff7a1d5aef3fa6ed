"""What comes back in the next run, and what must not."""

import json
import os
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QByteArray

from inspector.settings import SessionConfig, plain_values
from inspector.ui.shell.preferences import Preferences
from tests.conftest import ROOT
from tests.json_values import json_values

FIELDS = ["appearance", "recent", "last", "page", "loader", "choices", "layout", "viewer"]


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "window.json")


def preferences(file: str) -> Preferences:
    """As a new run reads them."""
    return Preferences(file)


def written(file: str, **values: str) -> Preferences:
    """`values`: JSON by the name of the field."""
    Path(file).write_text("{" + ", ".join(f'"{name}": {value}' for name, value in values.items()) + "}")
    return preferences(file)


@pytest.mark.skipif(sys.platform != "linux", reason="where a user's settings lie is the system's affair")
def test_the_users_own_lie_where_tests_redirect_them() -> None:
    Preferences.of_user().page = "Log"
    assert '"page": "Log"' in Path(os.environ["XDG_CONFIG_HOME"], "inspector", "window.json").read_text()


def test_nothing_is_remembered_at_first(file: str) -> None:
    new = preferences(file)
    assert (new.appearance, new.recent, new.last, new.page, new.layout()) == ("system", [], "", "", {})
    assert new.viewer_geometry is None
    assert new.resume(SessionConfig(batch_size=7, step_ms=3.0), ()) == SessionConfig(batch_size=7, step_ms=3.0)


def test_paths_come_back_whatever_their_names(file: str) -> None:
    paths = ["/data/a, b; c=d", "/data/\udcff\udcfe", "/data/ünïcode %20", '/data/"quoted"\nline']
    before = preferences(file)
    before.recent, before.last = paths, paths[1]
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
    "loader",
    [
        "",
        "{",
        "[1]",
        "null",
        "7",
        '{"batch_size": "many"}',
        '{"batch_size": 0}',
        '{"image_size": 7}',
        '{"step_ms": -1}',
    ],
)
def test_settings_that_make_no_sense_count_as_none(file: str, loader: str) -> None:
    assert written(file, loader=loader).resume(SessionConfig(step_ms=1.0), ()) == SessionConfig(step_ms=1.0)


def test_the_file_is_not_written_anew_for_what_is_in_it(file: str) -> None:
    def remember(page: str) -> int:
        """Which file it is then: a new one takes the place of the old."""
        kept = preferences(file)
        kept.viewer_geometry, kept.appearance, kept.page = QByteArray(b"\0\xff,;"), "dark", page
        kept.recent, kept.last = ["/data/a, b"], "/data/a, b"
        kept.remember_settings(plain_values(SessionConfig()))
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


@given(st.dictionaries(st.sampled_from([*FIELDS, "other"]), json_values, max_size=4))
def test_any_json_lets_the_window_start(fields: dict[str, object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "window.json")
        Path(file).write_text(json.dumps(fields))
        found = preferences(file)
        assert isinstance(found.appearance + found.last + found.page, str)
        assert all(isinstance(path, str) for path in found.recent)
        assert all(isinstance(value, QByteArray | bool) for value in found.layout().values())
        assert isinstance(found.choices, dict)
        assert found.viewer_geometry is None or isinstance(found.viewer_geometry, QByteArray)
        found.resume(SessionConfig(), ())
        found.page = "Log"
        assert preferences(file).page == "Log"


@pytest.mark.parametrize("content", [b"[" * 100_000, b"{", b"\xff\0", b"[]", b"7", b" " * 2_000_000, b"9" * 10_000])
def test_a_damaged_file_is_set_aside_with_a_sentence(file: str, content: bytes) -> None:
    Path(file).write_bytes(content)
    found = preferences(file)
    (error,) = found.errors
    assert file in error
    assert found.recent == []
    assert Path(f"{file}.damaged").read_bytes() == content
    assert preferences(file).errors == []


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/zero", path)])
def test_what_is_no_regular_file_does_not_stop_the_start(file: str, make: Callable[[str], None]) -> None:
    make(file)
    assert len(preferences(file).errors) == 1


def test_no_settings_are_read_by_what_runs_code() -> None:
    """QSettings unpickles, and `pickle`, `marshal` and `shelve` run what a file says."""
    users = [
        file.name
        for file in (ROOT / "inspector").rglob("*.py")
        if re.search(r"\bQSettings\b|\bmarshal\b|\bshelve\b|\b(import|from) yaml\b", file.read_text("utf-8"))
    ]
    assert users == []


def test_a_layout_takes_the_place_of_the_one_before(file: str) -> None:
    preferences(file).remember_layout({"columns": QByteArray(b"\0\1\xff"), "old": True})
    after = preferences(file)
    after.remember_layout({"columns": QByteArray(b"\0\2"), "showDetailsAction": False})
    assert preferences(file).layout() == {"columns": QByteArray(b"\0\2"), "showDetailsAction": False}
