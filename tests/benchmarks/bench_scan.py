"""How near a scan comes to the decode limit: `python tests/benchmarks/bench_scan.py FOLDER [--workers N] [--rounds N]`.

The limit is what N processes reach that each read and decode their share of the files and do nothing else. Both are
measured in turn, so that what else the machine does meets both; the median of the ratios is printed.
"""

import argparse
import statistics
import time
from multiprocessing import get_context

import cv2
import numpy as np

from inspector.dataset.checks import CheckSettings
from inspector.dataset.decode import BadFile, decode, peek, read_file
from inspector.dataset.index import FileIndex
from inspector.scan.scan import Scan, ScanSettings


def decode_all(paths: list[str]) -> float:
    """Seconds that it takes to read and decode the files, into memory that is there already."""
    cv2.setNumThreads(0)
    scratch = np.empty(0, np.uint8)
    began = time.perf_counter()
    for path in paths:
        try:
            data = read_file(path)
            header = peek(data)
            shape = (header.height, header.width, 3) if header is not None else (0, 0, 3)
            if scratch.size < np.prod(shape):
                scratch = np.empty(np.prod(shape), np.uint8)
            decode(data, scratch[: np.prod(shape)].reshape(shape), header=header)
        except BadFile:
            continue
    return time.perf_counter() - began


def scan_rate(folder: str, workers: int) -> float:
    """Files a second, from the first batch to the end; workers take the same few tenths to start for any folder."""
    scan = Scan(folder, ScanSettings(CheckSettings.without(), workers))
    scan.start()
    while not scan.progress().done and not scan.wait(0.005):
        pass
    first = scan.progress()
    scan.wait()
    last = scan.progress()
    return (last.done - first.done) / (last.seconds - first.seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    index = FileIndex.scan(options.folder)
    paths = [index.path(i) for i in range(len(index))]
    limits, scans = [], []
    for _ in range(options.rounds):
        with get_context("spawn").Pool(options.workers) as pool:
            pool.map(decode_all, [paths[:8]] * options.workers, 1)  # imports are not measured
            shares = [paths[start :: options.workers] for start in range(options.workers)]
            limits.append(len(paths) / max(pool.map(decode_all, shares, 1)))
        scans.append(scan_rate(options.folder, options.workers))
        print(f"decode limit {limits[-1]:,.0f} files/s, scan {scans[-1]:,.0f} files/s")
    print(f"median ratio {statistics.median(scan / limit for scan, limit in zip(scans, limits, strict=True)):.2f}")


if __name__ == "__main__":
    main()
