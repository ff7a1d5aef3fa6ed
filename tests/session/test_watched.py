"""What a view gets of a training: from a run's folder as the hook leaves it."""

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from inspector.errors import SettingsError
from inspector.session.records import ProblemKind, RunState, Snapshot, WorkerState
from inspector.session.training import TrainingState
from inspector.session.watched import WatchedSession
from inspector.watched.process import held
from inspector.watched.summary import NOT_REACHED
from tests.session.waiting import wait_until
from tests.watched.written import WrittenRun, normalised

ALIVE = os.getppid()
PIXELS = np.random.default_rng(5).integers(0, 256, (3, 24, 32, 3), dtype=np.uint8)
STEPPING = {"steps": 99, "starts": 1, "depth_sum": 300, "depths": 100, "in_flight": 4}


@pytest.fixture
def run(tmp_path: Path) -> WrittenRun:
    return WrittenRun(tmp_path)


@pytest.fixture
def session(run: WrittenRun) -> Iterator[WatchedSession]:
    made = WatchedSession(run.folder)
    yield made
    made.close()


def train(run: WrittenRun, batches: int, *, wait_s: float = 1.0, step_s: float = 9.0, **more: float) -> None:
    """The loader called train_loader, after so many batches of four images."""
    now = time.monotonic()
    events = tuple((now - 20 + at / 10, 0.01, 0.09, 4.0, 3.0, 0.0, 4.0, 2.0) for at in range(min(batches, 100)))
    figures: dict[str, Any] = {"began_s": now - 20, "last_s": now, "depth": 3, **STEPPING, **more}
    run.loader(1, "train_loader", batches=batches, images=4 * batches, wait_s=wait_s, step_s=step_s, events=events,
               about={"workers": [[ALIVE, 0]], "num_workers": 1}, **figures)  # fmt: skip


def shown(session: WatchedSession) -> str:
    loader = session.state().loader
    return "" if loader is None else loader.name


def test_before_anything_is_seen_it_waits_and_knows_nothing(run: WrittenRun, session: WatchedSession) -> None:
    snapshot, state = session.snapshot(), session.state()
    assert snapshot.state is RunState.CLOSED
    assert snapshot.message == "Waiting for the first batch of a DataLoader."
    assert snapshot.source == "train.py"
    assert snapshot.rates.batches_per_s is None
    assert snapshot.rates.data_wait is None
    assert state.loaders == ()
    assert state.ended == ""
    assert session.batch_view() is None


def test_rates_are_of_running_totals(run: WrittenRun, session: WatchedSession) -> None:
    train(run, 10, wait_s=1.0, step_s=9.0)
    wait_until(lambda: session.snapshot().batches == 10)
    assert session.snapshot().rates.batches_per_s is None  # it was used before: nothing is known of now
    train(run, 20, wait_s=2.0, step_s=12.0)
    wait_until(lambda: session.snapshot().batches == 20)
    rates = session.snapshot().rates
    assert session.snapshot().epoch == 1
    assert rates.batches_per_s is not None
    assert rates.images_per_s == pytest.approx(4 * rates.batches_per_s)
    assert rates.data_wait == pytest.approx(0.25)


def test_a_next_that_does_not_return_is_waited_for(run: WrittenRun, session: WatchedSession) -> None:
    train(run, 10)
    wait_until(lambda: session.snapshot().batches == 10)
    train(run, 10, waiting_since_s=time.monotonic())
    wait_until(lambda: session.snapshot().rates.data_wait == 1.0)
    assert session.snapshot().rates.batches_per_s == 0.0


def test_a_loader_that_nobody_iterates_has_no_rates(run: WrittenRun, session: WatchedSession) -> None:
    train(run, 10)
    wait_until(lambda: len(session.series().time_s) > 3)
    assert session.snapshot().rates.batches_per_s is None
    series = session.series()
    now = series.time_s >= 0
    assert np.isnan(series.batches_per_s[now]).all()
    assert np.isnan(series.queue_depth[now]).all()


