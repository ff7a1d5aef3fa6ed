"""`Line`: the connection to a session there, for as long as a view wants it: connects again, and says again."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from inspector.errors import InspectorError
from inspector.session.exchange import TO_CLIENT
from inspector.session.line_state import LineState
from inspector.wire.errors import WireError
from inspector.wire.frames import WireHello
from inspector.wire.handlers import Handlers, LinkEnd
from inspector.wire.link import ByteStream, Link
from inspector.wire.outbox import Lane, Message

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.3, 8.0
_MOST_UNHEARD, _MOST_ASKED = 1000, 24
_MOST_FAULTS = 3  # in a row
_RATE_SPAN_S = 3.0


class Connector(Protocol):
    """Makes connections to one session."""

    host: str

    def open(self, *, again: bool) -> ByteStream:
        """Another connection.

        Raises:
            WireError: where there can be none now.
        """

    def explain(self, why: str) -> tuple[str, bool]:
        """Why the connection that was opened last has ended, as this knows it, and whether another try is in vain."""

    def close(self) -> None:
        """End what it has started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineHandlers:
    """What a line calls, from its threads: `hello` with whether another session answers than before."""

    hello: Callable[[Mapping[str, str]], None]
    message: Callable[[Message], None]
    lost: Callable[[], None]


