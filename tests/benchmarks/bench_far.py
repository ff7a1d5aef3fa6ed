"""How is a window on another machine? A real `sshd` on this one, behind a line of so many Mbit/s and milliseconds.

Run as `python -m tests.benchmarks.bench_far [--parts line window serving] [--mbit 10] [--rtt-ms 200] [--json]`.

line: from the start of `ssh`, and of the session there, to its first pictures; how soon a changed setting is heard; how
many batches are shown each second, and how much comes.
window: how late the GUI thread is, in the real window, on the display given by DISPLAY or on an Xvfb of its own.
serving: what a client costs the loader. One session at full speed, in turn without a client and with one, which is
another process that only takes what is sent. Its cost is the CPU time of the threads that serve it, as a share of what
the loader and its workers use, so that other programs on the machine do not count; and images/s, where there are none.

`--mbit 0` is a line without a limit.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from tests.benchmarks.measure import progress, table
from tests.benchmarks.photographs import make_photographs
from tests.conftest import ROOT
from tests.screens import x_server
from tests.session.ssh_host import far_host

_SERVING = ("inspector-publisher", "inspector-connection")
PARTS = ("line", "window", "serving")


@contextmanager
def shaped_host(folder: Path, mbit: float, rtt_ms: float) -> Iterator[str]:
    """The name of a host behind the line, for `ssh` as it is found on the PATH meanwhile."""
    shaped = f"{sys.executable} -m tests.benchmarks.shaped_line --mbit {mbit} --rtt-ms {rtt_ms} %h %p"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.setenv("TMPDIR", str(folder))
        with far_host(folder, patch, proxy=f"env PYTHONPATH={ROOT} {shaped}" if mbit else "") as host:
            yield host


def connect(host: str, source: Path, arguments: argparse.Namespace) -> Any:
    """A session there."""
    from inspector.commands.far import far_session
    from inspector.wire.address import SshAddress

    words = ["--workers", str(arguments.workers), "--image-size", "224x224", "--step-ms", str(arguments.step_ms)]
    address = SshAddress(host, path=str(source), python=sys.executable)
    return far_session(address, words, ask_in_window=False, linger_s=20)


def measure_line(host: str, source: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Without a window."""
    first, reaches, heard, shown, rates = [], [], [], [], []
    for _ in range(arguments.runs):
        began_s = time.monotonic()
        session = connect(host, source, arguments)
        try:
            reaches.append(time.monotonic() - began_s)
            while session.batch_view() is None:
                time.sleep(0.005)
            first.append(time.monotonic() - began_s)
            time.sleep(3)
            latency_s = session.line.latency_s
            serial, looked_s = session.snapshot().batch_serial, time.monotonic()
            for number in range(arguments.changes):
                changed_s = time.monotonic()
                revision = session.change(batch_size=16 + number % 2)
                while session.snapshot().revision < revision:
                    time.sleep(0.001)
                heard.append(time.monotonic() - changed_s)
                time.sleep(0.4)
                rates.append(session.line.bytes_per_s or 0.0)
            shown.append((session.snapshot().batch_serial - serial) / (time.monotonic() - looked_s))
        finally:
            session.close()
    return {
        "session_begins_s": _middle(reaches),
        "first_pictures_s": _middle(first),
        "pictures_after_begin_s": _middle([late - early for early, late in zip(reaches, first, strict=True)]),
        "latency_ms": round(1e3 * (latency_s or 0.0), 1),
        "heard_p50_ms": round(1e3 * float(np.percentile(heard, 50)), 1),
        "heard_p95_ms": round(1e3 * float(np.percentile(heard, 95)), 1),
        "batches_shown_per_s": _middle(shown),
        "kb_per_s": round(statistics.median(rates) / 1e3),
    }


