"""How fast is the index, against a bare walk that only counts, and how small is it?

Run as `python tests/benchmarks/bench_index.py [--files N]`. Makes a tree of empty files with ImageNet's kind of
names in a temporary folder, then times both in turn, so that whatever else the machine does meets both alike.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from inspector.dataset.index import FileIndex

FILES_IN_A_FOLDER = 1000


def make_tree(root: Path, files: int) -> None:
    """Empty files such as train/n01440764/n01440764_10026.JPEG below `root`."""
    for start in range(0, files, FILES_IN_A_FOLDER):
        name = f"n{1440764 + start:08d}"
        folder = root / "train" / name
        folder.mkdir(parents=True)
        for i in range(min(FILES_IN_A_FOLDER, files - start)):
            path = folder / f"{name}_{i * 7919 % 20011}.JPEG"
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY))


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


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the index against a bare walk.")
    parser.add_argument("--files", type=int, default=110_000, help="files in the tree (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=7, help="times that both are measured (default: %(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench_index_") as folder:
        root = Path(folder)
        make_tree(root, arguments.files)
        index = FileIndex.scan(root)  # also warms the system's cache
        assert len(index) == bare_walk(root) == arguments.files
        walks, scans = [], []
        for _ in range(arguments.rounds):
            walks.append(seconds(lambda: bare_walk(root)))
            scans.append(seconds(lambda: FileIndex.scan(root, on_progress=lambda count: None, cancelled=lambda: False)))
    walk_s, scan_s = statistics.median(walks), statistics.median(scans)
    print(f"{'files':>10} {'walk s':>9} {'index s':>9} {'ratio':>7} {'bytes a file':>13}")
    print(f"{len(index):>10} {walk_s:>9.4f} {scan_s:>9.4f} {scan_s / walk_s:>7.2f} {index.nbytes / len(index):>13.1f}")


if __name__ == "__main__":
    main()
