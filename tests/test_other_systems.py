"""What Windows and macOS do otherwise: each branch is taken here, as though this were that system.

It shows that the ways around work, not that they do so on those systems. The engine: `loader/test_other_systems.py`.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from inspector import system_signals
from inspector.child_process import python_of
from inspector.display import display_problem
from inspector.doctor import machine
from inspector.file_lock import locked
from inspector.formats.memory_bound import memory_bound
from inspector.quarantine import transfer
from inspector.terminal.keys import Keyboard
from inspector.user_folders import Kind, user_folder
from inspector.watched import process, ring
from inspector.wire.errors import WireError
from inspector.wire.local_socket import socket_path

posix = pytest.mark.skipif(sys.platform == "win32", reason="there are no such locks")

EVERYTHING = """
import importlib, os, pkgutil, select, signal, socket, sys
import asyncio, multiprocessing.util, subprocess, tempfile  # they know on which system they really are
import cv2, msgspec, numpy, psutil
for name in ("fcntl", "grp", "pwd", "resource", "termios", "tty"):
    sys.modules[name] = None  # importing it is an ImportError
for owner, names in (
    (os, "fork getuid geteuid getpgid killpg memfd_create posix_fallocate posix_fadvise preadv register_at_fork "
         "sched_getaffinity setsid statvfs sysconf uname"),
    (select, "poll"),
    (signal, "SIGHUP SIGKILL SIGCHLD SIGQUIT SIGALRM SIGSTOP SIGUSR1 sigtimedwait pthread_sigmask"),
    (socket, "AF_UNIX send_fds recv_fds SO_PEERCRED MSG_DONTWAIT"),
):
    for name in names.split():
        vars(owner).pop(name, None)
import inspector
for module in pkgutil.walk_packages(inspector.__path__, "inspector."):
    last = module.name.rpartition(".")[2]
    if last not in ("__main__", "sitecustomize") and not module.name.startswith(("inspector.ui", "inspector.torch")):
        importlib.import_module(module.name)
print("all")
"""


def test_everything_but_the_window_can_be_imported_without_what_posix_has() -> None:
    run = subprocess.run([sys.executable, "-c", EVERYTHING], capture_output=True, text=True, check=False)
    assert (run.stdout, run.returncode) == ("all\n", 0), run.stderr


class TestLocks:
    @posix
    def test_one_holds_it_or_several_share_it(self, tmp_path: Path) -> None:
        file = tmp_path / "lock"
        first = locked(file, shared=True)
        second = locked(file, shared=True)
        with pytest.raises(BlockingIOError):
            locked(file)
        os.close(first)
        os.close(second)
        os.close(locked(file, wait=True))

    def test_a_link_is_not_followed(self, tmp_path: Path) -> None:
        (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(OSError, match="symbolic link"):
            locked(tmp_path / "lock")

    def test_on_windows_nobody_holds_a_run(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "platform", "win32")
        with pytest.raises(OSError, match="Windows"):
            locked(tmp_path / "lock")
        assert process.hold(tmp_path) is None
        assert not process.held(tmp_path)


class TestFolders:
    @pytest.mark.parametrize(
        ("system", "kind", "expected"),
        [
            ("linux", "data", ".local/share"),
            ("linux", "state", ".local/state"),
            ("linux", "cache", ".cache"),
            ("darwin", "data", "Library/Application Support"),
            ("darwin", "state", "Library/Application Support"),
            ("darwin", "cache", "Library/Caches"),
            ("win32", "data", "AppData/Local"),
            ("win32", "cache", "AppData/Local"),
        ],
    )
    def test_of_each_system(
        self, system: str, kind: Kind, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "platform", system)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.delenv("LOCALAPPDATA", raising=False)
        monkeypatch.setenv(f"XDG_{kind.upper()}_HOME", "relative")  # to be ignored, as the specification asks
        assert user_folder(kind) == tmp_path / expected
        monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
        assert user_folder(kind) == (tmp_path / "local" if system == "win32" else tmp_path / expected)
        monkeypatch.setenv(f"XDG_{kind.upper()}_HOME", str(tmp_path / "chosen"))
        assert user_folder(kind) == tmp_path / "chosen"

    def test_without_a_home_it_is_an_error_and_not_a_folder_called_tilde(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("XDG_STATE_HOME")
        monkeypatch.setattr(os.path, "expanduser", lambda path: path)
        with pytest.raises(OSError, match="set HOME"):
            user_folder("state")


@pytest.mark.parametrize(("system", "program"), [("linux", "bin/python"), ("win32", "Scripts/python.exe")])
def test_the_python_of_an_environment(system: str, program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", system)
    assert python_of(Path("env")) == Path("env", program)


def test_signals_that_a_system_lacks_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(signal, "SIGHUP", raising=False)
    assert system_signals.available(*system_signals.ENDING) == [signal.SIGINT, signal.SIGTERM]
    before = signal.getsignal(signal.SIGTERM)
    try:
        system_signals.ignore("SIGTERM", "SIGHUP")
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


def test_on_windows_a_process_is_not_asked_with_a_signal_which_would_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(psutil, "pid_exists", lambda pid: pid == 7)
    monkeypatch.delattr(os, "kill")
    assert ring.exists(7)
    assert not ring.exists(8)


def test_on_windows_no_terminal_is_switched_to_single_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with Keyboard() as keyboard:
        assert not keyboard.listens
        assert keyboard.read(0.0) == ""


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_elsewhere_there_is_a_display_and_no_limit_of_memory(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", system)
    assert display_problem({}) is None
    with memory_bound(1):
        assert len(bytes(200_000_000)) == 200_000_000


def test_on_windows_the_doctor_names_no_limits_of_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert not [each.name for each in machine.examine() if each.name.startswith("limit of")]


def test_without_unix_sockets_a_session_that_stays_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "getuid")
    with pytest.raises(WireError, match="--run"):
        socket_path("some-run")


def test_on_windows_a_file_is_moved_with_the_systems_own_rename(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.jpg").write_bytes(b"a")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.delattr(transfer, "_RENAME")
    transfer.move_file(str(tmp_path / "a.jpg"), str(tmp_path / "b.jpg"), part=str(tmp_path / "part"))
    assert [file.name for file in tmp_path.iterdir()] == ["b.jpg"]
