"""Login shells that print, or are none: what is served comes through all the same, or a sentence says what came."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from inspector.commands.far import far_runs
from inspector.wire.address import SshAddress
from inspector.wire.errors import WireError
from tests.session.ssh_host import far_host, needs_ssh
from tests.session.test_ssh import connect, far_processes
from tests.session.waiting import wait_until

pytestmark = [pytest.mark.extra, needs_ssh]


def program(folder: Path, text: str) -> str:
    """What the server runs in place of the user's shell."""
    made = folder / "shell"
    made.write_text(f"#!/bin/sh\n{text}\n")
    made.chmod(0o755)
    return str(made)


def test_a_shell_that_prints_a_banner(tmp_path: Path, sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shell = program(tmp_path, 'echo "Welcome, [{ to far"; echo "fortune" >&2; exec sh -c "$SSH_ORIGINAL_COMMAND"')
    with far_host(tmp_path, monkeypatch, shell=shell) as host:
        assert isinstance(far_runs(SshAddress(host, python=sys.executable)), list)
        source = shutil.copytree(sample / "chart", tmp_path / "photos")
        session = connect(host, source)
        try:
            wait_until(lambda: session.snapshot().files > 0)
        finally:
            session.close()
        wait_until(lambda: not far_processes(source))
    assert not list(Path(os.environ["TMPDIR"]).glob("inspector-*/*.sock"))


def test_a_shell_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shell = program(tmp_path, 'echo "This account is currently not available."; exit 0')
    with (
        far_host(tmp_path, monkeypatch, shell=shell) as host,
        pytest.raises(WireError, match=r"ended the connection. It said: This account is currently not available\.$"),
    ):
        connect(host, tmp_path)
