"""What a view shows of the way to a session on another machine."""

from dataclasses import dataclass

from inspector.doctor.findings import Diagnostic


@dataclass(frozen=True, slots=True)
class LineState:
    """The line at one moment.

    Attributes:
        host: as the user named it.
        connected: both sides hear each other.
        message: what is wrong, a sentence; "" where nothing is.
        latency_s: there and back again. bytes_per_s: what comes, over the last seconds. None: not known.
        loading: bytes of an image or another long answer that have come, and of how many; None: none is under way.
        lost_s: seconds without a connection; 0 with one.
        over: it is not tried any more.
        failures: the last things that could not be done there, numbered, a sentence each.
        machine: what that machine is, for a report.
    """

    host: str
    connected: bool
    message: str = ""
    latency_s: float | None = None
    bytes_per_s: float | None = None
    loading: tuple[int, int] | None = None
    lost_s: float = 0.0
    over: bool = False
    failures: tuple[tuple[int, str], ...] = ()
    machine: tuple[Diagnostic, ...] = ()
