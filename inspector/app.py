"""The desktop app put together: a session, a window on it, and a clean way out, whatever ends it.

The session is at work before the window is made: the first batches load while the plots' library is imported.
"""

import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import psutil

from inspector.errors import SettingsError
from inspector.fault_report import crashes_before, crashes_traced
from inspector.formatting import readable
from inspector.named_code import NamedCode
from inspector.session.local import LocalSession
from inspector.session.protocol import Session
from inspector.session.watched import WatchedSession
from inspector.settings import SessionConfig
from inspector.switch_interval import short_switch_interval
from inspector.system_signals import ENDING, available
from inspector.ui.faults.faults import Fault, Faults
from inspector.ui.faults.log_collector import LogCollector

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from inspector.ui.shell.preferences import Preferences
    from inspector.ui.window import MainWindow


def run_app(
    source: str | NamedCode | None,
    config: SessionConfig,
    *,
    given: Collection[str] = (),
    quit_after_s: float | None = None,
    screenshot: str | os.PathLike[str] | None = None,
    appearance: str | None = None,
) -> int:
    """Show `source` in a window until it is closed, or for `quit_after_s` seconds; the exit status.

    Without a source, it resumes as it was closed: what was open then, where that is still there, with the settings of
    then, but for those `given` by name.

    Args:
        screenshot: a PNG file to save the window to, as it stood at the end.
        appearance: "light", "dark" or "system", for this run only; None: as chosen in the window before.

    Returns:
        0 when all went well, 1 after an unexpected error (shown in the window and on standard error), 128 + n after
        signal n.

    Raises:
        SettingsError: where `screenshot` cannot be written; nothing was started then.
    """

    def show(run: _Run, preferences: "Preferences") -> None:
        opened, settings = source, config
        for error in preferences.errors:
            run.faults.show(Fault(error, "The window is as for a new user.", level="warn"))
        if opened is None:
            settings = preferences.resume(settings, given)
            from inspector.ui.shell.recent import is_there

            opened = NamedCode.find(preferences.last) or (preferences.last if is_there(preferences.last) else None)
            settings = preferences.resume_source(settings, opened, given)
        session = LocalSession(settings)
        run.starting.enter_context(short_switch_interval())
        try:
            if opened is not None:
                session.open(opened)
            following = _show(session, run, preferences, quit_after_s, appearance)
        finally:
            session.close()
            run.starting.close()
        _show_each(following, run, preferences, quit_after_s, appearance)

    return _run_window(show, screenshot)


def run_training_window(
    folder: str,
    *,
    quit_after_s: float | None = None,
    screenshot: str | os.PathLike[str] | None = None,
    appearance: str | None = None,
) -> int:
    """Show the training whose figures are in `folder`; arguments, exit status and errors are as those of `run_app`."""

    def show(run: _Run, preferences: "Preferences") -> None:
        _show_each(WatchedSession(folder), run, preferences, quit_after_s, appearance)

    return _run_window(show, screenshot)


def run_remote_window(
    session: Callable[[], Session],
    *,
    quit_after_s: float | None = None,
    screenshot: str | os.PathLike[str] | None = None,
    appearance: str | None = None,
) -> int:
    """Show the session that `session` connects to; the rest is as with `run_app`.

    Raises:
        InspectorError: where it cannot be reached.
    """

    def show(run: _Run, preferences: "Preferences") -> None:
        _show_each(session(), run, preferences, quit_after_s, appearance)

    return _run_window(show, screenshot)


def _run_window(show: Callable[["_Run", "Preferences"], None], screenshot: str | os.PathLike[str] | None) -> int:
    """Show a window with what every one needs around it: faults are caught, and signals end it. The exit status."""
    picture = _picture(screenshot)
    _forget_qt_of_cv2()
    run = _Run(picture)
    run.tell_of_crashes()
    with crashes_traced(), run.faults.caught(), run.signals_end_it():
        import PySide6.QtWidgets  # noqa: F401  before any thread: it aborts if another imports something meanwhile

        from inspector.ui.garbage import only_by_hand
        from inspector.ui.shell.preferences import Preferences

        preferences = Preferences.of_user()
        with only_by_hand():
            show(run, preferences)
    return run.status or (1 if run.faults.unexpected else 0)


