"""Processes that the user's code forks: a copy of a worker must not become a second one."""

import os
import sys

from inspector.error_texts import traceback_of


def end_copy(worker_pid: int, error: BaseException | None = None) -> None:
    """End this process, as Python would, if it is a fork of the worker's and the user's code has ended in it.

    It would send messages and write pixels in the worker's place.

    Args:
        error: what the user's code raised, or None: it returned.
    """
    if os.getpid() == worker_pid:
        return
    code: object = 0
    if isinstance(error, SystemExit):
        code = error.code
    elif error is not None:
        code = traceback_of(error, error.__traceback__).rstrip()
    if isinstance(code, int | None):
        os._exit((code or 0) & 0xFF)
    try:
        if sys.stderr is not None:
            print(code, file=sys.stderr, flush=True)
    finally:
        os._exit(1)
