"""`SessionServer`: one session, and the connections of those who look at it."""

import platform
import threading
from collections.abc import Callable
from contextlib import suppress

from inspector.doctor.summary import summary
from inspector.errors import InspectorError
from inspector.session.exchange import TO_SERVER, SessionOffer
from inspector.session.protocol import Session
from inspector.session.serving.calls import Calls
from inspector.session.serving.intents import carry_out
from inspector.session.serving.publisher import Known, Publisher
from inspector.session.serving.shared import SharedState
from inspector.wire.errors import WireError
from inspector.wire.frames import WireHello
from inspector.wire.handlers import Handlers, LinkEnd
from inspector.wire.link import ByteStream, Link
from inspector.wire.outbox import Lane, Message
from inspector.wire.values import encode

_HELLO_S = 30.0
_SILENCE_S = 15.0  # a client that is away for longer connects again
_MOST_CONNECTIONS = 16


class Connection:
    """One client of a served session; it lives until the client goes or `close`."""

    def __init__(self, shared: SharedState, stream: ByteStream, ended: Callable[["Connection"], None]) -> None:
        self._shared, self._ended = shared, ended
        self._publisher: Publisher | None = None
        self._client = ""
        self.greeted = False
        self.over = threading.Event()
        self.end: LinkEnd | None = None
        self._calls = Calls(
            shared,
            lambda number, body: self._send(Message("answer", number, body), Lane.ANSWER),
            lambda number, sentence: self._send(Message("failure", number, encode(sentence)), Lane.URGENT),
        )
        self._ready = threading.Event()  # the link calls from its own thread, perhaps before it is known here
        self._link = Link(
            stream,
            Handlers(hello=self._greet, message=self._take, room=self._room, ended=self._end),
            TO_SERVER,
            facts={"offer": _offer(shared).hex()},
            hello_s=_HELLO_S,
            silence_s=_SILENCE_S,
            name="inspector-connection",
        )
        self._ready.set()

    @property
    def said_goodbye(self) -> bool:
        """The client went on purpose."""
        return self.end is LinkEnd.GOODBYE

    def close(self, why: str = "") -> None:
        """End it; the client learns why."""
        self._link.close(why, refuse=bool(why))

    def _send(self, message: Message, lane: Lane) -> None:
        with suppress(WireError):  # it takes nothing any more, and will be noticed as silent
            self._link.send(message, lane)

    # --- called by the link -----------------------------------------------------------------------------------

    def _greet(self, hello: WireHello) -> None:
        self._ready.wait()
        facts, self.greeted = hello.facts, True
        self._client = facts.get("client", "")[:64]
        known = Known()
        if facts.get("session") == self._shared.name:
            with suppress(ValueError):
                known = Known(
                    series_s=float(facts.get("series", "-inf")),
                    problems=max(0, int(facts.get("problems", "0"))),
                    problems_run=int(facts.get("problems_run", "0")),
                )
        self._publisher = Publisher(self._shared, self._link, known, exact=facts.get("exact") == "yes")
        with self._shared.lock:
            heard = self._shared.heard.get(self._client, 0)
        self._publisher.heard(heard)

    def _take(self, message: Message) -> None:
        kind, _, name = message.name.partition("/")
        if kind == "call":
            self._calls.take(message.number, name, message.body)
        elif kind == "intent":
            self._take_intent(message.number, name, message.body)

    def _take_intent(self, number: int, name: str, body: bytes | bytearray) -> None:
        shared, publisher = self._shared, self._publisher
        assert publisher is not None
        with shared.lock:
            if number <= shared.heard.get(self._client, 0):
                return  # it was heard before the connection broke
            shared.heard[self._client] = number
            while len(shared.heard) > 4 * _MOST_CONNECTIONS:
                del shared.heard[next(iter(shared.heard))]
        try:
            carry_out(shared.session, name, body)
        except WireError:
            raise
        except InspectorError as error:
            publisher.heard(number, str(error))
        else:
            publisher.heard(number)

    def _room(self) -> None:
        if self._publisher is not None:
            self._publisher.wake()

    def _end(self, end: LinkEnd, why: str) -> None:
        self._ready.wait()
        if self._publisher is not None:
            self._publisher.close()
        self._calls.forget()
        self.end = end
        self.over.set()
        self._ended(self)


class SessionServer:
    """Serves one session, which it does not close.

    Args:
        on_end: called when a connection has ended, from its thread.
        line_kb_per_s: how much each client may be sent, where the session has no such setting; 0: what the line takes.
    """

    def __init__(
        self,
        session: Session,
        on_end: Callable[[Connection], None] = lambda connection: None,
        *,
        line_kb_per_s: int = 0,
    ) -> None:
        self._shared = SharedState(session, line_kb_per_s)
        self._on_end = on_end
        self._lock = threading.Lock()
        self._connections: list[Connection] = []

    @property
    def clients(self) -> int:
        """How many have said hello and are there now."""
        with self._lock:
            return sum(connection.greeted for connection in self._connections)

    def serve(self, stream: ByteStream) -> Connection:
        """Serve whoever is at the other end of `stream`; returns at once."""
        with self._lock:
            oldest = self._connections[0] if len(self._connections) >= _MOST_CONNECTIONS else None
        if oldest is not None:
            oldest.close("Too many others look at this.")
        connection = Connection(self._shared, stream, self._ended)
        with self._lock:
            if not connection.over.is_set():
                self._connections.append(connection)
        return connection

    def close(self, why: str = "") -> None:
        """End all connections."""
        with self._lock:
            connections = [*self._connections]
        for connection in connections:
            connection.close(why)

    def _ended(self, connection: Connection) -> None:
        with self._lock:
            if connection in self._connections:
                self._connections.remove(connection)
        self._on_end(connection)


def _offer(shared: SharedState) -> bytes:
    session = shared.session
    has = [
        name for name in ("scan", "tune", "quarantine", "training", "annotations") if getattr(session, name) is not None
    ]
    return encode(
        SessionOffer(
            session=shared.name,
            names=tuple(sorted(session.capabilities.names)),
            reasons=dict(session.capabilities.reasons),
            has=tuple(has),
            host=platform.node(),
            machine=tuple(summary()),
        )
    )
