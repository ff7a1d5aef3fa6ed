"""A watched training in the terminal: the whole screen, and a line now and then."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.command import COMMAND, ROOT
from tests.terminal.test_watch import ENTER_SCREEN, LEAVE_SCREEN, Start, start  # noqa: F401  the fixture
from tests.watched.written import WrittenRun

ALIVE = os.getppid()


@pytest.fixture
def run(tmp_path: Path) -> WrittenRun:
    """Input-bound; a name that would do harm, an error, six workers."""
    made = WrittenRun(tmp_path, ("python", "train.py", "\x1b[31m"))
    now = time.monotonic()
    error = {
        "type": "ValueError",
        "message": "no\x1b[31m label",
        "index": 17,
        "path": "/data/\x1b[31ma.jpg",
        "time_s": now - 9,
    }
    pids = [ALIVE, *range(4_000_001, 4_000_006)]
    for number, pid in enumerate(pids):
        made.worker(pid, number, batches=200, samples=800, fetch_s=60.0, alive_s=60.0, cpu_s=0.1,
                    events=((now, 0.1, 0.01, 4.0, 5.0, 0.05, 12.0, 1.0),), errors=(error,) * (not number))  # fmt: skip
    made.loader(1, "train_loader", batches=200, images=800, wait_s=15.0, step_s=5.0, steps=200, errors=(error,),
                about={"workers": [[pid, number] for number, pid in enumerate(pids)], "num_workers": 6})  # fmt: skip
    made.loader(2, "val\x1b[31m_loader", batches=9, images=36, wait_s=0.5, step_s=0.5)
    return made


@pytest.mark.parametrize(("rows", "columns"), [(24, 80), (12, 60), (50, 200)])
def test_the_screen_fits_the_terminal(start: Start, run: WrittenRun, rows: int, columns: int) -> None:  # noqa: F811
    terminal = start(run.folder, rows=rows, columns=columns)
    terminal.wait_for(lambda: "train_loader" in terminal.screen and "Input-bound" in terminal.screen)
    lines = terminal.screen.split("\n")
    assert len(lines) == rows
    assert max(map(len, lines)) <= columns
    assert lines[-1].startswith(" tab  next DataLoader")
    assert "\x1b[31ma" not in terminal.output


def test_it_shows_what_a_training_has_and_keys_choose_the_loader(start: Start, run: WrittenRun) -> None:  # noqa: F811
    terminal = start(run.folder, rows=50, columns=160)
    terminal.wait_for(lambda: ">  train_loader" in terminal.screen and "ValueError" in terminal.screen)
    for text in ("running", "data wait", "errors", "samples/s", "write  DataLoader(..., num_workers=", "started again"):
        assert text in terminal.screen
    assert "+ -" not in terminal.screen
    terminal.press("\t")
    terminal.wait_for(lambda: ">  val" in terminal.screen)
    terminal.press("q")
    assert terminal.wait() == 0
    assert ENTER_SCREEN in terminal.output
    assert LEAVE_SCREEN in terminal.output


@pytest.mark.slow
def test_it_ends_with_the_training(start: Start, run: WrittenRun) -> None:  # noqa: F811
    terminal = start(run.folder)
    terminal.wait_for(lambda: "train_loader" in terminal.screen)
    run.end(0)
    assert terminal.wait() == 0


@pytest.mark.slow
@pytest.mark.parametrize(("ended", "status"), [(0, 0), (3, 3), (-9, 137)])
def test_a_pipe_gets_lines_and_the_status_is_the_trainings(run: WrittenRun, ended: int, status: int) -> None:
    with subprocess.Popen(
        [*COMMAND, "watch", run.folder], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        run.end(ended)
        assert process.wait(60) == status
    assert "train_loader  epoch 0  200 batches" in line
