"""Bytes become frames, or one sentence; in any pieces, and whatever else comes before or in between."""

import random
import struct

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.wire.errors import WireError
from inspector.wire.frames import MOST_FRAME_BYTES, PREAMBLE, Count, FrameKind, FrameParser, MessageHead, PartHead, pack
from inspector.wire.outbox import Inbox, Lane, Message, MostBytes, Outbox


@given(st.lists(st.binary(max_size=300), max_size=6), st.integers(1, 50), st.binary(max_size=50))
def test_frames_come_out_as_they_went_in_whatever_the_pieces(bodies: list[bytes], piece: int, noise: bytes) -> None:
    sent = noise.replace(b"\0", b"") + PREAMBLE + b"".join(pack(FrameKind.ACK, Count(1), body) for body in bodies)
    parser = FrameParser()
    found = [frame for start in range(0, len(sent), piece) for frame in parser.feed(sent[start : start + piece])]
    assert [frame.raw for frame in found] == bodies
    assert all(frame.kind == FrameKind.ACK for frame in found)


def test_a_frame_that_is_too_long_is_refused_before_its_bytes_come() -> None:
    parser = FrameParser()
    with pytest.raises(WireError, match="none of ours"):
        list(parser.feed(PREAMBLE + struct.pack(">IBH", MOST_FRAME_BYTES + 1, 2, 3)))


def test_a_header_longer_than_its_frame_is_refused() -> None:
    with pytest.raises(WireError):
        list(FrameParser().feed(PREAMBLE + struct.pack(">IBH", 10, 2, 30)))


def test_endless_noise_is_refused_and_not_kept() -> None:
    parser = FrameParser()
    for _ in range(16):
        assert not list(parser.feed(b"x" * 65536))
    with pytest.raises(WireError, match="is not inspector"):
        list(parser.feed(b"x" * 65536))
    assert len(parser._buffer) < 100_000


def test_any_bytes_are_frames_or_a_sentence() -> None:
    chance = random.Random(1)
    for _ in range(500):
        parser = FrameParser()
        try:
            for _ in range(5):
                list(parser.feed(PREAMBLE + chance.randbytes(chance.randrange(200))))
        except WireError:
            continue


def parts(box: Outbox) -> list[bytes]:
    found = []
    while (part := box.next(1)) is not None:
        found.append(part[0])
    return found


def received(frames: list[bytes], most: MostBytes) -> list[Message]:
    parser, inbox, found = FrameParser(), Inbox(most), []
    for frame in parser.feed(PREAMBLE + b"".join(frames)):
        if frame.kind == FrameKind.MESSAGE:
            message = inbox.begin(msgspec.msgpack.decode(frame.header, type=MessageHead), frame.raw)
        else:
            message = inbox.more(msgspec.msgpack.decode(frame.header, type=PartHead), frame.raw)
        if message is not None:
            found.append(message)
    return found


def test_what_is_urgent_passes_what_is_long() -> None:
    box = Outbox()
    box.add(Message("answer", 1, b"a" * 100_000), Lane.ANSWER)
    first = box.next(1)
    assert first is not None
    box.add(Message("pictures", 0, b"p" * 50_000), Lane.PICTURES)
    box.add(Message("state", 0, b"s"), Lane.STATE)
    box.add(Message("failure", 2, b"f"), Lane.URGENT)
    found = received([first[0], *parts(box)], MostBytes(answer=1 << 20, pictures=1 << 20, state=9, failure=9))
    assert [message.name for message in found] == ["failure", "state", "pictures", "answer"]
    assert bytes(found[-1].body) == b"a" * 100_000


def test_what_is_long_waits_for_room() -> None:
    box = Outbox()
    box.add(Message("pictures", 0, b"p"), Lane.PICTURES)
    assert box.next(0) is None
    box.add(Message("state", 0, b"s"), Lane.STATE)
    assert box.next(0) is not None


def test_of_state_and_pictures_one_waits_at_a_time() -> None:
    box = Outbox()
    for number in range(1000):
        box.add(Message("state", number, b"s"), Lane.STATE)
    assert [message.number for message in received(parts(box), MostBytes(state=9))] == [999]


def test_who_takes_nothing_is_not_waited_for() -> None:
    box = Outbox()
    for number in range(64):
        box.add(Message("answer", number, b"a"), Lane.ANSWER)
    with pytest.raises(WireError):
        box.add(Message("answer", 64, b"a"), Lane.ANSWER)


def test_messages_of_unknown_names_are_passed_over_whatever_their_length() -> None:
    box = Outbox()
    box.add(Message("future", 0, b"x" * 100_000), Lane.ANSWER)
    box.add(Message("state", 7, b"s"), Lane.STATE)
    assert [message.number for message in received(parts(box), MostBytes(state=9))] == [7]


@pytest.mark.parametrize(
    "begin",
    [MessageHead(1, "state", 0, 10), MessageHead(1, "state", 0, -1), MessageHead(1, "state", 0, 1 << 50)],
    ids=["too long", "negative", "huge"],
)
def test_a_message_of_an_impossible_length_is_refused(begin: MessageHead) -> None:
    with pytest.raises(WireError):
        Inbox(MostBytes(state=9)).begin(begin, b"x")


def test_parts_that_do_not_belong_are_refused() -> None:
    inbox = Inbox(MostBytes(state=99))
    with pytest.raises(WireError):
        inbox.more(PartHead(3), b"x")
    inbox.begin(MessageHead(1, "state", 0, 10), b"x")
    with pytest.raises(WireError):
        inbox.begin(MessageHead(1, "state", 0, 10), b"x")
    with pytest.raises(WireError):
        inbox.more(PartHead(1), b"x" * 20)
    for stream in range(16):
        inbox.begin(MessageHead(10 + stream, "state", 0, 10), b"x")
    with pytest.raises(WireError):
        inbox.begin(MessageHead(99, "state", 0, 10), b"x")
