"""Photographs of 12 megapixels to 224x224: all pixels decoded, or only as many as are needed?

Run as `python -m tests.benchmarks.bench_scaled [--workers 2] [--json]`. PyTorch decodes fully: with
this project's decoder, with OpenCV's, and with Pillow, which is what torchvision's ImageFolder uses.
"""

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from tests.benchmarks.contestants import from_package
from tests.benchmarks.contestants.ours import make_loader, ours
from tests.benchmarks.measure import Measure, arguments_parser, compared, interleaved, report, spread, table
from tests.benchmarks.photographs import make_camera_photographs, mean_kb
from tests.benchmarks.workload import Workload

SIZE = (224, 224)
SCALED, EXACT = 'inspector, decode="scaled"', 'inspector, decode="exact"'
PYTORCH = "PyTorch, same decoder"


def read_with_opencv(path: str) -> Any:
    return cv2.resize(cv2.imread(path, cv2.IMREAD_COLOR_RGB), SIZE)  # type: ignore[arg-type]


def read_with_pillow(path: str) -> Any:
    with Image.open(path) as image:
        return np.array(image.convert("RGB").resize(SIZE, Image.Resampling.BILINEAR))


def pixel_differences(workload: Workload) -> list[float]:
    """Mean absolute difference of scaled to exact pixels, of 255, for each image."""
    once = {"epochs": 1, "shuffle": False}
    with (
        make_loader(workload, decode="scaled", **once) as scaled,
        make_loader(workload, decode="exact", **once) as exact,
    ):
        return [
            float(np.abs(one.astype(np.int16) - other).mean())
            for ours, theirs in zip(scaled, exact, strict=True)
            for one, other in zip(ours.images, theirs.images, strict=True)
        ]


def main() -> None:
    parser = arguments_parser("Compare scaled decoding with exact, and with PyTorch.")
    parser.add_argument("--workers", type=int, default=2, help="default: %(default)s")
    parser.add_argument("--files", type=int, default=14, help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement (default: %(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench_scaled_") as folder:
        paths = make_camera_photographs(Path(folder), arguments.files)
        kb = mean_kb(paths)
        workload = Workload(tuple(paths), SIZE, "uint8", batch_size=7, workers=arguments.workers)
        pytorch = from_package("torch==2.13.0", "pytorch", "pytorch")
        openers: dict[str, Callable[[], AbstractContextManager[Measure]]] = {
            PYTORCH: partial(pytorch, workload, arguments.seconds),
            "PyTorch, OpenCV": partial(pytorch, workload, arguments.seconds, read=read_with_opencv),
            "PyTorch, Pillow": partial(pytorch, workload, arguments.seconds, read=read_with_pillow),
            EXACT: partial(ours, workload, arguments.seconds, decode="exact"),
            SCALED: partial(ours, workload, arguments.seconds, decode="scaled"),
        }
        found, absent = interleaved(openers, arguments.rounds)
        differences = spread(pixel_differences(workload))
    base = PYTORCH if PYTORCH in found else EXACT
    results, rows = compared(found, base)
    rows += [[name, reason] for name, reason in absent.items()]
    head = f"{arguments.files} JPEGs of 12 megapixels and {kb / 1e3:.1f} MB to 224x224, {arguments.workers} workers"
    text = table([head, "images/s", f"times {base}", "CPU ms an image"], rows)
    text += (
        f"\n\nMean absolute difference of scaled to exact pixels, of 255: median image {differences['median']:.2f}, "
        f"{differences['min']:.2f} to {differences['max']:.2f}"
    )
    report(arguments, {"mean_kb": kb, "throughput": results, "pixel_difference": differences}, text)


if __name__ == "__main__":
    main()
