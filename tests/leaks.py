"""Fails every test that leaves something running or open, and that test alone.

What is looked at before and after each test: child processes (their orphans too), threads, file descriptors,
shared memory by name and by mapping, temporary files of inspector; and where Qt is loaded, running QThreads and
thread pools, active timers and windows. Only what belongs to this process counts: other runs and pytest-xdist's other
workers have their own. What can be ended or deleted is, so that it does not disturb the next tests. Nothing in here
imports Qt.
"""

import gc
import glob
import itertools
import multiprocessing.resource_tracker
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import warnings
from collections.abc import Hashable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

SETTLE_S = 20.0  # so long may things take to go away after a test, on a busy machine
ENDS_S = 20.0  # and processes to end that are killed

# Every process that a test starts inherits the token, so that orphans are found when they are nobody's children any
# more: "/run" outside of tests, "/run/3" in the third, "/run/3/another" in a run that the third test started.
TOKEN_NAME = "INSPECTOR_TEST_RUN"
RUN = uuid.uuid4().hex[:12]  # also for the names of what is shared by all processes of the machine
TOKEN = f"{os.environ.get(TOKEN_NAME, '')}/{RUN}"
_numbers = itertools.count(1)
_registered: set[str] = set()  # names of shared memory and semaphores of this process
_others: set[int] = set()  # processes that were seen to be nobody's here: they need not be looked at again
_PROC = os.path.isdir("/proc/self")

Findings = dict[Hashable, str]  # what identifies a thing -> how to name it in a message


def _note_names() -> None:
    """Python registers each name where its resource tracker is to remove it; nothing else says whose a name is."""
    tracker: Any = multiprocessing.resource_tracker
    register = tracker.register

    def note(name: str, kind: str) -> None:
        _registered.add(("sem." if kind == "semaphore" else "") + name.removeprefix("/"))
        register(name, kind)

    tracker.register = note


_note_names()


def pytest_collection_finish() -> None:
    """What was imported to collect the tests stays to the end: a collection need not go through it each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Compares what there is before the test with what there is after all its other fixtures are gone."""
    os.environ[TOKEN_NAME] = token = f"{TOKEN}/{next(_numbers)}"
    before = inventory(token)
    yield
    os.environ[TOKEN_NAME] = TOKEN  # what fixtures start for several tests is no single test's
    _forget_failure()
    left = _wait_until_gone(before, token)
    if left:
        _clear_away(left, before, token)
        pytest.fail("left behind by this test:\n  " + "\n  ".join(left.values()), pytrace=False)


def inventory(token: str = TOKEN) -> Findings:
    """Everything that must not be left behind, as there is now; of processes, those with that token or with none."""
    return _processes(token) | _threads() | _descriptors() | _shared_memory() | _temporary_files() | _qt_objects()


def _forget_failure() -> None:
    """Let go of a failed test's variables, which pytest keeps for a debugger until the next test runs."""
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        if vars(sys).pop(name, None) is not None:
            _collect()


def _collect() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the test has failed; this would fail another one
        gc.collect()


def _wait_until_gone(before: Findings, token: str) -> Findings:
    deadline = time.monotonic() + SETTLE_S
    pause_s = 0.005
    while True:
        _process_qt_events()  # before the first look, too: a window goes only with the event that deletes it
        too_late = time.monotonic() > deadline  # asked before looking, which itself takes seconds on a busy machine
        left = {key: name for key, name in inventory(token).items() if key not in before}
        if not left or too_late:
            return left
        gc.collect()
        time.sleep(pause_s)
        pause_s = min(2 * pause_s, 0.2)


def _clear_away(left: Findings, before: Findings, token: str) -> None:
    """End processes, those that they start meanwhile too, and delete files."""
    _close_loaders()  # whose threads would start new workers
    deadline = time.monotonic() + ENDS_S
    while processes := [process for process in _processes(token) if process not in before]:
        for process in processes:
            with suppress(psutil.Error):
                process.kill()
        _wait_for_children({process.pid for process in processes})
        psutil.wait_procs(processes, timeout=max(0.0, deadline - time.monotonic()))
        if time.monotonic() > deadline:
            break
    for kind, path in (key for key in left if isinstance(key, tuple) and len(key) == 2):
        if kind in ("shared memory", "temporary file"):
            shutil.rmtree(path) if os.path.isdir(path) else Path(path).unlink(missing_ok=True)
    _collect()


def _close_loaders() -> None:
    loader: Any = getattr(sys.modules.get("inspector"), "Loader", None)
    for thing in gc.get_objects() if loader is not None else ():
        if isinstance(thing, loader):
            thing.close()


def _wait_for_children(pids: set[int]) -> None:
    """Where Python started them, or it would warn of them, in another test, when it finds that they are gone."""
    for thing in gc.get_objects():
        if isinstance(thing, subprocess.Popen) and thing.pid in pids:
            with suppress(subprocess.TimeoutExpired):
                thing.wait(ENDS_S)
            for stream in (thing.stdin, thing.stdout, thing.stderr):
                if stream is not None:
                    with suppress(OSError):  # what was still to be written
                        stream.close()


def _processes(token: str) -> dict[psutil.Process, str]:
    children = _children()
    tracker = multiprocessing.resource_tracker._resource_tracker._pid  # type: ignore[attr-defined]
    running = {int(name) for name in os.listdir("/proc") if name.isdecimal()} if _PROC else set(psutil.pids())
    _others.intersection_update(running)
    found = {}
    for pid in children | (running - _others):
        mark = _token(pid)
        if pid not in children and not mark.startswith(TOKEN):
            _others.add(pid)
        marked = mark == token or mark.startswith(f"{token}/")
        anothers = mark.startswith(TOKEN) and not marked  # another test's, or for several
        # Python starts a resource tracker, once, and ends it at exit
        if (marked or (pid in children and not anothers)) and pid not in (os.getpid(), tracker):
            with suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                found[process] = f"process {pid}: {_command_line(process)}"
    return found


