"""Faults that are really raised, in real windows: reported once, where they can be read, and the window continues."""

import logging
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer, qWarning
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QWidget

from inspector.loader.loader import Loader
from inspector.monitor.records import RunState
from inspector.ui.faults.faults import Fault, Faults
from inspector.ui.faults.log_collector import LogCollector
from inspector.ui.faults.log_panel import LogPanel
from inspector.ui.faults.qt_messages import qt_messages_logged
from inspector.ui.window import MainWindow
from tests.ui.conftest import Open, Opened


@pytest.fixture(autouse=True)
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that reports of errors are written to."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def log() -> Iterator[LogCollector]:
    """What collects the log of inspector's parts."""
    collector = LogCollector()
    logging.getLogger("inspector").addHandler(collector)
    yield collector
    logging.getLogger("inspector").removeHandler(collector)


@pytest.fixture
def faults(log: LogCollector) -> Iterator[Faults]:
    """Catches what nobody else does, as in the app."""
    made = Faults(log)
    with made.caught():
        yield made


def banner_text(opened: Opened) -> str:
    opened.wait_until(lambda: opened.find(QWidget, "faultBanner").isVisible())
    return opened.find(QLabel, "faultText").text()


def error_files(folder: Path) -> list[Path]:
    return list(folder.glob("inspector-error-*.txt"))


def test_a_slot_that_raises_again_and_again_is_told_once(
    open_window: Open, log: LogCollector, faults: Faults, reports: Path
) -> None:
    opened = open_window(log=log, faults=faults)
    times = 0

    def fail() -> None:
        nonlocal times
        times += 1
        raise RuntimeError(f"boom {times}")

    timer = QTimer(interval=5)
    timer.timeout.connect(fail)
    with faults.caught():
        timer.start()
        opened.wait_until(lambda: times >= 5)
        timer.stop()
    assert "RuntimeError: boom 1" in banner_text(opened)
    (file,) = error_files(reports)
    assert "boom 1" in file.read_text("utf-8")
    assert str(file) in opened.find(QLabel, "faultAdvice").text()
    assert "more" not in opened.find(QLabel, "faultAdvice").text()
    assert faults.unexpected == 1


def test_threads_and_finalizers_that_raise_are_told_too(
    open_window: Open, log: LogCollector, faults: Faults, reports: Path
) -> None:
    opened = open_window(log=log, faults=faults)

    def fail() -> None:
        raise ValueError("in a thread")

    class Careless:
        def __del__(self) -> None:
            raise KeyError("in a finalizer")

    thread = threading.Thread(target=fail, name="some-thread")
    with faults.caught():
        thread.start()
        thread.join()
        careless = Careless()
        del careless
    assert "ValueError: in a thread" in banner_text(opened)
    opened.wait_until(lambda: "1 more; see the Log." in opened.find(QLabel, "faultAdvice").text())
    opened.find(QPushButton, "faultCopyButton").click()
    copied = QGuiApplication.clipboard().text()
    assert "in: some-thread" in copied
    assert "in a finalizer" in copied
    assert len(error_files(reports)) == 2
    opened.find(QPushButton, "faultDismissButton").click()
    assert not opened.find(QWidget, "faultBanner").isVisible()
    opened.find(QPushButton, "faultLogButton").click()
    assert opened.find(QPlainTextEdit, "logView").isVisible()
    assert "in a finalizer" in opened.find(QPlainTextEdit, "logView").toPlainText()


