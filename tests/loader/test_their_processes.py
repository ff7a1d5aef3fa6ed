"""Processes that the user's code starts in workers are gone with the loader."""

import contextlib
import multiprocessing
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

from inspector import Loader
from tests.command import ROOT
from tests.loader.streams import stream

pytestmark = pytest.mark.slow

if sys.platform != "linux":
    pytest.skip("elsewhere only a worker's own children are ended", allow_module_level=True)

SETTINGS: dict[str, Any] = {"batch_size": 4, "num_workers": 2, "image_size": (4, 4), "shuffle": False}


class Starts:
    """Each worker starts a process in this way, at its first sample, and writes down which."""

    def __init__(self, how: str, folder: Path) -> None:
        self.how = how
        self.folder = folder
        self.started: Any = None

    def __len__(self) -> int:
        return 40

    def __getitem__(self, index: int) -> Any:
        if self.started is None:
            self.started = getattr(self, self.how)()
        time.sleep(0.005)
        return np.zeros((4, 4, 3), np.uint8)

    def note(self, pid: int) -> None:
        part = self.folder / f"{pid}.part"
        part.touch()
        part.rename(self.folder / str(pid))

    def daemon(self) -> Any:
        process = multiprocessing.get_context("fork").Process(target=time.sleep, args=(3600,), daemon=True)
        process.start()
        self.note(process.pid or 0)
        return process

    def no_daemon(self) -> Any:
        process = multiprocessing.get_context("fork").Process(target=time.sleep, args=(3600,), daemon=False)
        process.start()
        self.note(process.pid or 0)
        return process

    def program(self) -> Any:
        process = subprocess.Popen(["sleep", "3600"])
        self.note(process.pid)
        return process

    def in_background(self) -> Any:
        self.note(int(subprocess.check_output("sleep 3600 >/dev/null 2>&1 & echo $!", shell=True)))
        return True

    def real_daemon(self) -> Any:
        command = "setsid sleep 3600 >/dev/null 2>&1 & echo $!"
        self.note(int(subprocess.check_output(command, shell=True)))
        return True

    def grandchild(self) -> Any:
        process = subprocess.Popen(["sh", "-c", "sleep 3600 & echo $!; wait"], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        self.note(int(process.stdout.readline()))
        return process


def started(folder: Path) -> set[psutil.Process]:
    """Those that are there still."""
    found = set()
    for path in folder.iterdir():
        if path.name.isdigit():
            with contextlib.suppress(psutil.NoSuchProcess):
                found.add(psutil.Process(int(path.name)))
    return found


@pytest.mark.parametrize("how", ["daemon", "no_daemon", "program", "in_background", "real_daemon", "grandchild"])
def test_they_are_gone_after_the_end(how: str, tmp_path: Path) -> None:
    with Loader(Starts(how, tmp_path), epochs=1, **SETTINGS) as loader:
        next(loader)
        processes = started(tmp_path)
        assert processes
        for _ in stream(loader):
            pass
        processes |= started(tmp_path)
    assert psutil.wait_procs(processes, timeout=60)[1] == []


@pytest.mark.parametrize("how", ["daemon", "program", "grandchild"])
def test_they_are_gone_after_the_end_of_their_worker(how: str, tmp_path: Path) -> None:
    with Loader(Starts(how, tmp_path), epochs=1, **{**SETTINGS, "num_workers": 1}) as loader:
        next(loader)
        processes = started(tmp_path)
        assert len(processes) == 1
        (worker,) = loader.snapshot().workers
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        assert psutil.wait_procs(processes, timeout=60)[1] == []
        assert sum(len(batch) for batch in stream(loader)) == 36


def test_a_daemon_outlives_the_worker_that_started_it(tmp_path: Path) -> None:
    with Loader(Starts("real_daemon", tmp_path), epochs=1, **{**SETTINGS, "num_workers": 1}) as loader:
        next(loader)
        (process,) = started(tmp_path)
        (worker,) = loader.snapshot().workers
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        assert sum(len(batch) for batch in stream(loader)) == 36
        assert process.is_running()
        processes = started(tmp_path)
    assert psutil.wait_procs(processes, timeout=60)[1] == []


def test_they_are_gone_after_the_death_of_the_program(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from inspector import Loader
        from tests.loader.test_their_processes import SETTINGS, Starts
        loader = Loader(Starts("daemon", Path(sys.argv[1])), **SETTINGS)
        for batch in iter(loader.__next__, None):
            print(flush=True)
    """)
    command = [sys.executable, "-c", script, str(tmp_path)]
    program = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    program.stdout.readline()
    processes = started(tmp_path)
    assert processes
    program.kill()
    program.communicate()
    assert psutil.wait_procs(processes | started(tmp_path), timeout=60)[1] == []