def test_a_window_that_comes_late_has_the_minute_before(run: WrittenRun, session: WatchedSession) -> None:
    train(run, 100)  # ten a second, from 20 s ago to 10 s ago
    wait_until(lambda: len(session.series().time_s) > 3)
    series = session.series()
    busy = (series.time_s > -17) & (series.time_s < -11)
    assert series.batches_per_s[busy] == pytest.approx(10, abs=1.1)
    assert series.images_per_s[busy] == pytest.approx(40, abs=4.4)
    assert set(series.queue_depth[busy]) == {3.0}
    assert np.isnan(series.batches_per_s[(series.time_s > -7) & (series.time_s < 0)]).all()


def test_the_busiest_loader_is_shown_until_another_is_chosen(run: WrittenRun, session: WatchedSession) -> None:
    train(run, 100)
    run.loader(2, "val_loader", batches=5, images=20, wait_s=0.5, step_s=0.5, starts=1)
    wait_until(lambda: len(session.state().loaders) == 2)
    assert shown(session) == "train_loader"
    revision = session.choose(session.state().loaders[1].key)
    assert session.snapshot().revision >= revision
    assert shown(session) == "val_loader"
    assert session.snapshot().batches == 5
    session.choose("")
    assert shown(session) == "train_loader"


def test_ranks_stand_side_by_side_and_their_workers_too(run: WrittenRun, session: WatchedSession) -> None:
    for rank, pid in enumerate((os.getpid(), ALIVE)):
        about = {"rank": rank, "world_size": 2, "workers": [[4_000_000 + rank, 0]]}
        run.loader(1, "train_loader", pid=pid, about=about, batches=50, images=200, step_s=9.0, starts=1)
        run.worker(4_000_000 + rank, 0, batches=50, samples=200, fetch_s=3.0, alive_s=9.0)
    wait_until(lambda: len(session.state().loaders) == 2)
    assert [loader.rank for loader in session.state().loaders] == [0, 1]
    rows = session.snapshot().workers
    assert [(row.totals.rank, row.totals.worker_id) for row in rows] == [(0, 0), (1, 0)]


def test_a_worker_is_what_its_ring_says(run: WrittenRun, session: WatchedSession) -> None:
    now = time.monotonic()
    train(run, 10)
    fetches = tuple((now, 0.040, 0.008, 4.0, 7.0, 0.02, 12.0, float(at)) for at in range(1, 9))
    run.worker(ALIVE, 0, batches=8, samples=32, fetch_s=0.32, collate_s=0.064, busy_since_s=now, events=fetches)
    wait_until(lambda: bool(session.snapshot().workers))
    row = session.snapshot().workers[0]
    assert row.totals.state is WorkerState.BUSY
    assert [stage.name for stage in row.totals.stages] == ["fetch", "collate"]
    assert [stage.p50_ms for stage in row.totals.stages] == pytest.approx([10.0, 2.0])
    assert row.totals.last_location == "sample 12"
    run.worker(4_000_009, 0, batches=8, samples=32)
    train(run, 10)
    run.loader(1, "train_loader", batches=10, images=40, about={"workers": [[4_000_009, 0]]})
    wait_until(lambda: [each.totals.state for each in session.snapshot().workers] == [WorkerState.ENDED])