def test_an_engine_that_breaks_ends_its_workers_and_another_folder_can_be_opened(
    open_window: Open, log: LogCollector, faults: Faults, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_window(photos, log=log, faults=faults, batch_size=8, num_workers=1)
    opened.wait_for_batch()

    def fail(_loader: Loader) -> None:
        raise ZeroDivisionError("the engine broke")

    with monkeypatch.context() as broken:
        broken.setattr(Loader, "__next__", fail)
        opened.wait_for_state(RunState.FAILED)
        assert "ZeroDivisionError: the engine broke" in banner_text(opened)
        opened.wait_until(lambda: not opened.session.snapshot().workers or opened.session._current.loader is None)
    opened.window.open_source(str(photos))
    opened.wait_for_state(RunState.RUNNING)
    opened.wait_for_batch()


def test_a_storm_of_faults_is_one_banner(open_window: Open, log: LogCollector, faults: Faults) -> None:
    opened = open_window(log=log, faults=faults)
    for number in range(120):
        faults.show(Fault(f"<b>Fault</b> {number}.", "Do this."))
    assert banner_text(opened) == "<b>Fault</b> 0."  # as text, not as markup
    assert opened.find(QLabel, "faultText").textFormat().name == "PlainText"
    opened.wait_until(lambda: "119 more; see the Log." in opened.find(QLabel, "faultAdvice").text())
    assert len(opened.window.findChildren(QWidget, "faultBanner")) == 1


def test_the_log_is_filtered_searched_copied_and_saved(open_window: Open, log: LogCollector, tmp_path: Path) -> None:
    opened = open_window(log=log)
    log.add("all is well")
    logging.getLogger("inspector.loader.workers.pool").warning("a worker was slow")
    logging.getLogger("inspector.loader.workers.pool").error("a worker was lost")
    view = opened.find(QPlainTextEdit, "logView")
    opened.wait_until(lambda: "a worker was lost" in view.toPlainText())
    assert "warning\tpool\ta worker was slow" in view.toPlainText()
    opened.find(QComboBox, "logLevelCombo").setCurrentText("Warnings and errors")
    assert "all is well" not in view.toPlainText()
    opened.find(QLineEdit, "logSearch").setText("LOST")
    assert view.toPlainText().count("\n") == 0
    opened.find(QPushButton, "logCopyButton").click()
    assert QGuiApplication.clipboard().text().endswith("error\tpool\ta worker was lost\n")
    assert isinstance(view, LogPanel)
    view.save(str(tmp_path / "nowhere" / "log.txt"))
    assert "The export failed" in banner_text(opened)
    saved = tmp_path / "log.txt"
    view.save(str(saved))
    opened.wait_until(saved.exists)
    opened.wait_until(lambda: "all is well" in saved.read_text("utf-8"))


def test_the_log_follows_its_end_unless_scrolled_up(open_window: Open, log: LogCollector) -> None:
    opened = open_window(log=log)
    opened.find(QPushButton, "faultLogButton").click()
    view = opened.find(QPlainTextEdit, "logView")
    bar = view.verticalScrollBar()
    for number in range(100):
        log.add(f"line {number}")
    opened.wait_until(lambda: "line 99" in view.toPlainText())
    assert bar.value() == bar.maximum()
    bar.setValue(3)
    for number in range(5000):
        log.add(f"later {number}")
    opened.wait_until(lambda: "later 4999" in view.toPlainText())
    assert view.blockCount() <= 2000
    assert bar.value() < bar.maximum()


def test_qts_warnings_go_to_the_log(log: LogCollector, capfd: pytest.CaptureFixture[str]) -> None:
    with qt_messages_logged(log):
        qWarning("something about fonts")
    assert [(line.level, line.source, line.text) for line in log.take()] == [("warning", "Qt", "something about fonts")]
    assert capfd.readouterr().err == ""


def test_a_window_with_faults_fits_a_small_screen(open_window: Open, log: LogCollector, faults: Faults) -> None:
    opened = open_window(log=log, faults=faults)
    opened.window.resize(1024, 640)
    faults.show(Fault("What happened " * 60, "What to do " * 60))
    banner_text(opened)
    assert isinstance(opened.window, MainWindow)
    assert opened.find(QPushButton, "faultDismissButton").visibleRegion().boundingRect().width() > 20
    assert opened.window.height() <= 800
