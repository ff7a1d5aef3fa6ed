"""A network between the two machines that goes down and comes up again, and a full disk there."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.session.ssh_host import far_host, needs_ssh
from tests.session.test_ssh import connect, far_processes, started_for
from tests.session.waiting import wait_until

pytestmark = [pytest.mark.extra, needs_ssh]
NAME, FAR, NEAR = f"far-{os.getpid()}", "10.213.86.2", "10.213.86.1"


def run(command: str) -> None:
    subprocess.run(command.split(), check=True, capture_output=True)


def own(sample: Path, folder: Path) -> Path:
    """A few images of this test alone."""
    return Path(shutil.copytree(sample / "chart", folder / "photos"))


def fill(path: Path) -> None:
    """Write to it until the disk is full."""
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


@pytest.fixture
def network() -> Iterator[None]:
    """Another network, and a cable from it to this one."""
    if shutil.which("ip") is None or os.getuid() != 0:
        pytest.skip("only root can make a network")
    try:
        run(f"ip netns add {NAME}")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network can be made here: {error.stderr.decode()}")
    try:
        run(f"ip link add near{os.getpid()} type veth peer name far0 netns {NAME}")
        run(f"ip addr add {NEAR}/30 dev near{os.getpid()}")
        run(f"ip link set near{os.getpid()} up")
        run(f"ip netns exec {NAME} ip addr add {FAR}/30 dev far0")
        run(f"ip netns exec {NAME} ip link set far0 up")
        run(f"ip netns exec {NAME} ip link set lo up")
        yield
    finally:
        subprocess.run(["ip", "netns", "delete", NAME])


def test_a_cable_that_is_pulled_and_plugged_in_again(
    network: None, tmp_path: Path, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ends keep a connection that is none: it is noticed by its silence, and the run is the same afterwards."""
    source = own(sample, tmp_path)
    with far_host(tmp_path, monkeypatch, address=FAR, before=["ip", "netns", "exec", NAME]) as host:
        session = connect(host, source)
        try:
            wait_until(lambda: session.snapshot().batches > 1 and len(session.series().time_s) > 1)
            [resident] = far_processes(source)
            run(f"ip netns exec {NAME} ip link set far0 down")
            began_s = time.monotonic()
            wait_until(lambda: not session.line.connected)
            print(f"noticed after {time.monotonic() - began_s:.1f} s")
            wait_until(lambda: "Nothing has come" in session.line.message)
            batches = session.snapshot().batches
            time.sleep(2)  # of which nothing is seen
            run(f"ip netns exec {NAME} ip link set far0 up")
            wait_until(lambda: session.line.connected, 120)
            wait_until(lambda: session.snapshot().batches > batches)
            assert [each.pid for each in far_processes(source)] == [resident.pid]
            assert not session.line.failures
        finally:
            session.close()
        wait_until(lambda: not far_processes(source))


def test_a_full_disk_there(tmp_path: Path, sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a cache nor a temporary file can be written; what loads needs none, and what breaks finds it again."""
    full = tmp_path / "full"
    full.mkdir()
    if os.getuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(full)]).returncode:
        pytest.skip("no small disk can be made here")
    source = own(sample, tmp_path)
    try:
        environ = {"TMPDIR": str(full), "XDG_CACHE_HOME": str(full), "XDG_STATE_HOME": str(full)}
        with far_host(tmp_path, monkeypatch, environ=environ) as host:
            fill(full / "filler")
            session = connect(host, source)
            try:
                wait_until(lambda: session.batch_view() is not None)
                [resident] = far_processes(source)
                for ssh in started_for("serve --stdio --arguments"):
                    with suppress(psutil.NoSuchProcess):
                        ssh.kill()
                wait_until(lambda: not session.line.connected)
                wait_until(lambda: session.line.connected)
                assert [each.pid for each in far_processes(source)] == [resident.pid]
                assert not session.line.failures
            finally:
                session.close()
            wait_until(lambda: not far_processes(source))
            assert not list(full.glob("inspector-*/*"))
    finally:
        subprocess.run(["umount", "-l", str(full)], check=True)
