"""`inspector run` beside a training while something is killed or stopped: the training runs as without us, nothing is
left behind, and what was seen until then is kept.

Run as `python tests/chaos/watched_training.py [--seconds N] [--json]`; --seconds: how long the window is stopped.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.chaos.harness import Outcome, run
from tests.command import COMMAND, ROOT
from tests.screens import x_server

TOY = ROOT / "tests/hook/scripts/toy.py"
_WITHIN_S = 300.0
CASES = {
    "Window stopped": ("SIGSTOP of the window while the training runs", signal.SIGSTOP),
    "Window killed": ("kill -9 of the window", signal.SIGKILL),
    "Launcher killed": ("kill -9 of `inspector run`", signal.SIGKILL),
    "Worker killed": ("kill -9 of a worker of the DataLoader", signal.SIGKILL),
    "Script killed": ("kill -9 of the training", signal.SIGKILL),
}


def cases(options: Namespace) -> Iterator[Outcome]:
    for name, (done, number) in CASES.items():
        with x_server() as display, tempfile.TemporaryDirectory(prefix="watched-", dir="/tmp") as folder:
            outcome = one(Outcome(name, done), number, display, Path(folder), options.seconds)
        yield outcome


def one(outcome: Outcome, number: signal.Signals, display: str, place: Path, seconds: float) -> Outcome:
    steps_ms = 1000 * seconds / 20 if "stopped" in outcome.case else 400.0
    script = [sys.executable, str(TOY), "--workers", "2", "--context", "fork", "--epochs", "2"]
    bare = subprocess.run(script, stdin=subprocess.DEVNULL, capture_output=True, check=True).stdout
    environment = {
        **os.environ,
        "DISPLAY": display,
        "XDG_STATE_HOME": str(place / "state"),
        "XDG_CONFIG_HOME": str(place / "config"),
        "XDG_RUNTIME_DIR": str(place),
        "TMPDIR": str(place),
        "PYTHONPATH": str(ROOT),
    }
    command = [*COMMAND, "run", "--", *script, "--step-ms", str(steps_ms)]
    with (place / "out").open("wb") as out, (place / "err").open("wb") as err:
        launcher = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
    window = child(launcher.pid, "watched_view")
    training = child(launcher.pid, "toy.py")
    worker = child(training.pid, "toy.py")
    time.sleep(2)  # some batches
    victims = {"Launcher": psutil.Process(launcher.pid), "Worker": worker, "Script": training}
    victims.get(outcome.case.split()[0], window).send_signal(number)
    launcher.wait(_WITHIN_S)
    psutil.wait_procs([training], _WITHIN_S)
    if number == signal.SIGSTOP:
        window.send_signal(signal.SIGCONT)
        time.sleep(2)
        if not window.is_running():
            outcome.violations.append("the window has ended")
    unharmed = (place / "out").read_bytes() == bare
    if not unharmed and outcome.case.split()[0] not in ("Worker", "Script"):
        outcome.violations.append(f"the training's output has changed: {(place / 'out').read_bytes()[-300:]!r}")
    with suppress(psutil.NoSuchProcess):
        window.kill()
    outcome.violations += left(place)
    lists = [*COMMAND, "attach", "--list", "--json"]
    listed = subprocess.run(lists, env=environment, capture_output=True, check=False).stdout
    outcome.counts = {"exit status": launcher.returncode, "output the same": "yes" if unharmed else "it was killed"}
    try:
        (kept,) = (each for each in json.loads(listed)["runs"] if each["place"].startswith(str(place)))
        outcome.counts["batches kept"] = kept["batches"]
        if not kept["batches"]:
            outcome.violations.append("no batch was kept")
    except (ValueError, KeyError) as error:
        outcome.violations.append(f"nothing was kept: {error!r} {listed[-300:]!r}")
    return outcome


def child(pid: int, word: str) -> psutil.Process:
    """The first child of a process with this word in its command."""
    deadline = time.monotonic() + _WITHIN_S
    while time.monotonic() < deadline:
        for each in psutil.Process(pid).children():
            with suppress(psutil.Error):
                if any(word in part for part in each.cmdline()):
                    return each
        time.sleep(0.05)
    raise TimeoutError(word)


def left(place: Path) -> list[str]:
    """What of the run is still there after a while: its folder, or whoever would remove it."""
    deadline = time.monotonic() + 60
    while (found := [*place.glob("inspector-run-*"), *janitors(place)]) and time.monotonic() < deadline:
        time.sleep(0.2)
    return [f"left behind: {each}" for each in found]


def janitors(place: Path) -> list[int]:
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if any(str(place) in word for word in process.cmdline()):
                found.append(process.pid)
    return found


if __name__ == "__main__":
    sys.exit(run(__doc__ or "", 60, cases))
