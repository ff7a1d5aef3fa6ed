"""The window on a session at the other end of a wire: the tests of the window, the same ones."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from inspector.session.remote.findings import RemoteFindings
from inspector.session.remote.jobs import RemoteScan
from inspector.settings import SessionConfig
from tests.session.piped import PipedSession, piped
from tests.ui.conftest import Open
from tests.ui.test_batch import *  # noqa: F403
from tests.ui.test_scan_panel import *  # noqa: F403
from tests.ui.test_tuner_panel import *  # noqa: F403
from tests.ui.test_undo import *  # noqa: F403
from tests.ui.test_window import *  # noqa: F403

del test_the_tab_and_the_terminal_ask_for_the_same_sweep  # it looks into a session of this machine # noqa: F821

pytestmark = pytest.mark.slow


@pytest.fixture
def make_session() -> Callable[[SessionConfig], PipedSession]:
    return piped


def test_rows_that_come_after_the_state_are_shown(
    open_window: Open, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = RemoteScan._fetch

    def fetch(self: RemoteScan, findings: RemoteFindings) -> None:
        threading.Timer(0.5, late, (self, findings)).start()

    monkeypatch.setattr(RemoteScan, "_fetch", fetch)
    opened = open_window(sample)
    panel = checked(opened, sample)  # noqa: F405
    opened.wait_until(lambda: panel.model.rowCount() > 0)
    choose(opened, "Blurry")  # noqa: F405
    before = panel.model.rowCount()
    panel.limit_bar.spin.setValue(3.0)
    opened.wait_until(lambda: panel.model.rowCount() > before)
