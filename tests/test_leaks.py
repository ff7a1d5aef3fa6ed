"""The fixture that fails whatever is left behind: real leaks, in a pytest run of their own."""

import sys

import pytest

from tests.conftest import ROOT

CONFTEST = """
pytest_plugins = ["tests.leaks"]

def pytest_configure():
    import tests.leaks
    tests.leaks.SETTLE_S = 0.3
"""

LEAKS = """
import mmap, os, signal, subprocess, sys, tempfile, threading
from multiprocessing import shared_memory
import pytest

kept = []
SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]

def test_process():
    kept.append(subprocess.Popen(SLEEP))

def test_zombie():
    child = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    child.stdout.read(), child.stdout.close()
    kept.append(child)

def test_orphan():
    middle = f"import subprocess; print(subprocess.Popen({SLEEP!r}, stdout=-3, stderr=-3).pid)"
    subprocess.run([sys.executable, "-c", middle], check=True, capture_output=True)

def test_thread():
    threading.Thread(target=threading.Event().wait, name="forgotten", daemon=True).start()

def test_pipe():
    kept.append(os.pipe())

def test_file(tmp_path):
    kept.append(open(tmp_path / "open.txt", "w"))

def test_memfd():
    kept.append(os.memfd_create("inspector-arena"))

def test_mapping():
    memory = os.memfd_create("inspector-mapped")
    os.ftruncate(memory, 4096)
    kept.append(mmap.mmap(memory, 4096))
    os.close(memory)

def test_shared_memory(request):
    memory = shared_memory.SharedMemory(create=True, size=4096)
    request.config.add_cleanup(memory.unlink)
    memory.close()

def test_temporary_file(request):
    descriptor, path = tempfile.mkstemp(prefix="inspector-")
    os.close(descriptor)
    request.config.add_cleanup(lambda: os.unlink(path))
"""

CLEAN = """
import mmap, os, subprocess, sys, tempfile, threading
from multiprocessing import shared_memory

def test_everything_put_away(tmp_path):
    subprocess.run([sys.executable, "-c", ""], check=True)
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    with open(tmp_path / "open.txt", "w"), tempfile.TemporaryDirectory(prefix="inspector-"):
        memory = shared_memory.SharedMemory(create=True, size=4096)
        memory.close()
        memory.unlink()
    reading, writing = os.pipe()
    os.close(reading)
    os.close(writing)

def test_that_is_still_ending():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.1)"])
    threading.Thread(target=child.wait).start()
"""

QT_LEAKS = """
import threading
import pytest
from PySide6.QtCore import QCoreApplication, QObject, QRunnable, QThread, QThreadPool, QTimer
from PySide6.QtWidgets import QWidget

kept = []

@pytest.fixture(scope="session", autouse=True)
def end_of_the_run(qapp, request):
    yield
    for thing in kept:
        if isinstance(thing, QThread):
            thing.quit()
            thing.wait()
        if isinstance(thing, threading.Event):
            thing.set()
    QThreadPool.globalInstance().waitForDone()

def test_qthread():
    thread = QThread(objectName="forgotten")
    thread.start()
    kept.append(thread)

def test_timer():
    timer = QTimer(interval=60_000, objectName="ticking")
    timer.start()
    kept.append(timer)

def test_window():
    kept.append(QWidget())

def test_pool():
    release = threading.Event()
    kept.append(release)
    QThreadPool.globalInstance().start(release.wait)
"""

QT_CLEAN = """
from PySide6.QtCore import QThread, QTimer
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

def test_shown_and_closed(qtbot):
    window = QWidget()
    QVBoxLayout(window).addWidget(QLabel("text"))
    QTimer(window, interval=10).start()
    qtbot.addWidget(window)
    window.show()

def test_deleted_later(qapp):
    QWidget().deleteLater()

def test_thread_that_ends(qtbot):
    thread = QThread()
    with qtbot.waitSignal(thread.finished):
        thread.start()
        thread.quit()
    thread.wait()
"""

FOUND = {
    "process": "process * time.sleep(600)*",
    "zombie": "process *: ended, but not waited for",
    "orphan": "process * time.sleep(600)*",
    "thread": "thread 'forgotten'",
    "pipe": "file descriptor *: pipe:*",
    "file": "file descriptor *: */open.txt",
    "memfd": "file descriptor *: /memfd:inspector-arena (deleted)",
    "mapping": "mapped memory /memfd:inspector-mapped (deleted)",
    "shared_memory": "shared memory /dev/shm/psm_*",
    "temporary_file": "temporary file */inspector-*",
}
FOUND_OF_QT = {
    "qthread": "running QThread 'forgotten'",
    "timer": "active QTimer 'ticking' of None, every 60000 ms",
    "window": "window <PySide6.QtWidgets.QWidget*",
    "pool": "work in the global QThreadPool",
}

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc and /dev/shm")


def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tests: str) -> pytest.RunResult:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(tests)
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore::ResourceWarning")


def assert_each_is_named(result: pytest.RunResult, found: dict[str, str]) -> None:
    result.assert_outcomes(passed=len(found), errors=len(found))
    for test, message in found.items():
        result.stdout.fnmatch_lines(
            [f"*ERROR at teardown of test_{test} *", "left behind by this test:", f"  {message}"]
        )


@linux_only
def test_each_kind_of_leak_fails_its_test(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_each_is_named(run(pytester, monkeypatch, LEAKS), FOUND)


def test_what_is_put_away_passes(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    run(pytester, monkeypatch, CLEAN).assert_outcomes(passed=2)


def test_each_kind_of_qt_leak_fails_its_test(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_each_is_named(run(pytester, monkeypatch, QT_LEAKS), FOUND_OF_QT)


def test_qt_things_put_away_pass(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    run(pytester, monkeypatch, QT_CLEAN).assert_outcomes(passed=3)
