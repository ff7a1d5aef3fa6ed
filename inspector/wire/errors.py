"""The errors of this package."""

from inspector.errors import InspectorError


class WireError(InspectorError):
    """Raised when a connection cannot be made or used; a sentence says why."""


class SilenceError(WireError):
    """Raised when the other side has said nothing for too long: the line is broken, or the process stands still."""
