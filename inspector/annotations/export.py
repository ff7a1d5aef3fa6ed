"""Annotations in another format: COCO as one file, YOLO and VOC as a file for each image. Nothing of a set is changed.

What is written are the shapes in pixels of the upright image where its size is known, else they are left out, which is
counted. A bad shape is written as it is, unless `sound_only`.
"""

import json
import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt

from inspector.annotations.checks import ImageSizes, frames
from inspector.annotations.index import AnnotationIndex
from inspector.annotations.records import ImageAnnotations, ShapeFlag, ShapeKind
from inspector.files import write_atomically

Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: images, shapes of them, and images that were left out as their size is not known."""

    images: int
    shapes: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Group:
    """One annotation with its parts, in pixels."""

    box: tuple[float, float, float, float]
    polygons: tuple[Points, ...]
    keypoints: Points | None
    class_number: int
    flags: int
    is_box: bool
    text: str


@dataclass(frozen=True, slots=True)
class Export:
    """What to write of which images.

    Attributes:
        real: the images' sizes, where the annotations do not give them.
        kept: numbers of the images to write.
        sound_only: leave out shapes that a check has found something in.
    """

    annotations: AnnotationIndex
    real: ImageSizes
    kept: Sequence[int]
    sound_only: bool = False

    def images(self) -> Iterator[tuple[int, int, int, list[Group]]]:
        """Number, width, height and annotations of each image with a known size."""
        index = self.annotations
        size_of = frames(index.shapes.sizes, self.real, index.normalized)
        for image in self.kept:
            width, height = size_of[image].tolist()
            if width and height:
                found = index.of(image)
                yield image, width, height, list(self._groups(found, width, height)) if found is not None else []

    def _groups(self, found: ImageAnnotations, width: int, height: int) -> Iterator[Group]:
        points = found.in_pixels(width, height).astype(np.float64)
        flags = found.flags.tolist()
        first = 0
        while first < len(found):
            last = first + 1
            while last < len(found) and flags[last] & ShapeFlag.PART:
                last += 1
            parts = [points[found.offsets[i] : found.offsets[i + 1]] for i in range(first, last)]
            kinds = found.kinds[first:last].tolist()
            is_bad = any(flag & ShapeFlag.FAULTY for flag in flags[first:last])
            if not (self.sound_only and is_bad) and all(
                kind == ShapeKind.KEYPOINTS or np.isfinite(part).all() for kind, part in zip(kinds, parts, strict=True)
            ):
                yield _group(parts, kinds, int(found.classes[first]), flags[first], found.texts[first : first + 1])
            first = last


def _group(parts: Sequence[Points], kinds: Sequence[int], class_number: int, flags: int, text: Sequence[str]) -> Group:
    closed = (ShapeKind.POLYGON, ShapeKind.QUAD)
    polygons = tuple(part for part, kind in zip(parts, kinds, strict=True) if kind in closed)
    keypoints = next((part for part, kind in zip(parts, kinds, strict=True) if kind == ShapeKind.KEYPOINTS), None)
    corners = parts[0]
    if kinds[0] == ShapeKind.CIRCLE and len(corners) > 1:
        radius = float(np.hypot(*(corners[1] - corners[0])))
        corners = np.array([corners[0] - radius, corners[0] + radius])
    box = tuple(corners.ravel().tolist()) if kinds[0] == ShapeKind.BOX else _around(corners)
    x0, y0, x1, y1 = box
    return Group((x0, y0, x1, y1), polygons, keypoints, class_number, flags, kinds[0] == ShapeKind.BOX, "".join(text))


def _around(points: Points) -> tuple[float, float, float, float]:
    known = points[np.isfinite(points).all(axis=1)]
    if not len(known):
        return (0.0, 0.0, 0.0, 0.0)
    (x0, y0), (x1, y1) = known.min(axis=0).tolist(), known.max(axis=0).tolist()
    return (x0, y0, x1, y1)


def write_coco(export: Export, file: str) -> Exported:
    """One JSON file, with names of images from the root of the set on.

    Raises:
        OSError: where it cannot be written.
    """
    counts = [0, 0]
    write_atomically(file, _coco(export, counts))
    return Exported(counts[0], counts[1], len(export.kept) - counts[0])


def _coco(export: Export, counts: list[int]) -> Iterator[str]:
    index = export.annotations
    names = index.class_names or ("object",)
    yield '{"info": {"description": "exported by inspector"}, "categories": '
    yield json.dumps([{"id": number + 1, "name": name} for number, name in enumerate(names)])
    yield ', "images": ['
    for image, width, height, _ in export.images():
        name = _file_name(index, image)
        yield (", " if counts[0] else "") + json.dumps(
            {"id": image + 1, "file_name": name, "width": width, "height": height}
        )
        counts[0] += 1
    yield '], "annotations": ['
    for image, _, _, groups in export.images():
        for group in groups:
            counts[1] += 1
            yield (", " if counts[1] > 1 else "") + json.dumps(_coco_shape(group, image, counts[1]))
    yield "]}\n"


def _coco_shape(group: Group, image: int, number: int) -> dict[str, object]:
    x0, y0, x1, y1 = group.box
    made: dict[str, object] = {
        "id": number,
        "image_id": image + 1,
        "category_id": max(group.class_number, 0) + 1,
        "bbox": [_short(x0), _short(y0), _short(x1 - x0), _short(y1 - y0)],
        "area": _short(abs(sum(map(_area, group.polygons))) if group.polygons else (x1 - x0) * (y1 - y0)),
        "iscrowd": int(bool(group.flags & ShapeFlag.CROWD)),
        "segmentation": [[_short(value) for value in part.ravel().tolist()] for part in group.polygons],
    }
    if group.keypoints is not None:
        seen = [bool(math.isfinite(x) and math.isfinite(y)) for x, y in group.keypoints.tolist()]
        values = zip(np.nan_to_num(group.keypoints).tolist(), seen, strict=True)
        made["keypoints"] = [each for (x, y), on in values for each in (_short(x), _short(y), 2 * on)]
        made["num_keypoints"] = sum(seen)
    if group.flags & ShapeFlag.IGNORE:
        made["ignore"] = 1
    if group.text:
        made["text"] = group.text
    return made


def write_yolo(export: Export, folder: str) -> Exported:
    """`labels/` with the images' own folders, and `data.yaml`, in a new or empty folder.

    Raises:
        OSError: where it cannot be written.
        FileExistsError: where something is in the folder.
    """

    def lines(image: int, width: int, height: int, groups: Sequence[Group]) -> tuple[str, str]:
        return ".txt", "".join(_yolo_line(group, width, height) for group in groups)

    exported = _write_files(export, folder, "labels", lines)
    names = "".join(f"  {number}: {json.dumps(name)}\n" for number, name in enumerate(_names(export)))
    write_atomically(os.path.join(folder, "data.yaml"), f"names:\n{names}")
    return exported


def _yolo_line(group: Group, width: int, height: int) -> str:
    if group.flags & ShapeFlag.IGNORE:
        return ""  # YOLO has no word for it, and must not learn it
    size = np.array([width, height])
    number = max(group.class_number, 0)
    if group.polygons and len(group.polygons) == 1 and group.keypoints is None:
        values = np.clip(group.polygons[0] / size, 0, 1).ravel()
    else:
        x0, y0, x1, y1 = group.box
        values = np.array([(x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height])
    return f"{number} {' '.join(f'{value:.7g}' for value in values)}\n"


def write_voc(export: Export, folder: str) -> Exported:
    """`Annotations/` with the images' own folders, in a new or empty folder. Of polygons, their boxes.

    Raises:
        OSError, FileExistsError: see `write_yolo`.
    """
    index = export.annotations

    def text(image: int, width: int, height: int, groups: Sequence[Group]) -> tuple[str, str]:
        objects = "".join(_voc_object(group, _names(export)) for group in groups)
        name = escape(os.path.basename(_file_name(index, image)))
        size = f"<size><width>{width}</width><height>{height}</height><depth>3</depth></size>"
        return ".xml", f"<annotation>\n<filename>{name}</filename>\n{size}\n{objects}</annotation>\n"

    return _write_files(export, folder, "Annotations", text)


def _voc_object(group: Group, names: Sequence[str]) -> str:
    values = zip(("xmin", "ymin", "xmax", "ymax"), group.box, strict=True)
    box = "".join(f"<{name}>{_short(value)}</{name}>" for name, value in values)
    difficult = int(bool(group.flags & ShapeFlag.IGNORE))
    name = escape(names[max(group.class_number, 0)])
    return f"<object><name>{name}</name><difficult>{difficult}</difficult><bndbox>{box}</bndbox></object>\n"


def _write_files(
    export: Export,
    folder: str,
    inside: str,
    written: Callable[[int, int, int, Sequence[Group]], tuple[str, str]],
) -> Exported:
    if os.path.isdir(folder) and os.listdir(folder):
        raise FileExistsError(17, "there is something in this folder; give a new one", folder)
    images = shapes = 0
    for image, width, height, groups in export.images():
        extension, text = written(image, width, height, groups)
        name = _file_name(export.annotations, image)
        parts = [part for part in os.path.splitext(name)[0].split("/") if part not in ("", ".", "..", "images")]
        path = os.path.join(folder, inside, *parts) + extension
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_atomically(path, text)
        images, shapes = images + 1, shapes + len(groups)
    return Exported(images, shapes, len(export.kept) - images)


def _file_name(index: AnnotationIndex, image: int) -> str:
    name = index.names.relative(image)
    return index.names.member(image) if "://" in name else name.replace(os.sep, "/")


def _names(export: Export) -> tuple[str, ...]:
    return export.annotations.class_names or ("object",)


def _area(points: Points) -> float:
    x, y = points.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def _short(value: float) -> float:
    return round(value, 3)
