"""The session: what a window asks for comes about, and nothing waits for ever."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from inspector import SettingsError
from inspector.formats.problems import ProblemKind
from inspector.monitor.records import RunState, Snapshot
from inspector.session.batch_history import KEPT_BATCHES, shrink
from inspector.session.local import LocalSession
from inspector.settings import SessionConfig
from tests.loader.folders import make_folder


@pytest.fixture
def session() -> Iterator[LocalSession]:
    session = LocalSession(SessionConfig(batch_size=8, num_workers=2, image_size=(48, 64)))
    yield session
    session.close()


def wait_for(session: LocalSession, condition: Callable[[Snapshot], bool], timeout_s: float = 60.0) -> Snapshot:
    deadline = time.monotonic() + timeout_s
    while not condition(snapshot := session.snapshot()):
        assert time.monotonic() < deadline, f"never came about; at last: {snapshot}"
        time.sleep(0.01)
    return snapshot


@pytest.mark.slow
def test_it_opens_runs_and_measures(session: LocalSession, photos: Path) -> None:
    assert session.snapshot().state is RunState.CLOSED
    session.open(photos)
    snapshot = wait_for(session, lambda s: s.batches > 20 and s.rates.images_per_s is not None)
    assert snapshot.state is RunState.RUNNING
    assert snapshot.files == 120
    assert snapshot.rates.data_wait is not None
    assert len(snapshot.workers) == 2
    view = session.batch_view()
    assert view is not None
    assert len(view.thumbnails) == 8
    assert view.shape == "8×48×64×3"
    first = view.thumbnails[0]
    assert (first.height, first.width) == (375, 500)
    assert first.pixels.shape == (48, 64, 3)
    wait_for(session, lambda _: len(session.series().time_s) > 5)
    series = session.series()
    assert len(series.time_s) == len(series.batches_per_s) == len(series.queue_depth)
    assert (np.diff(series.time_s) > 0).all()


@pytest.mark.slow
def test_pause_step_and_look_back(session: LocalSession, photos: Path) -> None:
    session.open(photos)
    wait_for(session, lambda s: s.batches > 40)
    session.pause()
    wait_for(session, lambda s: s.state is RunState.PAUSED)

    def shown() -> tuple[int, int, int]:
        view = session.batch_view()
        assert view is not None
        return view.number, view.position, view.kept

    def wait_shown(number: int) -> None:
        wait_for(session, lambda _: shown()[0] == number)

    # The one under way when it was paused is still delivered.
    wait_for(session, lambda _: shown()[1:] == (KEPT_BATCHES, KEPT_BATCHES))
    newest = -1
    while newest != shown()[0]:
        newest = shown()[0]
        time.sleep(1.0)  # nothing says that no other is under way
    session.previous_batch()
    wait_shown(newest - 1)
    session.previous_batch()
    wait_shown(newest - 2)
    session.next_batch()
    session.next_batch()
    wait_shown(newest)
    session.next_batch()
    wait_shown(newest + 1)
    assert session.snapshot().state is RunState.PAUSED
    for _ in range(3 * KEPT_BATCHES):
        session.previous_batch()
    wait_for(session, lambda _: shown()[1] == 1)
    session.run()
    wait_for(session, lambda _: shown()[0] > newest + 5)


def test_changes_take_effect_while_running_and_leave_marks(session: LocalSession, photos: Path) -> None:
    session.open(photos)
    wait_for(session, lambda s: s.batches > 5)
    before = session.snapshot().batches
    for number in range(1, 6):
        session.change(num_workers=number)
        session.change(batch_size=number * 7)
    wait_for(session, lambda s: len(s.workers) == 5 and s.batches > before)
    wait_for(session, lambda _: (view := session.batch_view()) is not None and len(view.thumbnails) == 35)
    session.change(num_workers=0)
    snapshot = wait_for(session, lambda s: not s.workers)
    wait_for(session, lambda s: s.batches > snapshot.batches + 3)
    texts = [change.text for change in session.snapshot().changes]
    assert "workers 2→1" in texts
    with pytest.raises(SettingsError, match="batch_size"):
        session.change(batch_size=0)
    with pytest.raises(SettingsError, match="step_ms"):
        session.change(step_ms=-1.0)
    assert session.snapshot().batch_size == 35


def test_the_drag_of_a_slider_is_one_mark(session: LocalSession, photos: Path) -> None:
    session.open(photos)
    wait_for(session, lambda s: s.batches > 5)
    for size in range(9, 60):
        session.change(batch_size=size)
    assert [change.text for change in session.snapshot().changes] == ["batch 8→59"]


def test_other_settings_begin_anew(session: LocalSession, photos: Path) -> None:
    session.open(photos)
    wait_for(session, lambda s: s.batches > 30)
    session.change(dtype="float32", image_size=None, seed=4)
    wait_for(session, lambda s: 0 < s.batches < 30)
    wait_for(session, lambda _: (view := session.batch_view()) is not None and view.dtype == "float32")
    view = session.batch_view()
    assert view is not None
    assert view.shape == "8 images of native size"


@pytest.mark.slow
def test_the_training_step_sets_the_pace(session: LocalSession, photos: Path) -> None:
    session.change(step_ms=50.0)
    session.open(photos)
    snapshot = wait_for(session, lambda s: s.batches >= 20 and s.rates.span_s > 1)
    assert snapshot.rates.batches_per_s is not None
    assert snapshot.rates.batches_per_s < 21
    assert snapshot.rates.data_wait is not None
    assert snapshot.rates.data_wait < 0.9


def test_hopeless_folders_end_in_a_sentence(session: LocalSession, photos: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    session.open(empty)
    assert "There are no image files" in wait_for(session, lambda s: s.state is RunState.FAILED).message
    make_folder(tmp_path / "bad", [False] * 4)
    session.open(tmp_path / "bad")
    snapshot = wait_for(session, lambda s: s.state is RunState.FAILED and "None of the 4" in s.message)
    assert snapshot.problems == 4
    assert {problem.kind for problem in session.problems()} == {ProblemKind.TRUNCATED}
    make_folder(tmp_path / "few", [True] * 4)
    session.change(drop_last=True)
    session.open(tmp_path / "few")
    wait_for(session, lambda s: s.state is RunState.FAILED and "Only 4 good files" in s.message)
    session.change(batch_size=2)
    wait_for(session, lambda s: s.state is RunState.RUNNING and s.batches > 3)
    session.open(tmp_path / "gone")
    wait_for(session, lambda s: s.state is RunState.FAILED and "gone" in s.message)
    session.open(photos)
    wait_for(session, lambda s: s.state is RunState.RUNNING and s.files == 120 and s.batches > 3)


@pytest.mark.slow
def test_a_folder_that_is_deleted_while_it_runs(photos: Path, tmp_path: Path) -> None:
    shutil.copytree(photos, tmp_path / "copy")
    # Half of the time-out is waited, for a disk that may come back.
    session = LocalSession(SessionConfig(batch_size=8, num_workers=2, image_size=(48, 64), sample_timeout_s=6.0))
    try:
        session.open(tmp_path / "copy")
        wait_for(session, lambda s: s.batches > 5)
        shutil.rmtree(tmp_path / "copy")
        snapshot = wait_for(session, lambda s: s.state is RunState.FAILED)
        assert "VANISHED" in snapshot.message
        assert {problem.kind for problem in session.problems()} == {ProblemKind.VANISHED}
    finally:
        session.close()


def test_another_folder_while_running_and_all_epochs(session: LocalSession, photos: Path, tmp_path: Path) -> None:
    make_folder(tmp_path, [True] * 20)
    for _ in range(4):
        session.open(photos)
        session.open(tmp_path)
    wait_for(session, lambda s: s.files == 20 and s.batches > 3)
    session.change(epochs=2)
    snapshot = wait_for(session, lambda s: s.state is RunState.FINISHED)
    assert snapshot.batches == 6
    assert snapshot.images == 40


def test_other_extensions_are_looked_for_anew(session: LocalSession, tmp_path: Path) -> None:
    index = make_folder(tmp_path, [True] * 3)
    os.rename(index.path(0), tmp_path / "renamed.WEIRD")
    session.open(tmp_path)
    wait_for(session, lambda s: s.files == 2 and s.batches > 0)
    session.change(extensions=(".weird",))
    snapshot = wait_for(session, lambda s: s.files == 1 and s.batches > 0)
    assert snapshot.extensions == ("weird",)
    with pytest.raises(SettingsError, match="extensions"):
        session.change(extensions=())


def test_files_behind_links_are_counted_and_can_be_left_out(session: LocalSession, tmp_path: Path) -> None:
    make_folder(tmp_path / "elsewhere", [True] * 3)
    make_folder(tmp_path / "own", [True] * 2)
    (tmp_path / "own" / "link").symlink_to(tmp_path / "elsewhere")
    session.open(tmp_path / "own")
    snapshot = wait_for(session, lambda s: s.files == 5 and s.batches > 0)
    assert snapshot.outside == 3
    session.change(follow_links=False)
    snapshot = wait_for(session, lambda s: s.files == 2 and s.batches > 0)
    assert snapshot.outside == 0


def test_indexing_can_be_cancelled_and_shows_its_count(session: LocalSession, tmp_path: Path) -> None:
    for folder in range(40):
        (tmp_path / f"{folder}").mkdir()
        for number in range(50):
            os.close(os.open(tmp_path / f"{folder}" / f"{number}.jpg", os.O_CREAT | os.O_WRONLY))
    session.open(tmp_path)
    session.cancel_indexing()
    snapshot = wait_for(session, lambda s: s.state in (RunState.CLOSED, RunState.FAILED))
    assert snapshot.message


def test_close_at_any_moment(photos: Path) -> None:
    for delay_s in (0.0, 0.02, 0.1, 0.3):
        session = LocalSession(SessionConfig(batch_size=64, num_workers=3))
        session.open(photos)
        deadline = time.monotonic() + delay_s
        while time.monotonic() < deadline:
            session.snapshot()
            session.change(batch_size=1 + int(time.monotonic() * 1000) % 90)
        session.close()
        session.close()


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 4000), (3000, 2), (160, 160), (1000, 37), (517, 801)])
def test_thumbnails_keep_aspect_and_colour(height: int, width: int, dtype: str) -> None:
    image = np.empty((height, width, 3), dtype)
    image[:] = (200, 30, 90)
    small = shrink(image, 160)
    assert small.dtype == np.uint8
    assert small.flags.c_contiguous
    assert max(small.shape[:2]) == min(160, max(height, width))
    assert small.shape[0] == pytest.approx(height * min(1, 160 / max(height, width)), abs=1)
    assert (small == (200, 30, 90)).all()
    assert not np.shares_memory(small, image)


def test_a_change_while_paused_shows_one_batch_of_the_new_settings(session: LocalSession, photos: Path) -> None:
    session.open(photos)
    wait_for(session, lambda s: s.batches > 2)
    session.pause()
    before = session.batch_view()
    run = before.run if before is not None else 0
    session.change(deliver_bgr=True)
    wait_for(session, lambda _: (view := session.batch_view()) is not None and view.run > run)
    wait_for(session, lambda s: s.batches == 1 and s.state is RunState.PAUSED)
    assert session.snapshot().changes[-1].text == "BGR off→on"
