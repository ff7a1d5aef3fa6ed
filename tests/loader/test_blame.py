"""Who is to blame when workers end: a sample that ends them all by itself, and nobody who was only there."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from typing import Any

import psutil
import pytest

from inspector import Loader, ProblemKind
from tests.command import ROOT
from tests.loader.endings import COUNT, SETTINGS, Ends, Slow
from tests.loader.streams import stream

pytestmark = pytest.mark.slow

if not hasattr(os, "fork"):
    pytest.skip("needs signals", allow_module_level=True)


def pids(loader: Loader) -> list[int]:
    return [worker.pid for worker in loader.snapshot().workers if worker.pid is not None]


@contextlib.contextmanager
def signals(loader: Loader, number: int, together: int, times: int) -> Any:
    """Meanwhile, send a signal to so many workers in the same moment, again and again, so many times in all."""
    over = threading.Event()
    sent = 0

    def send() -> None:
        nonlocal sent
        while sent < times and not over.wait(0.1):
            alive = [worker.pid for worker in loader.snapshot().workers if worker.pid and worker.state != "starting"]
            for pid in random.sample(alive, min(together, len(alive))):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
                    sent += 1

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield lambda: sent
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize(
    ("number", "together"), [(signal.SIGKILL, 2), (signal.SIGKILL, 3), (signal.SIGTERM, 1), (signal.SIGSEGV, 2)]
)
def test_who_is_killed_from_outside_is_not_to_blame(number: int, together: int) -> None:
    with Loader(Slow(), num_workers=3, **SETTINGS) as loader, signals(loader, number, together, 60) as sent:
        delivered = [index for batch in loader for index in batch.indices.tolist()]
        assert not loader.problems
        assert sent() >= 3
    assert delivered == list(range(COUNT))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, 0])
@pytest.mark.parametrize("workers", [1, 3])
def test_a_sample_that_ends_every_worker_is_given_up(how: int, workers: int) -> None:
    with Loader(Ends(how), num_workers=workers, **SETTINGS) as loader:
        delivered = [index for batch in loader for index in batch.indices.tolist()]
        (problem,) = loader.problems
    assert delivered == [index for index in range(COUNT) if index != 5]
    assert (problem.index, problem.kind) == (5, ProblemKind.CRASHED)
    assert "while nothing else was loaded" in problem.reason
    assert (signal.Signals(how).name if how else "exit code 3") in problem.reason


def test_a_suspect_is_not_lost_when_the_engine_changes() -> None:
    with Loader(Slow(), num_workers=2, **SETTINGS) as loader:
        began = loader.snapshot().restarts
        while loader.snapshot().restarts - began < 6:
            for pid in pids(loader):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        loader.engine = "threads"
        assert [index for batch in loader for index in batch.indices.tolist()] == list(range(COUNT))


def test_a_worker_that_is_stopped_again_and_again_does_not_make_its_sample_time_out() -> None:
    with Loader(Slow(), num_workers=1, sample_timeout_s=1.0, **SETTINGS) as loader:
        for restarts in range(3):
            while loader.snapshot().restarts < restarts or not (alive := pids(loader)):
                time.sleep(0.01)
            process = psutil.Process(alive[0])
            process.suspend()
            psutil.wait_procs([process], timeout=60)
        assert sum(len(batch) for batch in stream(loader)) == COUNT
        assert not loader.problems
        assert loader.snapshot().restarts == 3


def test_a_program_that_is_stopped_for_longer_than_the_time_out_loses_nothing() -> None:
    script = textwrap.dedent("""
        from inspector import Loader
        from tests.loader.endings import SETTINGS, Slow
        with Loader(Slow(), num_workers=2, sample_timeout_s=1.5, **SETTINGS) as loader:
            print(flush=True)
            print(sum(len(batch) for batch in loader), loader.snapshot().restarts, loader.problems)
    """)
    command = [sys.executable, "-c", script]
    program = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert program.stdout is not None
    program.stdout.readline()
    for _ in range(2):
        os.killpg(program.pid, signal.SIGSTOP)
        time.sleep(2.5)  # for longer than a sample may take
        os.killpg(program.pid, signal.SIGCONT)
        time.sleep(0.3)
    assert program.communicate(timeout=200)[0] == f"{COUNT} 0 []\n"
