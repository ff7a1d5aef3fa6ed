"""What a report says of the machine: of that on which the session runs."""

from collections.abc import Iterable

from inspector.doctor.findings import Diagnostic
from inspector.session.protocol import Session


def machine_of(session: Session) -> Iterable[Diagnostic]:
    """Cores, memory and limits, then versions. Takes some milliseconds where that is this machine."""
    from inspector.doctor.summary import summary  # takes 20 ms to import, which the start of the window can do without

    return session.line.machine if session.line is not None else summary()
