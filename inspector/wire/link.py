"""`Link`: one stream to the other side, and the thread that reads and writes it.

It says hello, sends what is urgent first, keeps bytes under way within a window, asks now and then whether the other
side is there, and ends with a sentence: where it is silent, speaks another version, or sends what cannot be.
"""

import contextlib
import logging
import os
import select
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from inspector import __version__
from inspector.formatting import readable
from inspector.wire.errors import SilenceError, WireError
from inspector.wire.flight import FlightWindow
from inspector.wire.frames import (
    MAJOR,
    MINOR,
    PREAMBLE,
    Count,
    Frame,
    FrameKind,
    FrameParser,
    MessageHead,
    PartHead,
    Sentence,
    WireHello,
    pack,
)
from inspector.wire.handlers import Handlers, LinkEnd
from inspector.wire.outbox import Inbox, Lane, Message, MostBytes, Outbox

_log = logging.getLogger(__name__)

SILENCE_S = 4.0  # after this the line is broken: each side says something every second
PING_EVERY_S = 1.0
_ACK_EVERY_BYTES, _READ_BYTES = 16 << 10, 256 << 10
_CLOSING_S = 2.0  # for what is still to be sent at the end
GOODBYE = "The other side said goodbye."
ENDED = "The other side ended the connection."


@dataclass(frozen=True, slots=True)
class ByteStream:
    """Two descriptors of a stream, which may be one and the same, and what closes them."""

    reads: int
    writes: int
    close: Callable[[], None]


@dataclass(slots=True)
class _Heard:
    """When something came, and what it said about the line."""

    at_s: float = field(default_factory=time.monotonic)
    hello: bool = False
    latency_s: float | None = None
    received: int = 0
    acked: int = 0