class _Run:
    """How the run ends: by the window, by a signal, which may come before there is one, and with what status."""

    def __init__(self, picture: Path | None) -> None:
        self.status = 0
        self.log = LogCollector()
        self.faults = Faults(self.log)
        self.starting = ExitStack()  # what is in force until the first batch is on the screen
        self._picture = picture
        self._window: MainWindow | None = None
        self._signalled = False

    @contextmanager
    def signals_end_it(self) -> Iterator[None]:
        """Python calls a handler between two of its own instructions; the window's timer sees to it that some come.

        A handler that raised could be lost in Qt, or in the middle of its import.
        """
        before = {number: signal.signal(number, self._end) for number in available(*ENDING)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _end(self, number: int, frame: FrameType | None) -> None:
        self.status = 128 + number
        self._signalled = True
        if self._window is not None:
            self._window.close()

    def show(self, window: "MainWindow", app: "QApplication") -> None:
        """Show the window until it is closed."""
        from inspector.ui.garbage import GarbageCollector

        window.closing.connect(self._save_picture)
        window.closing.connect(app.exit)  # Qt does not, while another window is open, as the viewer
        window.first_batch_painted.connect(self._note_first_batch)
        window.first_batch_painted.connect(GarbageCollector(window).put_aside)
        window.show()
        self._window = window
        if self._signalled:
            window.close()
        else:
            app.exec()

    def tell_of_crashes(self) -> None:
        """An earlier run that a fatal signal ended is reported at this start, and not again."""
        for words, file in crashes_before():
            what = f"The last run of inspector ended abnormally ({words.removeprefix('Fatal Python error: ')})."
            advice = f"Its trace is in {file}: send it with a bug report. The images are untouched."
            self.faults.show(Fault(what, advice, level="warn"))

    def _note_first_batch(self) -> None:
        self.starting.close()
        since_start_s = time.time() - psutil.Process().create_time()
        self.log.add(f"first batch on screen {since_start_s:.2f} s after the start of the program")

    def _save_picture(self) -> None:
        if self._picture is None or self._window is None:
            return
        if not self._window.grab().save(str(self._picture)):
            print(f"inspector: {readable(str(self._picture))}: the picture could not be written", file=sys.stderr)
            self.status = 1


def _show_each(
    session: Session | None, run: _Run, preferences: "Preferences", quit_after_s: float | None, appearance: str | None
) -> None:
    """Show a session, and then what the user has turned to from it, as long as there is something. Closes all."""
    while session is not None:
        try:
            following = _show(session, run, preferences, quit_after_s, appearance)
        finally:
            session.close()
        session = following


def _show(
    session: Session, run: _Run, preferences: "Preferences", quit_after_s: float | None, appearance: str | None
) -> Session | None:
    """In a window until that is closed; what is to be shown then."""
    from PySide6.QtCore import QLocale, QTimer
    from PySide6.QtWidgets import QApplication

    from inspector.ui.faults.qt_messages import qt_messages_logged
    from inspector.ui.theme import Theme
    from inspector.ui.window import MainWindow

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(["inspector"])
    QLocale.setDefault(QLocale(QLocale.Language.English))  # numbers in fields as in all sentences, and as in code
    app.setApplicationName("inspector")
    app.setDesktopFileName("inspector")
    logger = logging.getLogger("inspector")
    logger.addHandler(run.log)
    try:
        with qt_messages_logged(run.log):
            theme = Theme(app, appearance or preferences.appearance)
            with theme.dressing_at_the_end():
                window = MainWindow(session, theme, preferences, run.log, run.faults)
            if quit_after_s is not None:
                QTimer.singleShot(round(quit_after_s * 1000), window, window.close)
            run.show(window, app)
            return window.trainings.next
    finally:
        logger.removeHandler(run.log)


def _forget_qt_of_cv2() -> None:
    """Importing cv2 points Qt at the Qt 5 files in its own wheel, which ours cannot load."""
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        if "cv2" in Path(os.environ.get(name, "")).parts:
            del os.environ[name]


def _picture(screenshot: str | os.PathLike[str] | None) -> Path | None:
    """Where to save it, once that can be done."""
    if screenshot is None:
        return None
    picture = Path(screenshot)
    there = picture.exists()
    if picture.is_dir() or not os.access(picture if there else picture.absolute().parent, os.W_OK):
        raise SettingsError(f"--screenshot {picture}: cannot be written; its folder must exist and be writable")
    return picture
