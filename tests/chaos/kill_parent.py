"""The program itself is killed at random moments: two seconds later nothing of it may be there.

Run as `python tests/chaos/kill_parent.py [--seconds N] [--json]`.
"""

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from inspector import FileIndex
from tests.chaos.harness import Outcome, make_photos, run, still_alive
from tests.leaks import TOKEN, TOKEN_NAME

PROGRAM = """
import sys
from inspector import Loader
settings = {"num_workers": 3, "batch_size": 8, "image_size": (64, 64), "memory_limit_bytes": 64_000_000}
while True:
    with Loader(sys.argv[1], epochs=1, **settings) as loader:
        print("loading", flush=True)
        for batch in loader:
            pass
"""
ROOT = Path(__file__).resolve().parents[2]
WITHIN_S = 2.0


def ours() -> list[psutil.Process]:
    """Processes of this run but for this one."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(TOKEN_NAME) == TOKEN:
                found.append(process)
        except (psutil.Error, OSError):
            continue  # gone meanwhile, or another user's
    return found


def mapped(inodes: set[str]) -> list[str]:
    """Which of the memory files are still mapped anywhere."""
    text = ""
    for maps in Path("/proc").glob("[0-9]*/maps"):
        try:
            text += maps.read_text(errors="replace")
        except OSError:
            continue  # gone meanwhile, or another user's
    return sorted(inodes & memory_files(text))


def memory_files(maps: str) -> set[str]:
    """Inodes of the loaders' memory files in the text of a /proc/PID/maps."""
    return set(re.findall(r" (\d+) +/memfd:inspector", maps))


def one_round(index: FileIndex, rng: random.Random, outcome: Outcome) -> tuple[int, int]:
    """Start the program, kill it; how many processes it had then, and whether it had memory mapped."""
    command = [sys.executable, "-c", PROGRAM, str(index.source)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        if rng.random() < 0.8:  # else also while it starts
            program.stdout.readline()
        time.sleep(rng.random())
        family = psutil.Process(program.pid).children(recursive=True)
        inodes = memory_files(Path(f"/proc/{program.pid}/maps").read_text(errors="replace"))
        program.kill()
    deadline = time.monotonic() + WITHIN_S
    while left := [f"process {process.pid}" for process in ours()] + [
        f"memory file {inode}" for inode in mapped(inodes)
    ]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    left += [f"temporary file {name}" for name in os.listdir(tempfile.gettempdir()) if name.startswith("inspector")]
    outcome.violations += [f"left behind: {name}" for name in left]
    return len(family), len(inodes)


def cases(options: Namespace) -> Iterator[Outcome]:
    outcome = Outcome("Parent", "kill -9 of the program at random moments, also while it starts and while it stops")
    rng = random.Random(options.seed)
    rounds = processes = memories = 0
    with tempfile.TemporaryDirectory() as folder:
        index = make_photos(Path(folder) / "photos", 120, 200)
        end = time.monotonic() + options.seconds
        while time.monotonic() < end:
            still_alive()
            started, mapped_then = one_round(index, rng, outcome)
            rounds += 1
            processes += started
            memories += mapped_then
    outcome.counts = {
        "kills": rounds,
        "child processes at the kill": processes,
        "memory files mapped at the kill": memories,
        "left after 2 s": len(outcome.violations),
    }
    if not processes or not memories:
        outcome.violations.append("no loader was running at any kill: this run shows nothing")
    yield outcome


if __name__ == "__main__":
    sys.exit(run(__doc__ or "", 120, cases))
