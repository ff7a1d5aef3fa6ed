"""Addresses, and the command that comes of them: whatever is in a path, no shell changes it."""

import os
import subprocess
from pathlib import Path

import pytest

from inspector.errors import SourceError
from inspector.wire.address import SshAddress, parse_address
from inspector.wire.ssh import MISSING, SshConnector, decoded, encoded, ssh_command


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("ssh://gpu1/data/photos", SshAddress("gpu1", path="/data/photos")),
        ("ssh://me@GPU-1.lan:2222/a%20b", SshAddress("GPU-1.lan", "me", 2222, "/a b")),
        ("ssh://gpu1/~/photos", SshAddress("gpu1", path="~/photos")),
        ("ssh://gpu1/x?python=~/venv/bin/python", SshAddress("gpu1", path="/x", python="~/venv/bin/python")),
        ("ssh://[::1]:22/x", SshAddress("::1", None, 22, "/x")),
        ("ssh://gpu1", SshAddress("gpu1")),
        ("ssh://gpu1/s3://bucket/a%20b", SshAddress("gpu1", path="s3://bucket/a b")),
        ("ssh://gpu1/tar://1.jpg::/data/all.tar", SshAddress("gpu1", path="tar://1.jpg::/data/all.tar")),
        ("ssh://gpu1/%24(reboot)", SshAddress("gpu1", path="/$(reboot)")),
    ],
)
def test_addresses(url: str, address: SshAddress) -> None:
    assert parse_address(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "ssh:///data",
        "ssh://-oProxyCommand=x/data",
        "ssh://a b/data",
        "ssh://-l@host/data",
        "ssh://host;reboot/data",
        "ssh://$(reboot)/data",
        "ssh://me:secret@host/data",
        "ssh://host:99999/data",
        "ssh://host/data?pyhton=x",
        "ssh://host/data?python=-c",
        "ssh://host/data#part",
        "ssh://host/a%00b",
    ],
)
def test_what_is_no_address_is_a_sentence(url: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse_address(url)
    assert "secret" not in str(caught.value)


NASTY = ["/a b/c'd\"e", "$(touch hit)", "`touch hit`", "; touch hit", "-rf", "--help", "a\nb", "ä\udcff", "\\", "!!"]


def test_arguments_come_through_a_shell_as_they_are(tmp_path: Path) -> None:
    assert decoded(encoded(NASTY)) == NASTY
    python = tmp_path / 'it\'s a "$(touch hit)" python'
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    python.chmod(0o755)
    command = ssh_command(SshAddress("host", python=str(python)), NASTY)
    for shell in ("sh", "bash"):
        said = subprocess.run([shell, "-c", command[-1]], capture_output=True, text=True, cwd=tmp_path, check=True)
        assert said.stdout.split() == ["-P", "-m", "inspector", "serve", "--stdio", "--arguments", encoded(NASTY)]
    assert not (tmp_path / "hit").exists()


def test_the_host_is_never_an_option() -> None:
    command = ssh_command(SshAddress("host", "me", 22, "/x"), [])
    assert command[command.index("--") + 1] == "me@host"


def test_the_command_is_one_line_for_any_shell() -> None:
    """csh allows no line's end between quotes."""
    *_, far = ssh_command(SshAddress("far", path="/a\nb", python="~/it's/python"), ["/a\nb"])
    assert "\n" not in far


@pytest.mark.parametrize(
    ("address", "command"),
    [
        (SshAddress("far", "me", 2222, python="/venv/bin/python"), "ssh -p 2222 me@far '/venv/bin/python -m pip"),
        (SshAddress("far", python="~/venv/bin/python"), "ssh far '~/venv/bin/python -m pip"),
        (SshAddress("far"), "ssh far 'python3 -m venv ~/.inspector && ~/.inspector/bin/pip install loader-inspector=="),
    ],
)
def test_where_inspector_is_missing_one_command_installs_it(
    address: SshAddress, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ssh = tmp_path / "ssh"
    ssh.write_text(f'#!/bin/sh\necho "Welcome to far" >&2\necho {MISSING} >&2\nexit 127\n')
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    connector = SshConnector(address, [])
    connector.open(again=False)
    why, in_vain = connector.explain("")
    assert why.startswith("inspector was not found on far. Install it there:  " + command)
    assert in_vain


def test_what_ends_the_whole_group_leaves_the_line_for_a_goodbye(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ssh = tmp_path / "ssh"
    ssh.write_text("#!/bin/sh\necho ready\nexec cat\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    connector = SshConnector(SshAddress("far"), [])
    stream = connector.open(again=False)
    assert os.read(stream.reads, 6) == b"ready\n"
    assert connector._process is not None
    connector._process.terminate()
    os.write(stream.writes, b"goodbye")
    assert os.read(stream.reads, 7) == b"goodbye"
    stream.close()
    connector.close()
