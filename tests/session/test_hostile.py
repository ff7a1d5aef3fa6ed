"""A far side, or a near one, that sends what it should not: one sentence, the connection ends, nothing else does."""

import contextlib
import random
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import cv2
import msgspec
import numpy as np
import pytest

from inspector.errors import InspectorError
from inspector.session.exchange import SentBatch, SentPicture, SessionOffer, SessionState
from inspector.session.protocol import Session
from inspector.session.records import BatchKey
from inspector.session.remote import RemoteSession
from inspector.session.remote.checks import view_of
from inspector.session.remote.mirror import Mirror
from inspector.session.serving import SessionServer
from inspector.wire.errors import WireError
from inspector.wire.frames import MAJOR, PREAMBLE, FrameKind, MessageHead, WireHello, pack
from inspector.wire.link import ByteStream
from inspector.wire.values import encode
from tests.session.limited import LimitedSession
from tests.session.waiting import wait_until

TILE = np.random.default_rng(1).integers(0, 255, (40, 60, 3), dtype=np.uint8)


def jpeg(pixels: Any, *options: int) -> bytes:
    return bytes(cv2.imencode(".jpg", pixels, options)[1])


def picture(**changes: Any) -> SentBatch:
    fields: dict[str, Any] = {"path": "a", "index": 0, "label": None}
    fields |= {"height": 40, "width": 60, "high": 40, "wide": 60} | changes
    return SentBatch(key=BatchKey(1, 0), pictures=(SentPicture(**fields),))


def test_a_good_thumbnail_is_shown() -> None:
    assert view_of(picture(jpeg=jpeg(TILE)), None).thumbnails[0].pixels.shape == (40, 60, 3)
    assert np.array_equal(view_of(picture(raw=TILE.tobytes()), None).thumbnails[0].pixels, TILE)


@pytest.mark.parametrize(
    "changes",
    [
        {"jpeg": jpeg(np.zeros((8000, 8000, 3), np.uint8))},
        {"jpeg": jpeg(TILE, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)},
        {"jpeg": jpeg(TILE)[:200]},
        {"jpeg": b""},
        {"jpeg": b"\xff\xd8" + b"\xff\xfe\xff\xff" * 1000},
        {"jpeg": bytes(2 << 20)},
        {"jpeg": jpeg(TILE), "high": 100_000},
        {"jpeg": jpeg(TILE), "wide": -1},
        {"jpeg": jpeg(TILE), "high": 0},
        {"raw": b"123"},
    ],
)
def test_a_thumbnail_that_is_none_is_a_sentence(changes: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        view_of(picture(**changes), None)


def test_endless_pictures_are_a_sentence() -> None:
    one = picture(jpeg=jpeg(TILE), high=1024, wide=1024).pictures[0]
    with pytest.raises(WireError, match="too many"):
        view_of(SentBatch(key=BatchKey(1, 0), pictures=(one,) * 1000), None)
    with pytest.raises(WireError):
        view_of(SentBatch(key=BatchKey(1, 0), same=True), None)


def good_state() -> SessionState:
    session = LimitedSession()
    session.tick()
    return SessionState(heard=0, snapshot=session.snapshot(), series=session.series())


@pytest.mark.parametrize(
    "worse",
    [
        lambda state: replace(state.snapshot, settings={}),
        lambda state: replace(state.snapshot, settings={"num_workers": "many", "batch_size": 1}),
        lambda state: replace(state.snapshot, settings={"num_workers": 1, "batch_size": 1, "image_size": (0, -3)}),
        lambda state: replace(state.snapshot, settings={"num_workers": 1, "batch_size": 1, "engine": "<b>"}),
        lambda state: replace(state.snapshot, workers=state.snapshot.workers * 5000),
        lambda state: replace(state.snapshot, files=-1),
    ],
)
def test_a_state_that_no_view_could_show_is_refused(worse: Callable[[SessionState], Any]) -> None:
    mirror, state = Mirror(), good_state()
    mirror.take_state(state)
    with pytest.raises(WireError):
        mirror.take_state(msgspec.structs.replace(state, snapshot=worse(state)))


def test_series_and_problems_that_do_not_fit_are_refused() -> None:
    mirror, state = Mirror(), good_state()
    assert state.series is not None
    with pytest.raises(WireError):
        mirror.take_state(msgspec.structs.replace(state, series=replace(state.series, queue_depth=np.zeros(99))))
    with pytest.raises(WireError):
        mirror.take_state(msgspec.structs.replace(state, problems_from=10, problems_run=1))
    with pytest.raises(WireError):
        mirror.take_state(msgspec.structs.replace(state, findings={"<script>": 1}))


# --- whole streams -------------------------------------------------------------------------------------------------


def message(name: str, body: bytes, stream: int, number: int = 0) -> bytes:
    return pack(FrameKind.MESSAGE, MessageHead(stream, name, number, len(body)), body)


def honest() -> list[bytes]:
    offer = SessionOffer(session="s", names=("pixels",), reasons={}, has=("scan", "tune"), host="x")
    return [
        PREAMBLE + pack(FrameKind.HELLO, WireHello(MAJOR, 0, "1", {"offer": encode(offer).hex()})),
        message("state", encode(good_state()), 1),
        message("pictures", encode(picture(jpeg=jpeg(TILE))), 2),
        message("answer", encode(()), 3, 1),
        message("failure", encode("No."), 4, 2),
    ]


def mutated(chance: random.Random, data: bytes) -> bytes:
    found = bytearray(data)
    for _ in range(chance.randrange(1, 6)):
        found[chance.randrange(len(found))] = chance.randrange(256)
    if chance.random() < 0.2:
        del found[chance.randrange(len(found)) :]
    return bytes(found)


class Liar:
    """Connects to something that sends what it likes, reads all, and ends."""

    host = "liar"

    def __init__(self, sent: list[bytes]) -> None:
        self._sent = sent
        self._threads: list[threading.Thread] = []

    def open(self, *, again: bool) -> ByteStream:
        near, far = socket.socketpair()
        self._threads.append(threading.Thread(target=self._talk, args=(far,)))
        self._threads[-1].start()
        return ByteStream(near.fileno(), near.fileno(), near.close)

    def _talk(self, far: socket.socket) -> None:
        with far, contextlib.suppress(OSError):
            for data in self._sent:
                far.sendall(data)
            far.settimeout(0.05)
            far.recv(65536)

    def explain(self, why: str) -> tuple[str, bool]:
        return why, True

    def close(self) -> None:
        for thread in self._threads:
            thread.join()


def test_whatever_a_far_side_sends_nothing_is_harmed() -> None:
    chance, frames = random.Random(18), honest()
    for _ in range(60):
        sent = [mutated(chance, frame) if chance.random() < 0.5 else frame for frame in frames]
        with contextlib.suppress(InspectorError):
            session = RemoteSession(Liar(sent))
            session.snapshot()
            session.series()
            session.batch_view()
            session.close()


@pytest.fixture
def server() -> Iterator[tuple[SessionServer, LimitedSession]]:
    behind = LimitedSession()
    behind.tick()
    made = SessionServer(cast(Session, behind))
    yield made, behind
    made.close()


def greeting() -> bytes:
    return PREAMBLE + pack(FrameKind.HELLO, WireHello(MAJOR, 0, "1", {"client": "c"}))


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("intent/close", encode(None)),
        ("intent/__class__", encode(None)),
        ("intent/change", encode({"settings": {"num_workers": {"of": 1}}})),
        ("intent/look", encode({"thumbnail_px": 1 << 40})),
        ("call/behind", encode(None)),
        ("call/pixels", encode({"batch": "x"})),
        ("call/findings", b"\0\xdd\xff\xff\xff\xff"),
    ],
)
def test_what_no_client_of_ours_asks_for_ends_the_connection(
    server: tuple[SessionServer, LimitedSession], name: str, body: bytes
) -> None:
    near, far = socket.socketpair()
    connection = server[0].serve(ByteStream(far.fileno(), far.fileno(), far.close))
    with near:
        near.sendall(greeting() + message(name, body, 1, 1))
        assert connection.over.wait(60)
    assert not server[1].closed


