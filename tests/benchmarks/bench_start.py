"""How long from the command to the window, and to the first batch on it, beside what imports alone take?

Run as `python -m tests.benchmarks.bench_start [PATH] [--rounds 7] [--json]`; without a display, Qt draws offscreen.

Each start is a fresh interpreter, and takes its turn with one that only imports PySide6.QtWidgets, NumPy, OpenCV and
pyqtgraph. "beyond" is what the app takes more than those, round by round: to the first paint of the window, and of a
batch. CPU seconds are of the app's own process, without its workers; they change little when other programs run too.
All have their bytecode at hand, as pip leaves it, in a folder of this run's own.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Any

from inspector.assets import assets_dir
from inspector.display import display_problem
from tests.benchmarks.measure import arguments_parser, progress, report, shown, spread, table
from tests.benchmarks.start import POINTS

Times = dict[str, tuple[float, float]]


def start(what: str, source: str, bytecode: str) -> Times:
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if display_problem() is not None:
        environment["QT_QPA_PLATFORM"] = "offscreen"
    command = [sys.executable, "-m", "tests.benchmarks.start", what, str(time.time()), source]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    times: Times = json.loads(done.stdout.splitlines()[-1])
    return times


def measure(arguments: argparse.Namespace) -> list[Times]:
    """For each round the points of both starts; the first round, which fills the caches, is left out."""
    rounds = []
    with tempfile.TemporaryDirectory(prefix="inspector-bytecode-") as bytecode:
        for number in range(arguments.rounds + 1):
            progress(f"round {number} of {arguments.rounds}")
            imports = start("imports", arguments.source, bytecode)
            rounds.append(start("app", arguments.source, bytecode) | imports)
    return rounds[1:]


def summed_up(rounds: list[Times]) -> tuple[dict[str, Any], list[list[str]]]:
    results: dict[str, Any] = {}
    rows = []
    for point in POINTS:
        wall, cpu = ([times[point][which] for times in rounds] for which in (0, 1))
        beyond = [times[point][0] - times["imports"][0] for times in rounds]
        beyond_cpu = [times[point][1] - times["imports"][1] for times in rounds]
        columns = {"seconds": wall, "beyond": beyond, "cpu_seconds": cpu, "beyond_cpu": beyond_cpu}
        results[point] = {name: spread(values) for name, values in columns.items()}
        rows.append([point, *(shown(each, ".2f") for each in results[point].values())])
    return results, rows


def main() -> None:
    assert __doc__ is not None
    parser = arguments_parser(__doc__.partition("\n")[0], rounds=7)
    parser.add_argument("source", nargs="?", default=str(assets_dir() / "sample"), metavar="PATH")
    arguments = parser.parse_args()
    results, rows = summed_up(measure(arguments))
    report(arguments, results, table(["until", "s", "beyond imports", "CPU s", "beyond imports"], rows))


if __name__ == "__main__":
    main()
