"""The same trainings bare, under `inspector run` and under TraceML 0.5.0: wait, verdict, overhead; prints a table.

python -m tests.benchmarks.bench_traceml PYTHON [CASE ...]     PYTHON: one that has torch and traceml-ai==0.5.0

The truth is a stopwatch around the script's own `next()`. TraceML gets the two calls in the script that it asks for,
and as long as it likes to start; we get the script without them.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks.peer_cases import CASES
from tests.command import COMMAND

_SCRIPT = str(Path(__file__).with_name("peer_training.py"))
_TRACEML = (
    "import sys, traceml_ai.launcher.commands as commands; commands.DEFAULT_TCP_READY_TIMEOUT_SEC = 300.0; "
    "from traceml_ai.launcher.cli import main; sys.exit(main())"
)
_LIMIT_S = 300


def main() -> None:
    """Prints the table."""
    python = sys.argv[1]
    print(f"{'case':<18}{'with':<11}{'loop s':>8}{'stopwatch ms':>14}{'reported ms':>13}  verdict")
    for case in sys.argv[2:] or CASES:
        for way in (bare, inspector, traceml):
            said, reported, verdict = way(python, case)
            shown = "–" if reported is None else f"{reported:.1f}"
            stopwatch = 1000 * said["waited"] / said["batches"]
            print(
                f"{case:<18}{way.__name__:<11}{said['seconds']:>8.2f}{stopwatch:>14.1f}{shown:>13}  {verdict}",
                flush=True,
            )


Row = tuple[dict[str, Any], float | None, str]  # what the script says, milliseconds a batch, the verdict


def bare(python: str, case: str) -> Row:
    return output([python, _SCRIPT, case]), None, "–"


def inspector(python: str, case: str) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "seen.json")
        said = output([*COMMAND, "run", "--no-window", "--no-keep", "--json", str(file), "--", python, _SCRIPT, case])
        seen = json.loads(file.read_text())
    (loader,) = seen["loaders"]
    return said, 1000 * (loader["wait_s"] + loader["start_up_s"]) / loader["batches"], seen["verdict"]["cause"]


def traceml(python: str, case: str) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        words = ["run", _SCRIPT, "--logs-dir", folder, "--run-name", "run", "--args", case, "--traceml"]
        said = output([python, "-c", _TRACEML, *words])
        seen = json.loads(Path(folder, "run", "final_summary.json").read_text())
    return said, seen["step_time"]["global"]["average"]["input_wait_ms"], seen["primary_diagnosis"]["status"].lower()


def output(command: list[str]) -> dict[str, Any]:
    """The line that the script prints."""
    ours = command[0] == COMMAND[0]
    environment = {name: value for name, value in os.environ.items() if ours or name != "PYTHONPATH"}
    done = subprocess.run(command, env=environment, capture_output=True, timeout=_LIMIT_S, check=False)
    line = next((line for line in done.stdout.decode().splitlines() if line.startswith("{")), None)
    if line is None:
        raise SystemExit(f"{command}: {done.stdout.decode()[-2000:]}{done.stderr.decode()[-2000:]}")
    found: dict[str, Any] = json.loads(line)
    return found


if __name__ == "__main__":
    main()
