"""Run every script and print one table in Markdown: `python -m tests.chaos [--seconds N] [--soak-seconds N]`.

Takes about 50 minutes with the usual times.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

SCRIPTS = ("kill_workers", "kill_parent", "watched_training", "mutated_files", "changing_files", "click_storm", "soak")


def run_script(name: str, seconds: float | None) -> list[dict[str, Any]]:
    """The outcomes of one script, as `harness.Outcome` has them; one that hung or broke is an outcome, too."""
    script = Path(__file__).with_name(f"{name}.py")
    length = [] if seconds is None else ["--seconds", str(seconds)]
    result = subprocess.run([sys.executable, script, "--json", *length], stdout=subprocess.PIPE, text=True, check=False)
    try:
        outcomes: list[dict[str, Any]] = json.loads(result.stdout)
    except json.JSONDecodeError:
        ended = f"ended with status {result.returncode}; see above"
        return [{"case": name, "done": "", "counts": {}, "violations": [ended]}]
    return outcomes


def row(outcome: dict[str, Any]) -> str:
    """One line of the table."""
    result = "; ".join(f"{name}: {value}" for name, value in outcome["counts"].items())
    if outcome["violations"]:
        result += " **VIOLATED: " + "; ".join(outcome["violations"]) + "**"
    return f"| {outcome['case']} | {outcome['done']} | {result} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, help="length of each case (default: as each script has it)")
    parser.add_argument(
        "--soak-seconds", type=float, help="length of the soak (default: as --seconds, else half an hour)"
    )
    options = parser.parse_args()
    print("| case | what was done | result |\n|---|---|---|", flush=True)
    violated = False
    for name in SCRIPTS:
        seconds = options.seconds if name != "soak" else options.soak_seconds or options.seconds
        for outcome in run_script(name, seconds):
            print(row(outcome), flush=True)
            violated |= bool(outcome["violations"])
    return 1 if violated else 0


if __name__ == "__main__":
    sys.exit(main())
