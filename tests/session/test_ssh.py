"""A loader behind a real `sshd` on this machine, started here as an own server with keys of its own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from inspector.commands.far import far_session
from inspector.session.records import RunState
from inspector.session.remote import RemoteSession
from inspector.wire.address import SshAddress
from inspector.wire.errors import WireError
from tests.conftest import ROOT
from tests.session.ssh_host import far_host, needs_ssh
from tests.session.waiting import wait_until

pytestmark = [pytest.mark.extra, needs_ssh]


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with far_host(tmp_path, monkeypatch) as name:
        yield name


def connect(host: str, path: Path, *words: str, linger_s: float = 600.0) -> RemoteSession:
    address = SshAddress(host, path=str(path), python=sys.executable)
    options = ["--workers", "1", "--step-ms", "20", *words]
    return far_session(address, options, ask_in_window=False, linger_s=linger_s)


def started_for(words: str) -> list[psutil.Process]:
    """Processes whose command lines contain `words`."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if words in " ".join(process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def far_processes(path: Path) -> list[psutil.Process]:
    return started_for(f"serve --resident {path}")


@pytest.fixture
def folder(tmp_path: Path, sample: Path) -> Path:
    """A few images, in a place whose name is not for shells."""
    made = tmp_path / 'it\'s a "set" of $(touch hit); photos'
    shutil.copytree(sample / "chart", made)
    return made


def test_what_loads_there_is_shown_here_and_ends_with_it(host: str, folder: Path) -> None:
    session = connect(host, folder)
    try:
        wait_until(lambda: session.batch_view() is not None)
        assert session.snapshot().source == str(folder)
        revision = session.change(num_workers=2)
        wait_until(lambda: session.snapshot().revision >= revision and session.snapshot().num_workers == 2)
        assert "files" not in session.capabilities
        assert len(far_processes(folder)) == 1
        line = session.line
        assert (line.host, line.connected) == (host, True)
        wait_until(lambda: session.line.latency_s is not None)
    finally:
        session.close()
    wait_until(lambda: not far_processes(folder))
    assert not list(Path(os.environ["TMPDIR"]).glob("inspector-*/*.sock"))


def test_a_line_that_breaks_is_made_again_with_the_same_run(host: str, folder: Path) -> None:
    session = connect(host, folder)
    try:
        wait_until(lambda: session.snapshot().batches > 2)
        pid, batches = far_processes(folder)[0].pid, session.snapshot().batches
        for ssh in started_for("serve --stdio --arguments"):
            with suppress(psutil.NoSuchProcess):
                ssh.kill()
        wait_until(lambda: not session.line.connected)
        wait_until(lambda: session.line.connected)
        wait_until(lambda: session.snapshot().batches > batches)
        assert [each.pid for each in far_processes(folder)] == [pid]
        assert not session.line.failures
    finally:
        session.close()
    wait_until(lambda: not far_processes(folder))


def test_what_stands_still_is_noticed_and_what_was_killed_begins_again(host: str, folder: Path) -> None:
    session = connect(host, folder)
    try:
        wait_until(lambda: session.snapshot().batches > 2)
        resident = far_processes(folder)[0]
        resident.send_signal(signal.SIGSTOP)
        began_s = time.monotonic()
        wait_until(lambda: not session.line.connected)
        assert time.monotonic() - began_s < 30  # 5 s on an idle machine
        resident.send_signal(signal.SIGCONT)
        wait_until(lambda: session.line.connected)
        assert not session.line.failures
        session.change(batch_size=3)
        wait_until(lambda: session.snapshot().batch_size == 3)
        resident.kill()
        wait_until(lambda: bool(session.line.failures))
        wait_until(lambda: session.snapshot().batch_size == 3 and session.snapshot().state is RunState.RUNNING)
    finally:
        session.close()
    wait_until(lambda: not far_processes(folder))


def test_nobody_comes_again(host: str, folder: Path) -> None:
    """The window was killed: the other side ends by itself."""
    program = (
        "import sys, time; from pathlib import Path; from tests.session.test_ssh import connect;"
        f"session = connect({host!r}, Path({str(folder)!r}), linger_s=1.5); print('there', flush=True); time.sleep(600)"
    )
    window = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=ROOT)
    assert window.stdout is not None
    assert window.stdout.readline() == b"there\n"
    assert far_processes(folder)
    window.kill()
    window.wait()
    window.stdout.close()
    wait_until(lambda: not far_processes(folder))
    assert not list(Path(os.environ["TMPDIR"]).glob("inspector-*/*.sock"))


def test_what_cannot_be_reached_is_a_sentence(host: str, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(WireError, match=r"There is no /no/python on far"):
        far_session(SshAddress(host, path="/x", python="/no/python"), [], ask_in_window=False)
    with pytest.raises(WireError, match=r"could not be started on far: .*no such file or folder"):
        connect(host, tmp_path / "nothing")
    with pytest.raises(WireError, match=r"ssh cannot reach nowhere.invalid: .*resolve"):
        far_session(SshAddress("nowhere.invalid", path="/x"), [], ask_in_window=False)
    (tmp_path / "key.pub").write_text("")
    with pytest.raises(WireError, match=r"ssh cannot reach far: .*Permission denied"):
        connect(host, folder)
