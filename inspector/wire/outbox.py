"""What waits to be sent, bounded: what is urgent first, what is long in parts."""

from collections import deque
from dataclasses import dataclass
from enum import IntEnum

from inspector.wire.errors import WireError
from inspector.wire.frames import FrameKind, MessageHead, PartHead, pack

PART_BYTES = 16 << 10
_MOST_URGENT, _MOST_ANSWERS = 1024, 64  # messages


class Lane(IntEnum):
    """How urgent a message is. Of STATE and PICTURES one waits at a time."""

    URGENT = 0
    STATE = 1
    ANSWER = 2
    PICTURES = 3


@dataclass(frozen=True, slots=True)
class Message:
    """What one side says to the other.

    Attributes:
        name: what it is. number: which one, or what it answers. body: as `values.encode` made it.
    """

    name: str
    number: int
    body: bytes | bytearray


@dataclass(slots=True)
class _Sending:
    stream: int
    message: Message
    sent: int = 0
    begun: bool = False

    def part(self) -> tuple[bytes, int]:
        """The next frame, and how many bytes of the body are in it."""
        message = self.message
        raw = memoryview(message.body)[self.sent : self.sent + PART_BYTES]
        self.sent += len(raw)
        if self.begun:
            return pack(FrameKind.MORE, PartHead(self.stream), raw), len(raw)
        self.begun = True
        head = MessageHead(self.stream, message.name, message.number, len(message.body))
        return pack(FrameKind.MESSAGE, head, raw), len(raw)

    @property
    def complete(self) -> bool:
        return self.begun and self.sent >= len(self.message.body)


class Outbox:
    """Not thread-safe. Answers and pictures take turns, part by part."""

    def __init__(self) -> None:
        self._lanes: dict[Lane, deque[_Sending]] = {lane: deque() for lane in Lane}
        self._streams = 0
        self._turn = Lane.ANSWER

    def add(self, message: Message, lane: Lane) -> None:
        """
        Raises:
            WireError: where the other side takes nothing of what waits already.
        """
        waiting = self._lanes[lane]
        if lane in (Lane.STATE, Lane.PICTURES):
            while waiting and not waiting[-1].begun:  # the newer one says it all
                waiting.pop()
        elif len(waiting) >= (_MOST_URGENT if lane is Lane.URGENT else _MOST_ANSWERS):
            raise WireError("The other side asks for more than it takes.")
        self._streams += 1
        waiting.append(_Sending(self._streams, message))

    def is_free(self, lane: Lane) -> bool:
        """Nothing waits in it."""
        return not self._lanes[lane]

    def next(self, room: int) -> tuple[bytes, int] | None:
        """The next frame, where there is one; what is long only where there is `room` for more bytes under way."""
        for lane in (Lane.URGENT, Lane.STATE):
            if self._lanes[lane]:
                return self._take(lane)
        if room <= 0:
            return None
        other = Lane.PICTURES if self._turn is Lane.ANSWER else Lane.ANSWER
        for lane in (self._turn, other):
            if self._lanes[lane]:
                self._turn = other
                return self._take(lane)
        return None

    def _take(self, lane: Lane) -> tuple[bytes, int]:
        sending = self._lanes[lane][0]
        part = sending.part()
        if sending.complete:
            self._lanes[lane].popleft()
        return part


class Inbox:
    """Puts messages together from their parts. Not thread-safe.

    Args:
        most: how long a message of this name may be, in bytes; 0: there is none of this name, and it is ignored.
    """

    def __init__(self, most: "MostBytes") -> None:
        self._most = most
        self._open: dict[int, tuple[MessageHead, bytearray | None]] = {}

    def begin(self, head: MessageHead, raw: bytes) -> Message | None:
        """The message, where it is complete with this part.

        Raises:
            WireError: where it is longer than such a message can be.
        """
        most = self._most(head.name)
        if len(self._open) >= 16 or head.stream in self._open:
            raise WireError("The other side mixes up its messages.")
        if not 0 <= head.total <= (most or 1 << 40):
            raise WireError(f"The other side sent a {head.name[:40]!r} of {head.total:,} bytes: at most {most:,} fit.")
        return self._add(head, bytearray() if most else None, raw)

    def more(self, part: PartHead, raw: bytes) -> Message | None:
        """As `begin`, of a further part."""
        if part.stream not in self._open:
            raise WireError("The other side sent a part of no message.")
        head, body = self._open.pop(part.stream)
        return self._add(head, body, raw)

    def under_way(self) -> list[tuple[str, int, int, int]]:
        """(name, number, bytes so far, of how many) of those that are not complete."""
        return [(head.name, head.number, len(body or b""), head.total) for head, body in self._open.values()]

    def _add(self, head: MessageHead, body: bytearray | None, raw: bytes) -> Message | None:
        seen = head.total if body is None and not raw else len(raw)
        if body is None:  # of a later version of ours: passed over, by its length
            rest = MessageHead(head.stream, head.name, head.number, head.total - seen)
            if rest.total > 0:
                self._open[head.stream] = rest, None
            return None
        body += raw
        if len(body) > head.total or (len(body) < head.total and not raw):
            raise WireError("The other side sent more, or less, than it said it would.")
        if len(body) < head.total:
            self._open[head.stream] = head, body
            return None
        return Message(head.name, head.number, body)


class MostBytes:
    """How long messages may be, by the beginning of their names."""

    def __init__(self, **limits: int) -> None:
        self._limits = limits

    def __call__(self, name: str) -> int:
        return self._limits.get(name.partition("/")[0], 0)
