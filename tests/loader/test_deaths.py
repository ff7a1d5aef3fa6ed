"""Workers that are killed, stopped or crash: the sequence continues as if nothing had happened."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from inspector import Loader, ProblemKind, WorkerStartError
from inspector.loader.batch import Batch
from tests.command import ROOT
from tests.loader.killers import chosen
from tests.loader.streams import stream


def fingerprint(batch: Batch) -> tuple[list[int], bytes]:
    return batch.indices.tolist(), b"".join(np.ascontiguousarray(image).tobytes() for image in batch.images)


def worker_pids(loader: Loader) -> list[int]:
    return [worker.pid for worker in loader.snapshot().workers if worker.pid is not None]


def all_worker_pids(loader: Loader) -> list[int]:
    """Once they are all there: the first batch comes from those that are."""
    while len(pids := worker_pids(loader)) < len(loader.snapshot().workers):
        time.sleep(0.01)
    return pids


@pytest.mark.parametrize("image_size", [(64, 48), None])
def test_kill_9_of_a_worker_between_batches_changes_nothing(photos: Path, image_size: tuple[int, int] | None) -> None:
    settings: dict[str, Any] = {"batch_size": 8, "image_size": image_size, "epochs": 2, "seed": 3}
    with Loader(photos, num_workers=0, **settings) as loader:
        expected = [fingerprint(batch) for batch in stream(loader)]
    got = []
    with Loader(photos, num_workers=2, prefetch_batches=3, **settings) as loader:
        for number, batch in enumerate(stream(loader)):
            got.append(fingerprint(batch))
            del batch
            pids = worker_pids(loader)
            if number % 3 == 1 and pids:
                os.kill(pids[number % len(pids)], signal.SIGKILL)
        restarts = loader.snapshot().restarts
        assert not loader.problems
    assert got == expected
    assert restarts > 0


def test_the_process_that_starts_workers_may_be_killed_too(photos: Path) -> None:
    with Loader(photos, batch_size=8, num_workers=2, image_size=(32, 32), epochs=2) as loader:
        first = next(loader)
        workers = all_worker_pids(loader)
        zygote = psutil.Process(workers[0]).parent()
        assert zygote is not None
        zygote.kill()
        os.kill(workers[0], signal.SIGKILL)
        rest = list(stream(loader))
        assert len(first) + sum(len(batch) for batch in rest) == 240
        assert loader.snapshot().restarts >= 1


@pytest.mark.slow
def test_a_stopped_worker_is_replaced_after_the_timeout(photos: Path) -> None:
    with Loader(photos, batch_size=8, num_workers=2, image_size=(32, 32), epochs=2, sample_timeout_s=2.0) as loader:
        next(loader)
        os.kill(all_worker_pids(loader)[0], signal.SIGSTOP)
        assert sum(len(batch) for batch in stream(loader)) == 232
        assert loader.snapshot().restarts == 1
        assert not loader.problems


@pytest.mark.slow
def test_a_stopped_process_that_starts_workers_is_replaced_too(photos: Path) -> None:
    with Loader(photos, batch_size=8, num_workers=2, image_size=(32, 32), epochs=2, sample_timeout_s=2.0) as loader:
        next(loader)
        workers = all_worker_pids(loader)
        (zygote,) = {psutil.Process(pid).ppid() for pid in workers}
        os.kill(zygote, signal.SIGSTOP)
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        assert sum(len(batch) for batch in stream(loader)) == 232
        assert not loader.problems


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind"),
    [("crash", ProblemKind.CRASHED), ("hang", ProblemKind.TIMED_OUT), ("fail", ProblemKind.TRANSFORM_FAILED)],
)
def test_a_sample_that_ends_its_worker_every_time_is_skipped(photos: Path, name: str, kind: ProblemKind) -> None:
    expected = [index for index in range(120) if chosen(np.random.default_rng([5, 0, index]))]
    settings: dict[str, Any] = {
        "batch_size": 10,
        "epochs": 1,
        "seed": 5,
        "on_error": "skip",
        "shuffle": False,
        "image_size": (8, 8),
        "sample_timeout_s": 2.0 if kind is ProblemKind.TIMED_OUT else 60.0,
    }
    with Loader(photos, num_workers=2, transform=f"tests.loader.killers:{name}", **settings) as loader:
        delivered = [index for batch in loader for index in batch.indices.tolist()]
        problems = loader.problems
    assert {problem.kind for problem in problems} == {kind}
    assert [problem.index for problem in problems] == expected
    assert len(expected) == 2
    assert sorted(delivered + [problem.index for problem in problems]) == list(range(120))
    if kind is ProblemKind.TRANSFORM_FAILED:
        assert "ZeroDivisionError" in problems[0].reason
        assert "killers.py" in problems[0].detail


def test_a_transform_that_cannot_be_imported_is_one_clear_error(photos: Path) -> None:
    with Loader(photos, num_workers=2, transform="tests.loader.killers:not_there") as loader:  # noqa: SIM117
        with pytest.raises(WorkerStartError, match="not_there"):
            next(loader)


@pytest.mark.slow
def test_sigkill_of_the_parent_leaves_nothing(photos: Path) -> None:
    script = textwrap.dedent("""
        import sys
        from inspector import Loader
        from tests.loader.test_deaths import all_worker_pids
        loader = Loader(sys.argv[1], num_workers=2, image_size=(32, 32))
        batch = next(loader)
        print(*all_worker_pids(loader), flush=True)
        for batch in iter(loader.__next__, None):
            pass
    """)
    parent = subprocess.Popen([sys.executable, "-c", script, str(photos)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
    family = psutil.Process(parent.pid).children(recursive=True)
    assert {process.pid for process in family} >= set(pids)
    parent.kill()
    parent.wait()
    gone, alive = psutil.wait_procs(family, timeout=60)
    assert not alive
    assert len(gone) == 3  # two workers and the process that starts them


def test_ctrl_c_reaches_the_caller_and_the_workers_go(photos: Path) -> None:
    script = textwrap.dedent("""
        import sys
        from inspector import Loader
        with Loader(sys.argv[1], num_workers=2, image_size=(32, 32)) as loader:
            try:
                for batch in iter(loader.__next__, None):
                    print(batch.number, flush=True)
            except KeyboardInterrupt:
                print("interrupted", flush=True)
    """)
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(photos)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert child.stdout is not None
    with child.stdout:
        child.stdout.readline()
        os.killpg(child.pid, signal.SIGINT)  # as a terminal does: to the workers too
        *_, last = child.stdout
    assert last == "interrupted\n"
    assert child.wait(60) == 0


def test_a_worker_sees_no_qt(photos: Path) -> None:
    with Loader(photos, num_workers=1, image_size=(8, 8), transform="tests.loader.killers:seen_modules") as loader:
        next(loader)
        seen = {problem.reason for problem in loader.problems}
    assert not seen


def test_progress_is_told_by_the_snapshot(photos: Path) -> None:
    with Loader(photos, batch_size=8, num_workers=2, image_size=(32, 32)) as loader:
        before = loader.snapshot()
        for _ in range(20):
            next(loader)
        after = loader.snapshot()
        rates = after.since(before)
        assert after.batches == 20
        assert after.images == 160
        assert after.bytes_read >= sum(path.stat().st_size for path in photos.iterdir())
        assert rates.images_per_s == pytest.approx(160 / (after.time_s - before.time_s))
        assert rates.data_wait is not None
        assert 0 <= rates.data_wait <= 1
        assert [worker.worker_id for worker in after.workers] == [0, 1]