def test_pictures_are_as_the_model_got_them_and_can_be_looked_back_at(run: WrittenRun, session: WatchedSession) -> None:
    train(run, 10)
    for at in range(3):
        run.pictures(
            1, normalised(PIXELS), batch=at, serial=2 + 2 * at, count=64, paths=("/data/cat.jpg",), labels=(7,)
        )
        wait_until(lambda at=at: (view := session.batch_view()) is not None and view.number == at)  # type: ignore[misc]
    view = session.batch_view()
    assert view is not None
    assert (view.count, len(view.thumbnails)) == (64, 3)
    assert view.proved
    assert "ImageNet" in view.note
    assert re.search(r"Mean -?0\.\d\d -?0\.\d\d -?0\.\d\d, std 1\.\d\d ", view.note)
    assert np.array_equal(view.thumbnails[1].pixels, PIXELS[1])
    assert [(each.path, each.label) for each in view.thumbnails[:2]] == [("/data/cat.jpg", "7"), ("sample 101", None)]
    serial = session.snapshot().batch_serial
    session.previous_batch()
    back = session.batch_view()
    assert back is not None
    assert (back.number, back.position, back.kept) == (1, 2, 3)
    assert session.snapshot().batch_serial > serial
    run.pictures(1, normalised(PIXELS), batch=9, serial=20)
    wait_until(lambda: (view := session.batch_view()) is not None and view.kept == 4)
    assert session.batch_view().number == 1  # type: ignore[union-attr]  # what is looked at stays
    for _ in range(5):
        session.next_batch()
    assert session.batch_view().number == 9  # type: ignore[union-attr]
    image = session.pixels(back.key, 2).result(60)
    assert image is not None
    assert np.array_equal(image.pixels, PIXELS[2])  # type: ignore[arg-type]
    look = session.second_look(back.key, 2).result(60)
    assert look is not None
    assert "Normalize undone" in look.proof.reason


def test_values_that_prove_nothing_are_scaled_and_that_is_said(run: WrittenRun, session: WatchedSession) -> None:
    train(run, 10)
    run.pictures(1, np.random.default_rng(3).normal(0, 30, (2, 3, 20, 20)).astype(np.float32))
    wait_until(lambda: session.batch_view() is not None)
    view = session.batch_view()
    assert view is not None
    assert not view.proved
    assert "scaled" in view.note.lower()


def test_pictures_of_another_loader_are_not_shown(run: WrittenRun, session: WatchedSession) -> None:
    train(run, 100)
    run.loader(2, "val_loader", batches=5, images=20, wait_s=0.5)
    run.pictures(2, normalised(PIXELS))
    wait_until(lambda: len(session.state().loaders) == 2)
    session.choose(session.state().loaders[1].key)
    wait_until(lambda: session.batch_view() is not None)
    session.choose("")
    assert session.batch_view() is None
    assert "No images were recognised" in session.snapshot().message


def test_errors_come_once_with_the_index_the_worker_and_the_traceback(run: WrittenRun, session: WatchedSession) -> None:
    now = time.monotonic()
    note = {"type": "ValueError", "message": "no such label", "index": 17, "path": "/data/a.jpg", "time_s": now}
    run.worker(ALIVE, 0, batches=1, samples=4, errors=(note,))
    raised = {"type": "ValueError", "message": "Caught ValueError in DataLoader worker process 0.", "time_s": now + 0.1}
    run.loader(1, "train_loader", batches=10, images=40, errors=(raised,),
               about={"workers": [[ALIVE, 0]], "traceback": "Traceback ...\n  train.py, line 3\nValueError: no label"},
               )  # fmt: skip
    wait_until(lambda: session.snapshot().problems == 1)
    wait_until(lambda: len(session.series().time_s) > 5)
    [problem] = session.problems()
    assert (problem.path, problem.index, problem.kind) == ("/data/a.jpg", 17, ProblemKind.TRANSFORM_FAILED)
    assert problem.reason == "ValueError at index 17, in worker 0: no such label"
    assert "train.py, line 3" in problem.detail
    assert "memory available" in problem.detail


