"""Two sides of a stream: they greet each other, talk, and end, each with a reason."""

import contextlib
import os
import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from inspector.wire.flight import FlightWindow
from inspector.wire.frames import MAJOR, PREAMBLE, Count, FrameKind, Sentence, WireHello, pack
from inspector.wire.handlers import Handlers, LinkEnd
from inspector.wire.link import ByteStream, Link
from inspector.wire.outbox import Lane, Message, MostBytes
from tests.session.waiting import wait_until

MOST = MostBytes(word=1 << 20)


class Side:
    """A link, and what it was told."""

    def __init__(self, peer: socket.socket, silence_s: float = 30.0, hello_s: float | None = 30.0) -> None:
        self.messages: list[Message] = []
        self.hello = threading.Event()
        self.ended: list[tuple[LinkEnd, str]] = []
        handlers = Handlers(
            hello=lambda _hello: self.hello.set(),
            message=self.messages.append,
            ended=lambda end, why: self.ended.append((end, why)),
        )
        stream = ByteStream(peer.fileno(), peer.fileno(), peer.close)
        self.link = Link(stream, handlers, MOST, silence_s=silence_s, hello_s=hello_s)

    def end(self) -> tuple[LinkEnd, str]:
        wait_until(lambda: self.ended)
        return self.ended[0]


@pytest.fixture
def peers() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    yield near, far
    near.close()
    far.close()


def greeting(major: int = MAJOR) -> bytes:
    return PREAMBLE + pack(FrameKind.HELLO, WireHello(major, 7, "9.9", {}))


def test_messages_come_whole_and_in_order(peers: tuple[socket.socket, socket.socket]) -> None:
    one, other = map(Side, peers)
    body = os.urandom(700_000)
    one.link.send(Message("word", 1, body), Lane.ANSWER)
    one.link.send(Message("word", 2, b""), Lane.ANSWER)
    wait_until(lambda: len(other.messages) == 2)
    assert bytes(other.messages[0].body) == body
    wait_until(lambda: one.link.latency_s is not None)
    one.link.close()
    assert one.end()[0] is LinkEnd.HERE
    assert other.end()[0] is LinkEnd.GOODBYE


def test_another_major_version_is_refused_with_both_numbers(peers: tuple[socket.socket, socket.socket]) -> None:
    side = Side(peers[0])
    peers[1].sendall(greeting(MAJOR + 1))
    end, why = side.end()
    assert end is LinkEnd.FAULTY
    assert f"{MAJOR}." in why
    assert f"{MAJOR + 1}.7 (inspector 9.9) there" in why
    peers[1].settimeout(10)
    said = b""
    while data := peers[1].recv(65536):
        said += data
    assert b"Install the same inspector on both" in said


def test_frames_of_unknown_kinds_are_ignored(peers: tuple[socket.socket, socket.socket]) -> None:
    side = Side(peers[0])
    peers[1].sendall(
        greeting() + struct.pack(">IBH", 6, 200, 1) + b"\xc0xx" + pack(FrameKind.GOODBYE, Sentence("Bye."))
    )
    assert side.end() == (LinkEnd.GOODBYE, "Bye.")


def test_silence_is_noticed(peers: tuple[socket.socket, socket.socket]) -> None:
    side = Side(peers[0], silence_s=0.5)
    peers[1].sendall(greeting())
    end, why = side.end()
    assert end is LinkEnd.BROKEN
    assert "Nothing has come" in why


def test_who_says_no_hello_is_not_waited_for(peers: tuple[socket.socket, socket.socket]) -> None:
    assert Side(peers[0], hello_s=0.3).end()[0] is LinkEnd.BROKEN


def test_messages_before_the_hello_are_refused(peers: tuple[socket.socket, socket.socket]) -> None:
    side = Side(peers[0])
    peers[1].sendall(PREAMBLE + pack(FrameKind.PING, Count(1)))
    assert side.end()[0] is LinkEnd.FAULTY


def test_a_flood_of_questions_ends_the_link(peers: tuple[socket.socket, socket.socket]) -> None:
    side = Side(peers[0])
    peers[1].settimeout(20)
    with contextlib.suppress(OSError):  # reset, or a broken pipe
        peers[1].sendall(greeting() + pack(FrameKind.PING, Count(1)) * 1_000_000)
    assert side.end()[0] in (LinkEnd.FAULTY, LinkEnd.BROKEN)


def test_a_limit_counts_what_is_urgent_and_holds_back_the_rest() -> None:
    flight = FlightWindow()
    assert flight.room() == flight.window
    flight.most_bytes_per_s = 100_000
    assert 0 < flight.room() <= 10_000  # a little at once
    flight.note_sent(60_000)
    flight.note_acked(60_000)
    assert -60_000 < flight.room() < 0
    flight.note_sent(10**9)
    flight.note_acked(10**9 + 60_000)
    assert flight.room() >= -1_000_000  # no debt for ever
    flight.most_bytes_per_s = 0
    assert flight.room() == flight.window


def test_no_more_is_under_way_than_the_other_side_takes(peers: tuple[socket.socket, socket.socket]) -> None:
    """One that greets, reads, and acknowledges nothing."""
    side = Side(peers[0])
    peers[1].sendall(greeting())
    side.link.send(Message("word", 1, bytes(900_000)), Lane.ANSWER)
    read = threading.Thread(target=drain, args=(peers[1],), daemon=True)
    read.start()
    wait_until(lambda: side.link.flight.sent >= side.link.flight.window)
    assert side.link.flight.in_flight <= side.link.flight.window + (64 << 10)
    side.link.close()
    read.join()


def drain(peer: socket.socket) -> None:
    while peer.recv(65536):
        pass
