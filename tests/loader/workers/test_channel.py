"""Messages that are here are read, without waiting for more, also where sockets know no flag for that."""

import socket
from collections.abc import Iterator

import pytest

from inspector.loader.workers.channel import Channel
from inspector.loader.workers.messages import Hello, Message, WorkerFailed


@pytest.fixture(params=["with MSG_DONTWAIT", "without"])
def ends(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Channel, Channel]]:
    """Both ends of a channel; the second kind as on Windows."""
    if request.param == "without":
        monkeypatch.delattr(socket, "MSG_DONTWAIT", raising=False)
    ours, theirs = (Channel(end) for end in socket.socketpair())
    yield ours, theirs
    ours.close()
    theirs.close()


def test_nothing_is_there(ends: tuple[Channel, Channel]) -> None:
    assert ends[0].receive_ready() == ([], True)


def test_all_that_is_there_is_read_and_no_more_waited_for(ends: tuple[Channel, Channel]) -> None:
    ours, theirs = ends
    sent: list[Message] = [Hello(7), WorkerFailed("x" * 1000), Hello(8)]
    for message in sent:
        theirs.send(message)
    assert ours.receive_ready() == (sent, True)
    theirs.socket.sendall(b"\x05\0")  # the beginning of a frame: whoever sends it may never send the rest
    assert ours.receive_ready() == ([], True)


def test_as_many_bytes_as_are_read_at_once_are_not_taken_for_a_sign_of_more(ends: tuple[Channel, Channel]) -> None:
    ours, theirs = ends
    frame = _frame_length(WorkerFailed("x" * 60_000)) - 60_000
    message = WorkerFailed("x" * ((1 << 16) - frame))
    assert _frame_length(message) == 1 << 16
    theirs.send(message)
    assert ours.receive_ready() == ([message], True)


def _frame_length(message: Message) -> int:
    ours, theirs = (Channel(end) for end in socket.socketpair())
    theirs.send(message)
    length = len(ours.socket.recv(1 << 20))
    ours.close()
    theirs.close()
    return length


def test_the_end_of_the_other_side(ends: tuple[Channel, Channel]) -> None:
    ours, theirs = ends
    theirs.send(Hello(7))
    theirs.close()
    messages, alive = ours.receive_ready()
    assert messages == [Hello(7)]
    assert not alive or not ours.receive_ready()[1]
