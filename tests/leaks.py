"""Fails every test that leaves something running or open.

What is looked at before and after each test: child processes (their orphans too), threads, file descriptors,
shared memory by name and by mapping, temporary files of inspector; and where Qt is loaded, running QThreads and
thread pools, active timers and windows. Nothing in here imports Qt.
"""

import gc
import multiprocessing.resource_tracker
import os
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

SETTLE_S = 2.0  # so long may things take to go away after a test

# Inherited by every process that a test starts, so that orphans are found when they are nobody's children any more.
TOKEN_NAME = "INSPECTOR_TEST_RUN"
TOKEN = uuid.uuid4().hex

Findings = dict[Hashable, str]  # what identifies a thing -> how to name it in a message


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Compares what there is before the test with what there is after all its other fixtures are gone."""
    os.environ[TOKEN_NAME] = TOKEN
    before = inventory()
    yield
    left = _wait_until_gone(before)
    if left:
        _kill_processes(left)
        pytest.fail("left behind by this test:\n  " + "\n  ".join(left.values()), pytrace=False)


def inventory() -> Findings:
    """Everything that a test must not leave behind, as there is now."""
    return _processes() | _threads() | _descriptors() | _shared_memory() | _temporary_files() | _qt_objects()


def _wait_until_gone(before: Findings) -> Findings:
    deadline = time.monotonic() + SETTLE_S
    while True:
        _process_qt_events()  # before the first look, too: a window goes only with the event that deletes it
        too_late = time.monotonic() > deadline  # asked before looking, which itself takes seconds on a busy machine
        left = {key: name for key, name in inventory().items() if key not in before}
        if not left or too_late:
            return left
        gc.collect()
        time.sleep(0.02)


def _kill_processes(left: Findings) -> None:
    for key in left:
        if isinstance(key, psutil.Process) and key.is_running():  # is_running: a reused pid is another process
            key.kill()


def _processes() -> Findings:
    children = set(psutil.Process().children(recursive=True))
    tracker = multiprocessing.resource_tracker._resource_tracker._pid  # type: ignore[attr-defined]
    return {
        process: f"process {process.pid}: {_command_line(process)}"
        for process in children | _marked_processes()
        if process.pid != tracker  # Python starts one, once, and ends it at exit
    }


def _marked_processes() -> set[psutil.Process]:
    marked = set()
    for process in psutil.process_iter():
        try:
            if process.environ().get(TOKEN_NAME) == TOKEN and process.pid != os.getpid():
                marked.add(process)
        except (psutil.Error, OSError):
            continue  # gone meanwhile, or another user's
    return marked


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
    own = Path("/proc/self/fd")
    found: Findings = {}
    for entry in own.iterdir() if own.is_dir() else ():
        try:
            target = os.readlink(entry)
        except OSError:
            continue  # the one that listed the directory
        if not _may_stay_open(int(entry.name), target):
            found["descriptor", entry.name, target] = f"file descriptor {entry.name}: {target}"
    return found


def _may_stay_open(descriptor: int, target: str) -> bool:
    """What libraries open once and keep until the process ends."""
    return (
        target in ("/dev/urandom", "/dev/random")
        # Qt gives every thread of its own one to be woken by, and keeps the threads that it paints large images with
        # for half a minute. Nothing else here uses these descriptors, and QThreads are looked at by themselves.
        or (target == "anon_inode:[eventfd]" and "PySide6.QtCore" in sys.modules)
        or target.startswith(("/usr/share/", "/var/cache/", f"{sys.prefix}/"))  # fonts, MIME types, translations
        or descriptor == multiprocessing.resource_tracker._resource_tracker._fd  # type: ignore[attr-defined]
    )


def _shared_memory() -> Findings:
    found: Findings = {}
    for line in _lines("/proc/self/maps"):
        fields = line.split(maxsplit=5)
        if len(fields) == 6 and ("inspector" in fields[5].rpartition("/")[2] or fields[5].startswith("/dev/shm/")):
            found["mapping", fields[4], fields[5]] = f"mapped memory {fields[5]}"
    if os.path.isdir("/dev/shm") and (files := list(os.scandir("/dev/shm"))):
        strangers = _mapped_by_strangers()
        for file in files:
            if file.inode() not in strangers:
                found["shared memory", file.name] = f"shared memory {file.path}"
    return found


def _mapped_by_strangers() -> set[int]:
    """Files in /dev/shm that processes not of this test run map, by inode: a semaphore is mapped by another name."""
    ours = {os.getpid(), *(child.pid for child in psutil.Process().children(recursive=True))}
    others = (entry for entry in os.listdir("/proc") if entry.isdigit() and int(entry) not in ours)
    lines = (line for pid in others for line in _lines(f"/proc/{pid}/maps"))
    return {int(line.split(maxsplit=5)[4]) for line in lines if " /dev/shm/" in line}


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(errors="replace").splitlines()
    except OSError:  # no such file on this system, gone meanwhile, or another user's
        return []


def _temporary_files() -> Findings:
    folder = Path(tempfile.gettempdir())
    return {path: f"temporary file {path}" for path in folder.glob("inspector-*")}


def _qt_objects() -> Findings:
    core: Any = sys.modules.get("PySide6.QtCore")
    if core is None:
        return {}
    import shiboken6

    found: Findings = {}
    for thing in shiboken6.getAllValidWrappers():
        if isinstance(thing, core.QThread | core.QTimer):
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
