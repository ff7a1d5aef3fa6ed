"""A million files, and 64 workers: what grows, and what does not?

Run as `python -m tests.benchmarks.bench_scale [--files 1000000] [--json]`.

The index, against a bare walk that only counts; the memory of a worker with a small and with the large index; and the
parent's CPU time per sample (supervisor and consumer) at 1 to 64 workers with trivial work. The files are hard links to
a few tiny JPEGs, with ImageNet's kind of names.
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from inspector import Loader
from inspector.sources.file_index import FileIndex
from tests.benchmarks.measure import arguments_parser, progress, ratios, report, shown, spread, table
from tests.benchmarks.photographs import make_tiny_photographs

FILES_IN_A_FOLDER = 1000
LINKS_TO_A_FILE = 30_000  # file systems allow 65,000 or so
WORKERS = (1, 2, 4, 8, 16, 32, 64)
SETTINGS: dict[str, Any] = {"image_size": (32, 32), "batch_size": 64}
MB = 1e6


def make_tree(root: Path, files: int) -> None:
    """Files such as train/n01440764/n01440764_10026.JPEG below `root`."""
    originals = root / "originals"
    originals.mkdir()
    paths = make_tiny_photographs(originals, -(-files // LINKS_TO_A_FILE))
    for start in range(0, files, FILES_IN_A_FOLDER):
        progress(f"{start:,} of {files:,} files")
        name = f"n{1440764 + start:08d}"
        folder = root / "train" / name
        folder.mkdir(parents=True)
        for i in range(min(FILES_IN_A_FOLDER, files - start)):
            os.link(paths[(start + i) // LINKS_TO_A_FILE], folder / f"{name}_{i * 7919 % 20011}.JPEG")


def bare_walk(root: Path) -> int:
    """The least that any search has to do: go through the folders and count."""
    count = 0
    folders = [str(root)]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    folders.append(entry.path)
                else:
                    count += 1
    return count


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def index_against_walk(root: Path, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds of both, in turn."""
    walks, scans = [], []
    for _ in range(rounds):
        walks.append(seconds(lambda: bare_walk(root)))
        scans.append(seconds(lambda: FileIndex.scan(root, on_progress=lambda count: None, cancelled=lambda: False)))
    return walks, scans


def worker_memory(index: FileIndex, batches: int) -> list[float]:
    """Bytes that each worker has for itself alone, after it has worked a while. Linux only."""
    with Loader(index, num_workers=2, **SETTINGS) as loader:
        for _ in range(batches):
            next(loader)
        pids = [worker.pid for worker in loader.snapshot().workers]
        return [float(psutil.Process(pid).memory_full_info().uss) for pid in pids if pid is not None]


def parent_cost(index: FileIndex, workers: int, batches: int) -> float:
    """CPU microseconds of this process for each sample: the supervisor's thread and the consumer's."""
    with Loader(index, num_workers=workers, **SETTINGS) as loader:
        for _ in range(batches // 4):
            next(loader)
        while sum(worker.images > 0 for worker in loader.snapshot().workers) < workers:
            next(loader)
        before = time.process_time()
        images = sum(len(next(loader)) for _ in range(batches))
        return 1e6 * (time.process_time() - before) / images


def main() -> None:
    parser = arguments_parser("Measure a large index and many workers.")
    parser.add_argument("--files", type=int, default=1_000_000, help="files in the tree (default: %(default)s)")
    parser.add_argument("--batches", type=int, default=200, help="of each measurement (default: %(default)s)")
    arguments = parser.parse_args()
    rounds, batches = arguments.rounds, arguments.batches
    with tempfile.TemporaryDirectory(prefix="bench_scale_") as folder:
        root = Path(folder)
        make_tree(root, arguments.files)
        tree = root / "train"
        index = FileIndex.scan(tree)  # also warms the system's cache
        assert len(index) == bare_walk(tree) == arguments.files
        small = FileIndex.scan(next(tree.iterdir()))
        walks, scans = index_against_walk(tree, rounds)
        memory: dict[str, list[float]] = {}
        cost: dict[int, list[float]] = {}
        for number in range(rounds):
            for each in (small, index):
                progress(f"round {number + 1} of {rounds}: worker memory, {len(each):,} files")
                memory.setdefault(f"{len(each):,} files", []).extend(worker_memory(each, batches))
            for workers in WORKERS:
                progress(f"round {number + 1} of {rounds}: {workers} workers")
                cost.setdefault(workers, []).append(parent_cost(index, workers, batches))
    results: dict[str, Any] = {
        "index": {
            "files": len(index),
            "walk_s": spread(walks),
            "scan_s": spread(scans),
            "ratio": ratios(scans, walks),
            "bytes_a_file": index.nbytes / len(index),
        },
        "worker_memory_mb": {name: spread([n / MB for n in values]) for name, values in memory.items()},
        "parent_cpu_us": {workers: spread(values) for workers, values in cost.items()},
    }
    found = results["index"]
    figures = [shown(found[key], form) for key, form in (("walk_s", ".2f"), ("scan_s", ".2f"), ("ratio", ".2f"))]
    texts = [
        table(
            ["index", "walk, s", "index, s", "ratio", "bytes a file"],
            [[f"{len(index):,} files", *figures, f"{found['bytes_a_file']:.1f}"]],
        ),
        table(
            ["memory of a worker", "MB of its own"],
            [[name, shown(values, ".2f")] for name, values in results["worker_memory_mb"].items()],
        ),
        table(
            ["workers", "parent's CPU µs a sample", "of 1 worker's"],
            [[f"{n}", shown(spread(cost[n]), ".0f"), shown(ratios(cost[n], cost[1]), ".2f")] for n in WORKERS],
        ),
    ]
    report(arguments, results, "\n\n".join(texts))


if __name__ == "__main__":
    main()