@pytest.mark.parametrize("name", ["intent/pause", "intent/reindex", "intent/scan.start", "intent/open", "call/job"])
def test_beyond_the_capabilities_nothing_is_done(
    server: tuple[SessionServer, LimitedSession], name: str, tmp_path: Path
) -> None:
    """The session behind it raises where it is asked for what it cannot do."""
    body = (
        encode({"token": "t", "kind": "plan", "destination": str(tmp_path / "new")}) if "job" in name else encode(None)
    )
    near, far = socket.socketpair()
    connection = server[0].serve(ByteStream(far.fileno(), far.fileno(), far.close))
    with near:
        near.settimeout(60)
        near.sendall(greeting() + message(name, body, 1, 1))
        said = b""
        while not any(word in said for word in (b"cannot", b"Not here", b"decides")):
            said += near.recv(65536)
    assert connection.over.wait(60)
    assert not (tmp_path / "new").exists()


def test_whatever_a_near_side_sends_the_session_lives(server: tuple[SessionServer, LimitedSession]) -> None:
    chance = random.Random(81)
    frames = [
        message("intent/change", encode({"settings": {"num_workers": 3}}), 1, 1),
        message("call/slowest", encode(None), 2, 2),
        message("call/pixels", encode({"batch": [1, 2], "position": 0}), 3, 3),
        message("call/examine", encode({"location": "a"}), 4, 4),
    ]
    for _ in range(60):
        near, far = socket.socketpair()
        connection = server[0].serve(ByteStream(far.fileno(), far.fileno(), far.close))
        with near, contextlib.suppress(OSError):
            near.sendall(greeting() + b"".join(mutated(chance, frame) for frame in frames))
        assert connection.over.wait(60)
    assert not server[1].closed
    assert server[1].snapshot().batches == 1
    wait_until(lambda: not server[0].clients)
