"""Errors that pass: a network disk that fails over, or a drive that is mounted again, is worth waiting for."""

import errno
import os
import time
from collections.abc import Callable
from typing import TypeVar

from inspector.formats.decode import BadFile

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 1.0
_AWAY_S = 10.0
_FAULTY_S = 1.0  # EIO may as well be a bad sector, which does not pass, and the others what the user's code keeps
_FAULTY = (errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM)
_AWAY = (errno.ESTALE, errno.ETIMEDOUT, errno.ENOTCONN, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETUNREACH)

_Key = TypeVar("_Key")
_Result = TypeVar("_Result")


def sleep(seconds: float) -> bool:
    """Wait; False: there is no reason to stop."""
    time.sleep(seconds)
    return False


class Patience:
    """Calls again what failed for a reason that may pass.

    Once it has waited in vain, it waits no more until something succeeds: where a disk is gone for good, the loader's
    limit for bad files must be reached soon.

    Args:
        pause: waits for so many seconds; True: give up, as the loader is being closed.
        most_s: wait no longer than this for one sample.
    """

    def __init__(self, pause: Callable[[float], bool], most_s: float) -> None:
        self._pause = pause
        self._most_s = most_s
        self._used_up = False

    def call(self, function: Callable[[_Key], _Result], key: _Key) -> _Result:
        """What `function(key)` gives; raises what it raises when that does not pass."""
        try:
            result = function(key)
        except (BadFile, OSError) as error:
            if self._used_up or not (wait_s := _worth_waiting_s(error)):
                raise
            result = self._call_again(function, key, min(wait_s, self._most_s))
        self._used_up = False
        return result

    def _call_again(self, function: Callable[[_Key], _Result], key: _Key, wait_s: float) -> _Result:
        until, pause_s = time.monotonic() + wait_s, _FIRST_PAUSE_S
        while True:
            stopped = self._pause(pause_s)
            try:
                return function(key)
            except (BadFile, OSError) as error:
                over = stopped or time.monotonic() >= until
                if over or not _worth_waiting_s(error):
                    self._used_up = over
                    raise
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


def _worth_waiting_s(error: BadFile | OSError) -> float:
    """Seconds; 0: it will not pass."""
    cause = error.__context__ if isinstance(error, BadFile) else error
    number = cause.errno if isinstance(cause, OSError) else None
    if number in _AWAY:
        return _AWAY_S
    if number in _FAULTY:
        return _FAULTY_S
    name = getattr(cause, "filename", None)  # it may not be the sample's own: a data set has its own files
    if number in (errno.ENOENT, errno.ENOTDIR) and isinstance(name, str) and _is_away(os.path.dirname(name)):
        return _AWAY_S
    return 0.0


def _is_away(folder: str) -> bool:
    """There is no such folder, or an empty one in its place: a mount point with nothing mounted."""
    try:
        with os.scandir(folder or os.curdir) as entries:
            return next(entries, None) is None
    except OSError:
        return True
