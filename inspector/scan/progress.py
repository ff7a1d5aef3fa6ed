"""How far a scan is, for those who follow it."""

import time
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class EngineWorker(NamedTuple):
    """A worker of a cluster. `host`: where it is. `threads`: chunks that it takes at a time."""

    name: str
    host: str
    threads: int


def workers_in_words(workers: Collection[EngineWorker]) -> str:
    """How many there are, and where."""
    hosts = sorted({worker.host for worker in workers})
    shown = ", ".join(hosts[:3]) + (f" and {len(hosts) - 3} other hosts" if len(hosts) > 3 else "")
    return f"{len(workers)} worker{'' if len(workers) == 1 else 's'} on {shown}"


_WINDOW_S = 5.0


class RecentRate:
    """How fast something grows, over the last seconds."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque()  # times, and how much there was

    def clear(self) -> None:
        """It begins now."""
        self._marks.clear()

    def note(self, count: int) -> None:
        """So much there is."""
        now = time.monotonic()
        if not self._marks or now - self._marks[-1][0] > _WINDOW_S / 50:
            self._marks.append((now, count))
            while now - self._marks[0][0] > _WINDOW_S:
                self._marks.popleft()

    @property
    def per_s(self) -> float | None:
        """None: unknown."""
        if not self._marks:
            return None
        (began_s, before), (ended_s, count) = self._marks[0], self._marks[-1]
        return (count - before) / (ended_s - began_s) if count > before else None


class ScanState(StrEnum):
    """What a scan is doing."""

    READY = "ready"
    FINDING = "finding files"
    CHECKING = "checking"
    CANCELLED = "cancelled"
    COMPLETE = "complete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ScanProgress:
    """How far a scan is.

    Attributes:
        message: why it failed, or stopped before its end; else "".
        files: in the data set; found so far while it is FINDING.
        outside: how many of them lie outside the folder, where symbolic links led.
        left_out: what is not checked beside them, such as tars beside images, and how to; else "".
        done: files checked. good: those of them without a problem.
        rows: problems and findings so far.
        seconds: spent on checking, pauses not counted.
        ahead: files checked beside those, whose turn has not come.
        workers: those of the cluster that checks; () on this machine.
        on: the cluster; "" for this machine.
        note: the last sentence about it.
        throttled: requests that the store refused because it asks for fewer; they were made again.
        files_per_s: over the last seconds. left_s: seconds until it is complete. None: unknown.
    """

    state: ScanState
    message: str = ""
    files: int = 0
    done: int = 0
    good: int = 0
    rows: int = 0
    seconds: float = 0.0
    files_per_s: float | None = None
    left_s: float | None = None
    outside: int = 0
    ahead: int = 0
    workers: tuple[EngineWorker, ...] = ()
    on: str = ""
    note: str = ""
    left_out: str = ""
    throttled: int = 0

    @property
    def checked(self) -> int:
        """How many files are checked, in any order."""
        return self.done + self.ahead

    @property
    def runs(self) -> bool:
        """Whether it is at work."""
        return self.state in (ScanState.FINDING, ScanState.CHECKING)
