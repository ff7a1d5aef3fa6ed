"""Every record of a session is a value: it holds nothing that runs, and comes back equal from a round trip."""

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_origin

import msgspec
import numpy as np
import pytest

from inspector.monitor.verdict.verdict import verdict
from inspector.quarantine import MoveOutcome, Refusal
from inspector.session.local import LocalSession
from inspector.session.protocol import Capabilities
from inspector.session.records import (
    BatchView,
    ChannelStatistics,
    DeliveredImage,
    FileExamination,
    MovePlan,
    Problem,
    RunState,
    SampleCounts,
    SecondLook,
    Series,
    SlowSample,
    Snapshot,
    Verdict,
)
from inspector.settings import SessionConfig
from tests.session.waiting import wait_until


def shout(rgb: Any, rng: Any) -> Any:
    """A transform of the user's: it must not be in a record."""
    return rgb


def has_last_batch(session: LocalSession) -> bool:
    """Whether the batch that is shown is the one whose pixels are kept: the view of the last one comes later."""
    view = session.batch_view()
    if view is None or view.number + 1 != session.snapshot().batches:
        return False
    return session.pixels(view.key, 0).result(60) is not None


@pytest.fixture
def session(sample: Path) -> Iterator[LocalSession]:
    """One that has seen good and bad files, a changed setting, a pause."""
    session = LocalSession(SessionConfig(batch_size=8, num_workers=1, image_size=(48, 64), transform=shout))
    session.open(str(sample))
    wait_until(lambda: session.snapshot().batches > 20 and len(session.series().time_s) > 3)
    session.change(prefetch_batches=5)
    session.pause()
    wait_until(lambda: session.snapshot().state is RunState.PAUSED and has_last_batch(session))
    yield session
    session.close()


def made(session: LocalSession, sample: Path) -> dict[type, object]:
    view = session.batch_view()
    assert view is not None
    plan = session.quarantine.plan([str(sample / "photo/bad-empty.jpg")], str(sample.parent)).result.result(60)
    return {
        Snapshot: session.snapshot(),
        Series: session.series(),
        BatchView: view,
        Problem: session.problems()[0],
        SlowSample: session.slowest()[0],
        ChannelStatistics: session.statistics(),
        SampleCounts: session.sample_counts(),
        Verdict: verdict(session.snapshot()),
        DeliveredImage: session.pixels(view.key, 0).result(60),
        SecondLook: session.second_look(view.key, 0).result(60),
        FileExamination: session.examine(str(sample / "photo/bad-truncated.png")).result(60),
        MovePlan: plan,
        MoveOutcome: MoveOutcome("manifest", ("a.jpg",), 0, (Refusal("b.jpg", "It is gone."),), 0),
        Capabilities: session.capabilities,
    }


def test_every_record_comes_back_from_a_round_trip(session: LocalSession, sample: Path) -> None:
    for kind, record in made(session, sample).items():
        assert isinstance(record, kind)
        frame = msgspec.msgpack.encode(record, enc_hook=encode_array)
        again: Any = msgspec.msgpack.decode(frame, type=kind, dec_hook=decode_array)
        assert equal(again, record), kind


def test_no_record_can_be_changed_or_holds_what_runs(session: LocalSession, sample: Path) -> None:
    for record in made(session, sample).values():
        for part in parts(record):
            assert not callable(part) or isinstance(part, type), record
            if dataclasses.is_dataclass(part):
                name = dataclasses.fields(part)[0].name
                with pytest.raises(AttributeError):
                    setattr(part, name, None)


def test_the_users_code_is_named_and_not_carried(session: LocalSession) -> None:
    assert session.snapshot().transform == f"{__name__}:shout"


def test_times_are_on_the_sessions_own_clock(session: LocalSession) -> None:
    snapshot, series = session.snapshot(), session.series()
    assert 0 < snapshot.time_s < time.monotonic() or time.monotonic() < 600
    assert (series.time_s >= 0).all()
    assert (series.time_s <= snapshot.time_s + 1).all()
    assert all(0 <= change.time_s <= snapshot.time_s for change in snapshot.changes)


def encode_array(value: Any) -> Any:
    assert isinstance(value, np.ndarray), type(value)
    return (value.dtype.str, value.shape, value.tobytes())


def decode_array(kind: type, value: Any) -> Any:
    assert (get_origin(kind) or kind) is np.ndarray, kind
    dtype, shape, data = value
    return np.frombuffer(data, dtype).reshape(shape)


def parts(value: object) -> Iterator[object]:
    """A value and all that is in it."""
    yield value
    inner: Any = ()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        inner = (getattr(value, field.name) for field in dataclasses.fields(value))
    elif isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, tuple | list):
        inner = value
    for each in inner:
        yield from parts(each)


def equal(one: Any, other: Any) -> bool:
    if isinstance(other, np.ndarray):
        return bool(one.dtype == other.dtype and np.array_equal(one, other, equal_nan=other.dtype.kind == "f"))
    if dataclasses.is_dataclass(other):
        names = [field.name for field in dataclasses.fields(other)]
        return type(one) is type(other) and all(equal(getattr(one, name), getattr(other, name)) for name in names)
    if isinstance(other, tuple | list):
        return len(one) == len(other) and all(map(equal, one, other))
    if isinstance(other, dict):
        return bool(one.keys() == other.keys()) and all(equal(one[key], value) for key, value in other.items())
    return bool(one == other)
