"""What the scripts share: a folder of photographs, the sequence to expect of it, signals, leftovers, and the report."""

import argparse
import contextlib
import faulthandler
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import psutil

from inspector import Batch, FileIndex, Loader
from tests.leaks import TOKEN, TOKEN_NAME, inventory
from tests.loader.folders import reader
from tests.oracle import plain_batches

HANGS_AFTER_S = 60.0  # without a batch; the script then prints where each thread is, and ends
SETTLE_S = 2.0  # so long may things take to go away after a case
_LOOKS = 3  # before something counts as left behind: a look takes seconds on a busy machine
_FOR_EVER = 1_000_000  # epochs


@dataclass
class Outcome:
    """What one case did to a loader and what came of it.

    Attributes:
        case: its name.
        done: what was done, in words.
        counts: what was counted, by name; numbers, or text where there is a unit.
        violations: sentences; none of them where all is well.
    """

    case: str
    done: str
    counts: dict[str, int | str] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    def print(self) -> None:
        """Print it for a person."""
        print(f"{self.case}: {self.done}")
        for name, value in self.counts.items():
            print(f"  {name:<32} {value:>12}")
        for violation in self.violations:
            print(f"  VIOLATION: {violation}")
        print(flush=True)


def run(description: str, seconds: float, cases: Callable[[argparse.Namespace], Iterator[Outcome]]) -> int:
    """Be a script: parse the options, run the cases, print what they found; the exit status."""
    return run_parsed(make_parser(description, seconds).parse_args(), cases)


def make_parser(description: str, seconds: float) -> argparse.ArgumentParser:
    """The options that every script has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seconds", type=float, default=seconds, help="length of each case (default: %(default)g)")
    parser.add_argument("--seed", type=int, default=0, help="of all that is random (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON list")
    return parser


def run_parsed(options: argparse.Namespace, cases: Callable[[argparse.Namespace], Iterator[Outcome]]) -> int:
    """Run the cases in a temporary folder of their own, and look for what they leave behind."""
    os.environ[TOKEN_NAME] = TOKEN  # all our processes inherit it, and are found by it
    outcomes = []
    before_tempdir = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        generator = cases(options)
        while True:
            before = inventory()
            outcome = next(generator, None)
            faulthandler.cancel_dump_traceback_later()
            if outcome is None:
                break
            outcome.violations += leftovers(before)
            outcomes.append(outcome)
            if not options.json:
                outcome.print()
        tempfile.tempdir = before_tempdir
    if options.json:
        print(json.dumps([asdict(outcome) for outcome in outcomes]))
    return 1 if any(outcome.violations for outcome in outcomes) else 0


def leftovers(before: Mapping[Hashable, str]) -> list[str]:
    """What is there beyond `before` two seconds after a case: processes, threads, descriptors, memory, files."""
    left = _more_than(before)
    deadline = time.monotonic() + SETTLE_S
    looks = 1
    while left and (time.monotonic() < deadline or looks < _LOOKS):
        time.sleep(0.05)
        now = _more_than(before)
        left = {key: name for key, name in left.items() if key in now}
        looks += 1
    return [f"left behind: {name}" for name in left.values()]


def _more_than(before: Mapping[Hashable, str]) -> dict[Hashable, str]:
    return {key: name for key, name in inventory().items() if key not in before}


# --- processes ---------------------------------------------------------------------------------------------


def send_signal(pid: int, number: int) -> bool:
    """Send a signal to a process of this run; False where it is gone. Never hits another that got its number."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        if f"{TOKEN_NAME}={TOKEN}".encode() not in environment.split(b"\0"):
            return False
        signal.pidfd_send_signal(handle, number)
    except OSError:  # it ended just now
        return False
    finally:
        os.close(handle)
    return True


def zygote_pid() -> int | None:
    """The process that starts this process's workers, if there is one now."""
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if any("inspector.loader.workers.zygote" in argument for argument in child.cmdline()):
                return child.pid
    return None


