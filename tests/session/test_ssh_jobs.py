"""All that is done with files on another machine, through a real `sshd`: the results are those of this machine."""

import json
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from inspector.commands.far import far_session, far_training
from inspector.doctor.summary import summary
from inspector.report.machine import machine_of
from inspector.scan import persistence
from inspector.scan.scan import Scan, ScanSettings
from inspector.session.local import LocalSession
from inspector.session.protocol import Session
from inspector.session.records import CheckSettings, RunState, ScanState, Variations
from inspector.session.remote import RemoteSession
from inspector.settings import SessionConfig
from inspector.wire.address import SshAddress
from inspector.wire.errors import WireError
from tests.commands.test_run_window import Started
from tests.conftest import ROOT
from tests.session.ssh_host import far_host, needs_ssh
from tests.session.test_ssh import connect, far_processes, started_for
from tests.session.waiting import wait_until
from tests.sources.containers.tars import write_tar
from tests.sources.remote.conftest import s3_url as s3_url
from tests.sources.remote.servers import call

pytestmark = [pytest.mark.extra, needs_ssh]


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with far_host(tmp_path, monkeypatch) as name:
        yield name


@pytest.fixture
def folder(tmp_path: Path, sample: Path) -> Path:
    """Good and bad files, with annotations of one of them."""
    made = tmp_path / "set"
    for kind in ("photo", "chart"):
        shutil.copytree(sample / kind, made / kind)
    return made


def found(scan: Any) -> dict[str, Any]:
    """Of a scan, but for how long it took."""
    return {**json.loads("".join(scan.as_json())), "seconds": 0}


def test_scan_tuner_moves_and_undo(host: str, folder: Path, tmp_path: Path) -> None:
    checks = CheckSettings(("small", "alpha", "dark", "duplicate", "near-duplicate"))
    session = connect(host, folder)
    try:
        wait_until(lambda: session.batch_view() is not None)
        session.pause()
        scan, tune, quarantine = session.scan, session.tune, session.quarantine
        assert scan is not None
        assert tune is not None
        assert quarantine is not None
        scan.start(checks)
        wait_until(lambda: scan.progress().state is ScanState.COMPLETE)
        here = Scan(str(folder), ScanSettings(checks, num_workers=1))
        with closing(here):
            here.start()
            assert here.wait(100)
            assert found(scan) == {**json.loads("".join(persistence.as_json(here))), "seconds": 0}
            assert "".join(scan.as_list()) == "".join(persistence.as_list(here))

        tune.start(Variations(), budget_s=2.0, cold=False)
        assert tune.state().runs
        wait_until(lambda: not tune.state().runs)
        report = tune.state().report
        assert report is not None
        assert report.trials

        files = session.snapshot().files
        bad = sorted(map(str, folder.glob("photo/bad-*")))
        plan = quarantine.plan(bad, str(tmp_path / "aside")).result.result(60)
        outcome = quarantine.move(plan).result.result(60)
        assert sorted(outcome.moved) == bad
        assert not any(Path(path).exists() for path in bad)
        session.reindex()
        wait_until(lambda: session.snapshot().files == files - len(bad))
        manifest = quarantine.look(outcome.manifest).result.result(60)
        assert sorted(quarantine.restore(outcome.manifest, manifest).result.result(60).moved) == bad
        assert all(Path(path).exists() for path in bad)

        assert {each.name for each in machine_of(session)} == {each.name for each in summary()}
    finally:
        session.close()
    wait_until(lambda: not far_processes(folder))


def labels_of(session: Session) -> list[Any]:
    """Points of what is shown, once they are known."""
    labels = session.annotations
    assert labels is not None
    wait_until(lambda: (view := session.batch_view()) is not None and labels.of_batch(view.key).result(60) is not None)
    view = session.batch_view()
    assert view is not None
    shown = labels.of_batch(view.key).result(60)
    assert shown is not None
    return [each and each.shapes.points.tolist() for each in shown.pictures]


