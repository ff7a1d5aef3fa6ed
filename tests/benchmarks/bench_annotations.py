"""A million annotations on 100,000 images: how long until they are open, what they take, and does a window stay live?

Run as `python -m tests.benchmarks.bench_annotations [--images 100000] [--boxes 10] [--formats coco yolo] [--json]`.

The images are hard links of one tiny file. Each format is opened in a process of its own, by a thread as in the window,
while the main thread wants to run every 5 ms, as a GUI does: how late it does is a stall.
"""

import argparse
import json
import multiprocessing
import os
import resource
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tests.benchmarks.measure import progress, table

BEAT_S = 0.005
WIDTH, HEIGHT = 640, 480
CLASSES = 80


def make_images(root: Path, count: int) -> None:
    """`count` names in folders of 1,000."""
    data = cv2.imencode(".jpg", np.full((HEIGHT, WIDTH, 3), 90, np.uint8))[1].tobytes()
    for number in range(count):
        path = root / f"images/{number // 1000:03}/{number:08}.jpg"
        if number % 1000 == 0:
            path.parent.mkdir(parents=True)
            path.write_bytes(data)
            first = path
        else:
            os.link(first, path)


def boxes(count: int, images: int) -> Any:
    """(images, count, 4) x, y, width, height in pixels, inside the image."""
    shares = np.random.default_rng(0).random((images, count, 4), np.float32)
    return np.round(shares * (0.5 * WIDTH, 0.5 * HEIGHT, 0.4 * WIDTH, 0.4 * HEIGHT) + 1, 2)


def coco(root: Path, count: int, images: int) -> None:
    """As pycocotools' data sets are: with a polygon, too, for one in four."""
    categories = [{"id": number + 1, "name": f"class {number}"} for number in range(CLASSES)]
    (root / "annotations").mkdir()
    with open(root / "annotations/instances_all.json", "w") as file:
        file.write(f'{{"categories": {json.dumps(categories)}, "images": [')
        for number in range(images):
            name = f"{number // 1000:03}/{number:08}.jpg"
            about = {"id": number, "file_name": name, "width": WIDTH, "height": HEIGHT}
            file.write(("," if number else "") + json.dumps(about))
        file.write('], "annotations": [')
        ident = 0
        for number, of_image in enumerate(boxes(count, images).tolist()):
            for x, y, w, h in of_image:
                made = {"id": ident, "image_id": number, "category_id": ident % CLASSES + 1, "bbox": [x, y, w, h]}
                made |= {"area": w * h, "iscrowd": 0}
                if ident % 4 == 0:
                    made["segmentation"] = [[x, y, x + w, y, x + w, y + h, x, y + h]]
                file.write(("," if ident else "") + json.dumps(made))
                ident += 1
        file.write("]}")


def yolo(root: Path, count: int, images: int) -> None:
    """A text file for each image."""
    scale = np.array([WIDTH, HEIGHT, WIDTH, HEIGHT])
    for number, of_image in enumerate((boxes(count, images) / scale).tolist()):
        path = root / f"labels/{number // 1000:03}/{number:08}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = (f"{(number + i) % CLASSES} {x + w / 2:.6f} {y + h / 2:.6f} {w:.6f} {h:.6f}\n"
                for i, (x, y, w, h) in enumerate(of_image))  # fmt: skip
        path.write_text("".join(rows))
    (root / "data.yaml").write_text(f"names: [{', '.join(f'c{number}' for number in range(CLASSES))}]\n")


FORMATS = {"coco": coco, "yolo": yolo}


def _resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def measure(root: str, results: Any) -> None:
    """Open the annotations; in a process of its own."""
    from inspector.annotations.checks import ImageSizes, annotation_faults
    from inspector.annotations.opening import open_annotations
    from inspector.annotations.statistics import label_statistics
    from inspector.sources.opening import open_source

    index = open_source(root)
    before = _resident()
    found: dict[str, Any] = {}

    def work() -> None:
        begun = time.perf_counter()
        annotations = open_annotations(index)
        found["open_s"] = time.perf_counter() - begun
        assert annotations is not None
        found["annotations"] = annotations.annotations
        found["bytes_each"] = annotations.nbytes / annotations.annotations
        found["grown_bytes_each"] = (_resident() - before) / annotations.annotations
        begun = time.perf_counter()
        label_statistics(annotations)
        found["statistics_s"] = time.perf_counter() - begun
        begun = time.perf_counter()
        sizes = ImageSizes(np.tile(np.array([[WIDTH, HEIGHT]], np.int32), (len(index), 1)), np.zeros(len(index), bool))
        found["faults"] = sum(1 for _ in annotation_faults(annotations, sizes))
        found["checks_s"] = time.perf_counter() - begun

    thread = threading.Thread(target=work)
    thread.start()
    late: list[float] = []
    while thread.is_alive():
        begun = time.perf_counter()
        time.sleep(BEAT_S)
        late.append(1e3 * (time.perf_counter() - begun - BEAT_S))
    found["stall_p99_ms"], found["stall_longest_ms"] = float(np.percentile(late, 99)), max(late)
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    results.put(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--boxes", type=int, default=10, help="on an image (default: %(default)s)")
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=[*FORMATS])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    results: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.formats:
            root = Path(folder) / name
            progress(f"{name}: writing")
            make_images(root, arguments.images)
            FORMATS[name](root, arguments.boxes, arguments.images)
            progress(f"{name}: opening")
            queue = context.Queue()
            process = context.Process(target=measure, args=(str(root), queue))
            process.start()
            results[name] = queue.get(timeout=1800)
            process.join()
    if arguments.json:
        print(json.dumps(results))
        return
    names = [*next(iter(results.values()))]
    print(table(["", *results], [[each, *(f"{results[name][each]:,.1f}" for name in results)] for each in names]))


if __name__ == "__main__":
    main()
