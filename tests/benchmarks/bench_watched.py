"""What being watched costs a training, with a null control.

python -m tests.benchmarks.bench_watched PYTHON [rounds]     PYTHON: one that has torch and Pillow

The first table is of the emptiest data set: CPU time of the process that trains, watched and not watched in turn, 50
batches at a time. The second has whole trainings, in turn: CPU time of the process and its workers together.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from inspector.watched.child import hooked_environment
from tests.command import COMMAND

_SCRIPTS = Path(__file__).parent
_EMPTIEST = {"no workers, batches of 1": ("0", "1"), "no workers, batches of 16": ("0", "16"), "2 workers": ("2", "16")}
_WHOLE = {
    "decode-bound, no workers": ("decoding", "0", "4"),
    "decode-bound, 1 worker": ("decoding", "1", "4"),
    "decode-bound, 2 workers": ("decoding", "2", "4"),
}
# Memory is not given back between two samples: how often glibc does that hangs on chance, bare and watched
_ENVIRONMENT = {**os.environ, "MALLOC_TRIM_THRESHOLD_": "1000000000", "MALLOC_MMAP_THRESHOLD_": "1000000000"}


def main() -> None:
    """Prints both tables."""
    python, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    print(f"{'the emptiest data set':<30}{'bare µs':>10}{'null µs':>10}{'watched µs':>12}{'more µs':>10}")
    for name, arguments in _EMPTIEST.items():
        bare, null, watched = in_turn(python, arguments)
        print(f"{name:<30}{bare:>10.1f}{null:>10.1f}{watched:>12.1f}{watched - (bare + null) / 2:>10.1f}", flush=True)
    print(f"\n{'whole trainings':<30}{'bare µs':>10}{'null':>10}{'watched':>12}")
    for name, training in _WHOLE.items():
        bare, null, watched = one_by_one([python, str(_SCRIPTS / "watched_training.py"), *training], rounds)
        print(f"{name:<30}{bare:>10.1f}{bare / null:>10.3f}{(bare + null) / 2 / watched:>12.3f}", flush=True)


def in_turn(python: str, arguments: tuple[str, ...]) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        command = [python, str(_SCRIPTS / "watched_blocks.py"), *arguments]
        environment = hooked_environment(Path(folder))
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    found: list[float] = json.loads(done.stdout)
    return found


def one_by_one(command: list[str], rounds: int) -> list[float]:
    ways = {"bare": command, "null": command, "watched": [*COMMAND, "run", "--no-window", "--no-keep", "--", *command]}
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for turn in range(rounds):
        for way in list(ways)[:: 1 if turn % 2 else -1]:
            done = subprocess.run(ways[way], env=_ENVIRONMENT, capture_output=True, encoding="utf-8", check=True)
            _wall, own, theirs = json.loads(done.stdout)
            taken[way].append(own + theirs)
    return [statistics.median(each) for each in taken.values()]


if __name__ == "__main__":
    main()