def test_annotations_of_a_set_there(host: str, sample: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(sample / "chart", tmp_path / "labelled"))
    for number, path in enumerate(sorted(folder.iterdir())):
        path.with_suffix(".txt").write_text(f"{number} 0.5 0.5 0.25 0.5\n")
    options = {"num_workers": 1, "batch_size": 2, "shuffle": False, "step_ms": 20.0}
    here = LocalSession(SessionConfig(**options))  # type: ignore[arg-type]
    there = connect(host, folder, "--batch-size", "2", "--no-shuffle")
    try:
        here.open(str(folder))
        for session in (here, there):
            wait_until(lambda session=session: session.snapshot().state is RunState.RUNNING)  # type: ignore[misc]
            session.pause()
        found = [labels_of(session) for session in (here, there)]
        assert all(map(all, found))
        figures = [session.annotations.statistics().result(60) for session in (here, there)]  # type: ignore[union-attr]
        assert figures[0] is not None
        assert figures[1] is not None
        assert (figures[0].shapes, figures[0].labelled) == (figures[1].shapes, figures[1].labelled)
    finally:
        here.close()
        there.close()
    wait_until(lambda: not far_processes(folder))


def test_a_tar_of_a_store_that_only_that_machine_reaches(
    s3_url: str, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = sample / "photo"
    write_tar(tmp_path / "a.tar", [(name, (photo / name).read_bytes()) for name in ("china.jpg", "rocket.jpg")])
    call(s3_url, "PUT", "/far")
    call(s3_url, "PUT", "/far/a.tar", (tmp_path / "a.tar").read_bytes())
    keys = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "verySecret", "AWS_REGION": "us-east-1"}
    environ = {"AWS_ENDPOINT_URL": s3_url, **keys}
    with far_host(tmp_path, monkeypatch, environ=environ) as host:
        address = SshAddress(host, path="s3://far/a.tar", python=sys.executable)
        session = far_session(address, ["--workers", "1"], ask_in_window=False)
        try:
            wait_until(lambda: session.batch_view() is not None)
            assert session.snapshot().location == "s3://far/a.tar"
            assert session.snapshot().files == 2
        finally:
            session.close()


@pytest.mark.parametrize("major", [0, 2])
def test_an_older_and_a_newer_inspector_there(
    major: int, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    shutil.copytree(ROOT / "inspector", other / "inspector", ignore=shutil.ignore_patterns("__pycache__"))
    frames, package = other / "inspector/wire/frames.py", other / "inspector/__init__.py"
    frames.write_text(frames.read_text().replace("MAJOR, MINOR = 1, 0", f"MAJOR, MINOR = {major}, 3"))
    package.write_text(re.sub(r'__version__ = ".*"', '__version__ = "7.6.5"', package.read_text()))
    with far_host(tmp_path, monkeypatch, environ={"PYTHONPATH": str(other)}) as host:
        with pytest.raises(WireError) as raised:
            connect(host, folder)
        wait_until(lambda: not far_processes(folder))
    assert re.fullmatch(
        rf"The two sides speak different versions: 1\.0 \(inspector [\d.]+\S*\) here, {major}\.3 \(inspector 7\.6\.5\) "
        r"there\. Install the same inspector on both\.",
        str(raised.value),
    )


def test_two_windows_on_one_training_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {"XDG_RUNTIME_DIR": str(tmp_path / "runtime"), "XDG_STATE_HOME": str(tmp_path / "state")}
    (tmp_path / "state").mkdir(mode=0o700)
    started = Started(tmp_path, "--no-window", "--name", "shared", **environ)
    sessions: list[RemoteSession] = []
    with far_host(tmp_path, monkeypatch, environ=environ) as host:
        address = SshAddress(host, python=sys.executable)
        try:
            sessions += [far_training(address, "shared", ask_in_window=False) for _ in range(2)]
            first, second = (session.training for session in sessions)
            assert first is not None
            assert second is not None
            assert first.state().command == second.state().command
            assert (first.state().ended, second.state().ended) == ("", "")
            sessions[0].close()
            before = second.state().elapsed_s
            wait_until(lambda: second.state().elapsed_s > before)
            assert started.finish()[0] == "ends\n"
            wait_until(lambda: "exit status 7" in second.state().ended)
        finally:
            for session in sessions:
                session.close()
            started.process.kill()
            started.process.communicate()
        wait_until(lambda: not started_for("serve --resident --attach=shared"))
