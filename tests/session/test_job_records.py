"""The records of scans and sweeps are values: they cannot be changed, hold nothing that runs, and can be sent."""

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from inspector.session.records import (
    Check,
    CheckSettings,
    Recommendation,
    Report,
    ScanProgress,
    ScanRow,
    ScanState,
    SweepProgress,
    SweepState,
    Trial,
    TrialSetting,
    Variations,
)
from inspector.tuner.diagnosis import Limit

SETTING = TrialSetting(4, "threads", 64, 16, "scaled")
TRIAL = Trial(SETTING, 812.5, 790.0, 830.25, 180.0, 310_000_000, 0.125, 5)
BARE = Trial(TrialSetting(0), 99.0, 90.0, 110.0, None, None, None, 1)
RECOMMENDATION = Recommendation(
    SETTING, "4 workers load 812 images/s.", Limit.CORES, 812.5, 310_000_000, 0.125, True, ("Once.",), (BARE.setting,)
)
PROGRESS = SweepProgress("2 workers, round 3", 0.5, 12.5, (BARE, TRIAL), RECOMMENDATION)
REPORT = Report(
    source="photos/ü",
    fingerprint=2**63 + 5,
    files=120,
    measured_at="2031-03-01T10:00:00+01:00",
    recommended=SETTING,
    reason="4 workers load 812 images/s.",
    cautions=("The files lay in memory.",),
    limit="cores",
    images_per_s=812.5,
    memory_bytes=None,
    data_wait=0.0,
    checked=True,
    cannot_tell_from=(TrialSetting(3), TrialSetting(2, "torch")),
    trials=(BARE, TRIAL),
    complete=True,
    seconds=30.5,
    step_ms=20.0,
    image_size=(224, 192),
    usable_cores=1.5,
    cached=None,
    cold=False,
    notes=("No time for 2 settings.",),
)
RECORDS = (
    Check("Alpha", "it has an alpha channel"),
    CheckSettings(("small", "alpha"), 16, 2.5),
    ScanProgress(ScanState.CHECKING, "", 120, 60, 58, 7, 1.5, 40.0, 1.5),
    ScanProgress(ScanState.FAILED, "There are no images."),
    ScanRow("photos/a.jpg", "TRUNCATED", True, "The file stops early.", None),
    SETTING,
    TRIAL,
    RECOMMENDATION,
    PROGRESS,
    REPORT,
    dataclasses.replace(REPORT, recommended=None, trials=(), image_size=None, images_per_s=None),
    SweepState(),
    SweepState(True, progress=PROGRESS),
    SweepState(report=REPORT, error="It failed."),
    Variations(("threads", "torch"), (8, 16), (2,), ("exact", "scaled"), True),
)


def names(records: tuple[Any, ...]) -> list[str]:
    return [type(record).__name__ for record in records]


def inside(value: Any) -> Iterator[Any]:
    """Everything that a record holds."""
    yield value
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from inside(getattr(value, field.name))
    elif isinstance(value, tuple):
        for each in value:
            yield from inside(each)


@pytest.mark.parametrize("record", RECORDS, ids=names(RECORDS))
def test_it_is_the_same_after_a_round_trip(record: Any) -> None:
    sent = msgspec.msgpack.encode(record)
    back = msgspec.msgpack.decode(sent, type=type(record))
    assert back == record
    assert type(back) is type(record)


@pytest.mark.parametrize("record", RECORDS, ids=names(RECORDS))
def test_it_cannot_be_changed(record: Any) -> None:
    name = dataclasses.fields(record)[0].name if dataclasses.is_dataclass(record) else record._fields[0]
    with pytest.raises(AttributeError):
        setattr(record, name, None)


@pytest.mark.parametrize("record", RECORDS, ids=names(RECORDS))
def test_it_holds_plain_values_only(record: Any) -> None:
    for value in inside(record):
        assert not callable(value)
        assert not isinstance(value, list | dict | set | bytearray)
        assert not isinstance(value, float) or not math.isnan(value)
