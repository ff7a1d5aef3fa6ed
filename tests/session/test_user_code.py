"""A data set of the user's own code in a session."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inspector.monitor.records import RunState
from inspector.named_code import NamedCode
from inspector.session.local import LocalSession
from inspector.settings import SessionConfig
from tests.session.waiting import wait_for_more_batches, wait_until

GOOD = """
import numpy as np
from own_number import NUMBER

class Shapes:
    def __len__(self): return 20
    def __getitem__(self, i): return np.full((16, 16, 3), NUMBER, np.uint8), {"box": np.arange(4), "name": f"shape {i}"}

def make(): return Shapes()
"""
RAISES = GOOD.replace("(self, i): ", '(self, i):\n        if i == 3: raise KeyError("no such shape")\n        ')
BROKEN = GOOD.replace("return Shapes()", 'raise ValueError("nothing")')


@pytest.fixture
def code(tmp_path: Path) -> Iterator[Path]:
    path = [*sys.path]
    (tmp_path / "own_number.py").write_text("NUMBER = 7\n")
    file = tmp_path / "own_session_code.py"
    file.write_text(GOOD)
    yield file
    sys.path[:] = path


@pytest.fixture
def opened(code: Path) -> Iterator[Callable[..., LocalSession]]:
    made: list[LocalSession] = []

    def make(content: str = GOOD, **settings: object) -> LocalSession:
        code.write_text(content)
        config = SessionConfig(**{"batch_size": 4, "num_workers": 1, "step_ms": 5.0, **settings})  # type: ignore[arg-type]
        made.append(LocalSession(config))
        made[-1].open(NamedCode.parse(f"{code}:make"))
        return made[-1]

    yield make
    for session in made:
        session.close()


def shown_number(session: LocalSession) -> int | None:
    view = session.batch_view()
    return None if view is None else int(view.thumbnails[0].pixels[0, 0, 0])


def test_its_batches_are_shown(opened: Callable[..., LocalSession], code: Path) -> None:
    session = opened()
    wait_for_more_batches(session)
    snapshot = session.snapshot()
    assert (snapshot.source, snapshot.location, snapshot.files) == (f"{code}:make", f"{code}:make", 20)
    assert (snapshot.is_code, snapshot.message, snapshot.traceback) == (True, "", "")
    wait_until(lambda: shown_number(session) == 7)
    view = session.batch_view()
    assert view is not None
    fields = dict(view.thumbnails[0].fields)
    assert "box: [0, 1, 2, 3]" in fields["label"]
    assert f"name: shape {view.thumbnails[0].index}" in fields["label"]
    assert "own_session_code" not in sys.modules
    look = session.second_look(view.key, 0).result(60)
    assert look is None or "there is no file to compare them with" in look.proof.reason


def test_an_error_while_it_is_made_is_told_and_corrected(opened: Callable[..., LocalSession], code: Path) -> None:
    session = opened(BROKEN)
    wait_until(lambda: session.snapshot().state is RunState.FAILED)
    snapshot = session.snapshot()
    assert snapshot.message == f"making the data set {code}:make raised ValueError: nothing."
    assert snapshot.traceback.endswith("ValueError: nothing")
    assert snapshot.is_code
    code.write_text(GOOD)
    session.reindex()
    wait_for_more_batches(session)
    assert session.snapshot().traceback == ""


def test_an_error_in_a_sample_stops_it_until_such_are_skipped(opened: Callable[..., LocalSession], code: Path) -> None:
    session = opened(RAISES)
    wait_until(lambda: session.snapshot().state is RunState.FAILED)
    assert "KeyError: 'no such shape'" in session.snapshot().message
    assert f'File "{code}"' in session.snapshot().traceback
    session.change(on_error="skip")
    wait_for_more_batches(session)
    wait_until(lambda: len(session.problems()) == 1)


@pytest.mark.parametrize("changed", ["own_session_code.py", "own_number.py"])
def test_changed_code_is_loaded_again(changed: str, opened: Callable[..., LocalSession], code: Path) -> None:
    session = opened(watch_code=True)
    wait_until(lambda: shown_number(session) == 7)
    file = code.parent / changed
    file.write_text(file.read_text().replace("NUMBER", "NUMBER + 1", 1) if file == code else "NUMBER = 9\n")
    if file == code:
        file.write_text(GOOD.replace("16, 3), NUMBER", "16, 3), NUMBER + 2"))
    wait_until(lambda: shown_number(session) == 9)


def test_code_that_failed_is_made_again_once_it_is_corrected(opened: Callable[..., LocalSession], code: Path) -> None:
    session = opened(BROKEN)
    wait_until(lambda: session.snapshot().state is RunState.FAILED)
    session.change(watch_code=True)
    code.write_text(GOOD)
    wait_for_more_batches(session)


HANGS = "import time\nwhile True: time.sleep(0.01)\n"


@pytest.mark.slow
def test_while_code_is_edited_the_window_follows(opened: Callable[..., LocalSession], code: Path) -> None:
    helper, own_transform = code.with_name("own_number.py"), code.with_name("own_transform.py")
    own_transform.write_text("def add(rgb, rng): return rgb + 1\n")
    session = opened(watch_code=True)
    wait_until(lambda: shown_number(session) == 7)

    def failed_with(text: str) -> bool:
        return session.snapshot().state is RunState.FAILED and text in session.snapshot().traceback

    code.write_text(GOOD + "\ndef half(")
    wait_until(lambda: failed_with("SyntaxError"))
    helper.rename(code.with_name("away"))  # an editor that takes its time
    code.write_text(GOOD)
    wait_until(lambda: failed_with("ModuleNotFoundError: No module named 'own_number'"))
    code.with_name("away").rename(helper)
    wait_until(lambda: shown_number(session) == 7)
    code.write_text(HANGS)
    wait_until(lambda: session.snapshot().state is RunState.INDEXING)
    code.write_text(GOOD)
    wait_until(lambda: session.snapshot().state is RunState.RUNNING)
    session.change(transform=f"{own_transform}:add")
    wait_until(lambda: shown_number(session) == 8)
    own_transform.write_text("def add(rgb, rng): return rgb + 2\n")
    wait_until(lambda: shown_number(session) == 9)


def test_code_for_a_missing_module_waits_for_it(opened: Callable[..., LocalSession], code: Path) -> None:
    session = opened(GOOD.replace("own_number", "own_other_number"), watch_code=True)
    wait_until(lambda: "No module named 'own_other_number'" in session.snapshot().traceback)
    code.with_name("own_other_number.py").write_text("NUMBER = 5\n")
    wait_until(lambda: shown_number(session) == 5)


def test_a_compiled_file_of_the_same_second_and_size_is_not_used(
    opened: Callable[..., LocalSession], code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    helper = code.with_name("own_number.py")
    now = helper.stat().st_mtime_ns
    session = opened(watch_code=True)
    wait_until(lambda: shown_number(session) == 7)
    helper.write_text("NUMBER = 8\n")
    os.utime(helper, ns=(now, now + 1))
    wait_until(lambda: shown_number(session) == 8)


def test_a_scan_of_files_says_why_not(opened: Callable[..., LocalSession]) -> None:
    session = opened()
    wait_for_more_batches(session)
    from inspector.scan.check_settings import CheckSettings

    session.scan.start(CheckSettings.without())
    assert "has no files to check" in session.scan.progress().message


def test_a_folder_after_code(opened: Callable[..., LocalSession], photos: Path) -> None:
    session = opened()
    wait_for_more_batches(session)
    session.open(photos)
    wait_until(lambda: session.snapshot().files == 120)
    wait_for_more_batches(session)
    assert not session.snapshot().is_code
