"""Does the memory of a scan stay flat at a million files?

Run as `python -m tests.benchmarks.bench_scan_memory [--files 1000000] [--json]`. Linux only.

The files are tiny images, all of them different, so that every one gets a digest of its own and none a row. Told is the
anonymous memory of the process that scans and of a worker when the files are found, at 10, 30, 60 and 90
percent, and what each file takes from the first look on.
"""

import gc
import struct
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from inspector.scan.progress import ScanProgress
from inspector.scan.scan import Scan, ScanSettings
from tests.benchmarks.measure import arguments_parser, progress, report, table

FILES_IN_A_FOLDER = 1000
SHARES = (0.001, 0.1, 0.3, 0.6, 0.9)
MB = 1e6
_PIXELS = 32  # in each direction: not small enough for a finding


def make_tree(root: Path, files: int) -> None:
    """Portable pixmaps of two colours, one of them the file's own."""
    for start in range(0, files, FILES_IN_A_FOLDER):
        progress(f"{start:,} of {files:,} files")
        folder = root / f"n{start:08d}"
        folder.mkdir()
        for number in range(start, min(files, start + FILES_IN_A_FOLDER)):
            own = struct.pack(">I", number)
            pixels = own + bytes([255]) * (_PIXELS * _PIXELS - len(own))
            (folder / f"{folder.name}_{number}.pgm").write_bytes(b"P5 %d %d 255\n" % (_PIXELS, _PIXELS) + pixels)


def anonymous(pid: int) -> int:
    """Bytes of a process that are no file's: what its program has asked for."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return 1024 * int(line.split()[1])
    return 0


def memory() -> tuple[int, float]:
    """Bytes of this process, and the mean of the zygote and the workers."""
    gc.collect()
    me = psutil.Process()
    others = [anonymous(child.pid) for child in me.children(recursive=True)]
    return anonymous(me.pid), sum(others) / max(1, len(others))


def reached(scan: Scan, share: float) -> ScanProgress:
    while (now := scan.progress()).done < max(1, share * now.files) and not scan.wait(0.05):
        progress(f"{now.done:,} of {now.files:,} files checked")
    return now


def main() -> None:
    parser = arguments_parser("Measure the memory of a scan of very many files.", rounds=1)
    parser.add_argument("--files", type=int, default=1_000_000, help="files in the tree (default: %(default)s)")
    arguments = parser.parse_args()
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="bench_scan_memory_") as folder:
        make_tree(Path(folder), arguments.files)
        before = memory()[0]
        began = time.monotonic()
        scan = Scan(folder, ScanSettings(num_workers=2, extensions=("pgm",)))
        scan.start()
        try:
            for share in SHARES:
                now = reached(scan, share)
                own, worker = memory()
                found.append({"done": now.done, "own_bytes": own, "worker_bytes": worker, "rows": now.rows})
            scan.wait()
        finally:
            scan.close()
        last, seconds = scan.progress(), time.monotonic() - began
        assert last.good == arguments.files, f"{last.good:,} of {arguments.files:,} good"
        first = found[0]
        results = {
            "before_bytes": before,
            "looks": found,
            "seconds": seconds,
            "rows": last.rows,
            "own_bytes_a_file": (found[-1]["own_bytes"] - before) / arguments.files,
            "own_growth_a_file": (found[-1]["own_bytes"] - first["own_bytes"]) / (found[-1]["done"] - first["done"]),
            "worker_growth_a_file": (found[-1]["worker_bytes"] - first["worker_bytes"])
            / (found[-1]["done"] - first["done"]),
        }
        rows = [
            [f"{each['done']:,}", f"{each['own_bytes'] / MB:.1f}", f"{each['worker_bytes'] / MB:.1f}"] for each in found
        ]
        text = table(["files checked", "own, MB", "a worker, MB"], rows) + (
            f"\n\n{before / MB:.1f} MB before; {results['own_bytes_a_file']:.0f} bytes a file in all, of which "
            f"{results['own_growth_a_file']:.0f} come while it checks; a worker grows by "
            f"{results['worker_growth_a_file']:.1f} bytes a file; {last.rows:,} rows; {seconds:,.0f} s"
        )
        report(arguments, results, text)  # now: to remove a million files takes minutes


if __name__ == "__main__":
    main()
