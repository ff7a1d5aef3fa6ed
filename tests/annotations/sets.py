"""Small sets of each format, clean or with one fault in an image of its own, for tests and benchmarks."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

WIDTH, HEIGHT = 64, 48
CLASSES = ("cat", "dog", "bird")
IMAGES = 24
Box = tuple[float, float, float, float]
BOXES: tuple[Box, ...] = ((4, 6, 24, 30), (30, 10, 60, 40))  # corners

# Which image has which fault. Images that are not here are clean.
PLACES = {
    "box-outside": 0,
    "box-partly-outside": 1,
    "box-empty": 2,
    "unknown-class": 3,
    "duplicate-shape": 4,
    "self-crossing": 5,
    "too-few-points": 6,
    "wrong-direction": 7,
    "not-a-number": 8,
    "turned-size": 9,
    "no-annotation": 10,
    "image-missing": 11,
    "image-listed-twice": 12,
    "bad-line": 13,
    "mask-size": 14,
    "mask-values": 15,
    "wrong-units": 16,
}


def name(number: int) -> str:
    """Of an image, without its extension."""
    return f"img_{number:03}"


def write_images(folder: Path, extension: str = ".png", images: int = IMAGES) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(7)
    for number in range(images):
        small = random.integers(0, 256, (6, 8, 3), np.uint8)
        rgb = cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        assert cv2.imwrite(str(folder / (name(number) + extension)), rgb)


def _without_image(folder: Path, faults: set[str]) -> None:
    if "image-missing" in faults:
        (folder / f"{name(PLACES['image-missing'])}.png").unlink()


def corners(box: Box) -> list[tuple[float, float]]:
    x0, y0, x1, y1 = box
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def boxes_of(number: int, faults: set[str]) -> list[Box]:
    """Of an image, with faults that every format with boxes can have."""
    x0, y0, x1, y1 = BOXES[0]
    first: Box = BOXES[0]
    for fault, changed in {
        "box-outside": (70.0, 10.0, 90.0, 30.0),
        "box-partly-outside": (50.0, 6.0, 75.0, 30.0),
        "box-empty": (x0, y0, x0, y1),
        "wrong-units": (x0 / WIDTH, y0 / HEIGHT, x1 / WIDTH, y1 / HEIGHT),
    }.items():
        if fault in faults and number == PLACES[fault]:
            first = changed
    found = [first, BOXES[1]]
    if "duplicate-shape" in faults and number == PLACES["duplicate-shape"]:
        found.append(first)
    return found


def coco(root: Path, faults: set[str]) -> None:
    write_images(root / "images")
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number in range(IMAGES):
        entry = {"id": number + 1, "file_name": f"{name(number)}.png", "width": WIDTH, "height": HEIGHT}

        def planted(fault: str, number: int = number) -> bool:
            return fault in faults and number == PLACES[fault]

        if planted("turned-size"):
            entry |= {"width": HEIGHT, "height": WIDTH}
        images.append(entry)
        if planted("image-listed-twice"):
            images.append(entry | {"id": 900})
        for position, box in enumerate([] if planted("no-annotation") else boxes_of(number, faults)):
            x0, y0, x1, y1 = box
            shape = [value for corner in corners(box) for value in corner]
            made: dict[str, Any] = {
                "id": len(annotations) + 1,
                "image_id": number + 1,
                "category_id": 10 * (position % 2 + 1),
                "bbox": [x0, y0, x1 - x0, y1 - y0],
                "area": (x1 - x0) * (y1 - y0),
                "iscrowd": 0,
                "segmentation": [shape],
            }
            if position == 0:
                if planted("unknown-class"):
                    made["category_id"] = 77
                if planted("self-crossing"):
                    made["segmentation"] = [[x0, y0, x1, y1, x1, y0, x0, y1]]
                if planted("too-few-points"):
                    made["segmentation"] = [[x0, y0, x1, y1]]
                if planted("not-a-number"):
                    made["bbox"] = [float("nan"), y0, 10, 10]
                if planted("bad-line"):
                    made["bbox"] = [x0, y0, 10]
                if planted("mask-size"):
                    made |= {
                        "iscrowd": 1,
                        "segmentation": {"size": [HEIGHT, WIDTH + 1], "counts": [HEIGHT * (WIDTH + 1)]},
                    }
            if position == 2:
                made["category_id"] = 10
            annotations.append(made)
    _without_image(root / "images", faults)
    categories = [{"id": 10 * (number + 1), "name": each} for number, each in enumerate(CLASSES)]
    (root / "annotations").mkdir()
    text = json.dumps({"images": images, "annotations": annotations, "categories": categories})
    (root / "annotations/instances_all.json").write_text(text)


def _yolo_line(class_number: object, box: Box, scale: tuple[float, float] = (WIDTH, HEIGHT)) -> str:
    x0, y0, x1, y1 = box
    w, h = scale
    values = ((x0 + x1) / 2 / w, (y0 + y1) / 2 / h, (x1 - x0) / w, (y1 - y0) / h)
    return f"{class_number} " + " ".join(f"{value:.6f}" for value in values)


def yolo(root: Path, faults: set[str]) -> None:
    write_images(root / "images/train")
    labels = root / "labels/train"
    labels.mkdir(parents=True)
    for number in range(IMAGES):

        def planted(fault: str, number: int = number) -> bool:
            return fault in faults and number == PLACES[fault]

        boxes = boxes_of(number, faults - {"wrong-units"})
        lines = [_yolo_line(position % 2, box) for position, box in enumerate(boxes)]
        if planted("wrong-units"):
            lines[0] = _yolo_line(0, boxes[0], (1, 1))
        if planted("unknown-class"):
            lines[0] = _yolo_line(3, boxes[0])
        if planted("not-a-number"):
            lines[0] = "0 nan 0.5 0.1 0.1"
        if planted("bad-line"):
            lines[0] = "0 0.5 0.5 0.1"
        if not planted("no-annotation"):
            (labels / f"{name(number)}.txt").write_text("\n".join(lines) + "\n")
    _without_image(root / "images/train", faults)
    (root / "data.yaml").write_text("path: .\ntrain: images/train\nnc: 3\nnames: [cat, dog, 'bird']\n")


def yolo_segments(root: Path, faults: set[str]) -> None:
    write_images(root / "images")
    (root / "labels").mkdir()
    for number in range(IMAGES):
        lines = []
        for position, box in enumerate(boxes_of(number, faults - {"wrong-units"})):
            points = corners(box)
            (x0, y0), (x1, _), (_, y1), _ = points
            points.append((x0 + 1, (y0 + y1) / 2))  # five corners: four would be a turned box
            if position == 0 and number == PLACES["self-crossing"] and "self-crossing" in faults:
                points = [(x0, y0), (x1, y1), (x1, y0), (x0, y1), (x0 - 1, (y0 + y1) / 2)]
            if position == 0 and number == PLACES["too-few-points"] and "too-few-points" in faults:
                points = points[:2]
            if number == PLACES["box-empty"] and "box-empty" in faults and position == 0:
                points = [(x0, y0 + at) for at in range(5)]
            lines.append(f"{position % 2} " + " ".join(f"{x / WIDTH:.6f} {y / HEIGHT:.6f}" for x, y in points))
        (root / "labels" / f"{name(number)}.txt").write_text("\n".join(lines))
    (root / "data.yaml").write_text("names:\n  0: cat\n  1: dog\n  2: bird\n")


def voc(root: Path, faults: set[str]) -> None:
    write_images(root / "JPEGImages")
    (root / "Annotations").mkdir()
    for number in range(IMAGES):

        def planted(fault: str, number: int = number) -> bool:
            return fault in faults and number == PLACES[fault]

        objects = []
        for position, box in enumerate(boxes_of(number, faults)):
            x0, y0, x1, y1 = box
            values: list[object] = [x0, y0, x1, y1]
            label = CLASSES[position % 2]
            if position == 0 and planted("unknown-class"):
                label = "unicorn"
            if position == 0 and planted("not-a-number"):
                values[0] = "nan"
            if position == 0 and planted("bad-line"):
                values[0] = "four"
            names = ("xmin", "ymin", "xmax", "ymax")
            inside = "".join(f"<{each}>{value}</{each}>" for each, value in zip(names, values, strict=True))
            objects.append(f"<object><name>{label}</name><difficult>0</difficult><bndbox>{inside}</bndbox></object>")
        width, height = (HEIGHT, WIDTH) if planted("turned-size") else (WIDTH, HEIGHT)
        size = f"<size><width>{width}</width><height>{height}</height><depth>3</depth></size>"
        body = "" if planted("no-annotation") else "".join(objects)
        file = f"<annotation><filename>{name(number)}.png</filename>{size}{body}</annotation>"
        (root / "Annotations" / f"{name(number)}.xml").write_text(file)
    _without_image(root / "JPEGImages", faults)


def icdar(root: Path, faults: set[str]) -> None:
    write_images(root / "train_images")
    folder = root / "train_gt"
    folder.mkdir()
    for number in range(IMAGES):

        def planted(fault: str, number: int = number) -> bool:
            return fault in faults and number == PLACES[fault]

        lines = []
        for position, box in enumerate(boxes_of(number, faults)):
            points = corners(box)
            text = ("hello", "a, b “c”", "hello")[position] if number % 3 else ("###", '"x"', "###")[position]
            if position == 0:
                if planted("self-crossing"):
                    points = [points[0], points[2], points[1], points[3]]
                if planted("wrong-direction"):
                    points.reverse()
            values: list[object] = [value for point in points for value in point]
            if position == 0 and planted("not-a-number"):
                values[0] = "nan"
            if position == 0 and planted("bad-line"):
                text = '"open'
            if position == 0 and planted("too-few-points"):
                continue  # a quad has four
            lines.append(",".join(map(str, values)) + f",{text}")
        text = "" if planted("no-annotation") else "\r\n".join(lines) + "\r\n"
        (folder / f"gt_{name(number)}.txt").write_text(("\ufeff" if number % 2 else "") + text, newline="")
    _without_image(root / "train_images", faults)


def labelme(root: Path, faults: set[str]) -> None:
    write_images(root)
    for number in range(IMAGES):

        def planted(fault: str, number: int = number) -> bool:
            return fault in faults and number == PLACES[fault]

        shapes: list[dict[str, Any]] = []
        for position, box in enumerate(boxes_of(number, faults)):
            points: list[Any] = [list(point) for point in corners(box)]
            shape: dict[str, Any] = {
                "label": CLASSES[position % 2],
                "shape_type": "polygon",
                "group_id": None,
                "flags": {},
            }
            if position == 1:
                shape["shape_type"], points = "rectangle", [points[2], points[0]]  # drawn from its last corner
            elif position == 0:
                if planted("self-crossing"):
                    points = [points[0], points[2], points[1], points[3]]
                if planted("too-few-points"):
                    points = points[:2]
                if planted("unknown-class"):
                    shape["label"] = ""
                if planted("not-a-number"):
                    points[0][0] = float("nan")
                if planted("bad-line"):
                    points[0] = "4, 6"
            shapes.append(shape | {"points": points})
        width, height = (HEIGHT, WIDTH) if planted("turned-size") else (WIDTH, HEIGHT)
        content: dict[str, Any] = {"version": "5.5.0", "shapes": [] if planted("no-annotation") else shapes}
        content |= {"imagePath": f"{name(number)}.png", "imageData": None, "imageHeight": height, "imageWidth": width}
        (root / f"{name(number)}.json").write_text(json.dumps(content))
    _without_image(root, faults)


def table(root: Path, faults: set[str]) -> None:
    write_images(root / "images")
    lines = ["filename,width,height,class,xmin,ymin,xmax,ymax"]
    for number in range(IMAGES):

        def planted(fault: str, number: int = number) -> bool:
            return fault in faults and number == PLACES[fault]

        width, height = (HEIGHT, WIDTH) if planted("turned-size") else (WIDTH, HEIGHT)
        for position, box in enumerate([] if planted("no-annotation") else boxes_of(number, faults)):
            values: list[object] = [f"{name(number)}.png", width, height, CLASSES[position % 2], *box]
            if position == 0:
                if planted("unknown-class"):
                    values[3] = ""
                if planted("not-a-number"):
                    values[4] = "NaN"
                if planted("bad-line"):
                    values[3] = '"cat'
            lines.append(",".join(map(str, values)))
    _without_image(root / "images", faults)
    (root / "annotations.csv").write_text("\n".join(lines) + "\n")


def masks(root: Path, faults: set[str]) -> None:
    write_images(root / "images", ".jpg")
    (root / "masks").mkdir()
    for number in range(IMAGES):

        def planted(fault: str, number: int = number) -> bool:
            return fault in faults and number == PLACES[fault]

        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        for position, (x0, y0, x1, y1) in enumerate(BOXES):
            mask[int(y0) : int(y1), int(x0) : int(x1)] = position + 1
        if planted("mask-values"):
            mask[:3, :3] = 77
        if planted("mask-size"):
            mask = mask[:, :-4]
        if not planted("no-annotation"):
            assert cv2.imwrite(str(root / "masks" / f"{name(number)}.png"), mask)
    if "image-missing" in faults:
        (root / "images" / f"{name(PLACES['image-missing'])}.jpg").unlink()


_OF_BOXES = {"box-outside", "box-partly-outside", "box-empty", "duplicate-shape", "not-a-number", "bad-line"}
_USUAL = {*_OF_BOXES, "unknown-class", "no-annotation", "image-missing", "wrong-units"}
SETS: dict[str, tuple[Callable[[Path, set[str]], None], set[str]]] = {
    "coco": (
        coco,
        {*_USUAL, "self-crossing", "too-few-points", "turned-size", "image-listed-twice", "mask-size"},
    ),
    "yolo": (yolo, _USUAL),
    "yolo-segments": (
        yolo_segments,
        {"box-outside", "box-partly-outside", "box-empty", "duplicate-shape", "self-crossing", "too-few-points"},
    ),
    "voc": (voc, {*_USUAL, "turned-size"}),
    "icdar": (icdar, {*_OF_BOXES, "no-annotation", "image-missing", "wrong-units", "self-crossing", "wrong-direction"}),
    "labelme": (labelme, {*_USUAL, "self-crossing", "too-few-points", "turned-size"}),
    "csv": (table, {*_USUAL, "turned-size"}),
    "masks": (masks, {"mask-size", "mask-values", "no-annotation", "image-missing"}),
}
"""Of each format: what writes it, and the faults that it can have."""