def test_a_killed_worker_is_a_crash(run: WrittenRun, session: WatchedSession) -> None:
    message = "DataLoader worker (pid 123) is killed by signal: Killed. "
    error = {"type": "RuntimeError", "message": message, "time_s": time.monotonic() - 10.0}  # nobody raised it
    run.loader(1, "train_loader", batches=10, images=40, errors=(error,))
    wait_until(lambda: session.snapshot().problems == 1)
    assert session.problems()[0].kind is ProblemKind.CRASHED
    died = {
        **error,
        "worker": 1,
        "pid": ALIVE,
        "exit_status": -9,
        "indices": [21, 17, 5],
        "batch_size": 3,
        "shm_free_bytes": 64_000_000,
        "time_s": 1.0,
    }
    run.loader(1, "train_loader", batches=11, images=44, errors=(died,))
    wait_until(lambda: session.snapshot().problems == 2)
    reason = session.problems()[1].reason
    assert reason.startswith("Worker 1 was ended by SIGKILL (by hand, or by the system, which was out of memory)")
    assert reason.endswith("It had a batch of 3 samples: 21, 17, 5.")
    assert "64 MB free in /dev/shm" in session.problems()[1].detail


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (0, "The training has ended with exit status 0."),
        (3, "The training has ended with exit status 3."),
        (-signal.SIGKILL, "The training was ended by signal SIGKILL."),
    ],
)
def test_what_was_seen_stays_when_the_training_has_ended(
    status: int, sentence: str, run: WrittenRun, session: WatchedSession
) -> None:
    train(run, 100, wait_s=5.0, step_s=5.0)
    run.pictures(1, normalised(PIXELS))
    wait_until(lambda: session.batch_view() is not None)
    run.end(status)
    wait_until(lambda: session.snapshot().state is RunState.FINISHED)
    assert session.state().ended == session.snapshot().message == sentence
    assert session.snapshot().rates.data_wait == 0.5  # of all of it
    for file in run.folder.iterdir():
        file.unlink()
    assert session.snapshot().batches == 100
    assert session.batch_view() is not None


def test_a_folder_that_goes_away_ends_the_training_and_nothing_is_lost(
    run: WrittenRun, session: WatchedSession
) -> None:
    train(run, 100)
    wait_until(lambda: session.snapshot().batches == 100)
    for file in run.folder.iterdir():
        file.unlink()
    wait_until(lambda: session.snapshot().state is RunState.FINISHED)
    assert session.snapshot().batches == 100
    assert session.state().ended == "The training has ended; its exit status is not known."


def test_it_says_why_nothing_is_seen_when_the_command_ran_no_python(tmp_path: Path) -> None:
    run = WrittenRun(tmp_path, ("sh", "-c", "true"))
    (run.folder / "python.mark").unlink()
    run.end(0)
    session = WatchedSession(run.folder)
    try:
        message = session.snapshot().message
    finally:
        session.close()
    assert message.startswith("The training has ended with exit status 0.")
    assert NOT_REACHED[1:] in message


def test_the_verdict_and_the_line_to_write_are_those_of_the_run(run: WrittenRun, session: WatchedSession) -> None:
    train(run, 200, wait_s=15.0, step_s=5.0, begin_s=0.1, first_wait_s=0.1)
    run.worker(ALIVE, 0, batches=200, samples=800, fetch_s=20.0, alive_s=20.0, cpu_s=0.1)
    wait_until(lambda: session.state().verdict.headline == "Input-bound.")
    state = session.state()
    assert state.verdict.level == "warn"
    assert state.line.startswith("DataLoader(..., num_workers=")
    assert any("GPU" in note for note in state.notes)


def test_nothing_of_theirs_can_be_changed(session: WatchedSession) -> None:
    with pytest.raises(SettingsError, match="script decides"):
        session.change(num_workers=3)
    assert session.scan is session.tune is session.quarantine is None
    assert "pause" not in session.capabilities


def test_records_survive_a_round_trip(run: WrittenRun, session: WatchedSession) -> None:
    train(run, 10)
    wait_until(lambda: session.snapshot().batches == 10)
    for kind, record in ((Snapshot, session.snapshot()), (TrainingState, session.state())):
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(record), type=kind) == record


def test_the_folder_is_held_while_somebody_looks(run: WrittenRun, tmp_path: Path) -> None:
    assert not held(run.folder)
    session = WatchedSession(run.folder)
    assert held(run.folder)
    session.close()
    assert not held(run.folder)
