"""How near does the loader come to the bare decode limit, and what does the window cost?

Run as `python tests/benchmarks/bench_limit.py [--workers 2] [--image-size 224x224] [--window] [--json]`.

The limit: as many processes as workers, each of which reads files, decodes them with the project's own decoder and
resizes them into memory of its own, and throws them away: no order, no batches, no shared memory. The loader does the
same to the same files and delivers batches. With --window two commands are compared in the same way: the app with its
window, and `inspector bench`; both are measured from outside, by the bytes that their workers read.

All are measured in turn, round by round, so that whatever else the machine does meets them alike. Every measurement
begins with a warm-up that does not count. Files are in the page cache, as they are from a training's second epoch on.
"""

import argparse
import itertools
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from inspector import Loader
from inspector.dataset.decode import decode, peek, read_file

WARM_UP_S = 0.7
START_S = 3.0  # until a command's workers are at work
PHOTOGRAPHS = ("astronaut", "cat", "coffee", "rocket", "retina")
QUALITY = 94
GRAIN = 11.0  # a camera has some; without it enlarged crops are smoother, and so smaller, than photographs
Size = tuple[int, int] | None


def make_files(folder: Path, count: int) -> None:
    """`count` JPEGs of about 500x375 pixels and 110 KB from real photographs, the same in every run."""
    from skimage import data
    from sklearn.datasets import load_sample_images

    photographs = [getattr(data, name)() for name in PHOTOGRAPHS] + list(load_sample_images().images)
    random = np.random.default_rng(0)
    for number in range(count):
        photograph = photographs[number % len(photographs)]
        rows, columns = photograph.shape[:2]
        part = random.uniform(0.6, 1.0)
        height = int(min(rows, columns * 3 / 4) * part)
        width = height * 4 // 3
        top, left = random.integers(rows - height + 1), random.integers(columns - width + 1)
        crop = np.ascontiguousarray(photograph[top : top + height, left : left + width, ::-1])
        scale = random.uniform(0.9, 1.1)
        photo = cv2.resize(crop, (int(500 * scale), int(375 * scale)), interpolation=cv2.INTER_CUBIC)
        grain = random.normal(0, GRAIN, photo.shape)
        photo = np.clip(photo + grain, 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / f"{number:05d}.jpg"), photo, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


def decode_and_throw_away(pipe: Connection, paths: list[str], size: Size, dtype: str) -> None:
    """One process of the limit: for every (begin, end) that it is sent, the images finished between these times."""
    cv2.setNumThreads(0)
    scratch = np.empty(64 << 20, np.uint8)
    small = np.empty((*size, 3), np.uint8) if size else None
    files = itertools.cycle(paths)
    while window := pipe.recv():
        begin, end = window
        finished = 0
        while (now := time.monotonic()) < end:
            finished += now >= begin
            data = read_file(next(files))
            header = peek(data)
            assert header is not None
            shape = (header.height, header.width, 3)
            image = decode(data, scratch[: np.prod(shape)].reshape(shape), header=header).rgb
            if size is not None:
                image = cv2.resize(image, (size[1], size[0]), dst=small)  # type: ignore[assignment]
            image.astype(dtype, copy=False)
        pipe.send(finished)


@contextmanager
def bare_limit(arguments: argparse.Namespace, folder: Path) -> Iterator[Callable[[], float]]:
    """Images/s of processes that decode and throw away."""
    context = multiprocessing.get_context("spawn")
    paths = sorted(map(str, folder.iterdir()))
    pipes, processes = [], []
    for number in range(arguments.workers):
        ours, theirs = context.Pipe()
        share = paths[number :: arguments.workers]
        process = context.Process(
            target=decode_and_throw_away, args=(theirs, share, arguments.image_size, arguments.dtype)
        )
        process.start()
        pipes.append(ours)
        processes.append(process)

    def measure() -> float:
        begin = time.monotonic() + WARM_UP_S
        for pipe in pipes:
            pipe.send((begin, begin + arguments.seconds))
        images: int = sum(pipe.recv() for pipe in pipes)
        return images / float(arguments.seconds)

    try:
        measure()  # until all have started
        yield measure
    finally:
        for pipe in pipes:
            pipe.send(None)
        for process in processes:
            process.join()


@contextmanager
def loader(arguments: argparse.Namespace, folder: Path) -> Iterator[Callable[[], float]]:
    """Images/s of a `Loader` that is drained as fast as possible."""
    with Loader(
        folder,
        num_workers=arguments.workers,
        batch_size=arguments.batch_size,
        image_size=arguments.image_size,
        dtype=arguments.dtype,
    ) as batches:

        def drain(seconds: float) -> float:
            start = time.monotonic()
            images = 0
            while (now := time.monotonic()) < start + seconds:
                images += len(next(batches))
            return images / (now - start)

        def measure() -> float:
            drain(WARM_UP_S)  # takes what was prefetched meanwhile
            return drain(arguments.seconds)

        yield measure