def _children() -> set[int]:
    """And theirs. After every test: psutil would read a file of every process of the machine."""
    if not os.path.exists(f"/proc/self/task/{os.getpid()}/children"):
        return {child.pid for child in psutil.Process().children(recursive=True)}
    found: set[int] = set()
    parents = [os.getpid()]
    while parents:
        parent = parents.pop()
        for file in glob.iglob(f"/proc/{parent}/task/*/children"):
            new = {int(pid) for pid in _content(file).split()} - found
            found |= new
            parents += new
    return found


def _token(pid: int) -> str:
    try:
        if not _PROC:
            return psutil.Process(pid).environ().get(TOKEN_NAME, "")
        with open(f"/proc/{pid}/environ", "rb") as file:
            environ = b"\0" + file.read()
    except (psutil.Error, OSError):
        return ""  # gone meanwhile, or another user's
    return os.fsdecode(environ.partition(f"\0{TOKEN_NAME}=".encode())[2].partition(b"\0")[0])


def _command_line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline()) or process.name()
    except psutil.Error as error:
        return "ended, but not waited for" if isinstance(error, psutil.ZombieProcess) else "ended just now"


def _threads() -> Findings:
    return {
        thread: f"thread {thread.name!r}"
        for thread in threading.enumerate()
        # Python's stand-ins for foreign threads stay listed for ever; QThreads are looked at by themselves
        if not isinstance(thread, threading._DummyThread)
    }


def _descriptors() -> Findings:
    found: Findings = {}
    for name in os.listdir("/proc/self/fd") if _PROC else ():
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue  # the one that listed the directory
        if not _may_stay_open(int(name), target):
            found["descriptor", name, target] = f"file descriptor {name}: {target}"
    return found


def _may_stay_open(descriptor: int, target: str) -> bool:
    """What libraries open once and keep until the process ends."""
    return (
        target in ("/dev/urandom", "/dev/random")
        # Qt gives every thread of its own one to be woken by, and keeps the threads that it paints large images with
        # for half a minute. Nothing else here uses these descriptors, and QThreads are looked at by themselves.
        or (target == "anon_inode:[eventfd]" and "PySide6.QtCore" in sys.modules)
        # obstore's threads wait at these, and stay; connections are looked at by themselves
        or (target in ("anon_inode:[eventpoll]", "anon_inode:[eventfd]") and "obstore" in sys.modules)
        or target.startswith(("/usr/share/", "/var/cache/", f"{sys.prefix}/"))  # fonts, MIME types, translations
        or descriptor == multiprocessing.resource_tracker._resource_tracker._fd  # type: ignore[attr-defined]
    )


def _shared_memory() -> Findings:
    found: Findings = {}
    for line in _content("/proc/self/maps").splitlines():
        if "inspector" in line or "/dev/shm/" in line:  # few do; to take all apart after each test adds up
            fields = line.split(maxsplit=5)
            if "inspector" in fields[5].rpartition("/")[2] or fields[5].startswith("/dev/shm/"):
                found["mapping", fields[4], fields[5]] = f"mapped memory {fields[5]}"
    for file in os.scandir("/dev/shm") if os.path.isdir("/dev/shm") else ():
        if file.name in _registered or RUN in file.name:
            found["shared memory", file.path] = f"shared memory {file.path}"
    return found


def _content(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace")
    except OSError:  # no such file on this system, gone meanwhile, or another user's
        return ""


def _temporary_files() -> Findings:
    folder = os.scandir(tempfile.gettempdir())
    return {
        ("temporary file", file.path): f"temporary file {file.path}"
        for file in folder
        if file.name.startswith("inspector-")
    }


def _qt_objects() -> Findings:
    core: Any = sys.modules.get("PySide6.QtCore")
    if core is None:
        return {}
    import shiboken6

    found: Findings = {}
    kinds = (core.QThread, core.QTimer)
    for thing in shiboken6.getAllValidWrappers():
        if isinstance(thing, kinds):
            kind = type(thing).__name__
            if isinstance(thing, core.QTimer) and thing.isActive():
                name = f"active {kind} {thing.objectName()!r} of {thing.parent()!r}, every {thing.interval()} ms"
                found["timer", shiboken6.getCppPointer(thing)[0]] = name
            # The main thread's own QThread object always runs
            elif isinstance(thing, core.QThread) and thing.isRunning() and not thing.isCurrentThread():
                found["QThread", shiboken6.getCppPointer(thing)[0]] = f"running {kind} {thing.objectName()!r}"
    if core.QThreadPool.globalInstance().activeThreadCount():
        found["QThreadPool"] = "work in the global QThreadPool"
    return found | _windows()


def _windows() -> Findings:
    widgets: Any = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or widgets.QApplication.instance() is None:
        return {}
    import shiboken6

    return {
        ("window", shiboken6.getCppPointer(widget)[0]): f"window {widget!r}"
        for widget in widgets.QApplication.topLevelWidgets()
        if widget.parent() is None and widget.metaObject().className() != "QTipLabel"  # Qt keeps its tool tip a while
    }


def _process_qt_events() -> None:
    core: Any = sys.modules.get("PySide6.QtCore")
    if core is not None and core.QCoreApplication.instance() is not None:
        core.QCoreApplication.processEvents()
        # No event loop runs between tests, and without one deleteLater() waits for ever
        core.QCoreApplication.sendPostedEvents(None, core.QEvent.Type.DeferredDelete.value)
