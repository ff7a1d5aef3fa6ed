"""One start of the app, or only of what it imports, in a fresh interpreter. Started by `bench_start`.

Prints JSON: for each point that is reached, the seconds since the time given, and the CPU seconds of this process.
"""

import json
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from inspector.ui.window import MainWindow

POINTS = ("imports", "window", "first batch")


class Clock:
    """Since the parent began to start this process, by the clock that both have."""

    def __init__(self, begin_s: float) -> None:
        self._begin_s = begin_s
        self.reached: dict[str, tuple[float, float]] = {}

    def reach(self, point: str) -> None:
        self.reached.setdefault(point, (time.time() - self._begin_s, time.process_time()))


def bare_imports(clock: Clock) -> None:
    """The libraries of others that the window is made with."""
    import cv2  # noqa: F401
    import numpy  # noqa: F401
    import pyqtgraph  # noqa: F401
    import PySide6.QtWidgets  # noqa: F401

    clock.reach("imports")


def app(clock: Clock, source: str) -> None:
    """The app until its first batch has been painted."""
    import inspector.app

    class Timed(inspector.app._Run):
        def show(self, window: "MainWindow", app: "QApplication") -> None:
            from PySide6.QtCore import QEvent, QObject

            class Painted(QObject):
                def eventFilter(self, watched: QObject, event: QEvent) -> bool:
                    if event.type() == QEvent.Type.Paint:
                        clock.reach("window")
                    return False

            def finish() -> None:
                clock.reach("first batch")
                window.close()

            watch = Painted()
            window.installEventFilter(watch)
            window.first_batch_painted.connect(finish)
            super().show(window, app)

    inspector.app._Run = Timed  # type: ignore[misc]  # nothing else sees the window from outside
    from inspector.cli import main

    arguments: list[Any] = [source, "--image-size", "224x224", "--quit-after", "30"]
    main(arguments)


def main() -> None:
    what, begin_s, source = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    clock = Clock(begin_s)
    if what == "app":
        app(clock, source)
    else:
        bare_imports(clock)
    print(json.dumps(clock.reached))


if __name__ == "__main__":
    main()