def worker_pids(loader: Loader) -> list[int]:
    """The workers that are there now."""
    return [worker.pid for worker in loader.snapshot().workers if worker.pid is not None]


@contextlib.contextmanager
def every(interval_s: float, act: Callable[[], object]) -> Iterator[None]:
    """Meanwhile, call `act` again and again in a thread of its own."""
    over = threading.Event()

    def repeat() -> None:
        while not over.wait(interval_s):
            act()

    thread = threading.Thread(target=repeat, name="chaos")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def permissions_hold() -> bool:
    """Whether a file without any permission cannot be read, as it is for everybody but root."""
    with tempfile.NamedTemporaryFile() as file:
        os.chmod(file.name, 0)
        return not os.access(file.name, os.R_OK)


def without_roots_rights(arguments: list[str]) -> int:
    """Run this script again, as root still, but without root's right to read what permissions forbid; its status."""
    setpriv = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    return subprocess.run([*setpriv, sys.executable, *arguments], check=False).returncode


# --- the sequence ------------------------------------------------------------------------------------------


def digest(epoch: int, indices: list[int], images: list[npt.NDArray[np.uint8]], skipped: list[int]) -> bytes:
    """Of everything that a batch is."""
    hashed = hashlib.blake2b(repr((epoch, indices, [image.shape for image in images], skipped)).encode())
    for image in images:
        hashed.update(np.ascontiguousarray(image).data)
    return hashed.digest()


def digest_of(batch: Batch) -> bytes:
    """The same of a delivered batch."""
    skipped = [problem.index for problem in batch.skipped]
    return digest(batch.epoch, batch.indices.tolist(), list(batch.images), skipped)


def expected_digests(
    index: FileIndex, size: tuple[int, int] | None, batch_size: Callable[[int], int], seed: int
) -> Iterator[bytes]:
    """Digests of the batches that the plain generator makes, for ever; each file is read once."""
    read = cache(reader(index, size))
    for epoch, indices, images, skipped in plain_batches(len(index), read, batch_size, seed=seed, epochs=_FOR_EVER):
        yield digest(epoch, indices, images, skipped)


def still_alive() -> None:
    """Call at each batch: when the calls stop, the script says where every thread is and ends with status 1."""
    faulthandler.dump_traceback_later(HANGS_AFTER_S, exit=True)


# --- photographs -------------------------------------------------------------------------------------------


def photographs() -> dict[str, npt.NDArray[np.uint8]]:
    """Real photographs as BGR, by name."""
    import skimage
    import sklearn

    data, more = Path(skimage.__file__).parent / "data", Path(sklearn.__file__).parent / "datasets" / "images"
    files = [data / name for name in ("astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg")]
    files += [more / "china.jpg", more / "flower.jpg"]
    loaded = {file.stem: cv2.imread(str(file)) for file in files}
    return {name: image.astype(np.uint8) for name, image in loaded.items() if image is not None}


def make_photos(folder: Path, count: int, side: int, *, bad_every: int = 0) -> FileIndex:
    """`count` crops of photographs as JPEG and PNG of about `side` pixels; every so-manieth is cut off."""
    sources = list(photographs().values())
    rng = random.Random(count)
    folder.mkdir(parents=True)
    for number in range(count):
        source = sources[number % len(sources)]
        top, left = rng.randrange(source.shape[0] // 2), rng.randrange(source.shape[1] // 2)
        crop = source[top:, left:]
        shape = (side + rng.randrange(side // 2), side + rng.randrange(side // 2))
        extension = ".png" if number % 4 == 3 else ".jpg"
        data = cv2.imencode(extension, cv2.resize(crop, shape))[1].tobytes()
        bad = bad_every and number % bad_every == bad_every - 1
        (folder / f"{number:04}{extension}").write_bytes(data[: len(data) // 2] if bad else data)
    return FileIndex.scan(folder)
