"""Compares the checks that both have with CleanVision's, on photographs and on degraded copies of them.

`python -m tests.scan.against_cleanvision --python OTHER/bin/python` runs CleanVision on the same folder, in an
environment of its own (`pip install cleanvision`); prints a confusion table, and with `--list` where they disagree.
"""

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from inspector.scan.check_settings import CheckSettings
from inspector.scan.scan import Scan, ScanSettings
from tests.benchmarks.photographs import make_photographs

SAMPLE = Path(__file__).resolve().parent.parent.parent / "assets" / "sample"
NAMES = {
    "blurry": "blurry",
    "dark": "dark",
    "bright": "light",
    "low-information": "low_information",
    "grey": "grayscale",
    "odd-size": "odd_size",
    "duplicate": "exact_duplicates",
    "near-duplicate": "near_duplicates",
}
_THEIRS = """
import json, sys, time
from cleanvision import Imagelab
lab = Imagelab(data_path=sys.argv[1])
began = time.perf_counter()
lab.find_issues(verbose=False, n_jobs=1)
seconds = time.perf_counter() - began
found = {c[3:-6]: lab.issues.index[lab.issues[c]].tolist() for c in lab.issues.columns if c.startswith("is_")}
print("\\n" + json.dumps([found, seconds]))
"""
Pixels = npt.NDArray[np.uint8]


def degraded(rgb: Pixels, random: np.random.Generator) -> Iterator[tuple[str, Pixels]]:
    """What happens to photographs, weakly and strongly."""
    height, width = rgb.shape[:2]
    for share in (0.004, 0.01, 0.02, 0.04):
        yield f"blurred-{share}", np.asarray(cv2.GaussianBlur(rgb, (0, 0), share * max(height, width)), np.uint8)
    shaken = np.zeros((31, 31), np.float32)
    shaken[15] = 1 / 31
    yield "shaken", np.asarray(cv2.filter2D(rgb, -1, shaken), np.uint8)
    for factor in (0.5, 0.3, 0.2, 0.1):
        yield f"darkened-{factor}", np.asarray(rgb * factor, np.uint8)
    for factor in (0.5, 0.2, 0.1, 0.03):
        yield f"brightened-{factor}", np.asarray(255 - (255 - rgb) * factor, np.uint8)
    yield "posterised", np.asarray(rgb // 128 * 255, np.uint8)
    yield "grey", np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    yield "half", np.asarray(cv2.resize(rgb, (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.uint8)
    yield "noisy", np.asarray(np.clip(rgb + random.normal(0, 25, rgb.shape), 0, 255), np.uint8)
    yield "same", rgb


def make_folder(folder: Path, photographs: int) -> None:
    """The sample's good files that Pillow opens, photographs, and their degraded copies."""
    random = np.random.default_rng(0)
    for file in sorted(SAMPLE.glob("*/*")):
        if file.name.startswith(("bad-", "gt_")):
            continue
        if file.name == "grass-grey-alpha.png":  # which ends CleanVision with an IndexError
            continue
        if file.suffix not in (".pgm", ".ppm", ".bmp", ".avif", ".tif"):
            (folder / f"{file.parent.name}-{file.name}").write_bytes(file.read_bytes())
    with tempfile.TemporaryDirectory() as made:
        for number, path in enumerate(make_photographs(Path(made), photographs)):
            rgb = np.array(Image.open(path).convert("RGB"))
            for name, changed in degraded(rgb, random):
                Image.fromarray(changed).save(folder / f"photo{number:03}-{name}.jpg", quality=92)
    for name, level in (("black", 3), ("white", 252), ("middle", 128)):
        Image.fromarray(np.full((300, 400, 3), level, np.uint8)).save(folder / f"plain-{name}.png")
    Image.fromarray(random.integers(0, 256, (3000, 4000, 3), np.uint8)).save(folder / "huge.jpg")
    Image.fromarray(random.integers(0, 256, (12, 16, 3), np.uint8)).save(folder / "tiny.png")


def theirs(python: str, folder: Path) -> tuple[dict[str, set[str]], float]:
    """Names of the files with each of CleanVision's issues, and the seconds that it took."""
    done = subprocess.run([python, "-c", _THEIRS, str(folder)], capture_output=True, text=True, check=True)
    found, seconds = json.loads(done.stdout.splitlines()[-1])
    return {name: {Path(path).name for path in paths} for name, paths in found.items()}, seconds


def ours(folder: Path) -> tuple[dict[str, set[str]], float]:
    """The same of our checks; the first of a group counts, too, as it does there."""
    began = time.perf_counter()
    scan = Scan(str(folder), ScanSettings(CheckSettings(tuple(NAMES)), num_workers=1))
    scan.start()
    scan.wait()
    seconds = time.perf_counter() - began
    results = scan.results
    assert results is not None
    found: dict[str, set[str]] = {name: set() for name in NAMES}
    for number in range(len(results)):
        row = results.row(number)
        if not row.is_problem:
            found[row.name].add(Path(row.path).name)
            if row.group is not None:
                found[row.name].add(Path(results.index.path(row.group)).name)
    return found, seconds


def confusion(ours: set[str], theirs: set[str], files: int) -> tuple[int, int, int, int]:
    """How many files both report, only we do, only they do, and nobody does."""
    both, mine, others = len(ours & theirs), len(ours - theirs), len(theirs - ours)
    return both, mine, others, files - both - mine - others


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare our checks with CleanVision's.")
    parser.add_argument("--python", required=True, help="of an environment that has CleanVision")
    parser.add_argument("--photographs", type=int, default=30, help="to degrade (default: %(default)s)")
    parser.add_argument("--folder", type=Path, help="compare on this folder, instead of one that is made")
    parser.add_argument("--list", action="store_true", help="name the files on which they disagree")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="against_cleanvision_") as made:
        folder = arguments.folder or Path(made)
        if arguments.folder is None:
            make_folder(folder, arguments.photographs)
        files = sum(1 for file in folder.rglob("*") if file.is_file())
        (found, seconds), (others, other_seconds) = ours(folder), theirs(arguments.python, folder)
    print(
        f"{files} files; one worker each: ours {files / seconds:.0f} files/s, CleanVision {files / other_seconds:.0f}"
    )
    print(f"{'check':<17}{'both':>7}{'ours':>7}{'theirs':>7}{'none':>7}{'agree':>8}")
    for name, other in NAMES.items():
        counts = confusion(found[name], others[other], files)
        share = (counts[0] + counts[3]) / files
        print(f"{name:<17}" + "".join(f"{count:>7}" for count in counts) + f"{share:>8.1%}")
        if arguments.list:
            for who, names in (("ours", found[name] - others[other]), ("theirs", others[other] - found[name])):
                for file in sorted(names):
                    print(f"    only {who}: {file}")


if __name__ == "__main__":
    main()