class Line:
    """Begins with `start`. Messages are sent as soon as there is a connection.

    Args:
        facts: what the other side is to know, when a connection begins.
        heard: the last intent that the other side has carried out.
    """

    def __init__(
        self,
        connector: Connector,
        handlers: LineHandlers,
        facts: Callable[[], Mapping[str, str]],
        heard: Callable[[], int],
    ) -> None:
        self._connector, self._handlers, self._facts, self._heard = connector, handlers, facts, heard
        self._changed = threading.Condition()
        self._link: Link | None = None
        self._connected = False
        self._ever = False
        self._ended: tuple[LinkEnd, str] | None = None
        self._given_up = ""  # why there will be no other connection
        self._message = ""
        self._lost_at_s: float | None = None
        self._closing = False
        self._revision = 0
        self._unheard: OrderedDict[int, Message] = OrderedDict()
        self._asked: OrderedDict[int, Message] = OrderedDict()  # calls on their way
        self._waiting: deque[Message] = deque()  # calls that are to be made when some of those are answered
        self._loading: tuple[int, int] | None = None
        self._received: deque[tuple[float, int]] = deque()
        self._thread = threading.Thread(target=self._run, name="inspector-line", daemon=True)

    def start(self) -> None:
        """Connect, and wait until the other side has said hello.

        Raises:
            WireError: where it cannot be reached.
        """
        self._thread.start()
        with self._changed:
            while not self._ever and not self._given_up:
                self._changed.wait(0.1)  # so that Ctrl+C is heard
            if not self._ever:
                raise WireError(self._given_up)

    def state(self) -> LineState:
        """Of the line, now."""
        link, now = self._link, time.monotonic()
        with self._changed:
            lost_s = 0.0 if self._lost_at_s is None else now - self._lost_at_s
            message = self._given_up or self._message
            connected, loading, over = self._connected, self._loading, bool(self._given_up)
        rate = None
        if connected and link is not None:
            self._received.append((now, link.received))
            while now - self._received[0][0] > _RATE_SPAN_S:
                self._received.popleft()
            (began_s, first), (ended_s, last) = self._received[0], self._received[-1]
            rate = (last - first) / (ended_s - began_s) if ended_s - began_s > 0.5 and last >= first else None
        return LineState(
            self._connector.host, connected, message, link.latency_s if link else None, rate, loading, lost_s, over
        )

    def intend(self, name: str, body: bytes) -> int:
        """Have an intent carried out, once, however often the connection breaks meanwhile; its number."""
        with self._changed:
            self._revision += 1
            message = Message(f"intent/{name}", self._revision, body)
            self._unheard[self._revision] = message
            while len(self._unheard) > _MOST_UNHEARD:
                self._unheard.popitem(last=False)
            self._send(message)
            return self._revision

    def ask(self, number: int, name: str, body: bytes) -> None:
        """Make a call; again where the connection breaks before its answer."""
        with self._changed:
            self._waiting.append(Message(f"call/{name}", number, body))
            self._ask_more()

    def answered(self, number: int) -> None:
        """This call has its answer, or nobody waits for it any more."""
        with self._changed:
            self._asked.pop(number, None)
            self._loading = None
            self._ask_more()

    def revision(self) -> int:
        """Of the last intent that was carried out there."""
        heard = self._heard()
        with self._changed:
            while self._unheard and next(iter(self._unheard)) <= heard:
                self._unheard.popitem(last=False)
        return heard

    def close(self) -> None:
        """Say goodbye and end it; the other side ends, too."""
        with self._changed:
            self._closing = True
            link = self._link
            self._changed.notify_all()
        if link is not None:
            link.close()
        self._connector.close()
        if self._thread.ident is not None and threading.current_thread() is not self._thread:
            self._thread.join(10)

    def _ask_more(self) -> None:
        while self._waiting and len(self._asked) < _MOST_ASKED:
            message = self._waiting.popleft()
            self._asked[message.number] = message
            self._send(message)

    def _send(self, message: Message) -> None:
        if self._connected and self._link is not None:
            self._link.send(message, Lane.URGENT if message.name.startswith("intent/") else Lane.ANSWER)

    # --- its threads -------------------------------------------------------------------------------------------

    def _run(self) -> None:
        wait_s, faults = _FIRST_WAIT_S, 0
        while not self._closing:
            end, why = self._connect()
            lasted = self._lost_at_s is not None and self._connected_for_s > 5.0
            with self._changed:
                if self._closing:
                    break
            why, in_vain = self._connector.explain(why)
            faults = faults + 1 if end in (LinkEnd.FAULTY, LinkEnd.REFUSED) and not lasted else 0
            in_vain = in_vain or not self._ever or end is LinkEnd.REFUSED or faults >= _MOST_FAULTS
            with self._changed:
                self._message = why
                if in_vain:
                    self._given_up = why
                    self._changed.notify_all()
                    break
                wait_s = _FIRST_WAIT_S if lasted else min(_LONGEST_WAIT_S, wait_s * 2)
                self._changed.wait_for(lambda: self._closing, wait_s)
        self._handlers.lost()

    def _connect(self) -> tuple[LinkEnd, str]:
        """One connection, from its beginning to its end."""
        began_s = time.monotonic()
        try:
            stream = self._connector.open(again=self._ever)
        except InspectorError as error:
            return LinkEnd.BROKEN, str(error)
        with self._changed:
            self._ended = None
            handlers = Handlers(hello=self._greet, message=self._take, progress=self._progress, ended=self._end)
            link = self._link = Link(
                stream, handlers, TO_CLIENT, facts=self._facts(), hello_s=20.0 if self._ever else None
            )
            if self._closing:
                link.close(wait=False)
            while self._ended is None:
                self._changed.wait()
            self._connected_for_s = time.monotonic() - began_s
            return self._ended

    _connected_for_s = 0.0

    def _greet(self, hello: WireHello) -> None:
        self._handlers.hello(hello.facts)
        heard = self._heard()
        with self._changed:
            self._connected = self._ever = True
            self._lost_at_s, self._message, self._loading = None, "", None
            self._received.clear()
            for number, message in self._unheard.items():
                if number > heard:
                    self._send(message)
            for message in self._asked.values():
                self._send(message)
            self._changed.notify_all()

    def _take(self, message: Message) -> None:
        self._handlers.message(message)

    def _progress(self, name: str, number: int, done: int, total: int) -> None:
        if name == "answer":
            self._loading = done, total

    def _end(self, end: LinkEnd, why: str) -> None:
        with self._changed:
            if self._connected:
                self._lost_at_s = time.monotonic()
            self._connected = False
            self._ended = end, why
            self._changed.notify_all()
