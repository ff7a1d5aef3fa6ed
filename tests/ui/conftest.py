"""Real windows on real sessions, without a screen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QListView
from pytestqt.qtbot import QtBot

from inspector.monitor.records import BatchView, RunState
from inspector.session.local import LocalSession
from inspector.session.protocol import Session
from inspector.settings import SessionConfig
from inspector.ui.faults.faults import Faults
from inspector.ui.faults.log_collector import LogCollector
from inspector.ui.shell.preferences import Preferences
from inspector.ui.theme import Theme
from inspector.ui.window import MainWindow

Found = TypeVar("Found", bound=QObject)


@dataclass(frozen=True, slots=True)
class Opened:
    """A window, its session, and ways to look for things in it."""

    qtbot: QtBot
    window: MainWindow
    session: LocalSession
    theme: Theme

    def find(self, kind: type[Found], name: str) -> Found:
        """The widget or action with that object name."""
        found = self.window.findChild(kind, name)
        assert found is not None, f"there is no {name}"
        return found

    def trigger(self, name: str) -> None:
        """What a click on the toolbar's button does."""
        action = self.find(QAction, name)
        assert action.isEnabled(), f"{name} cannot be used now"
        action.trigger()

    def wait_until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=60_000)

    def wait_for_state(self, state: RunState) -> None:
        self.wait_until(lambda: self.session.snapshot().state is state)

    def wait_for_batch(self) -> None:
        """Until the first batch is on the screen."""
        tiles = self.find(QListView, "batchView")
        self.wait_until(lambda: tiles.isVisible() and tiles.model().rowCount() > 0)

    def shown(self) -> BatchView:
        """The batch to look at."""
        view = self.session.batch_view()
        assert view is not None
        return view


Open = Callable[..., Opened]


@pytest.fixture
def remembered(tmp_path: Path) -> str:
    """The file that a window's layout is kept in."""
    return str(tmp_path / "window.json")


MakeSession = Callable[[SessionConfig], LocalSession]


@pytest.fixture
def make_session() -> MakeSession:
    """What a window is on; a module may have another one."""
    return LocalSession


@pytest.fixture
def open_window(qtbot: QtBot, qapp: QApplication, remembered: str, make_session: MakeSession) -> Iterator[Open]:
    """Makes a shown window: `open_window(folder or None, **settings of the loader)`."""
    made: list[Opened] = []

    def make(
        source: Path | None = None,
        *,
        log: LogCollector | None = None,
        faults: Faults | None = None,
        **settings: object,
    ) -> Opened:
        session = make_session(SessionConfig(**{"step_ms": 5.0, **settings}))  # type: ignore[arg-type]
        theme = Theme(qapp, "light")
        preferences = Preferences(remembered)
        with theme.dressing_at_the_end():  # as the app does; it takes a third of the time
            window = MainWindow(session, theme, preferences, log or LogCollector(), faults)
        qtbot.addWidget(window)
        made.append(Opened(qtbot, window, session, theme))
        window.show()
        if source is not None:
            window.open_source(str(source))
        return made[-1]

    yield make
    for opened in made:
        opened.window.close()
        opened.session.close()
        opened.theme.deleteLater()


@pytest.fixture
def session() -> Iterator[Session]:
    """A real one with nothing open, for a part of the window on its own."""
    made = LocalSession(SessionConfig(num_workers=0))
    yield cast(Session, made)
    made.close()


@pytest.fixture
def tiny_images(tmp_path: Path) -> Path:
    """300 PNG files of 32x24 pixels in two class folders."""
    folder = tmp_path / "tiny"
    random = np.random.default_rng(0)
    for number in range(300):
        file = folder / f"class-{number % 2}" / f"{number:03}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(file), random.integers(0, 255, (24, 32, 3), dtype=np.uint8))
    return folder
