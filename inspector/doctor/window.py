"""Whether Qt can show a window, tried in child processes, because Qt ends the process where it cannot."""

import os
import sys
from collections.abc import Iterator

from inspector.display import display_problem
from inspector.doctor.child import ChildAnswer, ask
from inspector.doctor.findings import Diagnostic, Level, without_home
from inspector.doctor.libraries import advice_for

SECTION = "Window"
_VARIABLES = ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE", "QT_QPA_PLATFORM", "QT_SCALE_FACTOR")
# They lead Qt to files of another Qt; importing OpenCV sets the last two for its own.
_MISLEADING = ("QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
_WITHOUT_SCREEN = "the terminal view runs instead, and QT_QPA_PLATFORM=offscreen lets --screenshot work"
_REINSTALL = "QT_DEBUG_PLUGINS=1 inspector shows what Qt tried; or: pip install --force-reinstall PySide6-Essentials"
_ASK_PLUGINS = """
import json, os, re
from PySide6.QtCore import QLibraryInfo, qVersion
folder = os.path.join(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath), "platforms")
names = [re.sub(r"^(lib)?q|[.].*$", "", name) for name in os.listdir(folder)] if os.path.isdir(folder) else []
print(json.dumps({"version": qVersion(), "folder": folder, "plugins": sorted(names)}))
"""
_ASK_WINDOW = """
import json
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication
app = QApplication(["inspector"])
screens = [f"{s.size().width()} x {s.size().height()} at {s.devicePixelRatio():g}" for s in app.screens()]
print(json.dumps({"platform": app.platformName(), "screens": screens, "fonts": len(QFontDatabase.families())}))
"""


def examine() -> Iterator[Diagnostic]:
    """Qt, its platform plugins, the display, and a window that is tried."""
    yield Diagnostic(SECTION, "display", _display())
    misleading = [name for name in _MISLEADING if os.environ.get(name)]
    if misleading:
        advice = f"another Qt's files may be loaded; if no window comes: unset {' '.join(misleading)}"
        yield Diagnostic(SECTION, "Qt's own variables", ", ".join(misleading), Level.WARNING, advice)
    plugins = ask(_ASK_PLUGINS)
    if not plugins.facts:
        yield _failed("Qt", f"cannot be loaded: {plugins.said}")
        return
    found = ", ".join(plugins.facts["plugins"])
    folder = without_home(plugins.facts["folder"])
    value = f"{found} (Qt {plugins.facts['version']})"
    yield (
        Diagnostic(SECTION, "platform plugins", value)
        if found
        else Diagnostic(
            SECTION,
            "platform plugins",
            "none",
            Level.PROBLEM,
            f"there should be some in {folder}; install PySide6 again",
        )
    )
    yield from _tried()


def _display() -> str:
    known = [f"{name}={os.environ[name]}" for name in _VARIABLES if os.environ.get(name)]
    return ", ".join(known) or ("the system's own" if sys.platform in ("win32", "darwin") else "none is set")


def _tried() -> Iterator[Diagnostic]:
    problem = display_problem()
    if problem is None:
        answer = ask(_ASK_WINDOW)
        yield _opened("a window", answer)
    else:
        what, lacks_library, packages = problem.partition(" are missing: ")
        if lacks_library:
            yield Diagnostic(SECTION, "a window", f"{what} are missing", Level.PROBLEM, packages)
        else:
            yield Diagnostic(SECTION, "a window", problem, Level.WARNING, _WITHOUT_SCREEN)
        answer = ask(_ASK_WINDOW, {**os.environ, "QT_QPA_PLATFORM": "offscreen"})
        yield _opened("without a screen", answer)
    if answer.facts.get("fonts") == 0:
        yield Diagnostic(
            SECTION, "fonts", "none: no text can be drawn", Level.PROBLEM, "apt-get install fonts-dejavu-core"
        )


def _failed(name: str, said: str) -> Diagnostic:
    return Diagnostic(SECTION, name, said, Level.PROBLEM, advice_for(said, _REINSTALL))


def _opened(name: str, answer: ChildAnswer) -> Diagnostic:
    if not answer.facts:
        return _failed(name, f"Qt cannot start: {answer.said}")
    screens = "; ".join(answer.facts["screens"])
    return Diagnostic(SECTION, name, f"opens with {answer.facts['platform']}, {screens or 'no screen'}")
