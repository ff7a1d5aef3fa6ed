"""A session's scan: it runs beside the batches, belongs to what is open, and fails alone."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from inspector.scan.check_settings import CheckSettings
from inspector.scan.progress import ScanState
from inspector.scan.scan import Scan
from inspector.session.local import LocalSession
from inspector.session.opened import OpenedSource
from inspector.session.scan_control import LocalScan
from inspector.session.thumbnails import ThumbnailMaker
from inspector.settings import SessionConfig
from tests.make_sample import BAD_FILES
from tests.session.waiting import wait_for_more_batches, wait_until
from tests.sources.containers.tars import write_tar

OpenSession = Callable[[Path], LocalSession]
CHECKS = CheckSettings.without()


@pytest.fixture
def many(photos: Path, tmp_path: Path) -> Path:
    """1,200 files: a scan takes a while."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(10):
        for photo in photos.iterdir():
            os.link(photo, folder / f"{number}-{photo.name}")
    return folder


def start(session: LocalSession) -> LocalScan:
    wait_until(lambda: session.snapshot().batches > 0)
    scan = session.scan
    scan.start(CHECKS)
    return scan


def begin(session: LocalSession) -> LocalScan:
    scan = start(session)
    wait_until(lambda: scan.progress().done > 0)
    return scan


def test_what_it_finds(open_session: OpenSession, sample: Path) -> None:
    session = open_session(sample)
    assert session.scan.progress().state is ScanState.READY
    assert session.scan.findings is None
    assert session.scan.checks is None
    scan = start(session)
    wait_until(lambda: not scan.progress().runs)
    findings = scan.findings
    assert scan.progress().state is ScanState.COMPLETE
    assert scan.checks == CHECKS
    assert findings is not None
    problems = {findings.relative(i) for i in range(len(findings)) if findings.row(i).is_problem}
    assert problems == set(BAD_FILES)
    assert len(json.loads("".join(scan.as_json()))["problems"]) == len(BAD_FILES)
    assert len("".join(scan.as_csv()).splitlines()) == len(findings) + 1
    scan.clear()
    assert scan.progress().state is ScanState.READY
    assert scan.findings is None
    assert "".join(scan.as_csv()) == ""


@pytest.mark.slow
def test_cancelled_and_resumed(open_session: OpenSession, many: Path) -> None:
    scan = begin(open_session(many))
    scan.cancel()
    wait_until(lambda: not scan.progress().runs)
    assert scan.progress().state is ScanState.CANCELLED
    scan.resume()
    wait_until(lambda: scan.progress().state is ScanState.COMPLETE)
    assert scan.progress().good == 1200


def test_another_source_clears_it(open_session: OpenSession, many: Path, sample: Path) -> None:
    session = open_session(many)
    scan = begin(session)
    session.open(many)  # the same again
    assert scan.findings is not None
    session.open(sample)
    assert scan.findings is None
    assert scan.progress().state is ScanState.READY


def test_before_anything_is_known(tmp_path: Path) -> None:
    scan = LocalScan(lambda: None)
    scan.start(CHECKS)
    assert scan.progress().state is ScanState.FAILED
    assert "nothing to check" in scan.progress().message
    scan.clear()
    assert scan.progress().state is ScanState.READY
    scan.close()


def test_a_start_that_another_source_overtakes_does_nothing(open_session: OpenSession, sample: Path) -> None:
    session = open_session(sample)
    wait_until(lambda: session.snapshot().batches > 0)
    now = session.opened()
    assert now is not None

    def opened() -> OpenedSource:
        scan.source_changed()  # in another thread, just now
        return now

    scan = LocalScan(opened)
    scan.start(CHECKS)
    assert scan.progress().state is ScanState.READY
    scan.close()


@pytest.mark.slow
def test_an_error_in_its_thread_stays_there(
    open_session: OpenSession, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("broken on purpose")

    session = open_session(sample)
    with monkeypatch.context() as patch:
        patch.setattr(Scan, "_take", fail)
        scan = start(session)
        wait_until(lambda: not scan.progress().runs)
    assert scan.progress().state is ScanState.FAILED
    assert "broken on purpose" in scan.progress().message
    wait_for_more_batches(session)
    scan.start(CHECKS)
    wait_until(lambda: scan.progress().state is ScanState.COMPLETE)


@pytest.mark.slow
def test_an_error_in_the_session_does_not_stop_it(
    open_session: OpenSession, many: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("broken on purpose")

    session = open_session(many)
    scan = begin(session)
    monkeypatch.setattr(ThumbnailMaker, "add", fail)
    wait_until(lambda: "broken on purpose" in session.snapshot().message)
    wait_until(lambda: scan.progress().state is ScanState.COMPLETE)
    caplog.clear()  # the traceback keeps a batch


def test_a_list_that_has_no_name_is_checked(sample: Path, tmp_path: Path) -> None:
    photo = sample / "photo"
    tars = [
        write_tar(tmp_path / f"{number}.tar", [(f"{name}", (photo / name).read_bytes())])
        for number, name in enumerate(("china.jpg", "bad-truncated-half.jpg"))
    ]
    session = LocalSession(SessionConfig(num_workers=1, batch_size=1))
    try:
        for source in ([str(tar) for tar in tars], [str(photo / "china.jpg"), str(photo / "bad-truncated-half.jpg")]):
            session.open(source)
            scan = start(session)
            wait_until(lambda scan=scan: scan.progress().state is ScanState.COMPLETE)  # type: ignore[misc]
            assert (scan.progress().files, scan.progress().good) == (2, 1)
    finally:
        session.close()
