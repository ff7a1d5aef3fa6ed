"""How often a sample may bring a worker down before it is given up."""

import signal

from inspector.formats.problems import ProblemKind
from inspector.loader.planning.samples import Sample
from inspector.loader.workers.messages import Exited, SampleFault

_CRASHES_ALLOWED = 2  # deaths from within (a segmentation fault)
_KILLS_ALLOWED = 9  # deaths from outside (SIGKILL, SIGTERM: an operator, or no memory left)
_TIMEOUTS_ALLOWED = 1


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


def fault_after_exit(sample: Sample, exited: Exited) -> SampleFault | None:
    """Count that a worker died at the sample.

    Returns:
        The fault to skip the sample for, or None: load it again.
    """
    outside = exited.signal in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM))
    sample.kills += outside
    sample.crashes += not outside
    if sample.kills <= _KILLS_ALLOWED and sample.crashes <= _CRASHES_ALLOWED:
        return None
    how = signal.Signals(exited.signal).name if exited.signal else f"exit code {exited.exit_code}"
    reason = f"it ended its worker {sample.kills + sample.crashes} times ({how})"
    return SampleFault(ProblemKind.CRASHED, reason)
