"""What a link calls, and how it ends."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from inspector.wire.frames import WireHello
from inspector.wire.outbox import Message


class LinkEnd(Enum):
    """How a link ended."""

    HERE = auto()  # this side has closed it
    GOODBYE = auto()  # the other side has
    REFUSED = auto()  # the other side did not like what it got
    FAULTY = auto()  # the other side sent what cannot be
    BROKEN = auto()  # the line, or the process at its other end


def _nothing(*_arguments: object) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Handlers:
    """What a link calls, all in its own thread, so each must be quick.

    Attributes:
        hello: the other side is there. message: it sent one. room: nothing waits in a lane any more.
        progress: of a message that is not complete: (name, number, bytes so far, of how many).
        ended: how, and the sentence that says why; the last call.
    """

    hello: Callable[[WireHello], None] = _nothing
    message: Callable[[Message], None] = _nothing
    room: Callable[[], None] = _nothing
    progress: Callable[[str, int, int, int], None] = _nothing
    ended: Callable[[LinkEnd, str], None] = _nothing
