"""sftp:// against OpenSSH's own server, with what a user has in ~/.ssh."""

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from inspector.errors import SourceError
from inspector.formats.problems import BadFile, ProblemKind
from inspector.settings import LoaderConfig
from inspector.sources.opening import open_source
from inspector.sources.remote import client
from inspector.sources.remote.remote_blob import RemoteBlob
from inspector.sources.remote.secrets import address_of
from tests.conftest import ROOT
from tests.sources.containers.tars import write_tar

pytest.importorskip("paramiko")
SSHD = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/sbin")
pytestmark = pytest.mark.skipif(SSHD is None, reason="there is no sshd here")

IMAGE = (ROOT / "assets" / "sample" / "photo" / "astronaut.jpg").read_bytes()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Its folder: `home/.ssh` as a user has it, and `data`, which is there as sftp://box/..."""
    folder = tmp_path_factory.mktemp("sshd")
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    lines = [f"HostKey {folder}/host", f"AuthorizedKeysFile {folder}/user.pub", "StrictModes no", "UsePAM no"]
    lines += [
        "PasswordAuthentication no",
        "PidFile none",
        "Subsystem sftp internal-sftp",
        f"ListenAddress 127.0.0.1:{port}",
    ]
    (folder / "config").write_text("\n".join(lines) + "\n")
    ssh = folder / "home" / ".ssh"
    ssh.mkdir(parents=True)
    (ssh / "config").write_text(f"Host box\n HostName 127.0.0.1\n Port {port}\n IdentityFile {folder}/user\n")
    kind, key, *_ = (folder / "host.pub").read_text().split()
    (ssh / "known_hosts").write_text(f"[127.0.0.1]:{port} {kind} {key}\n")
    (folder / "data" / "owl").mkdir(parents=True)
    (folder / "data" / "owl" / "a.jpg").write_bytes(IMAGE)
    write_tar(folder / "data" / "b.tar", [("x.jpg", IMAGE), ("x.cls", b"7")])
    assert SSHD is not None
    process = subprocess.Popen([SSHD, "-D", "-e", "-f", folder / "config"], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if "Server listening" in line:
                break
        else:
            pytest.skip("sshd did not start here: it may need /run/sshd")
        drain = threading.Thread(target=process.stderr.read, daemon=True)
        drain.start()
        yield folder
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


@pytest.fixture
def data(server: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of its data."""
    monkeypatch.setenv("HOME", str(server / "home"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setattr(client, "_PATIENCE_S", 0.3)
    return f"sftp://box{server}/data"


def test_a_prefix_and_a_tar(data: str) -> None:
    index = open_source(data, LoaderConfig())
    assert [index.path(i) for i in range(len(index))] == [f"{data}/owl/a.jpg"]
    assert index.reader().read(0) == IMAGE  # type: ignore[union-attr]
    index = open_source(f"{data}/b.tar", LoaderConfig())
    assert (index.path(0), index.label(0)) == (f"tar://x.jpg::{data}/b.tar", 7)


def test_many_threads_read_the_ranges_that_they_ask_for(data: str, server: Path) -> None:
    whole = (server / "data" / "b.tar").read_bytes()
    blob = RemoteBlob(address_of(f"{data}/b.tar"))
    with ThreadPoolExecutor(16) as threads:
        for start, got in threads.map(lambda start: (start, blob.read(start, 3000)), range(0, 30_000, 500)):
            assert got == whole[start : start + 3000]


def test_what_goes_wrong(data: str, server: Path) -> None:
    with pytest.raises(SourceError, match="is not there, or no longer: check the URL"):
        open_source(f"{data}/c.tar", LoaderConfig())
    blob = RemoteBlob(address_of(f"{data}/b.tar"))
    os.utime(server / "data" / "b.tar", (1, 1))
    with pytest.raises(Exception, match="has changed since"):
        blob.read(0, 10)
    client._clients.clear()
    known = server / "home" / ".ssh" / "known_hosts"
    lines = known.read_text()
    known.write_text("")
    with pytest.raises(BadFile, match=r"not the one in ~/.ssh/known_hosts") as raised:
        RemoteBlob(address_of(f"{data}/b.tar"))
    assert raised.value.kind is ProblemKind.UNREADABLE
    known.write_text(lines)
    with pytest.raises(BadFile, match=r"refused to let it be read.*check the user's name and key") as raised:
        RemoteBlob(address_of(f"sftp://nobody:hunter2@box{server}/data/b.tar"))
    assert "hunter2" not in str(raised.value)
