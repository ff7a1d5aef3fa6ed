"""What being watched costs a training: watched against bare, and bare against bare as the null control.

python -m tests.benchmarks.bench_watched PYTHON [rounds]     PYTHON: one that has torch
"""

import statistics
import subprocess
import sys
from pathlib import Path

from tests.command import COMMAND

_SCRIPT = Path(__file__).with_name("watched_training.py")
_CASES = {
    "emptiest, no workers, batches of 1": ("empty", "0", "1"),
    "emptiest, no workers, batches of 16": ("empty", "0", "16"),
    "emptiest, 2 workers, batches of 16": ("empty", "2", "16"),
    "decode-bound, no workers": ("decoding", "0", "4"),
    "decode-bound, 2 workers": ("decoding", "2", "4"),
}


def main() -> None:
    """Prints the table."""
    python, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    print(f"{'case':<40}{'bare µs':>10}{'null':>8}{'watched':>9}{'more µs':>9}")
    for name, arguments in _CASES.items():
        command = [python, str(_SCRIPT), *arguments]
        ways = {"bare": command, "null": command, "watched": [*COMMAND, "run", "--no-window", "--", *command]}
        taken: dict[str, list[float]] = {way: [] for way in ways}
        for turn in range(rounds):
            for way in list(ways)[:: 1 if turn % 2 else -1]:
                done = subprocess.run(ways[way], capture_output=True, encoding="utf-8", check=True)
                taken[way].append(float(done.stdout))
        bare, null, watched = (statistics.median(taken[way]) for way in ways)
        print(f"{name:<40}{bare:>10.1f}{bare / null:>8.3f}{bare / watched:>9.3f}{watched - (bare + null) / 2:>9.1f}")


if __name__ == "__main__":
    main()