class Link:
    """Begins at once. `send` and `close` may be called from any thread.

    Args:
        most: how long the messages may be that come.
        facts: what the other side is to know, by name.
        hello_s: so long may the other side take to say hello; None: for ever, as a person may have to be asked first.
        silence_s: so long may it be silent afterwards.
    """

    def __init__(
        self,
        stream: ByteStream,
        handlers: Handlers,
        most: MostBytes,
        *,
        facts: Mapping[str, str] | None = None,
        hello_s: float | None = None,
        silence_s: float = SILENCE_S,
        name: str = "inspector-link",
    ) -> None:
        self._stream, self._handlers = stream, handlers
        self._hello_s, self._silence_s = hello_s, silence_s
        self._lock = threading.Lock()
        self._outbox, self._inbox = Outbox(), Inbox(most)
        self._parser = FrameParser()
        self.flight = FlightWindow()
        self._heard = _Heard()
        self._pinged_s = 0.0
        self._pings: dict[int, float] = {}
        self._ping = 0
        hello = WireHello(MAJOR, MINOR, __version__, dict(facts or {}))
        self._out = memoryview(PREAMBLE + pack(FrameKind.HELLO, hello))
        self._control: list[bytes] = []
        self._ending = ""  # why, where this side ends it
        self._last_words_s: float | None = None
        self._wake_read, self._wake_write = os.pipe()
        for descriptor in (self._wake_read, self._wake_write, stream.reads, stream.writes):
            os.set_blocking(descriptor, False)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def latency_s(self) -> float | None:
        """How long there and back again takes; None: not known yet."""
        return self._heard.latency_s

    @property
    def received(self) -> int:
        """Bytes of messages so far."""
        return self._heard.received

    def send(self, message: Message, lane: Lane) -> None:
        """Have it sent. Nothing happens where the link has ended.

        Raises:
            WireError: where too much waits already.
        """
        with self._lock:
            self._outbox.add(message, lane)
        self._wake()

    def is_free(self, lane: Lane) -> bool:
        """Whether nothing waits there to be sent."""
        with self._lock:
            return self._outbox.is_free(lane)

    def close(self, why: str = "", *, refuse: bool = False, wait: bool = True) -> None:
        """End it, with a goodbye or a refusal; what waits in the urgent lane is sent before."""
        with self._lock:
            if not self._ending:
                self._ending = why or "This side has ended the connection."
                kind = FrameKind.REFUSAL if refuse else FrameKind.GOODBYE
                self._control.append(pack(kind, Sentence(why)))
                self._last_words_s = time.monotonic() + _CLOSING_S
        self._wake()
        if wait and threading.current_thread() is not self._thread:
            self._over.wait(2 * _CLOSING_S)

    def _wake(self) -> None:
        with self._lock, contextlib.suppress(BlockingIOError):  # it is awake already
            if not self._over.is_set():
                os.write(self._wake_write, b"x")

    # --- the thread --------------------------------------------------------------------------------------------

    def _run(self) -> None:
        end = LinkEnd.BROKEN
        try:
            end, why = self._serve()
        except SilenceError as error:
            why = str(error)
        except WireError as error:
            end, why = LinkEnd.FAULTY, str(error)
            self._refuse(why)
        except OSError as error:
            why = f"The connection broke: {error.strerror or error}."
        except Exception as error:  # a fault in what was called; the other side must not wait for ever
            _log.exception("a connection ended by a fault")
            end, why = LinkEnd.FAULTY, f"inspector failed unexpectedly: {type(error).__name__}: {error}"
        self._stream.close()
        with self._lock:
            self._over.set()
            os.close(self._wake_read)
            os.close(self._wake_write)
        try:
            self._handlers.ended(end, why)
        except Exception:
            _log.exception("the end of a connection was not handled")

    def _refuse(self, why: str) -> None:
        """Say why, as far as it can be said at once."""
        with contextlib.suppress(OSError):
            os.write(self._stream.writes, bytes(self._out) + pack(FrameKind.REFUSAL, Sentence(why)))

    def _serve(self) -> tuple[LinkEnd, str]:
        poll = select.poll()
        reads, writes = self._stream.reads, self._stream.writes
        poll.register(self._wake_read, select.POLLIN)
        while True:
            self._fill()
            if self._last_words_s is not None and (not self._out or time.monotonic() > self._last_words_s):
                return LinkEnd.HERE, self._ending
            wanted = {reads: select.POLLIN}
            if self._out:
                wanted[writes] = wanted.get(writes, 0) | select.POLLOUT
            for descriptor, events in wanted.items():
                poll.register(descriptor, events)
            ready = dict(poll.poll(20 if self.flight.most_bytes_per_s else 250))
            for descriptor in wanted:
                poll.unregister(descriptor)
            if self._wake_read in ready:
                os.read(self._wake_read, 4096)
            if ready.get(reads, 0) & (select.POLLIN | select.POLLHUP | select.POLLERR):
                end = self._read()  # first: the last words may be a goodbye
                if end is not None:
                    return end
            if ready.get(writes, 0) & (select.POLLOUT | select.POLLERR) and self._out:
                end = self._write()
                if end is not None:
                    return end
            self._keep_alive()

    def _write(self) -> tuple[LinkEnd, str] | None:
        try:
            count = os.write(self._stream.writes, self._out)
        except BlockingIOError:
            return None
        except (BrokenPipeError, ConnectionResetError):
            return self._last_words()
        self._out = self._out[count:]
        return None

    def _last_words(self) -> tuple[LinkEnd, str]:
        """Nothing can be written any more: what came before may say why."""
        poll = select.poll()
        poll.register(self._stream.reads, select.POLLIN)
        while poll.poll(0):
            end = self._read()
            if end is not None:
                return end
        return LinkEnd.BROKEN, ENDED

    def _fill(self) -> None:
        """Take what is to be written next, a little at a time, so that what is urgent waits for little."""
        if self._out:
            return
        pieces: list[bytes] = []
        freed = False
        with self._lock:
            pieces += self._control
            self._control.clear()
            size = sum(map(len, pieces))
            while self._heard.hello and size < (64 << 10):
                part = self._outbox.next(self.flight.room())
                if part is None:
                    break
                pieces.append(part[0])
                size += len(part[0])
                self.flight.note_sent(part[1])
                freed = True
        if pieces:
            self._out = memoryview(b"".join(pieces))
        if freed:
            self._handlers.room()

    def _read(self) -> tuple[LinkEnd, str] | None:
        """Take what has come; how the link ends with it, if it does."""
        try:
            data = self._bytes()
        except BlockingIOError:
            return None
        if not data:
            return LinkEnd.BROKEN, self._ended()
        self._heard.at_s = time.monotonic()
        try:
            for frame in self._parser.feed(data):
                end = self._handle(frame)
                if end is not None:
                    return end
        except msgspec.MsgspecError as error:
            raise WireError(f"The other side sent what is no frame of ours: {str(error)[:200]}.") from error
        return None

    def _ended(self) -> str:
        """Why, where the other side says nothing of it; a login shell may have, in place of inspector."""
        noise = readable(self._parser.noise())
        return f"{ENDED} It said: {noise.rstrip('.')}." if noise else ENDED

    def _bytes(self) -> bytes:
        try:
            return os.read(self._stream.reads, _READ_BYTES)
        except ConnectionResetError:  # the other side has gone and left our words unread; its own are still there
            return os.read(self._stream.reads, _READ_BYTES)

    def _handle(self, frame: Frame) -> tuple[LinkEnd, str] | None:
        kind, decode = frame.kind, msgspec.msgpack.decode
        heard = self._heard
        if kind == FrameKind.HELLO:
            self._greet(decode(frame.header, type=WireHello))
        elif kind in (FrameKind.GOODBYE, FrameKind.REFUSAL):
            end = LinkEnd.GOODBYE if kind == FrameKind.GOODBYE else LinkEnd.REFUSED
            return end, decode(frame.header, type=Sentence).text[:2000] or GOODBYE
        elif not heard.hello:
            raise WireError("The other side did not say which version it speaks.")
        elif kind in (FrameKind.MESSAGE, FrameKind.MORE):
            heard.received += len(frame.raw)
            if heard.received - heard.acked >= _ACK_EVERY_BYTES:
                heard.acked = heard.received
                self._say(FrameKind.ACK, Count(heard.received))
            if kind == FrameKind.MESSAGE:
                message = self._inbox.begin(decode(frame.header, type=MessageHead), frame.raw)
            else:
                message = self._inbox.more(decode(frame.header, type=PartHead), frame.raw)
            for each in self._inbox.under_way():
                self._handlers.progress(*each)
            if message is not None:
                self._handlers.message(message)
        elif kind == FrameKind.ACK:
            self.flight.note_acked(decode(frame.header, type=Count).value)
        elif kind == FrameKind.PING:
            self._say(FrameKind.PONG, decode(frame.header, type=Count))
        elif kind == FrameKind.PONG:
            sent_s = self._pings.pop(decode(frame.header, type=Count).value, None)
            if sent_s is not None:
                heard.latency_s = time.monotonic() - sent_s
        return None

    def _greet(self, hello: WireHello) -> None:
        if self._heard.hello:
            raise WireError("The other side said hello twice.")
        if hello.major != MAJOR:
            raise WireError(
                f"The two sides speak different versions: {MAJOR}.{MINOR} (inspector {__version__}) here, "
                f"{hello.major}.{hello.minor} (inspector {hello.version[:40]}) there. "
                "Install the same inspector on both."
            )
        self._heard.hello = True
        self._handlers.hello(hello)

    def _say(self, kind: FrameKind, header: msgspec.Struct) -> None:
        with self._lock:
            if len(self._control) >= 256:
                raise WireError("The other side asks for more than it takes.")
            self._control.append(pack(kind, header))

    def _keep_alive(self) -> None:
        """
        Raises:
            WireError: where the other side was silent for too long.
        """
        now, heard = time.monotonic(), self._heard
        patience = self._silence_s if heard.hello else self._hello_s
        if patience is not None and now - heard.at_s > patience:
            raise SilenceError(f"Nothing has come from the other side for {patience:.0f} s.")
        if heard.hello and now - self._pinged_s >= PING_EVERY_S:
            self._pinged_s = now
            self._ping += 1
            self._pings[self._ping] = now
            self._pings.pop(self._ping - 8, None)
            self._say(FrameKind.PING, Count(self._ping))
