"""The report of a watched training."""

import re
import time
from pathlib import Path

from inspector.report.training_page import training_page
from inspector.session.watched import WatchedSession
from tests.watched.written import PIXELS, WrittenRun, normalised


def made(run: WrittenRun) -> str:
    session = WatchedSession(run.folder)
    try:
        return training_page(session)
    finally:
        session.close()


def trained(tmp_path: Path, name: str = "train_loader") -> WrittenRun:
    run = WrittenRun(tmp_path, ("python", "train.py", "--name", "<b>"))
    now = time.monotonic()
    events = tuple((now - 20 + at / 10, 0.075, 0.025, 4.0, 3.0, 0.0, 4.0, 0.0) for at in range(200))
    error = {"type": "ValueError", "message": "no such label", "time_s": now}
    run.loader(1, name, batches=200, images=800, wait_s=15.0, step_s=5.0, steps=200, events=events, errors=(error,))
    run.pictures(1, normalised(PIXELS), batch=199, count=256)
    run.end(3)
    return run


def test_it_has_the_verdict_the_loaders_the_plots_the_pictures_and_the_errors(tmp_path: Path) -> None:
    page = made(trained(tmp_path))
    assert "Input-bound." in page
    assert "The training has ended with exit status 3." in page
    assert "train_loader" in page
    assert page.count('class="wait"') == page.count('class="step"') == 1
    assert page.count("data:image/jpeg") == len(PIXELS)
    assert "Normalize undone" in page
    assert "Not shown: 250 more images of this batch." in page
    assert "no such label" in page
    assert "Skipped" not in page


def test_names_never_become_markup(tmp_path: Path) -> None:
    page = made(trained(tmp_path, name="<script>alert(1)</script>"))
    assert "<script" not in page
    assert "<b>" not in re.sub(r"<b>\d|<b><span|<b>–", "", page)


def test_a_run_of_which_nothing_was_seen(tmp_path: Path) -> None:
    run = WrittenRun(tmp_path)
    run.end(0)
    page = made(run)
    assert "None was seen." in page
    assert "exit status 0" in page