def of_command(arguments: argparse.Namespace, folder: Path, *command: str) -> float:
    """Images/s that the workers of an `inspector` command read, seen from outside. Linux only."""
    size = "native" if arguments.image_size is None else "{}x{}".format(*arguments.image_size)
    options = ["--workers", str(arguments.workers), "--batch-size", str(arguments.batch_size)]
    options += ["--image-size", size, "--dtype", arguments.dtype]
    environment = dict(os.environ)
    if "DISPLAY" not in environment:
        environment["QT_QPA_PLATFORM"] = "offscreen"
    root = Path(__file__).resolve().parents[2]
    full = [sys.executable, "-m", "inspector", *command, *options]
    mean_bytes = statistics.mean(file.stat().st_size for file in folder.iterdir())
    process = subprocess.Popen(full, cwd=root, env=environment, stdout=subprocess.DEVNULL)
    try:
        time.sleep(START_S)
        start, begun = bytes_read(process.pid), time.monotonic()
        time.sleep(arguments.seconds)
        end, ended = bytes_read(process.pid), time.monotonic()
    finally:
        process.terminate()
        process.wait()
    if not start:
        raise SystemExit(f"{' '.join(full)} did not load anything")
    return (end - start) / mean_bytes / (ended - begun)


def bytes_read(pid: int) -> int:
    """What the descendants of a process have read from files so far."""
    return sum(child.io_counters().read_chars for child in psutil.Process(pid).children(recursive=True))


def window_rounds(arguments: argparse.Namespace, folder: Path) -> dict[str, list[float]]:
    """Images/s of the app with its window and without, in turn."""
    seconds = str(START_S + arguments.seconds + 60)
    commands = {
        "inspector, with its window": (str(folder), "--quit-after", seconds),
        "inspector bench": ("bench", str(folder), "--seconds", seconds),
    }
    found: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(arguments.rounds):
        for name, command in commands.items():
            found[name].append(of_command(arguments, folder, *command))
    return found


def limit_rounds(arguments: argparse.Namespace, folder: Path) -> dict[str, list[float]]:
    """Images/s of the loader and of the bare limit, in turn."""
    found: dict[str, list[float]] = {"Loader": [], "bare decode limit": []}
    with bare_limit(arguments, folder) as bare, loader(arguments, folder) as ours:
        for _ in range(arguments.rounds):
            found["bare decode limit"].append(bare())
            found["Loader"].append(ours())
    return found


def summary(found: dict[str, list[float]]) -> dict[str, Any]:
    """Medians, and the ratio of the first to the second, taken round by round."""
    ratios = [first / second for first, second in zip(*found.values(), strict=True)]
    return {
        "images_per_s": {name: spread(values) for name, values in found.items()},
        "ratio": spread(ratios),
    }


def spread(values: list[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def table(name: str, found: dict[str, Any]) -> str:
    rows = [f"{name:<28} images/s, median (min to max)"]
    for label, values in found["images_per_s"].items():
        rows.append(f"  {label:<26} {values['median']:8,.0f}  ({values['min']:,.0f} to {values['max']:,.0f})")
    ratio = found["ratio"]
    rows.append(f"  {'ratio, round by round':<26} {ratio['median']:8.3f}  ({ratio['min']:.3f} to {ratio['max']:.3f})")
    return "\n".join(rows)


def image_size(text: str) -> Size:
    if text == "native":
        return None
    height, width = text.split("x")
    return int(height), int(width)


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the loader with the bare decode limit.")
    parser.add_argument("--workers", type=int, default=2, help="default: %(default)s")
    parser.add_argument("--batch-size", type=int, default=32, help="default: %(default)s")
    parser.add_argument(
        "--image-size", type=image_size, default=(224, 224), metavar="HxW|native", help="default: 224x224"
    )
    parser.add_argument("--dtype", choices=("uint8", "float32"), default="uint8", help="default: %(default)s")
    parser.add_argument("--files", type=int, default=400, help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each (default: %(default)s)")
    parser.add_argument("--window", action="store_true", help="also compare the app with its window to inspector bench")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench_limit_") as name:
        folder = Path(name)
        make_files(folder, arguments.files)
        mean_kb = statistics.mean(file.stat().st_size for file in folder.iterdir()) / 1000
        results = {"limit": summary(limit_rounds(arguments, folder))}
        if arguments.window:
            results["window"] = summary(window_rounds(arguments, folder))
    settings = {**vars(arguments), "mean_kb": mean_kb, "cores": os.cpu_count()}
    if arguments.json:
        print(json.dumps({"settings": settings, **results}))
        return
    size = "native size" if arguments.image_size is None else "{}x{}".format(*arguments.image_size)
    print(f"{arguments.files} JPEGs of {mean_kb:.0f} KB, {size}, {arguments.dtype}, {arguments.workers} workers")
    for what, found in results.items():
        print(table(what, found))


if __name__ == "__main__":
    main()
