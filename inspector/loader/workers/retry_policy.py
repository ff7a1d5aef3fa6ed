"""Whether a sample is to blame for the end of its workers, and when it is given up."""

import signal

from inspector.formats.problems import ProblemKind
from inspector.loader.planning.samples import Sample
from inspector.loader.workers.messages import Exited, SampleFault
from inspector.system_signals import KILL

_TIMEOUTS_ALLOWED = 1
_CRASHES_TO_SUSPECT = 2  # deaths from within (a segmentation fault)
_KILLS_TO_SUSPECT = 3  # deaths that may come from outside (SIGKILL, SIGTERM: an operator, or no memory left)
_CRASHES_ALONE = 1
_KILLS_ALONE = 5


def fault_after_timeout(sample: Sample, limit_s: float) -> SampleFault | None:
    """Count that a worker was killed because it was at the sample for more than `limit_s` seconds.

    Returns:
        The fault to skip the sample for, or None: load it again.
    """
    sample.timeouts += 1
    if sample.timeouts <= _TIMEOUTS_ALLOWED:
        return None
    reason = f"loading it took longer than {limit_s:g} s, {sample.timeouts} times"
    return SampleFault(ProblemKind.TIMED_OUT, reason)


def may_be_from_outside(exited: Exited) -> bool:
    """The process was ended by a signal that is mostly sent by somebody else."""
    return exited.signal in (signal.SIGTERM, KILL)


def is_suspect(sample: Sample, exited: Exited) -> bool:
    """Count that a worker died at the sample, with others at work; True: find out whether the sample did it."""
    outside = may_be_from_outside(exited)
    sample.kills += outside
    sample.crashes += not outside
    return sample.kills >= _KILLS_TO_SUSPECT or sample.crashes >= _CRASHES_TO_SUSPECT


class Evidence:
    """How often workers died at a sample that was loaded alone, while no other worker was ended."""

    def __init__(self) -> None:
        self._kills = self._crashes = 0

    def add(self, exited: Exited) -> None:
        """Another death."""
        outside = may_be_from_outside(exited)
        self._kills += outside
        self._crashes += not outside

    @property
    def suffices(self) -> bool:
        """It was the sample."""
        return self._kills >= _KILLS_ALONE or self._crashes >= _CRASHES_ALONE

    def fault(self, sample: Sample, exited: Exited) -> SampleFault:
        """Why the sample is given up. `exited`: the last death."""
        alone = self._kills + self._crashes
        times = sample.kills + sample.crashes + alone
        how = signal.Signals(exited.signal).name if exited.signal else f"exit code {exited.exit_code}"
        reason = f"it ended its worker {times} times ({how}), the last {alone} while nothing else was loaded"
        return SampleFault(ProblemKind.CRASHED, reason.replace("the last 1 ", "the last time "))
