"""A session at the other end of a wire: the same results, once each, whatever becomes of the line."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from inspector.doctor.findings import Diagnostic, Level
from inspector.errors import QuarantineError, SettingsError
from inspector.report.machine import machine_of
from inspector.session.annotation_control import LabelsPhase
from inspector.session.local import LocalSession
from inspector.session.protocol import Session
from inspector.session.records import BatchLabels, CheckSettings, RunState, ScanState, Variations
from inspector.session.serving import server
from inspector.settings import SessionConfig
from tests.session.limited import LimitedSession
from tests.session.piped import PipedSession, piped
from tests.session.waiting import wait_until
from tests.sources.containers.tars import write_tar


@pytest.fixture
def session(sample: Path) -> Iterator[PipedSession]:
    made = piped(SessionConfig(batch_size=8, num_workers=1, image_size=(48, 64), step_ms=20))
    made.open(str(sample))
    wait_until(lambda: made.snapshot().batches > 3 and made.batch_view() is not None)
    yield made
    made.close()


def paused(session: PipedSession) -> None:
    """Until both sides show the same batch."""
    session.pause()
    wait_until(lambda: session.behind.snapshot().state is RunState.PAUSED and same_view(session))


def same_view(session: PipedSession) -> bool:
    here, there = session.batch_view(), session.behind.batch_view()
    return here is not None and there is not None and (here.key, here.position) == (there.key, there.position)


def test_what_is_shown_is_what_is_there(session: PipedSession) -> None:
    paused(session)
    here, there = session.snapshot(), session.behind.snapshot()
    assert (here.files, here.classes, here.settings) == (there.files, there.classes, there.settings)
    wait_until(lambda: session.snapshot().batches == session.behind.snapshot().batches)
    wait_until(lambda: len(session.problems()) == len(session.behind.problems()))
    assert session.problems() == list(session.behind.problems())
    one, other = session.batch_view(), session.behind.batch_view()
    assert one is not None
    assert other is not None
    for near, far in zip(one.thumbnails, other.thumbnails, strict=True):
        assert (near.path, near.label, near.height, near.width) == (far.path, far.label, far.height, far.width)
        assert np.array_equal(near.pixels, far.pixels)
    assert one.skipped == other.skipped
    assert session.capabilities == session.behind.capabilities
    assert session.fields(one.key, 0).result(60) == session.behind.fields(other.key, 0).result(60)


def test_an_intent_is_echoed_when_it_was_heard(session: PipedSession) -> None:
    revision = session.change(num_workers=2)
    wait_until(lambda: session.snapshot().revision >= revision)
    assert session.behind.snapshot().num_workers == 2
    wait_until(lambda: session.snapshot().num_workers == 2)
    wait_until(lambda: any(change.name == "num_workers" for change in session.series().changes))


def test_a_setting_that_cannot_be_is_refused_at_once(session: PipedSession) -> None:
    for wrong in ({"num_workers": -1}, {"num_workers": "two"}, {"colour": 1}):
        with pytest.raises(SettingsError):
            session.change(**cast(Any, wrong))


def test_looking_back_and_on(session: PipedSession) -> None:
    paused(session)
    first = session.batch_view()
    session.previous_batch()
    wait_until(lambda: same_view(session) and session.batch_view() is not first)
    before = session.batch_view()
    assert first is not None
    assert before is not None
    assert before.number < first.number
    session.next_batch()
    wait_until(lambda: same_view(session) and session.batch_view() is not before)


def test_images_looks_proofs_and_examinations_are_the_same(session: PipedSession, sample: Path) -> None:
    paused(session)
    view = session.batch_view()
    assert view is not None
    here, there = (each.pixels(view.key, 1).result(60) for each in (session, session.behind))
    assert here is not None
    assert there is not None
    assert here.pixels is not None
    assert np.array_equal(here.pixels, cast(Any, there.pixels))
    one, other = (each.second_look(view.key, 1).result(60) for each in (session, session.behind))
    assert one is not None
    assert other is not None
    assert one.proof == other.proof
    file = str(sample / "photo/bad-truncated.png")
    assert session.examine(file).result(60).reason == session.behind.examine(file).result(60).reason
    assert session.pixels(view.key._replace(run=999), 0).result(60) is None
    wait_until(lambda: None not in (session.behind.proofs(view.key) or (None,)))
    wait_until(lambda: session.proofs(view.key) == session.behind.proofs(view.key))


def test_statistics_and_counts_come(session: PipedSession) -> None:
    wait_until(lambda: session.statistics().images > 0)
    wait_until(lambda: (counts := session.sample_counts()) is not None and counts.seen > 0)
    wait_until(lambda: len(session.slowest()) > 0)
    wait_until(lambda: len(session.series().time_s) > 3)


def test_labels_come(session: PipedSession) -> None:
    labels, behind = session.annotations, session.behind.annotations
    assert labels is not None
    assert behind is not None
    wait_until(lambda: labels.state().phase is LabelsPhase.READY)
    assert labels.state() == behind.state()
    paused(session)
    found: list[BatchLabels | None] = []

    def both_know_them() -> bool:
        view = session.batch_view()
        found[:] = [each.of_batch(view.key).result(60) for each in (labels, behind)] if view is not None else [None]
        return all(each is not None for each in found)

    wait_until(both_know_them)  # a batch that is no longer shown has none
    here, there = found
    assert here is not None
    assert there is not None
    assert [each and each.shapes.points.tolist() for each in here.pictures] == [
        each and each.shapes.points.tolist() for each in there.pictures
    ]
    figures = labels.statistics().result(60)
    assert figures is not None
    assert figures.shapes == labels.state().shapes
    assert labels.samples(-1).result(60).count == figures.labelled


def test_a_scan_finds_the_same(session: PipedSession) -> None:
    scan = session.scan
    assert scan is not None
    scan.start(CheckSettings(("small", "alpha", "rotated", "dark", "duplicate")))
    assert scan.progress().runs
    wait_until(lambda: scan.progress().state is ScanState.COMPLETE)
    there = cast(Any, session.behind.scan)
    wait_until(lambda: scan.findings is not None and len(scan.findings) == len(there.findings))
    here = scan.findings
    assert here is not None
    rows = range(len(here))
    assert [(here.row(i), here.relative(i)) for i in rows] == [
        (there.findings.row(i), there.findings.relative(i)) for i in rows
    ]
    assert here.counts() == there.findings.counts()
    assert [*here.containing("BAD-")] == [*there.findings.containing("BAD-")]
    for near, far in zip(here.columns(3), there.findings.columns(3), strict=True):
        assert np.asarray(near).tolist() == np.asarray(far).tolist()
    assert np.array_equal(here.scores(), there.findings.scores(), equal_nan=True)
    assert "".join(scan.as_list()) == "".join(there.as_list())
    assert "".join(map(str, scan.as_scores("a.csv"))) == "".join(map(str, there.as_scores("a.csv")))
    assert there.histogram("dark") is not None
    wait_until(lambda: scan.histogram("dark") == there.histogram("dark"))
    assert sorted(scan.all_but_the_largest(("duplicate",))) == sorted(there.all_but_the_largest(("duplicate",)))
    assert "".join(scan.as_csv()) == "".join(there.as_csv())
    dark = here.counts().get("dark", 0)
    scan.change_limits({"min_highlights": 99.0})
    wait_until(lambda: not scan.changing_limits and scan.findings is not None and len(scan.findings) > len(here))
    assert scan.findings is not None
    assert scan.findings.counts()["dark"] > dark
    assert len("".join(scan.as_json())) == len("".join(there.as_json()))
    scan.clear()
    assert scan.findings is None
    wait_until(lambda: there.progress().state is ScanState.READY)


def test_a_sweep_runs_there(session: PipedSession) -> None:
    tune = session.tune
    assert tune is not None
    session.pause()
    tune.start(Variations(), budget_s=2.0, cold=False)
    assert tune.state().progress is not None
    tune.cancel()
    wait_until(lambda: not tune.state().runs)
    assert tune.state().report is not None
    tune.earlier().result(60)


def test_files_are_moved_there_and_back(session: PipedSession, tmp_path: Path) -> None:
    folder, aside = tmp_path / "set", tmp_path / "aside"
    folder.mkdir()
    for name in ("a.jpg", "b.jpg"):
        (folder / name).write_bytes(b"no image")
    session.open(str(folder))
    wait_until(lambda: session.snapshot().source == str(folder))
    quarantine = session.quarantine
    assert quarantine is not None
    plan = quarantine.plan([str(folder / "a.jpg")], str(aside)).result.result(60)
    assert [move.relative for move in plan.moves] == ["a.jpg"]
    outcome = quarantine.move(plan).result.result(60)
    assert outcome.moved == (str(folder / "a.jpg"),)
    assert not (folder / "a.jpg").exists()
    with pytest.raises(QuarantineError, match="look at it again"):  # of another session: it has not shown it
        quarantine.restore(str(tmp_path / "other.jsonl")).result.result(60)
    manifest = quarantine.look(outcome.manifest).result.result(60)
    assert quarantine.restore(outcome.manifest, manifest).result.result(60).moved == (str(folder / "a.jpg"),)
    assert (folder / "a.jpg").exists()


@pytest.mark.slow
def test_when_the_line_breaks_it_goes_on_with_the_same_session(session: PipedSession) -> None:
    connector, problems = session.connector, len(session.problems())
    connector.reachable = False
    connector.cut()
    wait_until(lambda: session.line is not None and not session.line.connected)
    assert session.snapshot().rates.images_per_s is None
    batches = session.snapshot().batches
    session.change(batch_size=4)  # is not lost
    waiting = session.statistics, session.examine("/nowhere.jpg")
    wait_until(lambda: session.behind.snapshot().batches > batches + 30)
    assert session.behind.snapshot().batch_size == 8
    connector.reachable = True
    wait_until(lambda: session.line.connected)
    wait_until(lambda: session.behind.snapshot().batch_size == 4 and session.snapshot().batch_size == 4)
    assert session.snapshot().batches > batches + 30
    assert waiting[1].result(60).kind
    wait_until(lambda: len(session.problems()) >= problems)
    assert len({id(each) for each in session.problems()}) == len(session.behind.problems())


def test_what_was_not_seen_is_unknown_and_not_nothing() -> None:
    from inspector.session.records import Series
    from inspector.session.remote.mirror import _joined

    def points(*times: float) -> Series:
        known = np.ones(len(times))
        return Series(np.array(times), known, known, known, known)

    joined = _joined(points(1.0, 1.2), points(30.0, 30.2))
    assert [*joined.time_s] == [1.0, 1.2, pytest.approx(1.4), 30.0, 30.2]
    assert [math.isnan(each) for each in joined.batches_per_s] == [False, False, True, False, False]
    again = _joined(joined, points(30.4))
    assert len(again.time_s) == 6
    assert [*_joined(joined, points(200.0)).time_s] == [200.0]


def test_the_rate_of_the_line_can_be_limited(session: PipedSession) -> None:
    connection = session.server._connections[0]
    wait_until(lambda: session.batch_view() is not None)
    session.change(line_kb_per_s=300)
    wait_until(lambda: connection._link.flight.most_bytes_per_s == 300_000)
    assert session.snapshot().settings["line_kb_per_s"] == 300
    before = session.snapshot().batch_serial
    wait_until(lambda: session.snapshot().batch_serial > before + 1)  # pictures come, more slowly
    session.change(line_kb_per_s=0)
    wait_until(lambda: connection._link.flight.most_bytes_per_s == 0)


def test_what_is_in_vain_is_not_tried_again(session: PipedSession) -> None:
    session.server.close("This was replaced.")
    wait_until(lambda: session.line.over)
    assert session.line.message == "This was replaced."


def test_a_session_that_can_do_little_is_shown_as_that() -> None:
    behind = LimitedSession()
    behind.tick()
    session = PipedSession(cast(Session, behind))
    try:
        assert session.capabilities == behind.capabilities
        assert (session.scan, session.tune, session.quarantine, session.training) == (None, None, None, None)
        wait_until(lambda: session.batch_view() is not None)
        with pytest.raises(SettingsError):
            session.change(batch_size=3)
        session.pause()  # what it cannot do is refused there, and said
        wait_until(lambda: session.line.failures)
    finally:
        session.close()


def test_elsewhere_there_are_no_files_here() -> None:
    session = PipedSession(cast(Session, LocalSession()), same_machine=False)
    try:
        assert "files" not in session.capabilities
        assert "far-machine" in session.capabilities.reasons["open"]
        assert "scan" in session.capabilities
    finally:
        session.close()


def test_clean_shards_are_written_there(sample: Path, tmp_path: Path) -> None:
    photo, shards = sample / "photo", tmp_path / "shards"
    shards.mkdir()
    names = ("china.jpg", "bad-truncated-half.jpg")
    write_tar(shards / "a.tar", [(name, (photo / name).read_bytes()) for name in names])
    session = piped(SessionConfig(batch_size=2, num_workers=1, step_ms=20))
    try:
        session.open(str(shards))
        wait_until(lambda: session.snapshot().files == 2 and session.snapshot().has_shards)
        scan, quarantine = session.scan, session.quarantine
        assert scan is not None
        assert quarantine is not None
        with pytest.raises(QuarantineError, match="Check all samples first"):
            quarantine.clean_shards(str(tmp_path / "clean")).result.result(60)
        scan.start(CheckSettings(()))
        wait_until(lambda: scan.progress().state is ScanState.COMPLETE)
        outcome = quarantine.clean_shards(str(tmp_path / "clean")).result.result(60)
        assert (outcome.written, outcome.kept, outcome.left_out) == (("a.tar",), 1, 1)
        assert quarantine.clean_shards(str(tmp_path / "clean")).result.result(60).unchanged == ("a.tar",)
    finally:
        session.close()


def test_a_report_describes_the_machine_there(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Diagnostic("Machine", "cores", "96 usable", Level.WARNING, "get more")]
    monkeypatch.setattr(server, "summary", lambda: found)
    session = PipedSession(cast(Session, LocalSession()))
    try:
        assert [*machine_of(session)] == found
    finally:
        session.close()
    assert found[0] not in machine_of(session.behind)