def measure_window(host: str, source: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """How late the GUI thread is, while batches come and one is opened now and then."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from inspector.app import run_remote_window
    from inspector.ui.stall_monitor import StallMonitor
    from inspector.ui.window import MainWindow

    app = QApplication.instance() or QApplication(["inspector"])
    heart = StallMonitor(app, keep_s=2 * arguments.seconds)
    found: dict[str, Any] = {}

    def begin() -> None:
        windows = [each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow) and each.isVisible()]
        if not windows:
            QTimer.singleShot(50, app, begin)
            return
        QTimer.singleShot(4000, windows[0], heart.start)
        QTimer.singleShot(round(4000 + 1e3 * arguments.seconds), windows[0], lambda: end(windows[0]))

    def end(window: MainWindow) -> None:
        heart.stop()
        stalls = heart.stalls_ms()
        for name, percent in (("p50", 50), ("p99", 99), ("longest", 100)):
            found[f"{name}_ms"] = round(float(np.percentile(stalls, percent)), 1)
        found["beats"], found["title"] = len(stalls), window.windowTitle()
        window.close()

    QTimer.singleShot(0, app, begin)
    found["status"] = run_remote_window(lambda: connect(host, source, arguments))
    app.shutdown()
    return found


def measure_serving(folder: Path, source: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """What a client costs."""
    from inspector.session.local import LocalSession
    from inspector.session.serving import SessionServer
    from inspector.settings import SessionConfig
    from inspector.wire.local_socket import listen, stream_of

    session = LocalSession(SessionConfig(num_workers=arguments.workers, image_size=(224, 224)))
    session.open(str(source))
    server = SessionServer(session)
    path = folder / "serving.sock"
    listener = listen(path)
    taken: list[dict[str, Any]] = []
    shares: list[float] = []
    rates: dict[bool, list[float]] = {False: [], True: []}
    try:
        while session.snapshot().batches < 20:
            time.sleep(0.1)
        for turn in range(2 * arguments.turns):
            serves = turn % 2 == 1
            if serves:
                client = subprocess.Popen(
                    [sys.executable, "-m", "tests.benchmarks.bench_far", "--take", str(path)],
                    cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                )  # fmt: skip
                server.serve(stream_of(listener.accept()[0]))
            time.sleep(0.7)
            images, began_s, cpu_s, own_s = session.snapshot().images, time.monotonic(), _cpu_s(), _serving_cpu_s()
            time.sleep(arguments.turn_s)
            rates[serves].append((session.snapshot().images - images) / (time.monotonic() - began_s))
            if serves:
                shares.append((_serving_cpu_s() - own_s) / (_cpu_s() - cpu_s))
            if serves:
                taken.append(json.loads(client.communicate("\n")[0]))
            progress(f"serving: {turn + 1} of {2 * arguments.turns}")
    finally:
        server.close()
        session.close()
        listener.close()
    return {
        "images_per_s_alone": round(statistics.median(rates[False])),
        "images_per_s_served": round(statistics.median(rates[True])),
        "cpu_share_percent": round(100 * statistics.median(shares), 2),
        "cpu_share_most_percent": round(100 * max(shares), 2),
        "kb_per_s": round(statistics.median(each["bytes"] / each["seconds"] for each in taken) / 1e3),
        "client_cpu_percent": round(100 * statistics.median(each["cpu_s"] / each["seconds"] for each in taken), 1),
    }


def _cpu_s() -> float:
    """CPU time that this process and its workers have used."""
    own = psutil.Process()
    workers = [each for each in own.children(recursive=True) if "bench_far" not in " ".join(each.cmdline())]
    return sum(sum(each.cpu_times()[:2]) for each in (own, *workers))


def _serving_cpu_s() -> float:
    """CPU time of the threads that serve."""
    serving = {each.native_id for each in threading.enumerate() if each.name in _SERVING}
    return sum(sum(each[1:]) for each in psutil.Process().threads() if each.id in serving)


def take(path: str) -> None:
    """A client that takes what is sent, until its input ends."""
    from inspector.session.exchange import TO_CLIENT
    from inspector.wire.handlers import Handlers
    from inspector.wire.link import Link
    from inspector.wire.local_socket import connect as connect_to
    from inspector.wire.local_socket import stream_of

    peer = connect_to(Path(path))
    assert peer is not None
    began_s, over = time.monotonic(), threading.Event()
    link = Link(stream_of(peer), Handlers(ended=lambda *_: over.set()), TO_CLIENT, facts={"client": "bench"})
    began_cpu_s = time.process_time()
    sys.stdin.readline()
    lasted_s, cpu_s = time.monotonic() - began_s, time.process_time() - began_cpu_s
    link.close()
    print(json.dumps({"bytes": link.received, "seconds": lasted_s, "cpu_s": cpu_s}))


def _middle(values: list[float]) -> float:
    return round(statistics.median(values), 2)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a window on another machine.")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--mbit", type=float, default=10.0, help="of the line; 0: no limit (default: %(default)g)")
    parser.add_argument("--rtt-ms", type=float, default=200.0, help="there and back (default: %(default)g)")
    parser.add_argument("--runs", type=int, default=3, help="connections, in line (default: %(default)s)")
    parser.add_argument("--changes", type=int, default=20, help="of a setting, in each (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=20.0, help="in window (default: %(default)g)")
    parser.add_argument("--turns", type=int, default=8, help="with a client, in serving (default: %(default)s)")
    parser.add_argument("--turn-s", type=float, default=3.0, help="how long each lasts (default: %(default)g)")
    parser.add_argument("--workers", type=int, default=2, help="default: %(default)s")
    parser.add_argument("--step-ms", type=float, default=50.0, help="in line and window (default: %(default)g)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--take", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.take:
        take(arguments.take)
        return
    results: dict[str, dict[str, Any]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench_far_", ignore_cleanup_errors=True)))
        os.environ["XDG_CONFIG_HOME"] = str(folder / "settings")  # the user's own stay as they are
        if "window" in arguments.parts and "DISPLAY" not in os.environ:
            os.environ["DISPLAY"] = stack.enter_context(x_server())
        for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):  # importing cv2 points Qt at its own, older one
            os.environ.pop(name, None)
        progress("making files")
        source = folder / "photographs"
        source.mkdir()
        make_photographs(source, 512)
        if {"line", "window"} & set(arguments.parts):
            host = stack.enter_context(shaped_host(folder, arguments.mbit, arguments.rtt_ms))
        for part in arguments.parts:
            progress(part)
            if part == "serving":
                results[part] = measure_serving(folder, source, arguments)
            else:
                results[part] = (measure_line if part == "line" else measure_window)(host, source, arguments)
        with suppress(OSError):
            (folder / "serving.sock").unlink()
    progress("")
    if arguments.json:
        print(json.dumps({"settings": {**vars(arguments), "cores": os.cpu_count()}, **results}))
        return
    rows = [[part, name, str(value)] for part, found in results.items() for name, value in found.items()]
    print(table(["part", "figure", ""], rows))


if __name__ == "__main__":
    main()
