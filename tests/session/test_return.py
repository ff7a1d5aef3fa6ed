"""A source that is away, and back."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from inspector.monitor.records import RunState
from inspector.session.local import LocalSession
from inspector.settings import SessionConfig
from tests.session.waiting import wait_for_more_batches, wait_until


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSession]:
    monkeypatch.setattr("inspector.loader.workers.patience._AWAY_S", 0.1)
    session = LocalSession(SessionConfig(batch_size=2, num_workers=1, engine="threads", step_ms=5.0))
    yield session
    session.close()


def test_loading_resumes_when_the_files_are_back(session: LocalSession, tmp_path: Path) -> None:
    mounted, away = tmp_path / "mounted", tmp_path / "away"
    mounted.mkdir()
    for number in range(6):
        cv2.imwrite(str(mounted / f"{number}.png"), np.zeros((8, 8, 3), np.uint8))
    session.open(mounted)
    wait_for_more_batches(session)
    mounted.rename(away)
    wait_until(lambda: session.snapshot().state is RunState.FAILED)
    assert "VANISHED" in session.snapshot().message
    away.rename(mounted)
    wait_for_more_batches(session)
    assert session.snapshot().state is RunState.RUNNING


def test_a_folder_that_is_not_there_yet_is_opened_when_it_is(session: LocalSession, tmp_path: Path) -> None:
    session.open(tmp_path / "later")
    wait_until(lambda: session.snapshot().state is RunState.FAILED)
    made = tmp_path / "made"
    made.mkdir()
    cv2.imwrite(str(made / "0.png"), np.zeros((8, 8, 3), np.uint8))
    made.rename(tmp_path / "later")
    wait_until(lambda: session.snapshot().state is RunState.RUNNING)
