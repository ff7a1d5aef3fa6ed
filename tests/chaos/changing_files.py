"""The files change while they are loaded: gone, cut, longer, locked, or in their place a pipe, a folder, a device.

Run as `python tests/chaos/changing_files.py [--seconds N] [--json]`. Each epoch must deliver each file or tell of it,
once and in the order of the plain generator; and what is delivered must be an image that the file really held.
"""

import os
import random
import shutil
import socket
import sys
import tempfile
import time
from argparse import Namespace
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from inspector import FileIndex, Loader
from inspector.formats.decode import decode
from inspector.loader.planning.sampler import epoch_order
from tests.chaos.harness import Outcome, every, make_photos, permissions_hold, run, still_alive, without_roots_rights

FILES = 150


class Vandal:
    """Does something to a random file; most often, puts it right again."""

    def __init__(self, index: FileIndex, seed: int) -> None:
        self.done: Counter[str] = Counter()
        self._rng = random.Random(seed)
        self._paths = [Path(index.path(number)) for number in range(len(index))]
        self._sound = [path.read_bytes() for path in self._paths]
        self._ways: list[Callable[[Path, bytes], object]] = [
            self.removed, self.emptied, self.cut, self.lengthened, self.overwritten, self.locked, self.pipe,
            self.folder, self.socket, self.device,
        ]  # fmt: skip

    def act(self) -> None:
        """Change one file, and mend two."""
        for way in (self._rng.choice(self._ways), self.mended, self.mended):
            number = self._rng.randrange(len(self._paths))
            way(self._paths[number], self._sound[number])
            self.done[way.__name__] += 1

    def mended(self, path: Path, sound: bytes) -> None:
        self.removed(path, sound)
        path.write_bytes(sound)

    def removed(self, path: Path, sound: bytes) -> None:
        if path.is_symlink() or not path.is_dir():
            path.unlink(missing_ok=True)
        else:
            shutil.rmtree(path)

    def emptied(self, path: Path, sound: bytes) -> None:
        self.mended(path, sound)
        os.truncate(path, 0)

    def cut(self, path: Path, sound: bytes) -> None:
        self.mended(path, sound)
        os.truncate(path, self._rng.randrange(len(sound)))

    def lengthened(self, path: Path, sound: bytes) -> None:
        self.mended(path, sound)
        with path.open("ab") as file:
            file.write(bytes(self._rng.randrange(1, 100_000)))

    def overwritten(self, path: Path, sound: bytes) -> None:
        """Another of the files is written over this one, in place and in pieces."""
        other = self._rng.choice(self._sound)
        self.mended(path, sound)
        with path.open("r+b", buffering=0) as file:
            for start in range(0, len(other), 4096):
                file.write(other[start : start + 4096])
            file.truncate()

    def locked(self, path: Path, sound: bytes) -> None:
        self.mended(path, sound)
        path.chmod(0)

    def pipe(self, path: Path, sound: bytes) -> None:
        self.removed(path, sound)
        os.mkfifo(path)

    def folder(self, path: Path, sound: bytes) -> None:
        self.removed(path, sound)
        path.mkdir()

    def socket(self, path: Path, sound: bytes) -> None:
        self.removed(path, sound)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))

    def device(self, path: Path, sound: bytes) -> None:
        self.removed(path, sound)
        path.symlink_to(self._rng.choice(["/dev/zero", "/dev/null", "/dev/tty"]))


def load(index: FileIndex, loader: Loader, known: set[bytes], outcome: Outcome, until: float) -> Counter[str]:
    """Load until `until`; what became of the files, by name. `known`: the pixels that there are."""
    met: dict[int, list[int]] = defaultdict(list)  # epoch -> files delivered
    skipped: dict[int, list[int]] = defaultdict(list)
    fates: Counter[str] = Counter()
    while time.monotonic() < until or loader.snapshot().epoch < 1:
        still_alive()
        batch = next(loader)
        met[batch.epoch] += batch.indices.tolist()
        fates["delivered"] += len(batch)
        for problem in batch.skipped:
            skipped[problem.epoch].append(problem.index)
            fates[problem.kind.value] += 1
        for path, image in zip(batch.paths, batch.images, strict=True):
            if np.asarray(image).tobytes() not in known:
                outcome.violations.append(f"{Path(path).name} was delivered with pixels that no file ever held")
    for epoch in range(max(met)):  # all but the one that was not finished
        order = epoch_order(len(index), shuffle=True, seed=loader.config.seed, epoch=epoch).tolist()
        both = sorted(met[epoch] + skipped[epoch], key=order.index)
        if both != order:
            outcome.violations.append(f"epoch {epoch}: not every file was delivered or told to be a problem once")
        for name, part in (("delivered", met[epoch]), ("skipped", skipped[epoch])):
            if part != sorted(part, key=order.index):
                outcome.violations.append(f"epoch {epoch}: the files {name} are not in order")
    outcome.counts["whole epochs"] = max(met)
    return fates


def cases(options: Namespace) -> Iterator[Outcome]:
    outcome = Outcome("Changing files", f"{FILES} files, a random one changed and two mended every 2 ms")
    with tempfile.TemporaryDirectory() as folder:
        index = make_photos(Path(folder) / "photos", FILES, 80)
        known = {decode(Path(index.path(number)).read_bytes()).rgb.tobytes() for number in range(len(index))}
        vandal = Vandal(index, options.seed)
        with Loader(index, num_workers=2, batch_size=16, seed=options.seed) as loader:
            with every(0.002, vandal.act):
                fates = load(index, loader, known, outcome, time.monotonic() + options.seconds)
            outcome.counts["worker deaths"] = loader.snapshot().restarts
    outcome.counts |= dict(vandal.done.most_common()) | dict(fates.most_common())
    yield outcome


if __name__ == "__main__":
    if permissions_hold() or shutil.which("setpriv") is None:
        sys.exit(run(__doc__ or "", 60, cases))
    sys.exit(without_roots_rights(sys.argv))
