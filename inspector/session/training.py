"""What a view shows of a training whose own DataLoaders are watched: records, and the one thing that can be asked."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from inspector.monitor.verdict.table import Verdict

__all__ = ["GpuUse", "LoaderRow", "ProcessControl", "RecentBatches", "TrainingControl", "TrainingState", "Verdict"]


@dataclass(frozen=True, slots=True)
class LoaderRow:
    """A DataLoader of the training, since it was first used. None: not known.

    Attributes:
        key: names it in `TrainingControl.choose`. name: the variable that holds it. site: `file:line` that iterates it.
        rank: of its process; None where there is only one.
        wait_s, step_s, start_up_s: seconds in `next()`, between batches, and in which iterators were made.
        data_wait: share of that time spent in `next()`, 0 to 1. restart_s: seconds of a start but the first, mean.
        queue_depth: complete batches found waiting, mean, of `most_ahead`; held_back: those that an earlier one held.
        pin_ms: milliseconds in which a batch was pinned, mean.
        other_thread: share of the batches that a thread other than the main one took, 0 to 1.
        settings: (name, value) as people read them.
    """

    key: str
    name: str
    site: str
    rank: int | None
    num_workers: int
    batches: int
    images: int
    epochs: int
    starts: int
    wait_s: float
    step_s: float
    start_up_s: float
    data_wait: float | None
    restart_s: float | None
    queue_depth: float | None
    most_ahead: int | None
    held_back: float | None
    pin_ms: float | None
    other_thread: float
    errors: int
    settings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class RecentBatches:
    """The last batches of a loader, oldest first: (n,) milliseconds waited for each, and of the step before it."""

    wait_ms: npt.NDArray[np.float64]
    step_ms: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GpuUse:
    """A GPU, as its driver sees it. `busy`: share of the last moment in which it computed, 0 to 1."""

    number: int
    name: str
    busy: float | None
    memory_used_bytes: int | None
    memory_total_bytes: int | None


@dataclass(frozen=True, slots=True)
class TrainingState:
    """A watched training at one moment.

    Attributes:
        command: as it was given. elapsed_s: since it was started.
        ended: a sentence that says how; "" while it runs.
        exit_status: negative: the signal that ended it; None: it runs, or nobody knows.
        loaders: in the order in which they were first used. shown: the key of the one whose figures are shown.
        verdict: on the whole run. advice: what to change, and why. line: to paste into the script; "": none.
        notes: what to know of the shown loader's figures, a sentence each.
    """

    command: str
    elapsed_s: float
    ended: str
    loaders: tuple[LoaderRow, ...]
    shown: str
    verdict: Verdict
    advice: str
    line: str
    notes: tuple[str, ...]
    gpus: tuple[GpuUse, ...]
    exit_status: int | None = None

    @property
    def loader(self) -> LoaderRow | None:
        """The one that is shown."""
        return next((loader for loader in self.loaders if loader.key == self.shown), None)


class ProcessOutput(Protocol):
    """The end of what a training has printed. Not for the GUI thread."""

    def read(self) -> str | None:
        """Its last lines; None: as before.

        Raises:
            OSError: where it cannot be read.
        """


class ProcessControl(Protocol):
    """The process of a training on this machine.

    Attributes:
        words, folder: the command, and the folder in which it was started.
        output: the file that it prints to; "": it is none.
        by_window: a window started it: no terminal is there to end it from.
    """

    words: tuple[str, ...]
    folder: str
    output: str
    by_window: bool

    @property
    def runs(self) -> bool: ...

    @property
    def stopping(self) -> str:
        """The signal that was sent last to end it; "" for none."""

    def stop(self) -> None:
        """Ask it to end, as Ctrl+C would; the second time with more force. Returns at once."""

    def tail(self) -> ProcessOutput:
        """For one reader."""


class TrainingControl(Protocol):
    """What only a watched training has. All methods return at once."""

    @property
    def process(self) -> ProcessControl | None:
        """What can be done about its process; None: nothing from here."""

    def state(self) -> TrainingState:
        """All of it, at this moment."""

    def recent(self, key: str) -> RecentBatches:
        """Of this loader; empty where there is no such one."""

    def choose(self, key: str) -> int:
        """Show this loader's figures and pictures from now on; "": the one that training spends its time with."""
