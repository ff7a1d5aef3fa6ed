"""Workers are killed, ended and stopped at random, and the process that starts them, too.

Run as `python tests/chaos/kill_workers.py [--seconds N] [--json]`. The batches must be those of the plain generator.
"""

import random
import signal
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from inspector import FileIndex, Loader
from tests.chaos.harness import (
    Outcome,
    digest_of,
    every,
    expected_digests,
    make_photos,
    run,
    send_signal,
    still_alive,
    worker_pids,
    zygote_pid,
)

WORKERS = 3
BATCH_SIZE = 16
SIZE = (96, 128)
TIMEOUT_S = 1.0


def disturbed(
    case: str,
    done: str,
    index: FileIndex,
    options: Namespace,
    number: int,
    every_s: float,
    *,
    zygote_share: float = 0.0,
    changing: bool = False,
) -> Outcome:
    """Load for so many seconds while `signal number` goes to a random worker every `every_s` seconds.

    `zygote_share`: how often it goes to the process that starts workers instead. `changing`: workers, prefetch and
    engine are changed meanwhile.
    """
    outcome = Outcome(case, done)
    rng = random.Random(options.seed)
    sent = {"workers": 0, "zygotes": 0}
    slowest_s = 0.0
    settings = {"batch_size": BATCH_SIZE, "image_size": SIZE, "seed": options.seed, "sample_timeout_s": TIMEOUT_S}
    expected = expected_digests(index, SIZE, lambda _: BATCH_SIZE, options.seed)
    batches = 0
    with Loader(index, num_workers=WORKERS, **settings) as loader:

        def harm() -> None:
            if rng.random() < zygote_share:
                pid = zygote_pid()
                sent["zygotes"] += pid is not None and send_signal(pid, number)
            elif pids := worker_pids(loader):
                sent["workers"] += send_signal(rng.choice(pids), number)

        with every(every_s, harm):
            end = time.monotonic() + options.seconds
            while time.monotonic() < end:
                still_alive()
                if changing and rng.random() < 0.1:
                    change(loader, rng)
                asked = time.monotonic()
                batch = next(loader)
                slowest_s = max(slowest_s, time.monotonic() - asked)
                if digest_of(batch) != next(expected):
                    outcome.violations.append(f"batch {batches} is not that of the plain generator")
                    break
                batches += 1
        restarts = loader.snapshot().restarts
        for problem in loader.problems:
            if problem.kind in ("CRASHED", "TIMED_OUT"):
                outcome.violations.append(f"{problem.path} was blamed: {problem.reason}")
    name = signal.Signals(number).name
    outcome.counts = {
        "seconds": round(options.seconds),
        f"{name} to workers": sent["workers"],
        "batches, all as expected": batches,
        "workers replaced": restarts,
        "longest wait for a batch": f"{slowest_s:.2f} s",
    }
    if zygote_share:
        outcome.counts[f"{name} to the zygote"] = sent["zygotes"]
    if not sent["workers"] or not restarts or not batches:
        outcome.violations.append("nothing happened: this run shows nothing")
    return outcome


def change(loader: Loader, rng: random.Random) -> None:
    """Change one of the settings that must not change the batches."""
    name, value = rng.choice(
        [
            ("num_workers", rng.randrange(5)),
            ("prefetch_batches", rng.randint(1, 12)),
            ("engine", rng.choice(["processes", "processes", "threads", "serial"])),
        ]
    )
    setattr(loader, name, value)


def cases(options: Namespace) -> Iterator[Outcome]:
    with tempfile.TemporaryDirectory() as folder:
        index = make_photos(Path(folder) / "photos", 200, 400, bad_every=25)
        yield disturbed("SIGKILL", "kill -9 of a random worker every 100 ms", index, options, signal.SIGKILL, 0.1)
        yield disturbed("SIGTERM", "SIGTERM to a random worker every 100 ms", index, options, signal.SIGTERM, 0.1)
        done = f"a random worker stopped every 3 s, time-out {TIMEOUT_S:g} s"
        yield disturbed("SIGSTOP", done, index, options, signal.SIGSTOP, 3.0)
        done = "kill -9 every 100 ms, one in ten to the process that starts the workers"
        yield disturbed("Zygote", done, index, options, signal.SIGKILL, 0.1, zygote_share=0.1)
        done = "kill -9 every 100 ms, one in ten to the zygote, while workers, prefetch and engine change at random"
        yield disturbed("All at once", done, index, options, signal.SIGKILL, 0.1, zygote_share=0.1, changing=True)


if __name__ == "__main__":
    sys.exit(run(__doc__ or "", 60, cases))
