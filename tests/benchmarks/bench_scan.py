"""How near does a scan of all files come to the decode limit?

Run as `python -m tests.benchmarks.bench_scan [--files 2000 | --folder FOLDER] [--workers 2] [--json]`.

The limit is what N processes reach that each read and decode their share of the files and do nothing else. A scan is
measured from a tenth of the files on till most are done: starting and ending take the same for any folder.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.pool import Pool
from pathlib import Path

import cv2
import numpy as np

from inspector.formats.decode import BadFile, decode, peek, read_file
from inspector.scan.check_settings import CheckSettings
from inspector.scan.scan import Scan, ScanSettings
from inspector.sources.file_index import FileIndex
from tests.benchmarks.measure import Throughput, arguments_parser, compared, cpu_s, progress, report, table
from tests.benchmarks.photographs import make_photographs

LIMIT, CHECKED, BARE = "decode limit", "scan, all checks", "scan, no checks"
LOOK_S = 0.02


def decode_all(paths: list[str]) -> tuple[float, float]:
    """Seconds, and seconds of CPU, that it takes to read and decode the files into memory that is there already."""
    cv2.setNumThreads(0)
    scratch = np.empty(0, np.uint8)
    began, cpu = time.perf_counter(), time.process_time()
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
    return time.perf_counter() - began, time.process_time() - cpu


def limit(pool: Pool, paths: list[str], workers: int) -> Throughput:
    shares = [paths[start::workers] for start in range(workers)]
    taken = pool.map(decode_all, shares, 1)
    return Throughput(
        len(paths) / max(seconds for seconds, _ in taken), 1e3 * sum(cpu for _, cpu in taken) / len(paths)
    )


def scan(folder: str, workers: int, checks: CheckSettings) -> Throughput:
    scan = Scan(folder, ScanSettings(checks, workers))
    scan.start()
    try:
        first = _wait_for(scan, 0.1)
        last = _wait_for(scan, 0.85)
    finally:
        scan.close()
    files = last[0] - first[0]
    return Throughput(files / (last[1] - first[1]), 1e3 * (last[2] - first[2]) / files)


def _wait_for(scan: Scan, share: float) -> tuple[int, float, float]:
    """Files done, and seconds and CPU seconds till then, once that share of the files is done."""
    while (now := scan.progress()).done < max(1, share * now.files) and not scan.wait(LOOK_S):
        pass
    return now.done, time.perf_counter(), cpu_s()


@contextmanager
def files(folder: str | None, count: int) -> Iterator[str]:
    """The folder, or one with so many photographs, all of them different."""
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="bench_scan_") as made:
        progress(f"making {count:,} photographs")
        make_photographs(Path(made), count)
        yield made


def main() -> None:
    parser = arguments_parser("Measure a scan against the decode limit.")
    parser.add_argument("--folder", help="scan this one, instead of photographs that are made for it")
    parser.add_argument("--files", type=int, default=2000, help="photographs to make (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="(default: %(default)s)")
    arguments = parser.parse_args()
    workers = arguments.workers
    with (
        files(arguments.folder, arguments.files) as folder,
        get_context("spawn").Pool(workers) as pool,
    ):
        index = FileIndex.scan(folder)
        paths = [index.path(i) for i in range(len(index))]
        limit(pool, paths, workers)  # imports are not measured, and the files are in memory then
        found: dict[str, list[Throughput]] = {LIMIT: [], CHECKED: [], BARE: []}
        for number in range(arguments.rounds):
            progress(f"round {number + 1} of {arguments.rounds}")
            found[LIMIT].append(limit(pool, paths, workers))
            found[CHECKED].append(scan(folder, workers, CheckSettings.without()))
            found[BARE].append(scan(folder, workers, CheckSettings(())))
    results, rows = compared(found, LIMIT)
    of_cpu = [
        statistics.median(a.cpu_ms / b.cpu_ms for a, b in zip(found[LIMIT], values, strict=True))
        for values in found.values()
    ]
    rows = [[*row, f"{share:.2f}"] for row, share in zip(rows, of_cpu, strict=True)]
    head = ["", "files/s", "of the limit", "CPU ms a file", "of the limit's"]
    report(arguments, results, table(head, rows))


if __name__ == "__main__":
    main()
