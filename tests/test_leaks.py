"""The fixture that fails whatever is left behind: real leaks, in a pytest run of their own."""

import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

CONFTEST = """
import os

pytest_plugins = ["tests.leaks"]

def pytest_configure():
    import tests.leaks
    tests.leaks.SETTLE_S = float(os.environ["SETTLE_S"])
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
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
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

def test_shared_memory():
    shared_memory.SharedMemory(create=True, size=4096).close()

def test_temporary_file():
    descriptor, path = tempfile.mkstemp(prefix="inspector-")
    os.close(descriptor)
"""

NEXT_TESTS = """
import gc, os, signal, subprocess, sys, tempfile, time
import psutil, pytest
from inspector import Loader

kept = []
STARTS_OTHERS = '''
import subprocess, sys, time
while True:
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    print("started", flush=True)
    time.sleep(0.05)
'''

def test_program_that_starts_others():
    program = subprocess.Popen([sys.executable, "-c", STARTS_OTHERS], stdout=subprocess.PIPE)
    program.stdout.readline()

def test_nothing_of_it_is_there():
    gc.collect()  # Python warns of processes that were not waited for
    assert psutil.Process().children() == []

def test_loader(photos):
    kept.append(Loader(photos, num_workers=2, batch_size=2, image_size=(16, 16)))
    next(kept[0])

def test_no_worker_is_there():
    time.sleep(0.3)  # a loader replaces workers that were killed
    assert psutil.Process().children() == []

def test_file():
    kept.append(tempfile.mkstemp(prefix="inspector-"))
    os.close(kept[-1][0])

def test_it_is_deleted():
    assert not os.path.exists(kept[-1][1])

def test_fails_in_the_middle(photos):
    loader = Loader(photos, num_workers=1, batch_size=2, image_size=(16, 16))
    file = open(__file__)
    next(loader)
    assert False

def test_whose_variables_are_gone():
    gc.collect()
    assert psutil.Process().children() == []
"""

OTHERS = """
import os, subprocess, sys
from pathlib import Path

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]

def test_in_which_others_start_something(request):
    '''What belongs to another run: a process, and files in memory that nobody has mapped.'''
    import tests.leaks
    file = Path(f"/dev/shm/test-another-{os.getpid()}")
    request.config.add_cleanup(file.unlink)
    file.touch()
    middle = f"import subprocess; print(subprocess.Popen({SLEEP!r}, stdout=-3, stderr=-3).pid)"
    environment = os.environ | {tests.leaks.TOKEN_NAME: "/another/1"}
    done = subprocess.run([sys.executable, "-c", middle], env=environment, check=True, capture_output=True)
    request.config.add_cleanup(lambda: os.kill(int(done.stdout), 9))
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


def run(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    tests: str,
    settle_s: float = 60.0,
    conftest: str = CONFTEST,
) -> pytest.RunResult:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("SETTLE_S", str(settle_s))
    pytester.makeconftest(conftest)
    pytester.makepyfile(tests)
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore::ResourceWarning")


def assert_each_is_named(result: pytest.RunResult, found: dict[str, str]) -> None:
    result.assert_outcomes(passed=len(found), errors=len(found))
    for test, message in found.items():
        result.stdout.fnmatch_lines(
            [f"*ERROR at teardown of test_{test} *", "left behind by this test:", f"  {message}"]
        )


@pytest.mark.slow
@linux_only
def test_each_kind_of_leak_fails_its_test(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_each_is_named(run(pytester, monkeypatch, LEAKS, 0.1), FOUND)


@pytest.mark.slow
@linux_only
def test_what_a_test_leaves_fails_no_other(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, photos: Path
) -> None:
    fixture = f"\nimport pytest\n\n@pytest.fixture\ndef photos():\n    return {str(photos)!r}\n"
    result = run(pytester, monkeypatch, NEXT_TESTS, 0.1, CONFTEST + fixture)
    result.assert_outcomes(passed=7, failed=1, errors=3)
    for test in ("program_that_starts_others", "loader", "file"):
        result.stdout.fnmatch_lines([f"*ERROR at teardown of test_{test} *"])


@linux_only
def test_what_others_leave_is_not_looked_at(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    run(pytester, monkeypatch, OTHERS, 0.1).assert_outcomes(passed=1)


def test_what_is_put_away_passes(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    run(pytester, monkeypatch, CLEAN).assert_outcomes(passed=2)


def test_each_kind_of_qt_leak_fails_its_test(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_each_is_named(run(pytester, monkeypatch, QT_LEAKS, 0.1), FOUND_OF_QT)


def test_qt_things_put_away_pass(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    run(pytester, monkeypatch, QT_CLEAN).assert_outcomes(passed=3)
