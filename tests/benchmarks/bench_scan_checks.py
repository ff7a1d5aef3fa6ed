"""What does each check of a scan cost, and all together?

Run as `python -m tests.benchmarks.bench_scan_checks [--files 300] [--rounds 5]`.

One process reads, decodes and checks the same photographs with no check, with each check alone, and with all, in turn.
What the whole set takes at the end is not in it. Processor time a file; the median of the rounds, and of the ratios.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import cv2

from inspector.scan.check_file import CheckFiles
from inspector.scan.check_settings import CHECKS, CheckSettings
from inspector.scan.file_groups import FileGroup
from tests.benchmarks.photographs import make_photographs

NONE, ALL = "none", "all"
PIXELS = 1 << 28


def cpu_us(check: CheckFiles, paths: list[str]) -> float:
    began = time.process_time()
    for number, path in enumerate(paths):
        check(FileGroup(number, (path,)))
    return 1e6 * (time.process_time() - began) / len(paths)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    cv2.setNumThreads(0)
    names = [NONE, *(name for name, check in CHECKS.items() if not check.of_set or check.measured), ALL]
    taken: dict[str, list[float]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory(prefix="bench-checks-") as folder:
        paths = make_photographs(Path(folder), options.files)
        for number in range(options.rounds + 1):
            for name in names:
                made = CheckSettings.without() if name == ALL else CheckSettings(() if name == NONE else (name,))
                time_us = cpu_us(CheckFiles(made, PIXELS, own_process=True), paths)
                if number:  # the first round warms up
                    taken[name].append(time_us)
    for name, times in taken.items():
        ratio = statistics.median(a / b for a, b in zip(times, taken[NONE], strict=True))
        print(f"{name:18}{statistics.median(times):9.0f} us a file{ratio:8.2f}")


if __name__ == "__main__":
    main()
