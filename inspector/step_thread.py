"""A thread that outlives its own faults: a step that fails is logged, and the next one follows."""

import logging
import threading
import time
from collections.abc import Callable

_log = logging.getLogger(__name__)

PAUSE_S = 0.1  # after a fault, so that one that persists does not take a core
LOG_EVERY_S = 10.0  # and does not fill the log


def start_steps(step: Callable[[], bool], name: str) -> threading.Thread:
    """Call `step` in a daemon thread called `name`, again and again until it returns False."""
    thread = threading.Thread(target=_run, args=(step, name), name=name, daemon=True)
    thread.start()
    return thread


def _run(step: Callable[[], bool], name: str) -> None:
    logged_s = float("-inf")
    alive = True
    while alive:
        try:
            alive = step()
        except Exception:  # a fault of one part must not stop the others that rely on its thread
            if time.monotonic() - logged_s > LOG_EVERY_S:
                logged_s = time.monotonic()
                _log.exception("%s failed in one step, and continues", name)
            time.sleep(PAUSE_S)
