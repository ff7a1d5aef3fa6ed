"""How fast does a scan run on Dask and Ray, against the same scan without them, on the cores of this machine?

Run as `python -m tests.benchmarks.bench_scan_engines [--files 20000] [--distinct 2000] [--workers 2] [--rounds 3]`.

So many photographs, of which `--distinct` differ and the others are links to these, are scanned with all checks by each
in turn. The rate is that from a tenth of the files on till most are done; what comes before, such as to start the
cluster, is given apart. All use the same number of worker processes, so the ratio is the one per core. The processor
time that all processes took for a file in that part is given, too: on a machine with other work it says more.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from inspector.scan.check_settings import CheckSettings
from inspector.scan.scan import Scan, ScanSettings
from tests.benchmarks.measure import cpu_s
from tests.benchmarks.photographs import make_photographs

LOCAL = ""
LOOK_S = 0.02


class Measured(NamedTuple):
    """Of one scan: files a second, milliseconds of all processes for a file, seconds until the first tenth was done."""

    files_per_s: float
    cpu_ms: float
    start_s: float


def measured(folder: str, on: str, workers: int) -> Measured:
    """Scan a folder."""
    scan = Scan(folder, ScanSettings(CheckSettings.without(), workers, on=on))
    began_s = time.perf_counter()
    scan.start()
    try:
        first = _wait_for(scan, 0.1)
        last = _wait_for(scan, 0.85)
        if scan.failure is not None:
            raise scan.failure
    finally:
        scan.close()
    files = last[0] - first[0]
    return Measured(files / (last[1] - first[1]), 1e3 * (last[2] - first[2]) / files, first[1] - began_s)


def _wait_for(scan: Scan, share: float) -> tuple[int, float, float]:
    while (now := scan.progress()).checked < max(1, share * now.files) and not scan.wait(LOOK_S):
        pass
    return now.checked, time.perf_counter(), cpu_s()


@contextmanager
def photographs(files: int, distinct: int) -> Iterator[str]:
    """A folder with so many."""
    with tempfile.TemporaryDirectory(prefix="bench-engines-") as folder:
        paths = make_photographs(Path(folder), min(files, distinct))
        for number in range(len(paths), files):
            os.link(paths[number % len(paths)], Path(folder, f"{number:06d}.jpg"))
        yield folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--distinct", type=int, default=2_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    engines = [name for name, package in (("dask", "distributed"), ("ray", "ray")) if find_spec(package)]
    found: dict[str, list[Measured]] = {name: [] for name in (LOCAL, *engines)}
    with photographs(options.files, options.distinct) as folder:
        for number in range(options.rounds):
            for on, runs in found.items():
                runs.append(measured(folder, on, options.workers))
                print(f"round {number + 1}  {on or 'local':<6}{runs[-1].files_per_s:9.1f} files/s", flush=True)
    medians = {on: Measured(*map(statistics.median, zip(*runs, strict=True))) for on, runs in found.items()}
    print(f"\n{options.files:,} files, {options.workers} workers, medians of {options.rounds}; ratios to local")
    for on, each in medians.items():
        rate, cpu = each.files_per_s / medians[LOCAL].files_per_s, medians[LOCAL].cpu_ms / each.cpu_ms
        print(f"{on or 'local':<6}{each.files_per_s:9.1f} files/s{rate:7.2f}", end="")
        print(f"{each.cpu_ms:9.2f} ms of CPU a file{cpu:7.2f}; first tenth after {each.start_s:5.1f} s")


if __name__ == "__main__":
    main()
