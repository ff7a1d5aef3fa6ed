"""Waiting for what threads bring about."""

import time
from collections.abc import Callable

from inspector.session.local import LocalSession


def wait_until(condition: Callable[[], object], timeout_s: float = 60.0) -> None:
    """Poll until it holds."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "never came about"
        time.sleep(0.01)


def wait_for_more_batches(session: LocalSession) -> None:
    """The session continues to deliver."""
    before = session.snapshot().batches
    wait_until(lambda: session.snapshot().batches > before + 2)
