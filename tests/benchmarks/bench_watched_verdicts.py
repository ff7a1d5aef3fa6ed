"""How often the verdict on a watched training is right: many short trainings, each with a limit that is known.

python -m tests.benchmarks.bench_watched_verdicts PYTHON-WITH-TORCH [SEEDS [CASE...]]
"""

import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from inspector.monitor.verdict.table import NO_ADVICE, Cause
from inspector.watched.advice import recommend
from inspector.watched.child import hooked_environment
from inspector.watched.reader import RunReader
from inspector.watched.verdict import verdict

_SCRIPT = Path(__file__).with_name("watched_causes.py")
_CASES = {  # what has to be said, and whether it computes or waits
    "waiting": "input-bound, waits",
    "cpu": "input-bound, computes",
    "others": "input-bound, other programs",
    "no workers": "input-bound, waits",
    "few workers": "input-bound, waits",
    "stragglers": "straggler-bound",
    "step": "step-bound",
    "start-up": "start-up-bound",
}
_BURN = "while True: pass"


def main() -> None:
    """Prints what was said of each case, and how often."""
    python, seeds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100
    for case in sys.argv[3:] or _CASES:
        began = time.monotonic()
        said = Counter(_said(python, case, seeds))
        right = said[_CASES[case]]
        each = "   ".join(f"{name}: {count}" for name, count in said.most_common())
        print(f"{case:<14}{right:>4} of {seeds} right   {each}   ({time.monotonic() - began:.0f} s)", flush=True)


def _said(python: str, case: str, seeds: int) -> list[str]:
    burners = [subprocess.Popen([sys.executable, "-c", _BURN]) for _ in range(6 if case == "others" else 0)]
    try:
        with tempfile.TemporaryDirectory() as folder:
            command = [python, str(_SCRIPT), case, folder, *map(str, range(seeds))]
            own = Path(folder) / "own"
            own.mkdir()
            subprocess.run(command, env=hooked_environment(own), check=True)
            return [_name(Path(folder) / str(seed)) for seed in range(seeds)]
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def _name(folder: Path) -> str:
    run = RunReader(folder).read()
    said = verdict(run)
    if said.cause is not Cause.INPUT:
        return said.cause.value
    if NO_ADVICE in said.evidence:
        blames = recommend(run, said).line
        return f"{said.cause.value}, other programs{', and settings' if blames else ''}"
    waits = "It computes only" in said.evidence
    return f"{said.cause.value}, {'waits' if waits else 'computes'}"


if __name__ == "__main__":
    main()
