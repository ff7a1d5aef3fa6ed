"""How long does the window leave its user waiting, with the loader at full speed?

Run as `python -m tests.benchmarks.bench_gui_stalls [--scenes running paused ...] [--seconds 60] [--json]`.

The real window, on the display given by DISPLAY or on an Xvfb of its own, in this process. A timer in the GUI thread
should fire every 10 ms; how late it does is a stall, see `inspector.ui.stall_monitor`. Scenes:

running: 2 workers at full speed, 256 thumbnails a batch.
paused: one batch forward each second; all of its 256 images are decoded a second time then, to prove their colours.
viewer: images of 12 megapixels; another one is opened each second, now and then with the difference view.
labels: as running, with `--boxes` boxes on each image; each second they are hidden, shown, or of another class.
labels-paused: as paused, with these boxes.
indexing: a folder of `--files` files is opened again and again.

`--watch 30` prints, for every stall longer than so many milliseconds, where the GUI thread was meanwhile, and where all
other threads were when it took longest to get there.
"""

import argparse
import faulthandler
import json
import os
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tests.benchmarks.measure import progress, table
from tests.benchmarks.photographs import make_camera_photographs, make_photographs
from tests.screens import x_server

LIMIT_MS = 50.0  # what is asked of the 99th of 100 beats
SETTLES_S = 3.0  # before the measurement: the first batches, the workers' start
EACH_MS = 1000  # between two things that a scene does
CALL = re.compile(r' *File "(.*)", line (\d+) in (.*)')
WATCH_S = 0.005
SHARED_FILES = 100  # that the many names of a large folder stand for


def make_many(folder: Path, count: int) -> None:
    """`count` names of small files in a thousand folders: hard links, which take no room."""
    folder.mkdir()
    originals = [Path(path) for path in make_photographs(folder, SHARED_FILES)]
    for number in range(count - SHARED_FILES):
        home = folder / f"{number % 1000:03}"
        if number < 1000:
            home.mkdir()
        os.link(originals[number % SHARED_FILES], home / f"{number:07}.jpg")


def annotate(folder: Path, boxes: int) -> None:
    """So many boxes of eight classes on each image of a folder, as COCO has them."""
    random = np.random.default_rng(0)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, path in enumerate(sorted(folder.rglob("*.jpg"))):
        image = cv2.imread(str(path))
        assert image is not None
        height, width = image.shape[:2]
        images.append({"id": number, "file_name": path.name, "width": width, "height": height})
        for x, y, w, h in (random.random((boxes, 4)) * (0.8, 0.8, 0.2, 0.2) * (width, height, width, height)).tolist():
            category = int(random.integers(8))
            place = {"id": len(annotations), "image_id": number, "category_id": category, "bbox": [x, y, w, h]}
            annotations.append({**place, "area": w * h, "iscrowd": 0})
    categories = [{"id": number, "name": f"class {number}"} for number in range(8)]
    made = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "annotations").mkdir()
    (folder / "annotations" / "instances.json").write_text(json.dumps(made))


class Watchdog:
    """Looks where the thread that makes it, the GUI's, is while its beat is late.

    It reads what `faulthandler` writes: frames as objects keep their locals, and Qt's must not end in this thread.
    """

    def __init__(self, limit_ms: float) -> None:
        self.beat_s = time.monotonic()
        self.seen: Counter[str] = Counter()
        self._limit_s = limit_ms / 1e3
        self._gui = threading.get_ident()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        before = time.monotonic()
        while not self._over.wait(WATCH_S):
            now = time.monotonic()
            if now - self.beat_s > self._limit_s:
                names = {thread.ident: thread.name for thread in threading.enumerate()}
                for ident, calls in _stacks().items():
                    if ident == self._gui:
                        self.seen[" > ".join(calls[-6:])] += 1
                    elif now - before > self._limit_s and ident != threading.get_ident():  # who kept Python's lock?
                        self.seen[f"  lock late, {names.get(ident)}: {' > '.join(calls[-3:])}"] += 1
            before = now


def _stacks() -> dict[int, list[str]]:
    """Of each thread: its calls, the innermost last."""
    with tempfile.TemporaryFile("w+") as file:
        faulthandler.dump_traceback(file)
        file.seek(0)
        text = file.read()
    found: dict[int, list[str]] = {}
    for part in text.split("\n\n"):
        head, *lines = part.splitlines()
        calls = [CALL.sub(lambda call: f"{Path(call[1]).stem}.{call[3]}:{call[2]}", line) for line in reversed(lines)]
        found[int(head.split("0x")[1].split()[0], 16)] = [call for call in calls if "bench_gui_stalls" not in call]
    return found


