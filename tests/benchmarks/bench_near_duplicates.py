"""How many changed copies of photographs are found as near-duplicates, and how much else?

Run as `python -m tests.benchmarks.bench_near_duplicates [--photographs 5000] [--planted 500] [--mirrored]`.

Of so many photographs' crops the first ones have a copy of each kind among them. Recall: copies that are found to be
like their original. Of all pairs found among photographs and copies (but the mirrored ones), which are parts of a few
pictures and overlap: those of the same part, and those of different pictures, which are wrong.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from inspector.scan.measures import measure
from inspector.scan.near_pairs import mirrored_pairs, near_pairs
from tests.benchmarks.photographs import PHOTOGRAPHS, make_photographs

Pixels = npt.NDArray[np.uint8]
LIMITS = (2, 4, 6, 8)


def half(rgb: Pixels) -> Pixels:
    return np.asarray(cv2.resize(rgb, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)


def jpeg_60(rgb: Pixels) -> Pixels:
    return np.asarray(
        cv2.imdecode(cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_COLOR), np.uint8
    )


def cropped(rgb: Pixels) -> Pixels:
    y, x = (max(1, round(0.015 * side)) for side in rgb.shape[:2])
    return rgb[y:-y, x:-x]


def brighter(rgb: Pixels) -> Pixels:
    return np.asarray(np.clip(rgb * 1.1, 0, 255), np.uint8)


def mirror(rgb: Pixels) -> Pixels:
    return np.ascontiguousarray(rgb[:, ::-1])


KINDS: dict[str, Callable[[Pixels], Pixels]] = {
    "half": half,
    "JPEG 60": jpeg_60,
    "cropped 3 %": cropped,
    "brighter 10 %": brighter,
    "mirrored": mirror,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photographs", type=int, default=5000)
    parser.add_argument("--planted", type=int, default=500)
    parser.add_argument("--mirrored", action="store_true", help="mirror images are alike, too")
    options = parser.parse_args()
    cv2.setNumThreads(0)
    originals: list[int] = []
    copies: dict[str, list[int]] = {kind: [] for kind in KINDS}
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(make_photographs(Path(folder), options.photographs)):
            image = cv2.imread(path)
            assert image is not None
            rgb = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)
            originals.append(measure(rgb).hash)
            if number < options.planted:
                for kind, change in KINDS.items():
                    copies[kind].append(measure(change(rgb)).hash)
    print(f"{options.photographs:,} photographs, {options.planted:,} copies of each kind; {options.mirrored = }")
    for limit in LIMITS:
        print(f"limit {limit}:", end="")
        for kind, hashes in copies.items():
            share = np.mean([_alike(a, b, limit, options.mirrored) for a, b in zip(originals, hashes, strict=False)])
            print(f"  {kind} {100 * share:.1f} %", end="")
        not_mirrored = [hashes for kind, hashes in copies.items() if kind != "mirrored"]
        same, wrong, found = _pairs(originals, not_mirrored, limit)
        print(f"  {found:,} pairs: {same:,} of the same part, {wrong:,} of different pictures")


def _alike(first: int, second: int, limit: int, mirrored: bool) -> bool:
    if first == second:
        return True
    pair = np.array([first, second], np.uint64)
    return len((mirrored_pairs if mirrored else near_pairs)(pair, limit)[0]) > 0


def _pairs(originals: list[int], copies: list[list[int]], limit: int) -> tuple[int, int, int]:
    """Pairs of the same part, of different pictures, and all that are found."""
    values = np.array([*originals, *(each for hashes in copies for each in hashes)], np.uint64)
    parts = np.array([*range(len(originals)), *(i for hashes in copies for i in range(len(hashes)))])
    unique, which = np.unique(values, return_inverse=True)
    order = np.argsort(which, kind="stable")
    members = np.split(parts[order], np.flatnonzero(np.diff(which[order])) + 1)
    same = wrong = found = 0
    for first, second in [(i, i) for i in range(len(unique))] + list(zip(*near_pairs(unique, limit), strict=True)):
        one, other = members[first][:, None], members[second][None]
        wanted = np.triu(np.ones((len(one), other.shape[1]), np.bool_), 1) if first == second else np.True_
        found += int(np.broadcast_to(wanted, (len(one), other.shape[1])).sum())
        same += int((wanted & (one == other)).sum())
        wrong += int((wanted & (one % PHOTOGRAPHS != other % PHOTOGRAPHS)).sum())
    return same, wrong, found


if __name__ == "__main__":
    main()
