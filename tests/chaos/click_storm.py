"""Thousands of clicks and keys on the real window, wherever they hit, while the loader runs.

Run as `python tests/chaos/click_storm.py [--events N] [--seed N] [--json]`; needs Xvfb and openbox. The window must
take them all without a word on standard error, must not hang, and must leave nothing behind. Where an event closes the
window, another one is opened for the rest.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.chaos.harness import Outcome, leftovers, make_parser, make_photos, run_parsed
from tests.leaks import inventory
from tests.screens import window_manager, x_server

ROOT = Path(__file__).resolve().parents[2]
EVENTS_PER_S = 12  # that are had even on a busy machine


def one_window(display: str, folder: Path, events: int, seed: int, outcome: Outcome) -> Counter[str]:
    """A storm on one window; what was done to it."""
    command = [sys.executable, "-m", "tests.ui.click_storm", str(folder / "photos")]
    command += ["--events", str(events), "--seed", str(seed)]
    environ = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "XDG_CONFIG_HOME": str(folder / "settings")}
    environ["PYTHONPATH"] = str(ROOT)
    storm = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    if storm.stderr or storm.returncode:
        outcome.violations.append(f"seed {seed}: status {storm.returncode}: {storm.stderr.strip()}")
        return Counter()
    return Counter(json.loads(storm.stdout))


def cases(options: Namespace) -> Iterator[Outcome]:
    outcome = Outcome("Window", "clicks and keys at random, wherever they hit, while batches load")
    events = options.events or round(options.seconds * EVENTS_PER_S)
    done: Counter[str] = Counter()
    windows = 0
    started = time.monotonic()
    with x_server() as display, window_manager(display):
        while done.total() < events and not outcome.violations:
            with tempfile.TemporaryDirectory() as name:
                make_photos(Path(name) / "photos", 120, 200, bad_every=10)
                before = inventory()
                done += one_window(display, Path(name), events - done.total(), options.seed + windows, outcome)
                outcome.violations += leftovers(before)
            windows += 1
    outcome.counts = {
        "events": done.total(),
        "of these": ", ".join(f"{count} × {kind}" for kind, count in done.most_common()),
        "windows": windows,
        "seconds": round(time.monotonic() - started),
    }
    yield outcome


if __name__ == "__main__":
    parser = make_parser(__doc__ or "", 420)
    parser.add_argument("--events", type=int, help="clicks and keys (default: 12 for each of the seconds)")
    sys.exit(run_parsed(parser.parse_args(), cases))
