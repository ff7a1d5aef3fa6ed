"""Processes that the user's code starts in workers: they must not outlive the loader."""

import contextlib
import ctypes
import os
import sys
import time

from inspector.system_signals import KILL

_ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER
_LOOK_EVERY_S = 0.005


def adopt_orphans() -> None:
    """From now on, this process becomes the parent of its descendants whose own parent ends, where Linux allows it."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_ADOPT_ORPHANS, 1, 0, 0, 0)


def children_of(pid: int) -> set[int]:
    """The process's own children, zombies included."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:  # of its main thread, which is the one that forks
            return set(map(int, file.read().split()))
    except OSError:
        import psutil  # it takes a while, and most systems have the above

        try:
            return {child.pid for child in psutil.Process(pid).children()}
        except psutil.Error:
            return set()


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, KILL)


def end_families(pids: set[int]) -> None:
    """End processes, their children and theirs."""
    for pid in pids:
        children = children_of(pid)
        _kill(pid)
        end_families(children)


def end_children(within_s: float) -> None:
    """End this process's children, with those that it adopts meanwhile, and wait until they are gone."""
    until_s = time.monotonic() + within_s
    while (children := children_of(os.getpid())) and time.monotonic() < until_s:
        for pid in children:
            _kill(pid)
        for pid in children:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(_LOOK_EVERY_S)
