"""Runs what is ours, and switches it off where it fails: no fault of ours reaches the training.

What a signal handler of the training raises while we run is the training's, though.
"""

from __future__ import annotations

import os
import signal
from typing import Any, Callable

_MOST_FAILS = 8  # of one function, from which on it is not tried again

_fails: dict[Any, int] = {}
stopped = False  # nothing of ours is to run
_raises = bool(os.environ.get("INSPECTOR_HOOK_RAISES"))  # for tests of ours


def safely(function: Callable[..., Any], *arguments: Any) -> Any:
    """What it returns, or None where it failed."""
    if stopped or (_fails and _fails.get(function, 0) >= _MOST_FAILS):
        return None
    try:
        return function(*arguments)
    except Exception as error:
        if is_the_trainings(error):
            raise
        _fails[function] = _fails.get(function, 0) + 1
        return None


def is_the_trainings(error: Exception) -> bool:
    """Whether it is to be raised, although it comes out of ours."""
    return _raises or _is_of_a_signal_handler(error)


def give_up_after_some() -> None:
    """What everything else needs has failed."""
    _fails[stop] = _fails.get(stop, 0) + 1
    if _fails[stop] >= _MOST_FAILS:
        stop()


def _is_of_a_signal_handler(error: Exception) -> bool:
    """Such as torch's, which raises that a worker has died."""
    handlers = {getattr(signal.getsignal(number), "__code__", None) for number in signal.valid_signals()} - {None}
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code in handlers:
            return True
        trace = trace.tb_next
    return False


def stop() -> None:
    """From now on nothing of ours runs: this process is not part of the training."""
    global stopped
    stopped = True
