"""The window on a session at the other end of a wire: the tests of the window, the same ones."""

from collections.abc import Callable

import pytest

from inspector.settings import SessionConfig
from tests.session.piped import PipedSession, piped
from tests.ui.test_batch import *  # noqa: F403
from tests.ui.test_scan_panel import *  # noqa: F403
from tests.ui.test_tuner_panel import *  # noqa: F403
from tests.ui.test_undo import *  # noqa: F403
from tests.ui.test_window import *  # noqa: F403

del test_the_tab_and_the_terminal_ask_for_the_same_sweep  # it looks into a session of this machine # noqa: F821


@pytest.fixture
def make_session() -> Callable[[SessionConfig], PipedSession]:
    return piped
