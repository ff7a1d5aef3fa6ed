"""Thousands of damaged files: each is either delivered or told to be a problem, once, and nothing hangs or dies of it.

Run as `python tests/chaos/mutated_files.py [--files N] [--seed S] [--json]`. What is done to a file depends on the seed
and the file's number alone: `--make 4711` writes that one into the current folder again.
"""

import sys
import tempfile
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import PIL.Image

from inspector import Loader
from tests.chaos.harness import Outcome, make_parser, photographs, run_parsed, still_alive
from tests.conftest import ROOT

ROUND = 500  # files at a time
SIZES = ((64, 64), None)  # of the images delivered, in turn
ENCODINGS: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("jpg", "JPEG", {"quality": 90}),
    ("jpg", "JPEG", {"quality": 75, "progressive": True, "subsampling": 0}),
    ("png", "PNG", {}),
    ("webp", "WEBP", {"quality": 80}),
    ("webp", "WEBP", {"lossless": True}),
    ("tif", "TIFF", {}),
    ("tif", "TIFF", {"compression": "tiff_lzw"}),
    ("tif", "TIFF", {"compression": "tiff_adobe_deflate"}),
    ("bmp", "BMP", {}),
    ("gif", "GIF", {}),
    ("jp2", "JPEG2000", {}),
    ("avif", "AVIF", {"quality": 60}),
    ("ppm", "PPM", {}),
)


def sources() -> list[tuple[str, bytes]]:
    """(extension, content) of sound files: photographs in every format, and the good ones of the sample data set."""
    files = []
    for number, bgr in enumerate(photographs().values()):
        small = PIL.Image.fromarray(bgr[..., ::-1]).resize((240 + 8 * number, 180))
        for extension, name, options in ENCODINGS:
            encoded = BytesIO()
            small.save(encoded, name, **options)
            files.append((extension, encoded.getvalue()))
    for path in sorted((ROOT / "assets" / "sample").rglob("*.*")):
        if path.suffix != ".md" and not path.name.startswith("bad-") and path.stat().st_size < 200_000:
            files.append((path.suffix[1:], path.read_bytes()))
    return files


def mutated(files: list[tuple[str, bytes]], seed: int, number: int) -> tuple[str, str, bytes]:
    """(extension, what was done, content) of one damaged file."""
    rng = np.random.default_rng([seed, number])
    extension, sound = files[int(rng.integers(len(files)))]
    data = bytearray(sound)
    what = ("flipped", "header", "cut", "spliced", "shifted")[int(rng.integers(5))]
    if what in ("flipped", "header"):
        end = min(len(data), 64) if what == "header" else len(data)
        for at in rng.integers(end, size=int(rng.integers(1, 33))).tolist():
            data[at] ^= int(rng.integers(1, 256))
    elif what == "cut":
        del data[int(rng.integers(len(data))) :]
    elif what == "spliced":  # the end of this one comes from another
        other = files[int(rng.integers(len(files)))][1]
        data[int(rng.integers(len(data))) :] = other[int(rng.integers(len(other))) :]
    else:  # a piece is missing, or is there twice
        start, length = int(rng.integers(len(data))), int(rng.integers(1, 512))
        data[start : start + length] = data[start : start + length] * (0 if rng.random() < 0.5 else 2)
    return extension, what, bytes(data)


def load(folder: Path, size: tuple[int, int] | None, outcome: Outcome, seen: dict[str, Counter[str]]) -> int:
    """Load every file of a folder once; adds to `seen` what became of each, by format; the number of worker deaths."""
    fates: Counter[str] = Counter()
    settings: dict[str, Any] = {
        "num_workers": 2,
        "batch_size": 32,
        "epochs": 1,
        "image_size": size,
        "sample_timeout_s": 20.0,
    }
    with Loader(folder, **settings) as loader:
        for batch in loader:
            still_alive()
            for path, image in zip(batch.paths, batch.images, strict=True):
                fates[path] += 1
                seen[Path(path).suffix[1:]]["delivered"] += 1
                if image.ndim != 3 or image.shape[2] != 3 or not image.size:
                    outcome.violations.append(f"{Path(path).name} was delivered with shape {image.shape}")
        for problem in loader.problems:
            fates[problem.path] += 1
            seen[Path(problem.path).suffix[1:]][problem.kind.value] += 1
            if problem.kind.value in ("CRASHED", "TIMED_OUT"):
                outcome.counts[f"{problem.kind.value} {Path(problem.path).name}"] = problem.reason
        restarts = loader.snapshot().restarts
    for file in folder.iterdir():
        if fates[str(file)] != 1:
            outcome.violations.append(f"{file.name} was delivered or told to be a problem {fates[str(file)]} times")
    return restarts


def cases(options: Namespace) -> Iterator[Outcome]:
    files = sources()
    formats = sorted({extension for extension, _ in files})
    outcome = Outcome("Damaged files", f"bytes flipped, cut, spliced in {len(formats)} formats, seed {options.seed}")
    seen: dict[str, Counter[str]] = {extension: Counter() for extension in formats}
    done: Counter[str] = Counter()
    deaths = 0
    end = time.monotonic() + options.seconds
    for first in range(0, options.files, ROUND):
        if time.monotonic() > end:
            break
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for number in range(first, min(first + ROUND, options.files)):
                extension, what, data = mutated(files, options.seed, number)
                (folder / f"{number:06}-{what}.{extension}").write_bytes(data)
                done[what] += 1
            deaths += load(folder, SIZES[first // ROUND % len(SIZES)], outcome, seen)
    total = sum(seen.values(), Counter[str]())
    outcome.counts = {"files": done.total(), **dict(sorted(done.items())), **outcome.counts}
    outcome.counts |= {"worker deaths": deaths} | dict(total.most_common())
    for extension, fates in seen.items():
        outcome.counts[f".{extension}"] = ", ".join(f"{count} {fate}" for fate, count in fates.most_common())
    yield outcome


def main() -> int:
    parser = make_parser(__doc__ or "", 600)
    parser.add_argument("--files", type=int, default=10_000, help="how many (default: %(default)s)")
    parser.add_argument("--make", type=int, metavar="NUMBER", help="write one file again and do nothing else")
    options = parser.parse_args()
    if options.make is None:
        return run_parsed(options, cases)
    extension, what, data = mutated(sources(), options.seed, options.make)
    path = Path(f"{options.make:06}-{what}.{extension}")
    path.write_bytes(data)
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