def measure(scene: str, source: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Run the window for so many seconds; its stalls."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from inspector.app import run_app
    from inspector.settings import SessionConfig
    from inspector.ui.stall_monitor import StallMonitor
    from inspector.ui.window import MainWindow

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(["inspector"])
    heart = StallMonitor(app, keep_s=2 * arguments.seconds)
    watchdog = Watchdog(arguments.watch) if arguments.watch else None
    found: dict[str, Any] = {}

    def begin() -> None:
        windows = [widget for widget in app.topLevelWidgets() if isinstance(widget, MainWindow) and widget.isVisible()]
        if not windows:  # not yet; the one of the scene before may still be there, closed
            QTimer.singleShot(50, app, begin)
            return
        [window] = windows
        acting = QTimer(window, interval=EACH_MS)
        acting.timeout.connect(ACTS[scene](window, source))
        QTimer.singleShot(round(1e3 * SETTLES_S), window, heart.start)
        QTimer.singleShot(round(1e3 * SETTLES_S), window, acting.start)
        QTimer.singleShot(round(1e3 * (SETTLES_S + arguments.seconds)), window, lambda: end(window, acting))
        if watchdog is not None:
            beat = QTimer(window, interval=5)
            beat.timeout.connect(lambda: setattr(watchdog, "beat_s", time.monotonic()))
            beat.start()

    def end(window: MainWindow, acting: QTimer) -> None:
        acting.stop()
        heart.stop()
        stalls = heart.stalls_ms()
        found["beats"] = len(stalls)
        for name, percent in (("p50", 50), ("p99", 99), ("p99.9", 99.9), ("longest", 100)):
            found[f"{name}_ms"] = round(float(np.percentile(stalls, percent)), 1)
        found["over_limit"] = int((stalls > LIMIT_MS).sum())
        found["app_says_longest_ms"] = round(window.findChildren(StallMonitor)[0].longest_ms(), 1)
        found["batches"] = window._session.snapshot().batches
        window.close()

    settings = SessionConfig(
        batch_size=8 if scene == "viewer" else arguments.batch_size,
        num_workers=arguments.workers,
        image_size=None if scene == "viewer" else (224, 224),
    )
    QTimer.singleShot(0, app, begin)
    found["status"] = run_app(str(source), settings)
    if watchdog is not None:
        watchdog.close()
        for where, times in watchdog.seen.most_common(25):
            print(f"{times:5} {where}", file=sys.stderr)
    return found


def leave_display() -> None:
    """Before its server ends, which would end this program."""
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance()
    assert app is not None
    app.shutdown()


def _running(window: Any, source: Path) -> Callable[[], None]:
    return lambda: None


def _paused(window: Any, source: Path) -> Callable[[], None]:
    return lambda: _trigger(window, "nextBatchAction")


def _viewer(window: Any, source: Path) -> Callable[[], None]:
    from PySide6.QtWidgets import QCheckBox, QToolButton

    times = 0

    def act() -> None:
        nonlocal times
        viewer = window.findChild(object, "viewerWindow")
        following = window.findChild(QToolButton, "nextImageButton")
        if times == 0:
            _trigger(window, "runAction")
        elif viewer.isVisible() and following.isEnabled():
            following.click()
        elif viewer.isVisible():
            viewer.close()
            _trigger(window, "nextBatchAction")
        else:
            _trigger(window, "openImageAction")
        if times % 5 == 4:
            window.findChild(QCheckBox, "compareCheck").toggle()
        times += 1

    return act


def _labels(window: Any, source: Path) -> Callable[[], None]:
    times = 0

    def act() -> None:
        nonlocal times
        layer = window._panels.layer
        match times % 4:
            case 0 | 1:
                _trigger(window, "labelsAction")
            case 2:
                layer.choose(times % 8)
            case 3:
                layer.choose(None)
        times += 1

    return act


def _indexing(window: Any, source: Path) -> Callable[[], None]:
    times = 0

    def act() -> None:
        nonlocal times
        if times % 5 == 0:
            window.open_source(str(source))
        times += 1

    return act


def _trigger(window: Any, name: str) -> None:
    from PySide6.QtGui import QAction

    window.findChild(QAction, name).trigger()


ACTS = {
    "running": _running,
    "paused": _paused,
    "labels": _labels,
    "labels-paused": _paused,
    "viewer": _viewer,
    "indexing": _indexing,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the stalls of the GUI thread.")
    parser.add_argument("--scenes", nargs="+", choices=list(ACTS), default=list(ACTS))
    parser.add_argument("--seconds", type=float, default=60.0, help="of each scene (default: %(default)g)")
    parser.add_argument("--workers", type=int, default=2, help="default: %(default)s")
    parser.add_argument("--batch-size", type=int, default=256, help="default: %(default)s")
    parser.add_argument("--boxes", type=int, default=50, help="on an image, in labels (default: %(default)s)")
    parser.add_argument("--files", type=int, default=110_000, help="to find, in indexing (default: %(default)s)")
    parser.add_argument("--watch", type=float, default=0.0, help="print where stalls longer than so many ms come from")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    results: dict[str, dict[str, Any]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench_gui_stalls_")))
        os.environ["XDG_CONFIG_HOME"] = str(folder / "settings")  # the user's own stay as they are
        if "DISPLAY" not in os.environ:
            os.environ["DISPLAY"] = stack.enter_context(x_server())
        for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):  # importing cv2 points Qt at its own, older one
            os.environ.pop(name, None)
        for scene in arguments.scenes:
            progress(f"making files: {scene}")
            shared = {"running": "photographs", "paused": "photographs", "labels-paused": "labels"}
            source = folder / shared.get(scene, scene)
            if scene == "indexing":
                make_many(source, arguments.files)
            elif not source.exists():
                source.mkdir()
                if scene == "viewer":
                    make_camera_photographs(source, 16)
                else:
                    make_photographs(source, 512)
                if scene.startswith("labels"):
                    annotate(source, arguments.boxes)
            progress(scene)
            results[scene] = measure(scene, source, arguments)
        leave_display()
    progress("")
    if arguments.json:
        print(json.dumps({"settings": {**vars(arguments), "cores": os.cpu_count()}, **results}))
        return
    names = ("p50_ms", "p99_ms", "p99.9_ms", "longest_ms", "over_limit", "beats", "batches")
    rows = [[scene, *(f"{found[name]:,}" for name in names)] for scene, found in results.items()]
    head = [
        "GUI thread late by",
        "p50, ms",
        "p99, ms",
        "p99.9, ms",
        "longest, ms",
        f"> {LIMIT_MS:g} ms",
        "beats",
        "batches",
    ]
    print(table(head, rows))


if __name__ == "__main__":
    main()
