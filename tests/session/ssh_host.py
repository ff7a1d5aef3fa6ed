"""A real `sshd` on this machine as another one, started as an own server with keys of its own."""

import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tests.conftest import ROOT
from tests.session.waiting import wait_until

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"
needs_ssh = pytest.mark.skipif(
    not os.access(SSHD, os.X_OK) or shutil.which("ssh") is None, reason="OpenSSH's server is not installed"
)


@contextmanager
def far_host(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    address: str = "127.0.0.1",
    before: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
    shell: str = "",
    proxy: str = "",
) -> Iterator[str]:
    """The name of a host that can be reached with `ssh`, and nothing of the user's own configuration.

    Args:
        before: of the command that starts the server. environ: what is set there. shell: runs what is asked for there.
        proxy: the command that `ssh` connects through.
    """
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # it refuses to start without
    for name in ("key", "host_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    passed = {name: os.environ[name] for name in ("TMPDIR", "INSPECTOR_TEST_RUN") if name in os.environ}
    passed |= {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"], **(environ or {})}
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress {address}\nHostKey {folder}/host_key\nPidFile none\nStrictModes no\n"
        f"AuthorizedKeysFile {folder}/key.pub\nUsePAM no\nPasswordAuthentication no\n"
        f"SetEnv {' '.join(f'{name}={value}' for name, value in passed.items())}\n"
        + (f"ForceCommand {shell}\n" if shell else "")
    )
    (folder / "ssh_config").write_text(
        f"Host far\n HostName {address}\n Port {port}\n User {getpass.getuser()}\n IdentityFile {folder}/key\n"
        f" IdentitiesOnly yes\n StrictHostKeyChecking no\n UserKnownHostsFile {folder}/known\n"
        + (f" ProxyCommand {proxy}\n" if proxy else "")
    )
    ssh = folder / "bin" / "ssh"
    ssh.parent.mkdir()
    ssh.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder}/ssh_config "$@"\n')
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{ssh.parent}:{os.environ['PATH']}")
    server = subprocess.Popen([*before, SSHD, "-D", "-e", "-f", str(folder / "sshd_config")], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: listens(address, port))
        yield "far"
    finally:
        children = psutil.Process(server.pid).children(recursive=True)
        server.terminate()
        server.wait()
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.terminate()
        with suppress(OSError):
            Path(os.environ["TMPDIR"], f"inspector-{os.getuid()}").rmdir()  # it stays, empty, for the next run


def listens(address: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((address, port)) == 0
