"""Does a sweep give the same answer again, and the same in the window as in the terminal?

Run as `python -m tests.benchmarks.bench_sweeps [PATH] [--rounds 5] [--budget-seconds 30] [--json]`; without a PATH, on
400 photographs made for it. Needs a display, or Xvfb.

In turn `inspector tune` and a sweep that is started in the real window with its own key; each in a process of its own.
Two answers agree where the workers are the same, or where one of the two sweeps says that it cannot tell them apart.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from itertools import combinations
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import arguments_parser, progress, report, shown, spread, table
from tests.benchmarks.photographs import make_photographs
from tests.screens import x_server

IMAGE_SIZE = (224, 224)
TERMINAL, WINDOW = "terminal", "window"


def sweep(where: str, source: str, budget_s: float) -> dict[str, Any]:
    """The sweep's report, as it is exported."""
    if where == TERMINAL:
        size = "x".join(map(str, IMAGE_SIZE))
        command = ["inspector", "tune", source, "--image-size", size, "--budget-seconds", str(budget_s), "--json"]
    else:
        command = ["tests.benchmarks.bench_sweeps", source, "--budget-seconds", str(budget_s), "--in-the-window"]
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def sweep_in_the_window(source: str, budget_s: float) -> None:
    """Start the app, start a sweep when a batch is on the screen, print its report, and close the window."""
    from PySide6.QtCore import QTimer
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QApplication, QSpinBox

    from inspector.app import run_app
    from inspector.settings import SessionConfig
    from inspector.ui.tuner.panel import TunerPanel
    from inspector.ui.window import MainWindow

    app = QApplication(["inspector"])
    reports: list[str] = []

    def begin() -> None:
        window = next(widget for widget in app.topLevelWidgets() if isinstance(widget, MainWindow))
        panel = window.findChildren(TunerPanel)[0]
        window.findChildren(QSpinBox, "tunerBudgetSpin")[0].setValue(round(budget_s))
        timer = QTimer(window, interval=200)

        def look() -> None:
            found = panel.report  # of this sweep, not of an earlier one
            if found is not None:
                reports.append(found.as_json())
                timer.stop()
                window.close()

        def start() -> None:
            window.findChildren(QAction, "sweepAction")[0].trigger()
            timer.timeout.connect(look)
            timer.start()

        window.first_batch_painted.connect(start)

    QTimer.singleShot(0, app, begin)
    run_app(source, SessionConfig(image_size=IMAGE_SIZE))
    print(reports[0])


def agree(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two reports recommend the same, as far as they can tell."""
    first, second = (report["recommended"]["num_workers"] for report in (one, other))
    doubted = {each["num_workers"] for report in (one, other) for each in report["cannot_tell_from"]}
    return first == second or {first, second} & doubted != set()


def summed_up(rounds: list[dict[str, dict[str, Any]]]) -> tuple[dict[str, Any], list[list[str]]]:
    """For each place: what was recommended, and the rates; with how many pairs agree and the ratio of the rates."""
    results: dict[str, Any] = {}
    rows = []
    for where in (TERMINAL, WINDOW):
        found = [each[where] for each in rounds]
        workers = [each["recommended"]["num_workers"] for each in found]
        rates = spread([_rate(each) for each in found])
        pairs = [agree(*pair) for pair in combinations(found, 2)]
        results[where] = {"num_workers": workers, "images_per_s": rates, "agree": sum(pairs), "pairs": len(pairs)}
        rows.append([where, ", ".join(map(str, workers)), shown(rates, ",.0f"), f"{sum(pairs)} of {len(pairs)}"])
    both = [agree(each[TERMINAL], each[WINDOW]) for each in rounds]
    ratio = spread([_rate(each[WINDOW]) / _rate(each[TERMINAL]) for each in rounds])
    results["window / terminal"] = {"images_per_s": ratio, "agree": sum(both), "pairs": len(both)}
    rows.append(["window / terminal", "", shown(ratio, ".2f"), f"{sum(both)} of {len(both)}"])
    return results, rows


def _rate(found: dict[str, Any]) -> float:
    """Images per second with as many workers as every sweep measures."""
    return float(next(trial["images_per_s"] for trial in found["trials"] if trial["num_workers"] == 2))


def main() -> None:
    parser = arguments_parser("Is a sweep's answer the same again, and in the window as in the terminal?", rounds=5)
    parser.add_argument(
        "source", nargs="?", metavar="PATH", help="a folder of images; default: photographs made for it"
    )
    parser.add_argument("--budget-seconds", type=float, default=30.0, help="of each sweep (default: %(default)g)")
    parser.add_argument("--in-the-window", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.in_the_window:
        sweep_in_the_window(arguments.source, arguments.budget_seconds)
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-sweeps-")))
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):  # the user's own stay as they are
            os.environ[name] = str(folder / name)
        if "DISPLAY" not in os.environ:
            os.environ["DISPLAY"] = stack.enter_context(x_server())
        if arguments.source is None:
            arguments.source = str(folder / "photographs")
            Path(arguments.source).mkdir()
            make_photographs(Path(arguments.source), 400)
        rounds = []
        for number in range(arguments.rounds):
            found = {}
            for where in (TERMINAL, WINDOW):
                progress(f"round {number + 1} of {arguments.rounds}: {where}")
                found[where] = sweep(where, arguments.source, arguments.budget_seconds)
            rounds.append(found)
    results, rows = summed_up(rounds)
    report(arguments, results, table(["sweep", "workers recommended", "images/s with 2 workers", "agree"], rows))


if __name__ == "__main__":
    main()
