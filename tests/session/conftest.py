"""What the tests of sessions share."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inspector.session.local import LocalSession
from inspector.settings import SessionConfig


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Earlier sweeps are those of the test alone."""
    monkeypatch.setenv("INSPECTOR_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def open_session() -> Iterator[Callable[[Path], LocalSession]]:
    """Opens a folder in a session, which is closed at the end."""
    made: list[LocalSession] = []

    def make(source: Path) -> LocalSession:
        made.append(LocalSession(SessionConfig(batch_size=4, num_workers=1, image_size=(32, 32), step_ms=30.0)))
        made[-1].open(source)
        return made[-1]

    yield make
    for session in made:
        session.close()
