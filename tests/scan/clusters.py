"""Real clusters on this machine's loopback, for tests: Dask by its own commands, Ray by `ray start`."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

WAIT_S = 60.0
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0"}


def wait_for(what: str, holds: "object") -> None:
    """Until `holds()` is true."""
    end_s = time.monotonic() + WAIT_S
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < end_s, f"waited for {what}"
        time.sleep(0.05)


def free_port() -> int:
    """One that nobody listens at just now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


RAY_TOKEN = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
"""Of a Ray cluster and of who uses it: without one, Ray writes one to the user's home."""


def environment(**extra: str) -> dict[str, str]:
    """This one without the way to our package: a worker has what is installed."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONWARNINGS")}
    return {**kept, **QUIET, **extra}


class DaskCluster:
    """A scheduler, and workers with one thread each; `address` to give to --on."""

    def __init__(self, folder: Path, workers: int, *, environ: dict[str, str] | None = None) -> None:
        self.folder, self.environ = folder, environ or environment()
        folder.mkdir()
        self._file = folder / "scheduler.json"
        self.processes: list[subprocess.Popen[bytes]] = []
        arguments = ["--port", str(free_port()), "--host", "127.0.0.1", "--no-dashboard", "--no-show"]
        self.scheduler = self._start("dask_scheduler", *arguments, "--scheduler-file", str(self._file))
        wait_for("the scheduler", lambda: self._file.exists() and self._file.read_text())
        self.address: str = json.loads(self._file.read_text())["address"]
        for _ in range(workers):
            self.add_worker()

    def add_worker(self, prefix: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
        """One more, which is started again where it ends. `prefix`: a command that starts it."""
        options = ["--nthreads", "1", "--host", "127.0.0.1", "--no-dashboard", "--memory-limit", "0"]
        local = ["--local-directory", str(self.folder / f"worker{len(self.processes)}")]
        return self._start("dask_worker", self.address, *options, *local, "--death-timeout", "60", prefix=prefix)

    def _start(self, module: str, *arguments: str, prefix: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
        command = [*prefix, sys.executable, "-W", "ignore", "-m", f"distributed.cli.{module}", *arguments]
        log = (self.folder / f"log{len(self.processes)}").open("wb")
        with log:
            started = subprocess.Popen(
                command, cwd=self.folder, env=self.environ, stdout=log, stderr=log, start_new_session=True
            )
        self.processes.append(started)
        return started

    def close(self) -> None:
        """End all of it."""
        for each in reversed(self.processes):
            end_group(each)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads a group, and all in it. Those that clean up behind the others end by themselves."""
    trackers = descendants(process, "resource_tracker")
    others = [each for each in descendants(process) if each not in trackers]
    process.kill()
    for each in others:
        with contextlib.suppress(psutil.Error):
            each.kill()
    psutil.wait_procs(trackers, 10)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def descendants(process: subprocess.Popen[Any], *signs: str) -> list[psutil.Process]:
    """Those whose command line has all the signs."""
    found = []
    with contextlib.suppress(psutil.Error):
        for each in psutil.Process(process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if all(sign in " ".join(each.cmdline()) for sign in signs):
                    found.append(each)
    return found


@contextlib.contextmanager
def ray_cluster(folder: Path, cpus: int, **environ: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A head with so many CPUs: its address to give to --on, and the process."""
    folder.mkdir()
    short = tempfile.mkdtemp(prefix="ray-", dir="/tmp")  # a socket's path has 107 characters at most
    port = free_port()
    options = ["--head", "--block", "--port", str(free_port()), "--ray-client-server-port", str(port)]
    options += ["--node-ip-address", "127.0.0.1", "--num-cpus", str(cpus), "--include-dashboard=false"]
    options += ["--object-store-memory", str(80 << 20), "--temp-dir", short, "--disable-usage-stats"]
    ray = Path(sys.executable).with_name("ray")
    with (folder / "log").open("wb") as log:
        head = subprocess.Popen(
            [str(ray), "start", *options],
            cwd=folder,
            env=environment(**RAY_TOKEN, **environ),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_for("the client server", lambda: _answers(port))
        yield f"ray://127.0.0.1:{port}", head
    finally:
        children = descendants(head)
        end_group(head)
        for each in children:
            with contextlib.suppress(psutil.Error):
                each.kill()
        psutil.wait_procs(children, 10)
        shutil.rmtree(short, ignore_errors=True)


def _answers(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0
