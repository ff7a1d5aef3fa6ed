"""Which of 13 faults do other libraries report, and what do time and memory come to?

Run as `python -m tests.benchmarks.bench_annotation_peers --peer pycocotools=/venv/bin/python --peer datumaro=...`.

Each fault is planted once in a COCO set of its own. A library reports it where it says something that it does not say
of the clean set; where it raises, it refuses the whole set. `--annotations` is the size of the set for time and memory.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.annotations.sets import PLACES, coco
from tests.benchmarks import bench_annotations
from tests.benchmarks.measure import progress, table

FAULTS = [name for name in PLACES if name not in ("wrong-direction", "mask-size", "mask-values", "wrong-units")]
PEER = Path(__file__).with_name("annotation_peer.py")
OURS = "inspector"


def ask(library: str, python: str, root: Path) -> dict[str, Any]:
    """What a library says of a set."""
    if library == OURS:
        return _ours(root)
    done = subprocess.run([python, PEER, library, root], capture_output=True, text=True, timeout=1800, cwd=root)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        return {"error": lines[-1], "said": [], "seconds": 0.0, "mb": 0.0}
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _ours(root: Path) -> dict[str, Any]:
    """In a process of its own, without decoding the images: as the others, which do not either."""
    code = (
        "import json, resource, sys, time, numpy as np\n"
        "begun = time.perf_counter()\n"
        "from inspector.annotations.checks import ImageSizes, annotation_faults\n"
        "from inspector.annotations.opening import open_annotations\n"
        "from inspector.sources.opening import open_source\n"
        "index = open_source(sys.argv[1] + '/images'); found = open_annotations(index)\n"
        "sizes = np.tile(np.array([json.loads(sys.argv[2])], np.int32), (len(index), 1))\n"
        "faults = annotation_faults(found, ImageSizes(sizes, np.zeros(len(index), bool)))\n"
        "said = [each.check + ': ' + each.reason for each in faults]\n"
        "mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
        "print(json.dumps({'error': '', 'said': said, 'seconds': time.perf_counter() - begun, 'mb': mb}))\n"
    )
    size = json.dumps([64, 48] if (root / "images/img_001.png").exists() else [640, 480])
    done = subprocess.run([sys.executable, "-c", code, root, size], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON")
    parser.add_argument("--annotations", type=int, default=100_000)
    arguments = parser.parse_args()
    peers = {OURS: sys.executable, **dict(each.split("=", 1) for each in arguments.peer)}
    rows: dict[str, list[str]] = {fault: [] for fault in [*FAULTS, "reported", "s", "MB"]}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("clean", *FAULTS):
            coco(Path(folder) / name, {name} - {"clean"})
        large = Path(folder) / "large"
        bench_annotations.make_images(large, arguments.annotations // 10)
        bench_annotations.coco(large, 10, arguments.annotations // 10)
        for peer, python in peers.items():
            progress(peer)
            clean = ask(peer, python, Path(folder) / "clean")
            if clean["error"]:
                progress(f"{peer} refuses the clean set: {clean['error']}")
            for fault in FAULTS:
                found = ask(peer, python, Path(folder) / fault)
                new = [each for each in found["said"] if each not in clean["said"]]
                rows[fault].append("reported" if new else "refuses all" if found["error"] else "–")
                progress(f"  {fault}: {(new or [found['error']])[0][:150]}")
            rows["reported"].append(str(sum(rows[fault][-1] == "reported" for fault in FAULTS)))
            found = ask(peer, python, large)
            progress(f"  large: {found['error'] or 'read'}")
            rows["s"].append(f"{found['seconds']:.1f}")
            rows["MB"].append(f"{found['mb']:,.0f}")
    print(table(["", *peers], [[name, *cells] for name, cells in rows.items()]))


if __name__ == "__main__":
    main()
